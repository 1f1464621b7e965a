"""A year of 20 million accesses reviewed from Parquet, one day of it, and the same rules in SQLite.

Run: .venv/bin/python bench/review_bench.py
     SEKISHO_BENCH_REVIEW=20000000 … for the full size (about 600 MB of disk, some minutes)

The log is simulated in the columns of the ledger's view, 3,000 people, 400,000 patients, 1.5
million visits, 3 million orders and a roster of every day; most of it follows from care, as in
a hospital, so its shares say nothing of quality (bench/review_quality.py does). Everything of
a review runs but the keeping of its cases: tables laid out, every explanation and sign, cases
ranked with their words (those without a sign have theirs when they are read), proposals and the
width of each explanation. It runs in a process of its own; memory is its peak.
The peer asks the same rules of the same tables in SQLite, indexed; a rule that SQLite cannot
say is left out on both sides. The same rows must come from both.
"""

from __future__ import annotations

import datetime as dt
import gc
import json
import os
import re
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from table import head, judged, rate, row

from sekisho.care import Kind, Level
from sekisho.care.context import COLUMNS, OF_PATIENTS, TURNS, kind_of
from sekisho.care.snapshot import _schemas
from sekisho.review.cases import A_DAY
from sekisho.review.catalogue import Rule, explanations, signs
from sekisho.review.desk import lay_out, patients_of
from sekisho.review.explaining import explain_all, settle
from sekisho.review.judge import classify, count
from sekisho.review.perform import FEW_DAYS, HABIT, _flagged, _habits, _told
from sekisho.review.quiet import where_looked
from sekisho.review.showing import gather
from sekisho.storage import Analysis, analysis

SIZE = int(os.environ.get("SEKISHO_BENCH_REVIEW", "2000000"))
PEER = 300_000
START, END = dt.date(2025, 10, 1), dt.date(2026, 9, 30)

