"""A year of lists read from the store for a review: everybody's, those of one day's patients, and of one.

Run: .venv/bin/python bench/lists_bench.py
     SEKISHO_BENCH_REVIEW=20000000 … for the lists of a year of 20 million accesses

The lists are those of bench/review_bench.py (simulated), put into a state.db (SQLite); everybody
has a name and an address. Each reading runs in a process of its own; memory is its peak.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
from review_bench import SIZE, write
from table import head, judged, row

from sekisho import care
from sekisho.app.installation import open_installation
from sekisho.care.told import tell

DAY = dt.date(2026, 6, 10)
PATIENTS = 25_000
"""So many patients are opened on a day of 20 million a year, and in the week before it."""
_SAME = "1 AS load_id, 1 AS row"
_HOME = """(SELECT printf('模擬市%s町%d-%d-%d', chr(CAST(h // 3750 + 19968 AS INTEGER)), h // 750 % 5 + 1,
    h // 25 % 30 + 1, h % 25 + 1) FROM (SELECT CAST(hash({0} || 'home') % 150_000 AS INTEGER) AS h))"""
"""One of 150,000 homes in 6,000 blocks, for an id."""
_KEPT = {
    "care_staff": f"""SELECT {_SAME}, user_id, duty, department, FALSE AS concurrent, patient_id,
      {_HOME.format("user_id")} AS address_key, 'person' AS proposed FROM staff""",
    "care_patient": f"""SELECT {_SAME}, patient_id AS key, patient_id, {_HOME.format("patient_id")} AS address_key,
      'ヤマ' || chr(n % 80 + 12449) || ' ' || chr(n // 80 % 80 + 12449) || chr(n // 6400 + 12449) AS kana
      FROM (SELECT *, CAST(hash(patient_id) % 300_000 AS INTEGER) AS n FROM patients)""",
    "care_visit": f"""SELECT {_SAME}, md5('v' || row_number() OVER ()) AS key, patient_id,
      CAST(day AS VARCHAR) AS day, time, department, doctor_id FROM visits""",
    "care_stay": f"""SELECT {_SAME}, md5('s' || row_number() OVER ()) AS key, patient_id,
      CAST(day AS VARCHAR) AS day, CAST(until AS VARCHAR) AS until, department, ward FROM stays""",
    "care_order": f"""SELECT {_SAME}, md5(number) AS key, patient_id, CAST(day AS VARCHAR) AS day, number,
      what, department, executed_in FROM orders""",
    "care_appointment": f"""SELECT {_SAME}, md5('a' || row_number() OVER ()) AS key, patient_id,
      CAST(day AS VARCHAR) AS day, time, department, CAST(booked_on AS VARCHAR) AS booked_on
      FROM appointments""",
    "care_roster": f"""SELECT {_SAME}, md5(user_id || day) AS key, user_id, CAST(day AS VARCHAR) AS day,
      place, shift, start, "end", duty, TRUE AS actual FROM rosters""",
}  # fmt: skip
"""Table of the store → what of the year's lists goes into it; so many names as so many people bear."""
_TOLD = {
    "visits": "department", "stays": "department, ward",
    "orders": "department, what, executed_in", "appointments": "department",
}  # fmt: skip
"""List → its words that are kept beside it."""


def keep(year: Path, data: Path) -> int:
    """Put the lists of `year` into a new installation `data`; return how many rows they have."""
    here = open_installation(data, create=True)
    total = 0
    with duckdb.connect() as lists, sqlite3.connect(data / "state.db") as store:
        for name in ("staff", "patients", "visits", "stays", "orders", "appointments", "rosters"):
            lists.execute(f"CREATE VIEW {name} AS FROM read_parquet('{year}/{name}.parquet')")
        store.execute(
            "INSERT INTO care_load (id, path, digest, taken_for, rows, refused, doubts, at)"
            " VALUES (1, 'year', 'x', 'visits', 1, 0, '[]', '2026-10-01 00:00:00')"
        )
        for table, sql in _KEPT.items():
            found = lists.execute(sql)
            names = ", ".join(f'"{column[0]}"' for column in found.description)
            marks = ", ".join("?" * len(found.description))
            while rows := found.fetchmany(100_000):
                store.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
                total += len(rows)
        store.commit()
        with here.database.write() as c:
            for name, words in _TOLD.items():
                for day in ("min(day)", "max(day)"):
                    told = lists.sql(f"SELECT {words}, {day} AS day FROM {name} GROUP BY ALL")
                    tell(c, name, told.to_arrow_table().to_pylist())
    store.close()
    here.close()
    return total


def read(data: Path, patients: int | None) -> dict[str, Any]:
    """Read the lists once; of so many patients alone, where it is said."""
    here = open_installation(data)
    about = None if patients is None else [f"{n * 7 % 400_000:08d}" for n in range(patients)]
    wall, cpu = time.perf_counter(), time.process_time()
    lists = care.snapshot(here.database, (DAY - dt.timedelta(days=1), DAY), about)
    took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    here.close()
    status = Path("/proc/self/status").read_text(encoding="ascii")
    memory = int(status.split("VmHWM:")[1].split()[0]) / 1e3
    return {**took, "memory": memory, "rows": sum(one.num_rows for one in lists.values())}


def apart(data: Path, *patients: str) -> dict[str, Any]:
    """Read in a process of its own."""
    command = [sys.executable, __file__, "--child", str(data), *patients]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def main() -> None:
    """Measure and print."""
    folder = Path(tempfile.mkdtemp(prefix="sekisho-lists-"))
    try:
        write(folder / "year", SIZE)
        total = keep(folder / "year", folder / "data")
        head()
        for what, took in (
            (f"lists of a year, {total:,} rows", apart(folder / "data")),
            ("those of one day's patients", apart(folder / "data", str(PATIENTS * SIZE // 20_000_000))),
            ("those of one patient", apart(folder / "data", "1")),
        ):  # fmt: skip
            row(f"{what}, {took['rows']:,} read, CPU", f"{took['cpu']:.1f} s",
                peer=f"wall {took['wall']:.1f} s", target="-")  # fmt: skip
            row(f"{what}, memory", f"{took['memory']:.0f} MB",
                target=judged(took["memory"], "<= 2,000 MB"))  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        given = [int(text) for text in sys.argv[3:4]]
        print(json.dumps(read(Path(sys.argv[2]), given[0] if given else None)))
    else:
        main()
