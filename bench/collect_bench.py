"""How fast a vendor's CSV becomes access records, beside a plain csv.DictReader loop.

Run: .venv/bin/python bench/collect_bench.py [--rows 150000] [--gigabyte]
Prints rows a CPU second of both, from the same file in the same run; the peer reads cells
and times only, and makes no record, key, digest or check.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import gc
import random
import resource
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import orjson
from table import best, head, judged, rate, row, timed

from sekisho.collect import collect
from sekisho.collect.sniff import sniff_csv
from sekisho.collect.vendor_csv import CsvReading
from sekisho.ledger import apart, create_key
from sekisho.storage import open_database
from sekisho.terms import Access, FixedClock

HEADER = "No.,アクセス日時,利用者ID,利用者名,患者ID,患者氏名,処理,機能名,端末名,IPアドレス,結果"
ACTS = ("参照", "参照", "参照", "更新", "登録", "印刷", "検索", "カルテを開く")
SCREENS = ("カルテ", "検査結果", "処方", "看護記録", "画像", "病名")
CLOCK = FixedClock(dt.datetime(2026, 11, 2, tzinfo=dt.UTC))


class Nowhere:
    """Takes records and keeps none: what is measured is the reading alone."""

    def __init__(self) -> None:
        self.count = 0

    def seal(self) -> int:
        """Seal nothing: all is in memory."""
        return 0

    def prepare(self, records: Sequence[Access]) -> Callable[[], Callable[[], list[int | None]]]:
        """Return what hands `records` over."""
        return lambda: partial(self.append, records)

    def append(self, records: Sequence[Access]) -> list[int | None]:
        """Give each record the next index."""
        first, self.count = self.count, self.count + len(records)
        return list(range(first, self.count))


def write(path: Path, rows: int) -> None:
    """Write a month of `rows` records in CP932, in the order of time."""
    chance = random.Random(20261101)
    start = dt.datetime(2026, 10, 1)  # noqa: DTZ001 (a vendor's log has no zone)
    step = 31 * 86400 / rows
    with path.open("w", encoding="cp932", newline="") as file:
        file.write(HEADER + "\r\n")
        for number in range(rows):
            at = start + dt.timedelta(seconds=int(number * step))
            user, patient = chance.randrange(800), chance.randrange(20_000)
            file.write(
                f"{number + 1},{at:%Y/%m/%d %H:%M:%S},N{user:05d},佐藤 {user},{patient:010d},"
                f"患者 {patient},{chance.choice(ACTS)},{chance.choice(SCREENS)},"
                f"PC-{user % 300:03d},10.1.{user % 20}.{user % 250},成功\r\n"
            )


def peer(path: Path) -> int:
    """Read the same file as most scripts do."""
    count = 0
    with path.open(encoding="cp932", newline="") as file:
        for row in csv.DictReader(file):
            dt.datetime.strptime(row["アクセス日時"], "%Y/%m/%d %H:%M:%S")  # noqa: DTZ007 (the peer)
            count += bool(row["利用者ID"] and row["患者ID"])
    return count


def parse(path: Path) -> int:
    """Read the file into records, keys and digests, without recording."""
    mapping = sniff_csv(path, str(path), zone="Asia/Tokyo").mapping
    with path.open("rb") as file:
        reading = CsvReading(file, path="log.csv", mapping=mapping, source=None, zone="Asia/Tokyo")
        return sum(isinstance(item, Access) for item in reading.items())


def whole(path: Path, folder: Path) -> int:
    """Read the file with findings, files and sources, into a recorder that keeps nothing."""
    database = open_database(f"sqlite:///{folder / 'state.db'}")
    try:
        (report,) = collect([path], recorder=Nowhere(), database=database, clock=CLOCK)
    finally:
        database.close()
    assert report.error is None, report.error
    return report.added


def lines(path: Path, rows: int) -> None:
    """Write the same month as JSON Lines of the promised form."""
    chance = random.Random(20261101)
    start = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    step = 31 * 86400 / rows
    with path.open("wb") as file:
        for number in range(rows):
            at = start + dt.timedelta(seconds=int(number * step))
            user, patient = chance.randrange(800), chance.randrange(20_000)
            file.write(
                orjson.dumps(
                    {
                        "occurred_at": at.isoformat(),
                        "source": "portal",
                        "user_id": f"N{user:05d}",
                        "user_kind": "person",
                        "patient_ids": [{"id": f"{patient:010d}", "authority": None}],
                        "action": "read",
                        "outcome": "success",
                        "terminal": f"PC-{user % 300:03d}",
                        "object": chance.choice(SCREENS),
                    }
                )
                + b"\n"
            )


def durable(path: Path, folder: Path) -> tuple[float, float, float]:
    """Return how records become durable: read, canonical, salted, in the tree.

    Records a second of the wall clock, and µs of processor a record that the two processes
    take: the one that reads and the one that records.
    """
    data = Path(tempfile.mkdtemp(dir=folder))
    create_key(data, "bench.example/sekisho")
    database = open_database(f"sqlite:///{data / 'state.db'}")
    try:
        recorded = _cpu(resource.RUSAGE_CHILDREN)
        with apart(data, database, CLOCK) as log:
            began, reading = time.perf_counter(), _cpu(resource.RUSAGE_SELF)
            (report,) = collect([path], recorder=log, database=database, clock=CLOCK)
            took, read = time.perf_counter() - began, _cpu(resource.RUSAGE_SELF) - reading
    finally:
        database.close()
    assert report.error is None, report.error
    recorded = _cpu(resource.RUSAGE_CHILDREN) - recorded
    return report.added / took, read / report.added * 1e6, recorded / report.added * 1e6


def _cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def memory(path: Path) -> float:
    """Return the peak of Python memory while reading, in MiB."""
    tracemalloc.start()
    parse(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return round(peak / 2**20, 1)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=150_000)
    parser.add_argument("--gigabyte", action="store_true", help="also one pass over 1 GB")
    asked = parser.parse_args()
    gc.set_threshold(100_000, 50, 50)  # as `sekisho collect` does
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "log.csv"
        write(path, asked.rows)
        head()
        plain = best(lambda: peer(path))
        said = f"csv.DictReader, strptime: {rate(plain.answer, plain.cpu)}"
        for what, act in (
            ("read CSV into records (CPU)", lambda: parse(path)),
            ("collect without the ledger (CPU)", lambda: whole(path, folder)),
        ):
            took = best(act)
            ratio = plain.cpu / took.cpu
            row(what, rate(took.answer, took.cpu), peer=said, ratio=ratio)
        lines(folder / "log.jsonl", asked.rows)
        for what, name_, least in (
            ("durable from CSV (wall)", "log.csv", 30_000),
            ("durable from JSON Lines (wall)", "log.jsonl", 50_000),
        ):
            found, read, recorded = max(durable(folder / name_, folder) for _ in range(3))
            row(what, f"{found:,.0f} /s", target=judged(found, f">= {least:,} /s"))
            row("  CPU a record: reading, recording", f"{read:.1f}, {recorded:.1f} µs")
        row("peak memory of reading", f"{memory(path)} MiB")
        if asked.gigabyte:
            write(path, 10_500_000)
            took = timed(lambda: whole(path, folder))
            row(f"1 GB, {took.answer:,} rows (CPU)", rate(took.answer, took.cpu))
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            row("peak of the process", f"{peak} MiB")


if __name__ == "__main__":
    main()
