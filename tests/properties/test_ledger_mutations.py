"""Mutation test: one random change of the log's bytes, thousands of times, each found and located.

Whoever changes a sealed file here knows its form and puts the new SHA-256 into the list of
sealed files; whoever changes the tail writes SQL. SEKISHO_MUTATIONS says how many are tried.
"""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import os
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.ledger.conftest import some

from sekisho.ledger import Verdict, create_key, recorder, verify
from sekisho.ledger.history import keep_signed
from sekisho.storage import open_database
from sekisho.terms import FixedClock

MUTATIONS = int(os.environ.get("SEKISHO_MUTATIONS", "400"))
SIZES = (500, 400, 300)
"""Records sealed on the first day, on the second, and in the tail."""
COUNT = sum(SIZES)
KINDS = ("bit", "delete", "insert", "swap", "reorder")
Dice = random.Random
Row = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """One change that stands now.

    Attributes:
        file: The file in which it must be found, below the data directory.
        low: First record that it touches.
        high: Last record by which it may be located: `low` where the record is known.
    """

    what: str
    file: str
    low: int
    high: int


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A ledger of two sealed days and a tail, closed."""
    data = tmp_path_factory.mktemp("log")
    create_key(data, "hospital.example/sekisho")
    database = open_database(f"sqlite:///{data / 'state.db'}")
    clock = FixedClock(dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    with recorder(data, database, clock) as opened:
        start = 0
        for number, count in enumerate(SIZES):
            opened.append(some(count, start))
            start += count
            if number < 2:
                opened.seal()
                keep_signed(data, clock.now().date())
                clock.move(dt.timedelta(days=1))
    database.close()
    yield data
    shutil.rmtree(data)


def mutate(items: list[Any], kind: str, dice: Dice, other: Callable[[Any], Any]) -> int:
    """Change a list of different items in place by `kind`; the first place that differs."""
    before = list(items)
    while items == before:
        at, to = dice.randrange(len(items)), dice.randrange(len(items))
        if kind == "bit":
            items[at] = other(items[at])
        elif kind == "delete":
            del items[at]
        elif kind == "insert":
            items.insert(at, other(items[at]))
        elif kind == "swap":
            items[at], items[to] = items[to], items[at]
        else:
            items.insert(to, items.pop(at))
    pairs = enumerate(zip(items, before, strict=False))
    return next((at for at, (new, old) in pairs if new != old), min(len(items), len(before)))


def turned(data: bytes, dice: Dice) -> bytes:
    """Return `data` with one bit turned."""
    at = dice.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1 :]


@contextmanager
def file_changed(log: Path, kind: str, dice: Dice) -> Iterator[Change]:
    """Change the bytes of the checkpoint, a tile, entries or a sealed file."""
    # The skip index carries nothing that is proved; it has its own test.
    every = [path for path in (log / "ledger").rglob("*") if path.is_file()]
    files = [path for path in every if path.parent.name != "skip"]
    path = dice.choice(sorted(p for p in files if p.name not in {"key", "key.pub"}))
    content = path.read_bytes()
    parts = path.relative_to(log / "ledger").parts
    unit = {"tile": 34 if "entries" in parts else 32}.get(parts[0], 1)
    if parts[0] == "tile" and dice.random() < 0.5 and len(content) > 2 * unit:
        items = [content[at : at + unit] for at in range(0, len(content), unit)]
        mutate(items, kind, dice, lambda item: turned(item, dice))
        changed = b"".join(items)
    else:
        letters = list(content)
        mutate(letters, kind, dice, lambda letter: letter ^ 1 << dice.randrange(8))
        changed = bytes(letters)
    name = str(path.relative_to(log))
    low, high = _touched(log, parts, content, changed, unit)
    path.write_bytes(changed)
    try:
        yield Change(f"{parts[0]} {kind}", name, low, high)
    finally:
        path.write_bytes(content)


def _touched(
    log: Path, parts: tuple[str, ...], content: bytes, changed: bytes, unit: int
) -> tuple[int, int]:
    """Return the records within which a changed file must be located."""
    if parts[0] in {"checkpoint", "history"}:
        return 0, COUNT
    if parts[0] == "sealed":
        first, last = parts[-1].split(".")[1].split("-")
        return int(first), int(last)
    pairs = enumerate(zip(content, changed, strict=False))
    at = next((at for at, (old, new) in pairs if old != new), min(len(content), len(changed)))
    item = min(at, len(content) - 1) // unit
    span = 1 if parts[1] == "entries" else 256 ** int(parts[1])
    number = int(parts[2].removesuffix(".p"))
    index = (number * 256 + item) * span
    return index, index


@contextmanager
def sealed_changed(log: Path, kind: str, dice: Dice) -> Iterator[Change]:
    """Rewrite a sealed file with its records changed, and list its new SHA-256."""
    path = dice.choice(sorted((log / "ledger" / "sealed").rglob("*.parquet")))
    below = str(path.relative_to(log / "ledger" / "sealed"))
    content, table = path.read_bytes(), pq.read_table(path)
    rows = table.to_pylist()
    first = rows[0]["index"]
    at = mutate(rows, kind, dice, lambda row: _other(row, dice))
    renumbered = dice.random() < 0.7
    if renumbered:
        for number, row in enumerate(rows):
            row["index"] = first + number
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path, compression="zstd")
    update = "UPDATE ledger_segment SET sha256 = ? WHERE path = ?"
    with closing(sqlite3.connect(log / "state.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(update, (hashlib.sha256(path.read_bytes()).hexdigest(), below))
        try:
            # Where the number of rows is another, or their numbers jump, the file is the place.
            known = renumbered and len(rows) == table.num_rows
            high = first + at if known else first + table.num_rows
            yield Change(
                f"record sealed {kind}",
                f"ledger/sealed/{below}",
                first + at if known else first,
                high,
            )
        finally:
            path.write_bytes(content)
            connection.execute(update, (hashlib.sha256(content).hexdigest(), below))


def _other(row: Row, dice: Dice) -> Row:
    """Return a sealed row with one of its values changed, salt among them."""
    made = copy.deepcopy(row)
    names = ["salt", "key", "digest", "user_id", "terminal", "object", "origin_row", "occurred_at"]
    name = dice.choice(names)
    value = made[name]
    if isinstance(value, bytes):
        made[name] = turned(value, dice)
    elif isinstance(value, str):
        at = dice.randrange(len(value))
        made[name] = value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :]
    elif isinstance(value, int):
        made[name] = value ^ 1 << dice.randrange(20)
    else:
        made[name] = value + dt.timedelta(milliseconds=1 << dice.randrange(20))
    return made


@contextmanager
def tail_changed(log: Path, kind: str, dice: Dice) -> Iterator[Change]:
    """Change records or salts of the tail by SQL."""
    read = 'SELECT "index", recorded_at, canonical, salt FROM ledger_record ORDER BY "index"'
    write = 'INSERT INTO ledger_record ("index", recorded_at, canonical, salt) VALUES (?, ?, ?, ?)'
    with closing(sqlite3.connect(log / "state.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        rows = connection.execute(read).fetchall()
        first = rows[0][0]
        bodies = [row[1:] for row in rows]
        if dice.random() < 0.5:
            low = at = first + _inside(bodies, kind, dice)
        else:
            at = first + mutate(bodies, kind, dice, lambda body: _other_body(body, dice))
            # One record more or less shows where the signed size ends.
            low = at
        connection.execute("BEGIN")
        connection.execute("DELETE FROM ledger_record")
        connection.executemany(write, [(first + n, *body) for n, body in enumerate(bodies)])
        connection.execute("COMMIT")
        try:
            high = at if len(bodies) == len(rows) else COUNT
            yield Change(f"record tail {kind}", "state.db", low, high)
        finally:
            connection.execute("BEGIN")
            connection.execute("DELETE FROM ledger_record")
            connection.executemany(write, rows)
            connection.execute("COMMIT")


def _inside(bodies: list[Any], kind: str, dice: Dice) -> int:
    """Change bytes inside one record or salt; its place among `bodies`."""
    at, column = dice.randrange(len(bodies)), dice.choice([1, 2])
    letters = list(bodies[at][column])
    mutate(letters, kind, dice, lambda letter: letter ^ 1 << dice.randrange(8))
    changed = list(bodies[at])
    changed[column] = bytes(letters)
    bodies[at] = tuple(changed)
    return at


def _other_body(body: Any, dice: Dice) -> Any:
    return (body[0], body[1], turned(body[2], dice))


def found(verdict: Verdict, change: Change) -> bool:
    """Whether the verdict names the file and the record of a change."""
    wrong = verdict.first_wrong
    if verdict.ok or wrong is None or wrong.file != change.file:
        return False
    if wrong.index is None:
        return change.file.startswith(("ledger/checkpoint", "ledger/history/"))
    return change.low <= wrong.index <= change.high


@pytest.mark.timeout(3600)
def test_every_single_change_is_found_and_located(log: Path) -> None:
    """Every random bit, deletion, insertion, swap or reordering is found, with its file and record."""
    assert verify(log).ok
    dice = random.Random(int(os.environ.get("SEKISHO_MUTATIONS_SEED", "4")))
    missed: list[tuple[Change, object]] = []
    tried: Counter[str] = Counter()
    for number in range(MUTATIONS):
        how = dice.choice([file_changed, file_changed, sealed_changed, tail_changed])
        with how(log, KINDS[number % len(KINDS)], dice) as change:
            verdict = verify(log)
        tried[change.what] += 1
        if not found(verdict, change):
            missed.append((change, verdict.first_wrong))
    assert missed == [], f"{len(missed)} of {MUTATIONS}"
    assert verify(log).ok, "every change was taken back"
    assert {what.split()[-1] for what in tried} == set(KINDS)


def test_a_record_added_at_the_end_is_called_unsigned(log: Path) -> None:
    """A record put behind the last one is not taken for signed: it is named as not signed yet."""
    add = (
        'INSERT INTO ledger_record SELECT "index" + 1, recorded_at, canonical, salt'
        f' FROM ledger_record WHERE "index" = {COUNT - 1}'
    )
    with closing(sqlite3.connect(log / "state.db", isolation_level=None)) as connection:
        connection.execute(add)
        try:
            verdict = verify(log)
        finally:
            connection.execute(f'DELETE FROM ledger_record WHERE "index" = {COUNT}')
    assert not verdict.ok, "its key is not in the list of keys"
    assert "ledger.verify.not_signed_yet" in [message for message, _ in verdict.not_checked]
