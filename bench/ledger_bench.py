"""The ledger's speed: tree beside pymerkle, durable appends beside plain SQLite, verification.

Run: .venv/bin/python bench/ledger_bench.py [--records 1000000]
The peer of an append is an insert of the same bytes into SQLite, WAL and synchronous=FULL
like ours, with no tree, key, salt or signature. Verification has no peer: nothing else
reads this store; its two lines are one process and two.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import os
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from pymerkle import InmemoryTree
from table import best, head, judged, rate, row, timed

from sekisho.ledger import Reader, create_key, recorder, verify
from sekisho.ledger.record import canonical, plain
from sekisho.ledger.tree import Tree
from sekisho.storage import open_database
from sekisho.terms import Access, Action, Origin, Outcome, PatientId, SystemClock, UserKind

START = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
OBJECTS = ("カルテ", "検査結果", "処方", "看護記録", "画像", "病名", "温度板")


def records(count: int, start: int = 0, group: int = 5_000) -> Iterator[list[Access]]:
    """Give records of a hospital's log in groups."""
    chance = random.Random(start)
    for low in range(start, start + count, group):
        batch = []
        for number in range(low, min(low + group, start + count)):
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


def trees(count: int) -> None:
    """Compare tree append with pymerkle's in the same run."""
    entries = [os.urandom(32) for _ in range(count)]

    def ours() -> bytes:
        tree = Tree()
        tree.extend(entries)
        return tree.root()

    def theirs() -> bytes:
        tree = InmemoryTree(algorithm="sha256")
        for entry in entries:
            tree.append_entry(entry)
        return bytes(tree.get_root(count))

    peer, own = best(theirs), best(ours)
    assert own.answer == peer.answer
    ratio = peer.cpu / own.cpu
    row(
        "tree append (CPU)",
        rate(count, own.cpu),
        peer=f"pymerkle 7: {rate(count, peer.cpu)}",
        ratio=ratio,
        target=judged(ratio, ">= 5 x"),
    )


def rows_alone(path: Path, batches: Sequence[Sequence[Access]]) -> None:
    """Insert the records' bytes into SQLite, one durable commit a group: the peer."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE log (number INTEGER PRIMARY KEY, body BLOB)")
        for batch in batches:
            bodies = [(canonical(plain(one)),) for one in batch]
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO log (body) VALUES (?)", bodies)
            connection.execute("COMMIT")


def log(data: Path, count: int) -> None:
    """Write, seal, read and verify a log of `count` records, the last tenth in the tail."""
    key = create_key(data, "bench.example/sekisho")
    database = open_database(f"sqlite:///{data / 'state.db'}")
    done = 0
    with recorder(data, database, SystemClock()) as opened:
        for group, number in ((1_000, 50_000), (5_000, 150_000)):
            batches = list(records(number, done, group))
            peer = timed(
                lambda group=group, batches=batches: rows_alone(data / f"{group}.db", batches)
            )
            own = timed(lambda batches=batches: [opened.append(batch) for batch in batches])
            row(
                f"durable append, groups of {group:,}",
                rate(number, own.wall),
                peer=f"SQLite, nothing provable: {rate(number, peer.wall)}",
                ratio=peer.wall / own.wall,
                target=judged(number / own.wall, ">= 20,000 /s"),
            )
            done += number
        took = timed(opened.seal)
        row("seal into Parquet", rate(done, took.wall))
        for batch in records(count * 9 // 10 - done, done):
            opened.append(batch)
        opened.seal()
        for batch in records(count - opened.size(), opened.size()):
            opened.append(batch)
    reader = Reader(data, database)
    chosen = random.Random(1).sample(range(count), 20)
    took = timed(lambda: [reader.proof(at) for at in chosen])
    row("one record with its proof", f"{took.wall / len(chosen) * 1000:.0f} ms")
    for processes, target in ((1, ""), (2, ">= 300,000 /s")):
        took = timed(lambda processes=processes: verify(data, key=key, processes=processes))
        assert took.answer.ok, took.answer
        row(
            f"verify {count:,}, live store, {processes} process",
            rate(count, took.wall),
            target=judged(count / took.wall, target) if target else "-",
        )
    database.close()


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=1_000_000)
    given = parser.parse_args()
    data = Path(tempfile.mkdtemp(prefix="sekisho-bench-"))
    head()
    try:
        trees(min(given.records, 200_000))
        log(data, max(given.records, 300_000))
    finally:
        shutil.rmtree(data)


if __name__ == "__main__":
    main()
