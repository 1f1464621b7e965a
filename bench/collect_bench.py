"""How fast a vendor's CSV becomes access records, beside a plain csv.DictReader loop.

Run: .venv/bin/python bench/collect_bench.py [--rows 150000] [--json] [--gigabyte]
Prints CPU seconds and rows a second of both, read from the same file in the same run; the
peer reads cells and times only, and makes no record, key, digest or check.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import json
import random
import resource
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path

from sekisho.collect import collect
from sekisho.collect.sniff import sniff_csv
from sekisho.collect.vendor_csv import CsvReading
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


def timed(act: Callable[[], int]) -> dict[str, float]:
    """Return rows, CPU seconds and rows a CPU second of `act`, the best of three."""
    best = None
    rows = 0
    for _ in range(3):
        begun = time.process_time()
        rows = act()
        spent = time.process_time() - begun
        best = spent if best is None else min(best, spent)
    assert best
    return {"rows": rows, "cpu_seconds": round(best, 3), "rows_per_cpu_second": round(rows / best)}


def memory(path: Path) -> float:
    """Return the peak of Python memory while reading, in MiB."""
    tracemalloc.start()
    parse(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return round(peak / 2**20, 1)


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=150_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--gigabyte", action="store_true", help="also one pass over 1 GB")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "log.csv"
        write(path, asked.rows)
        results: dict[str, object] = {
            "peer: csv.DictReader + strptime": timed(lambda: peer(path)),
            "parse to records": timed(lambda: parse(path)),
            "collect, without the ledger": timed(lambda: whole(path, folder)),
            "peak memory of parsing, MiB": memory(path),
        }
        if asked.gigabyte:
            big = folder / "big.csv"
            write(big, 10_500_000)
            begun = time.process_time()
            rows = whole(big, folder)
            results["1 GB"] = {
                "bytes": big.stat().st_size,
                "rows": rows,
                "cpu_seconds": round(time.process_time() - begun, 1),
                "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
    if asked.json:
        print(json.dumps(results, ensure_ascii=False))
        return
    for title, result in results.items():
        print(f"{title:<36} {result}")


if __name__ == "__main__":
    main()