_HOSPITAL = """
SELECT setseed(0.42);
CREATE TABLE place AS SELECT n, CASE WHEN n < 40 THEN 'd' || n WHEN n < 80 THEN 'w' || n
  ELSE ['薬剤部', '検査科', '放射線部', '医事課', '地域連携室'][n - 79] END AS place,
  CASE WHEN n < 40 THEN 'doctor' WHEN n < 80 THEN 'nurse'
  ELSE ['pharmacy', 'laboratory', 'radiology', 'billing', 'liaison'][n - 79] END AS duty_group
  FROM range(85) AS r(n);
CREATE TABLE person AS SELECT r.n, printf('%05d', r.n) AS user_id, p.place, p.duty_group
  FROM range(3000) AS r(n) JOIN place AS p ON p.n = CASE WHEN r.n < 2600 THEN r.n % 80 ELSE 80 + r.n % 5 END;
CREATE TABLE member AS SELECT place, list(user_id ORDER BY user_id) AS people FROM person GROUP BY place;
CREATE TABLE visits AS SELECT n, printf('%08d', CAST(floor(random() * 400000) AS INT)) AS patient_id,
  DATE '2025-10-01' + CAST(floor(random() * 365) AS INT) AS day, 'd' || CAST(floor(random() * 40) AS INT) AS department
  FROM range({visits}) AS r(n);
CREATE TABLE stays AS SELECT *, day + CAST(floor(random() * 20) AS INT) AS until FROM (
  SELECT n, printf('%08d', CAST(floor(random() * 400000) AS INT)) AS patient_id,
  DATE '2025-10-01' + CAST(floor(random() * 355) AS INT) AS day,
  'd' || CAST(floor(random() * 40) AS INT) AS department, 'w' || CAST(40 + floor(random() * 40) AS INT) AS ward
  FROM range({stays}) AS r(n));
CREATE TABLE orders AS SELECT r.n, v.patient_id, v.day, v.department,
  ['lab', 'imaging', 'prescription'][1 + r.n % 3] AS what, ['検査科', '放射線部', '薬剤部'][1 + r.n % 3] AS executed_in
  FROM range({orders}) AS r(n) JOIN visits AS v ON v.n = r.n % {visits};
"""
_ACCESS = """
SELECT CAST(row_number() OVER () - 1 AS BIGINT) AS index, occurred_at AS recorded_at, occurred_at,
  CAST(NULL AS TIMESTAMP) AS ended_at, 'second' AS time_precision, user_id, 'unknown' AS user_kind,
  [{{'id': patient_id, 'authority': CAST(NULL AS VARCHAR)}}] AS patient_ids, CAST(NULL AS VARCHAR) AS session,
  'read' AS action, 'success' AS outcome, 'emr' AS source, 'T' || right(user_id, 3) AS terminal,
  'カルテ' AS object, CAST(NULL AS VARCHAR) AS class, CAST(NULL AS VARCHAR) AS duty,
  CAST(NULL AS VARCHAR) AS reason, CAST(NULL AS BIGINT) AS of, CAST([] AS VARCHAR[]) AS marks,
  'log.csv' AS origin_file, CAST(NULL AS VARCHAR) AS origin_connection,
  CAST(row_number() OVER () AS BIGINT) AS origin_row, CAST(NULL AS BIGINT) AS origin_message
FROM (
  SELECT patient_id, people[1 + CAST(floor(random() * len(people)) AS INT)] AS user_id,
    CAST(day AS TIMESTAMP) + CAST(floor(random() * 36000) AS INT) * INTERVAL 1 SECOND AS occurred_at
  FROM (
    SELECT v.patient_id, v.day + CAST(floor(random() * 4) AS INT) AS day, v.department AS place
    FROM range({of_visits}) AS r(n) JOIN visits AS v ON v.n = (r.n * 7919) % {visits}
    UNION ALL
    SELECT s.patient_id, s.day + CAST(floor(random() * (s.until - s.day + 1)) AS INT), s.ward
    FROM range({of_stays}) AS r(n) JOIN stays AS s ON s.n = (r.n * 7919) % {stays}
    UNION ALL
    SELECT o.patient_id, o.day, o.executed_in
    FROM range({of_orders}) AS r(n) JOIN orders AS o ON o.n = (r.n * 7919) % {orders}
    UNION ALL
    SELECT printf('%08d', CAST(floor(random() * 400000) AS INT)),
      DATE '2025-10-01' + CAST(floor(random() * 365) AS INT), 'd' || CAST(floor(random() * 40) AS INT)
    FROM range({of_none}) AS r(n)
  ) AS a JOIN member AS m ON m.place = a.place
  WHERE a.day BETWEEN DATE '2025-10-01' AND DATE '2026-09-30'
) ORDER BY occurred_at
"""
_LISTS = {
    "staff": """SELECT user_id, 'person' AS kind, duty_group AS duty, duty_group, place AS department,
      CAST(NULL AS VARCHAR) AS ward, [place] AS places,
      CASE WHEN n % 3 = 0 THEN printf('%08d', n * 97) END AS patient_id,
      CASE WHEN n % 7 = 0 THEN 'home' || n END AS address_key FROM person""",
    "visits": """SELECT patient_id, day, '09:00:00' AS time, department, department AS department_key,
      CASE WHEN n % 2 = 0 THEN (SELECT max(people[1 + CAST(v.n % len(people) AS INT)]) FROM member WHERE place = v.department) END AS doctor_id,
      CAST(NULL AS TIMESTAMP) AS retracted_at FROM visits AS v""",
    "stays": """SELECT patient_id, day, until, FALSE AS open, department, department AS department_key,
      ward, ward AS ward_key, CAST(NULL AS TIMESTAMP) AS retracted_at FROM stays""",
    "patients": """SELECT printf('%08d', n) AS patient_id, CASE WHEN n % 11 = 0 THEN 'home' || (n // 500) END AS address_key
      FROM range(400000) AS r(n)""",
    "ids": "SELECT user_id, 'person' AS kind, TRUE AS listed FROM person",
    "orders": """SELECT patient_id, day, day AS until, printf('O%08d', n) AS number, what, department,
      department AS department_key, executed_in, executed_in AS executed_in_key,
      CAST(NULL AS TIMESTAMP) AS retracted_at FROM orders""",
    "appointments": """SELECT patient_id, day, '09:00:00' AS time, department, department AS department_key,
      day - 28 AS booked_on, CAST(NULL AS TIMESTAMP) AS retracted_at FROM visits WHERE n % 2 = 0""",
    "rosters": """SELECT user_id, DATE '2025-10-01' + CAST(d AS INT) AS day, place, place AS place_key, '日' AS shift,
      '08:30:00' AS start, '17:00:00' AS "end", 'work' AS duty FROM person, range(365) AS r(d) WHERE (n + d) % 7 < 5""",
}  # fmt: skip


