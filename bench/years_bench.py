"""Search over years, bytes a record, and verification of sealed records.

Run: .venv/bin/python bench/years_bench.py
     SEKISHO_BENCH_YEARS=20000000 … for the full size (about 1.6 GB of disk, ten minutes)

The search's records are simulated and written straight as sealed days by `seal.FORM`, in the
columns of the ledger, without a tree: what is measured is how long an answer takes, not
whether it is proved. They are three years of days, each with its own patients (a patient is
looked at a dozen times on a day of care), plus a tail of a day. Each question is asked through
`console.query.page_of`, as the page asks it, DuckDB's start included. "Cold" is the first
time after the system has let go of every file of the log; "warm" the median of five.
The peer asks the same question of all the files, without the skip index.
Verification runs on a real log, every record of it sealed, in a process of its own; memory is
the proportional set size of all its processes, sampled.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from ledger_bench import OBJECTS, records
from msgspec.structs import replace
from table import head, judged, rate, row, timed

from sekisho.console.filter import Filter
from sekisho.console.query import Page, page_of
from sekisho.ledger import Reader, create_key, recorder, seal, skip, tail
from sekisho.ledger.columns import SCHEMA
from sekisho.ledger.record import SALT, canonical, plain, time_text
from sekisho.ledger.tables import RECORD, SEGMENT
from sekisho.storage import Database, open_database
from sekisho.terms import FixedClock, SystemClock

SIZE = int(os.environ.get("SEKISHO_BENCH_YEARS", "2000000"))
DAYS = 1095
START = dt.datetime(2023, 10, 1, tzinfo=dt.UTC)
ZONE = "Asia/Tokyo"
DAY = 86_400_000
PATIENTS = 400_000
A_DAY = 12
"""Times that a patient is looked at on a day of care."""
KEPT = ("key", "digest", "salt")
TEXTS = ("session", "class", "duty", "reason", "origin_connection")


def day(number: int, first: int, count: int, chance: random.Random) -> pa.Table:
    """Return the records of one day in the ledger's columns."""
    base = int(START.timestamp() * 1000) + number * DAY
    at = sorted(chance.choices(range(base, base + DAY, 1000), k=count))
    patients = [f"{chance.randrange(PATIENTS):08d}" for _ in range(max(1, count // A_DAY))]
    users = chance.sample([f"{user:05d}" for user in range(3_000)], 1_000)
    moment, lists = pa.timestamp("ms"), SCHEMA.field("patient_ids").type
    ids = pa.StructArray.from_arrays(
        [pa.array(chance.choices(patients, k=count)), pa.nulls(count, pa.string())],
        fields=list(lists.value_type),
    )

    def same(value: str) -> pa.Array:
        return pa.DictionaryArray.from_arrays(
            pa.array([0] * count, pa.int32()), pa.array([value])
        ).dictionary_decode()

    def noise(width: int) -> pa.Array:
        data = pa.py_buffer(os.urandom(width * count))
        return pa.Array.from_buffers(pa.binary(width), count, [None, data])

    values: dict[str, pa.Array] = {
        "index": pa.array(range(first, first + count)),
        "recorded_at": pa.array([each + 300 for each in at], pa.int64()).cast(moment),
        "occurred_at": pa.array(at, pa.int64()).cast(moment),
        "ended_at": pa.nulls(count, moment),
        "time_precision": same("second"),
        "user_id": pa.array(chance.choices(users, k=count)),
        "user_kind": same("person"),
        "action": pa.array(chance.choices(("read", "read", "update", "print"), k=count)),
        "outcome": same("success"),
        "source": same("emr"),
        "terminal": pa.array(chance.choices([f"WS{n:03d}" for n in range(400)], k=count)),
        "object": pa.array(chance.choices(OBJECTS, k=count)),
        "patient_ids": pa.ListArray.from_arrays(
            pa.array(range(count + 1), pa.int32()), ids, type=lists
        ),
        "of": pa.nulls(count, pa.int64()),
        "marks": pa.ListArray.from_arrays(
            pa.array([0] * (count + 1), pa.int32()),
            pa.array([], pa.string()),
            type=SCHEMA.field("marks").type,
        ),
        "origin_file": same(f"/in/{number}.csv"),
        "origin_row": pa.array(range(1, count + 1), pa.int64()),
        "origin_message": pa.nulls(count, pa.int64()),
        **{name: pa.nulls(count, pa.string()) for name in TEXTS},
        **{name: noise(SCHEMA.field(name).type.byte_width) for name in KEPT},
    }
    return pa.table([values[field.name] for field in SCHEMA], schema=SCHEMA)


def years(data: Path, database: Database) -> None:
    """Write the sealed days and their skip index, and a day's tail."""
    chance = random.Random(1)
    folder = data / "ledger" / tail.SEALED
    count, first, rows = SIZE // DAYS, 0, []
    began = time.perf_counter()
    for number in range(DAYS):
        date = (START + dt.timedelta(days=number)).date().isoformat()
        path = f"{date[:4]}/{date[5:7]}/{date}.{first}-{first + count - 1}.parquet"
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        with pq.ParquetWriter(folder / path, SCHEMA, **seal.FORM) as writer:
            writer.write_table(day(number, first, count, chance), row_group_size=seal.GROUP)
        rows.append(
            {
                "first": first,
                "last": first + count - 1,
                "path": path,
                "sha256": seal.digest(folder / path),
            }
        )
        first += count
    with database.write() as connection:
        connection.execute(sa.insert(SEGMENT), rows)
    row("sealed days written", rate(first, time.perf_counter() - began))
    live(database, first, count)
    with database.read() as connection:
        segments = tail.extent(connection).segments
    took = timed(lambda: skip.keep(data / "ledger", segments))
    row("skip index made", rate(first, took.wall))


def live(database: Database, first: int, count: int) -> None:
    """Write a day that is not sealed yet, as the recorder stores it."""
    at = START + dt.timedelta(days=DAYS)
    with database.write() as connection:
        for batch in records(count, first):
            rows = []
            for one in batch:
                late = at + dt.timedelta(seconds=(len(rows) * 7) % 86_400)
                line = {**plain(replace(one, occurred_at=late)), "recorded_at": time_text(late)}
                rows.append(
                    {
                        "index": first,
                        "recorded_at": late,
                        "canonical": canonical(line),
                        "salt": os.urandom(SALT),
                    }
                )
                first += 1
            connection.execute(sa.insert(RECORD), rows)


def sizes(data: Path, count: int) -> None:
    """Print the bytes a record takes on the disk, by what they are for."""
    held: Counter[str] = Counter()
    whole = 0
    for path in (data / "ledger" / tail.SEALED).glob("*/*/*.parquet"):
        whole += path.stat().st_size
        metadata = pq.read_metadata(path)
        for group in range(metadata.num_row_groups):
            for number in range(metadata.num_columns):
                column = metadata.row_group(group).column(number)
                held[column.path_in_schema] += column.total_compressed_size
    query = sum(size for name, size in held.items() if name not in KEPT) / count
    salted = query + held["salt"] / count
    index = sum(path.stat().st_size for path in (data / "ledger" / skip.FOLDER).iterdir()) / count
    row("query columns, bytes a record", f"{query:.1f}", target=judged(query, "<= 20"))
    row("with salt, bytes a record", f"{salted:.1f}", target=judged(salted, "<= 45"))
    row("whole file (key, digest too)", f"{whole / count:.1f}")
    row("skip index, bytes a record", f"{index:.2f}")


def forget(data: Path) -> None:
    """Have the system let go of what it holds of the log's files."""
    os.sync()
    for path in (data / "ledger").rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


class Whole(Reader):
    """The log without its skip index: the peer."""

    def search(self, looked: skip.Looked) -> Any:  # noqa: ARG002 (the peer skips nothing)
        """Return everything, whatever is asked."""
        found = super().search(skip.Looked())
        found.places = [
            skip.Place(segment, segment.first, segment.last + 1)
            for segment in dict.fromkeys(place.segment for place in found.places)
        ]
        return found


def questions(data: Path, database: Database) -> Iterator[tuple[str, Filter, str]]:
    """Give what people ask, with the target of the answer."""
    row_ = page_of(Reader(data, database), Filter(end="2025-09-01"), ZONE, 1).rows[0]
    (patient,) = row_.patients
    year = {"start": "2025-01-01", "end": "2025-12-31"}
    yield "one patient's year", Filter(patient=patient, **year), "<= 0.5 s"
    yield "one patient, all years", Filter(patient=patient), "<= 0.5 s"
    yield "nobody's number", Filter(patient="no such number"), "<= 0.5 s"
    yield "one person's prints of a year", Filter(user="00017", action="print", **year), ""
    yield "one terminal, oldest page", Filter(terminal="WS017", before="0.0"), ""
    yield "newest page", Filter(), ""
    yield "words that nobody wrote", Filter(text="そんな画面はない"), ""


def searches(data: Path, database: Database) -> None:
    """Ask each question cold and warm, with the index and without."""
    reader = Reader(data, database)
    for what, wanted, target in questions(data, database):
        forget(data)
        cold = timed(lambda wanted=wanted: page_of(reader, wanted, ZONE))
        warm = statistics.median(_times(reader, wanted, 5))
        alone = statistics.median(_times(Whole(data, database), wanted, 2))
        for how, seconds in (("cold", cold.wall), ("warm", warm)):
            row(
                f"{what}, {how}",
                f"{seconds:.2f} s",
                peer=f"without the index, warm: {alone:.2f} s" if how == "warm" else "-",
                ratio=alone / seconds if how == "warm" else None,
                target=judged(seconds, target) if target else "-",
            )


def _times(reader: Reader, wanted: Filter, rounds: int) -> Sequence[float]:
    def ask() -> Page:
        return page_of(reader, wanted, ZONE)

    return [timed(ask).wall for _ in range(rounds)]


def proved(data: Path, count: int) -> None:
    """Write a real log, seal all of it, and verify it in a process of its own."""
    create_key(data, "bench.example/sekisho")
    database = open_database(f"sqlite:///{data / 'state.db'}")
    with recorder(data, database, SystemClock()) as opened:
        for batch in records(count):
            opened.append(batch)
        opened.seal()
    database.close()
    command = [sys.executable, "-m", "sekisho", "ledger", "verify", "--json", "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        peak = 0
        while process.poll() is None:
            peak = max(peak, _memory(process.pid))
            time.sleep(0.05)
        assert process.stdout is not None
        said = json.loads(process.stdout.read())
    assert said["ok"], said
    done = said["records"] / said["seconds"]
    row(
        f"verify {count:,} from Parquet",
        rate(said["records"], said["seconds"]),
        target=judged(done, ">= 167,000 /s"),
    )
    row("its memory, all processes", f"{peak >> 20} MB", target=judged(peak / 1e6, "<= 500 MB"))


def _memory(pid: int) -> int:
    found = 0
    try:
        for each in (whole := psutil.Process(pid), *whole.children(recursive=True)):
            found += each.memory_full_info().pss
    except psutil.Error:
        return 0
    return found


def main() -> None:
    """Run everything."""
    head()
    data = Path(tempfile.mkdtemp(prefix="sekisho-years-"))
    try:
        create_key(data, "bench.example/sekisho")
        database = open_database(f"sqlite:///{data / 'state.db'}")
        with recorder(data, database, FixedClock(START)):
            pass
        years(data, database)
        count = SIZE // DAYS * DAYS
        print(
            f"{count:,} records in {DAYS:,} sealed days, {Reader(data, database).size() - count:,} "
            "in the tail (SEKISHO_BENCH_YEARS for another size)"
        )
        sizes(data, count)
        searches(data, database)
        database.close()
        (data / "real").mkdir(mode=0o700)
        proved(data / "real", min(SIZE, 1_000_000))
    finally:
        shutil.rmtree(data)


if __name__ == "__main__":
    main()
