"""Measure the ledger: append, seal, tree against pymerkle, proofs, verification.

    python bench/ledger_bench.py [--records 1000000] [--json]

Wall seconds depend on what else the machine does; CPU seconds stand beside them.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pymerkle import InmemoryTree

from sekisho.ledger import Reader, create_key, recorder, verify
from sekisho.ledger.tree import Tree, inclusion
from sekisho.storage import open_database
from sekisho.terms import Access, Action, Origin, Outcome, PatientId, SystemClock, UserKind

START = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
OBJECTS = ("カルテ", "検査結果", "処方", "看護記録", "画像", "病名", "温度板")


class Bench:
    """Takes measures and prints them."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def measure(self, name: str, count: int, act: Callable[[], Any], goal: str = "") -> Any:
        """Run `act`, which does `name` `count` times."""
        wall, cpu = time.perf_counter(), time.process_time()
        answer = act()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        line = {
            "measure": name,
            "count": count,
            "seconds": round(wall, 3),
            "per_second": round(count / wall),
            "cpu_microseconds_each": round(cpu / count * 1e6, 2),
            "goal": goal,
        }
        self.lines.append(line)
        print(
            f"{name:<44} {count:>9,} {wall:>9.2f} s {count / wall:>12,.0f} /s"
            f" {cpu / count * 1e6:>9.2f} µs CPU  {goal}",
            flush=True,
        )
        return answer

    def say(self, name: str, value: float, goal: str = "") -> None:
        """Print a ratio."""
        self.lines.append({"measure": name, "value": round(value, 3), "goal": goal})
        print(f"{name:<44} {value:>9.2f}  {goal}", flush=True)


def records(count: int, start: int = 0) -> Iterator[list[Access]]:
    """Give records of a hospital's log in batches of 5,000."""
    chance = random.Random(start)
    for low in range(start, start + count, 5_000):
        batch = []
        for number in range(low, min(low + 5_000, start + count)):
            digest = hashlib.sha256(b"%d" % number).hexdigest()
            batch.append(
                Access(
                    occurred_at=START + dt.timedelta(seconds=number * 2),
                    source="emr",
                    key=digest[:32],
                    digest=digest,
                    origin=Origin(file="2026-10.csv", row=number + 1),
                    action=chance.choice((Action.READ, Action.READ, Action.UPDATE, Action.PRINT)),
                    outcome=Outcome.SUCCESS,
                    user_id=f"{chance.randrange(3_000):05d}",
                    user_kind=UserKind.PERSON,
                    patient_ids=(PatientId(f"{chance.randrange(400_000):08d}"),),
                    terminal=f"WS{chance.randrange(400):03d}",
                    object=chance.choice(OBJECTS),
                )
            )
        yield batch


def trees(bench: Bench, count: int) -> None:
    """Compare tree append with pymerkle's in the same run."""
    entries = [os.urandom(32) for _ in range(count)]
    ours, theirs = Tree(), InmemoryTree(algorithm="sha256")

    def append_theirs() -> None:
        for entry in entries:
            theirs.append_entry(entry)

    def append_ours() -> None:
        for entry in entries:
            ours.append(entry)

    bench.measure("tree append, pymerkle 7 in memory", count, append_theirs)
    bench.measure("tree append, ours", count, append_ours)
    assert theirs.get_root(count) == ours.root()
    times = [line["cpu_microseconds_each"] for line in bench.lines[-2:]]
    bench.say("tree append, ratio of CPU", times[0] / times[1], "≥ 5")


def log(bench: Bench, data: Path, count: int) -> None:
    """Write, seal, read and verify a log of `count` records, a tenth of it in the tail."""
    key = create_key(data, "bench.example/sekisho")
    database = open_database(f"sqlite:///{data / 'state.db'}")
    tail = count // 10
    batches = list(records(min(count - tail, 150_000)))
    with recorder(data, database, SystemClock()) as opened:
        done = sum(map(len, batches))
        bench.measure(
            "append, durable, groups of 5,000",
            done,
            lambda: [opened.append(batch) for batch in batches],
            "≥ 20,000",
        )
        small = [
            batch[at : at + 1_000]
            for batch in records(20_000, done)
            for at in range(0, 5_000, 1_000)
        ]
        bench.measure(
            "append, durable, groups of 1,000",
            20_000,
            lambda: [opened.append(batch) for batch in small],
            "≥ 20,000",
        )
        done += 20_000
        bench.measure("seal", done, opened.seal)
        for batch in records(max(count - tail - done, 0), done):
            opened.append(batch)
        opened.seal()
        done = opened.size()
        for batch in records(max(count - done, 0), done):
            opened.append(batch)
    reader = Reader(data, database)
    chosen = random.Random(1).sample(range(reader.size()), 200)
    node = reader._tiles.node(reader.size())  # noqa: SLF001 (the proof alone, without its record)
    size = reader.size()
    bench.measure(
        "inclusion proof from tiles",
        200,
        lambda: [inclusion(at, size, node) for at in chosen],
        "< 1 ms",
    )
    bench.measure("record with its proof", 20, lambda: [reader.proof(at) for at in chosen[:20]])
    for processes in (1, 2):
        verdict = bench.measure(
            f"verify, live store, {processes} process(es)",
            size,
            lambda processes=processes: verify(data, key=key, processes=processes),
            "≥ 300,000 on 2 cores" if processes == 2 else "",
        )
        assert verdict.ok, verdict
    database.close()


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    bench = Bench()
    data = Path(tempfile.mkdtemp(prefix="sekisho-bench-", dir=given.folder))
    try:
        trees(bench, min(given.records, 200_000))
        log(bench, data, given.records)
    finally:
        shutil.rmtree(data)
    if given.json:
        print(
            json.dumps({"processors": os.cpu_count(), "measures": bench.lines}, ensure_ascii=False)
        )


if __name__ == "__main__":
    main()