class Files:
    """The log as Parquet files, read as the ledger's view is."""

    def __init__(self, folder: Path) -> None:
        """Read the files of `folder`."""
        self.folder = folder

    def register(self, analysis: Analysis, name: str = "access") -> None:
        """Make the view."""
        files = self.folder / "log" / "*.parquet"
        analysis.execute(
            f"CREATE VIEW {name} AS SELECT *, '' AS key, '' AS digest FROM read_parquet('{files}')"
        )


def write(folder: Path, size: int) -> None:
    """Write a hospital's year of `size` accesses and its lists into `folder`."""
    (folder / "log").mkdir(parents=True)
    counts = {"visits": max(size * 3 // 40, 1000), "stays": max(size // 130, 100)}
    counts |= {"orders": counts["visits"] * 2, "of_visits": size * 60 // 100}
    counts |= {
        "of_stays": size * 30 // 100,
        "of_orders": size * 6 // 100,
        "of_none": size * 4 // 100,
    }
    connection = duckdb.connect(config={"threads": 1, "memory_limit": "4GB"})
    for sql in _HOSPITAL.format(**counts).split(";\n"):
        if sql.strip():
            connection.execute(sql)
    to = "(FORMAT PARQUET, COMPRESSION ZSTD, ROW_GROUP_SIZE 122880)"
    connection.execute(f"COPY ({_ACCESS.format(**counts)}) TO '{folder}/log/year.parquet' {to}")
    for name, sql in _LISTS.items():
        connection.execute(f"COPY ({sql}) TO '{folder}/{name}.parquet' {to}")
    connection.close()


def lists(
    folder: Path,
    patients: Sequence[str] | None = None,
    turns: tuple[dt.date, dt.date] | None = None,
) -> dict[str, pa.Table]:
    """Return every list in the columns of `care.snapshot`; those not written are empty.

    As the snapshot of a few days, of `patients` alone where they are given, with the staff's own
    numbers and addresses, and of the days around `turns`. No address of these lists is a home in a
    block: ``homes`` is empty.
    """
    schemas = dict(_schemas())
    for name, columns in COLUMNS.items():
        fields = [(c, kind_of(c)) for c in columns.split()]
        schemas[name] = pa.schema([*fields, ("file", pa.string()), ("row", pa.int64())])
    found: dict[str, pa.Table] = {}
    asked = pa.array(patients or (), pa.string())
    staff = pq.read_table(folder / "staff.parquet")
    own, lived = (staff[name].combine_chunks() for name in ("patient_id", "address_key"))
    for name, schema in schemas.items():
        path = folder / f"{name}.parquet"
        have = pq.read_table(path) if path.exists() else None
        if have is not None and patients is not None and name in OF_PATIENTS:
            have = have.filter(pc.is_in(have["patient_id"], value_set=asked))
        if have is not None and patients is not None and name == "patients":
            mine = pc.is_in(have["patient_id"], value_set=pa.concat_arrays([asked, own]))
            near = pc.is_in(have["address_key"], value_set=lived, skip_nulls=True)
            have = have.filter(pc.or_(mine, near))
        if have is not None and turns is not None and name == "rosters":
            first, last = turns[0] - TURNS, turns[1] + TURNS
            have = have.filter((pc.field("day") >= first) & (pc.field("day") <= last))
        rows = 0 if have is None else have.num_rows
        found[name] = pa.table(
            [
                have[field.name].cast(field.type)
                if have is not None and field.name in have.column_names
                else pa.nulls(rows, field.type)
                for field in schema
            ],
            schema=schema,
        )
    with duckdb.connect() as whole:
        orders = f"read_parquet('{folder}/orders.parquet')"
        found["places"] = whole.sql(
            f"SELECT department AS place FROM {orders} UNION SELECT executed_in FROM {orders}"
            f" UNION SELECT ward FROM read_parquet('{folder}/stays.parquet')"
        ).to_arrow_table()
        found["asked"] = whole.sql(
            f"SELECT what, min(day) AS first, max(day) AS last FROM {orders} GROUP BY what"
        ).to_arrow_table()
    return found


def reviewed(folder: Path, first: dt.date, last: dt.date) -> dict[str, Any]:
    """Review `first` to `last` once and return what it took and gave."""
    about = None
    if last - first < FEW_DAYS:
        with analysis() as desk:
            Files(folder).register(desk)
            about = patients_of(desk, first, last)
    given = lists(folder, about, (first, last))
    spans = {kind: [(START, END)] for kind in (Kind.VISITS, Kind.STAYS)}
    level = Level(name="L2", has={}, missing=(), can="", cannot="", most=None)
    where = where_looked(level, explanations())
    gc.freeze()  # as `sekisho review run` does it
    wall, cpu = time.perf_counter(), time.process_time()
    with analysis() as desk:
        Files(folder).register(desk)
        lay_out(desk, given, start=first, end=last, spans=spans)
        explain_all(desk, explanations())
        classify(desk, explanations())
        days = (last - first).days + 1
        matters, events, _, chance = gather(desk, A_DAY * days / 1000)
        cases = _flagged(desk, matters, events, where, days, chance)
        indexes = sorted({index for case in cases for index, _ in case.records})
        summary = count(desk, pa.table({"index": pa.array(indexes, pa.int64())}))
        quiet, _, _ = _told(desk)
        if last - first >= HABIT:
            _habits(desk, explanations(), ())
    gc.unfreeze()
    return {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
        "accesses": summary["accesses"],
        "explained": summary["explained"],
        "cases": len(cases) + quiet.num_rows,
    }


def apart(folder: Path, first: dt.date, last: dt.date) -> dict[str, Any]:
    """Review in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--child", str(folder), first.isoformat(), last.isoformat()],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


_JOIN = re.compile(
    r"\b(SEMI|ANTI) JOIN (\w+|\(.*?\)) AS (\w+)\s+ON (.*?)(?=\bSEMI JOIN|\bANTI JOIN|\bWHERE\b|\bGROUP\b|\Z)",
    re.DOTALL,
)


def in_sqlite(rule: Rule) -> str | None:
    """Return a rule's query as SQLite says it: days are numbers, a semi join is EXISTS.

    None where that takes more than this, a semi join inside another query.
    """
    if _JOIN.search(rule.sql) and re.search(r"\bWITH\b", rule.sql):
        return None
    tests: list[str] = []

    def take(found: re.Match[str]) -> str:
        no = "NOT " if found[1] == "ANTI" else ""
        tests.append(f"{no}EXISTS (SELECT 1 FROM {found[2]} AS {found[3]} WHERE {found[4]})")
        return ""

    sql = _JOIN.sub(take, rule.sql)
    if tests:
        joined = " AND ".join(tests)
        sql = (
            re.sub(r"\bWHERE\b", f"WHERE {joined} AND", sql, count=1)
            if re.search(r"\bWHERE\b", sql)
            else f"{sql}\nWHERE {joined}"
        )
    sql = re.sub(r"\bindex\b", '"index"', sql)
    for name, value in rule.values().items():
        sql = sql.replace(f"${name}", str(value))
    return sql


def beside_sqlite(folder: Path) -> tuple[float, float, int, int]:
    """Ask the rules of one laid-out desk in DuckDB and in SQLite; return both times, rules, left out."""
    ours = theirs = 0.0
    asked = left = 0
    peer = sqlite3.connect(folder / "peer.db")
    with analysis() as desk:
        spans = {kind: [(START, END)] for kind in (Kind.VISITS, Kind.STAYS)}
        Files(folder).register(desk)
        lay_out(desk, lists(folder), start=START, end=END, spans=spans)
        settle(desk)
        for name in ("touch", "post", "patient", "staff", "visits", "stays", "patients", "orders", "appointments",
                     "visits_ever", "stays_ever", "orders_ever", "appointments_ever",
                     "visits_whole", "stays_whole", "duty_order_whole", "relative", "moved", "used",
                     "first_used", "personal", "relative_explained", "colleague_explained",
                     "rosters", "care", "covered_day", "ended", "open_touch", "workday", "event",
                     "ordered", "placed", "vips", "research", "teams", "duty_order", "settled",
                     "rounds", "ids", "touch_all", "post_day"):  # fmt: skip
            _copy(desk, peer, name)
        for rule in (*explanations(), *signs()):
            sql = in_sqlite(rule)
            if sql is None or not _understood(peer, sql):
                left += 1
                continue
            began = time.perf_counter()
            mine = desk.rows(f"SELECT count(*), sum(index) FROM ({rule.sql})", rule.values())
            ours += time.perf_counter() - began
            began = time.perf_counter()
            its = peer.execute(f'SELECT count(*), sum("index") FROM ({sql})').fetchall()
            theirs += time.perf_counter() - began
            if (mine[0][0], int(mine[0][1] or 0)) != (its[0][0], int(its[0][1] or 0)):
                raise SystemExit(f"{rule.id}: DuckDB found {mine}, SQLite {its}")
            asked += 1
    peer.close()
    return ours, theirs, asked, left


def _understood(peer: sqlite3.Connection, sql: str) -> bool:
    try:
        peer.execute(f"EXPLAIN {sql}")
    except sqlite3.Error:
        return False
    return True


def _copy(desk: Analysis, peer: sqlite3.Connection, name: str) -> None:
    table = desk.table(f"SELECT * FROM {name}")
    kept = [f.name for f in table.schema if not pa.types.is_nested(f.type)]
    columns = ", ".join(f'"{column}"' for column in kept)
    peer.execute(f"CREATE TABLE {name} ({columns})")
    epoch = dt.date(1970, 1, 1)

    def plain(value: Any) -> Any:
        if isinstance(value, dt.datetime):
            return value.isoformat()
        return (value - epoch).days if isinstance(value, dt.date) else value

    rows = zip(*(map(plain, table[column].to_pylist()) for column in kept), strict=True)
    peer.executemany(f"INSERT INTO {name} VALUES ({','.join('?' * len(kept))})", rows)
    for keys in (("patient_id", "day"), ("address_key",), ("user_id", "day")):
        if set(keys) <= set(kept):
            peer.execute(f"CREATE INDEX {name}_{keys[0]} ON {name} ({', '.join(keys)})")
    peer.execute("ANALYZE")
    peer.commit()


def told(what: str, took: Mapping[str, Any], targets: Sequence[str]) -> None:
    """Print what one review took."""
    row(
        f"{what}, CPU",
        f"{took['cpu']:.1f} s",
        target=judged(took["cpu"], targets[0]) if targets else "-",
    )
    row(
        f"{what}, wall",
        f"{took['wall']:.1f} s",
        peer=rate(took["accesses"], took["cpu"]) + " by CPU",
    )
    row(
        f"{what}, memory",
        f"{took['memory']:.0f} MB",
        target=judged(took["memory"], targets[1]) if targets else "-",
    )


def main() -> None:
    """Measure and print."""
    folder = Path(tempfile.mkdtemp(prefix="sekisho-review-"))
    try:
        write(folder / "year", SIZE)
        head()
        took = apart(folder / "year", START, END)
        print(f"{took['accesses']:,} accesses, {took['explained'] / took['accesses']:.1%} explained by "
              f"construction, {took['cases']:,} cases, {len(explanations())} explanations, {len(signs())} signs")  # fmt: skip
        told("year", took, ["<= 60 s", "<= 2,000 MB"])
        day = apart(folder / "year", dt.date(2026, 6, 10), dt.date(2026, 6, 10))
        row(f"one day of it, {day['accesses']:,} accesses", f"{day['cpu']:.1f} s",
            target=judged(day["cpu"], "<= 1 s"), peer=f"wall {day['wall']:.1f} s")  # fmt: skip
        write(folder / "peer", min(SIZE, PEER))
        ours, theirs, asked, left = beside_sqlite(folder / "peer")
        row(f"{asked} rules ({left} left out), {min(SIZE, PEER):,}", f"{ours:.1f} s",
            peer=f"SQLite, same rows: {theirs:.1f} s", ratio=theirs / ours,
            target=judged(theirs / ours, ">= 4"))  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(reviewed(Path(sys.argv[2]), *map(dt.date.fromisoformat, sys.argv[3:5]))))
    else:
        main()
