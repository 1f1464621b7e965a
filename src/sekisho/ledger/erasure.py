"""Lawful erasure: what was ordered, by whom, confirmed by whom, and the record that says so.

Two people: one proposes with the order, another confirms. Then the record of the erasure
is made first, and only after it records and salts go (`erase`); the tree's 32-byte entries
stay. docs/formats/ledger.md, 13.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import sqlalchemy as sa

from sekisho.errors import ConflictError, InvalidInputError, RefusedError
from sekisho.ledger import rotation, runs
from sekisho.ledger.own import SOURCE
from sekisho.ledger.record import time_text
from sekisho.ledger.runs import Run
from sekisho.ledger.tables import ERASURE, KEY
from sekisho.storage import Database
from sekisho.terms import Clock

MARK = "erasure/"
"""How the ``object`` of a record begins that orders an erasure."""

LAWFUL = "lawful"
RETENTION = "retention"
RESTORED = "restored"
KINDS = (LAWFUL, RETENTION, RESTORED)
"""On a lawful demand; the end of what must be kept; again, in a backup that was older."""

SHORTEST = 4
LONGEST = 400
"""Characters of the order: the document that demands it, by date and number, and why."""

TOGETHER = 2_000
"""Runs in one record at most; a larger erasure makes several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """One erasure, from its proposal on.

    Attributes:
        records: What goes, as runs of indexes.
        first_at: When the earliest of them occurred.
        sources: How many come from each source.
        also: Rows of other rooms that say the same: table to primary keys.
        kind: ``lawful``, ``retention`` or ``restored``.
        order: What demands it; no patient's number stands in it.
        entry: Index of the (first) record that orders it, once it is made.
        done_at: When nothing of it was left.
    """

    number: int
    records: list[Run]
    count: int
    first_at: dt.datetime
    last_at: dt.datetime
    sources: Mapping[str, int]
    also: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    kind: str
    order: str
    proposed_by: str
    proposed_at: dt.datetime
    confirmed_by: str | None = None
    confirmed_at: dt.datetime | None = None
    withdrawn_by: str | None = None
    withdrawn_at: dt.datetime | None = None
    entry: int | None = None
    done_at: dt.datetime | None = None

    @property
    def state(self) -> str:
        """Return ``proposed``, ``withdrawn``, ``confirmed`` (under way) or ``done``."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        if self.confirmed_at is None:
            return "proposed"
        return "confirmed" if self.done_at is None else "done"

    def ordered_by(self, index: int) -> int | None:
        """Return which record orders that `index` goes; None where none does."""
        if self.entry is None or not runs.holds(self.records, index):
            return None
        at = bisect_right(self.records, index, key=lambda run: run[0]) - 1
        return self.entry + at // TOGETHER


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What an erasure would take away; see `Erasure`."""

    records: list[Run]
    count: int
    first_at: dt.datetime
    last_at: dt.datetime
    sources: Mapping[str, int]
    also: Mapping[str, Sequence[Any]] = field(default_factory=dict)


def propose(
    database: Database, clock: Clock, chosen: Chosen, *, order: str, by: str, kind: str = LAWFUL
) -> Erasure:
    """Keep what `by` proposes to erase; nothing goes before another person confirms.

    Raises:
        InvalidInputError: The order is missing or too long, or nothing was chosen.
        ConflictError: Another erasure that is not done has some of the same records.
    """
    order = " ".join(order.split())
    if not SHORTEST <= len(order) <= LONGEST or not order.isprintable():
        raise InvalidInputError("ledger.erasure.order", shortest=SHORTEST, longest=LONGEST)
    if not chosen.count:
        raise InvalidInputError("ledger.erasure.nothing")
    with database.write() as connection:
        for one in _read(connection, ERASURE.c.done_at.is_(None)):
            if one.state in {"proposed", "confirmed"} and _meet(one.records, chosen.records):
                raise ConflictError("ledger.erasure.twice", number=one.number)
        made = connection.execute(
            sa.insert(ERASURE).values(
                **_values(chosen),
                kind=kind,
                order=order,
                proposed_by=by,
                proposed_at=clock.now(),
            )
        )
        assert made.inserted_primary_key
        number = int(made.inserted_primary_key[0])
    return erasure(database, number)


def again(
    database: Database,
    chosen: Chosen,
    *,
    order: str,
    proposed: tuple[str, dt.datetime],
    confirmed: tuple[str, dt.datetime],
) -> Erasure:
    """Order in a restored log what two people, each with their time, had ordered before."""
    (by, at), (second, second_at) = proposed, confirmed
    with database.write() as connection:
        made = connection.execute(
            sa.insert(ERASURE).values(
                **_values(chosen),
                kind=RESTORED,
                order=order,
                proposed_by=by,
                proposed_at=at,
                confirmed_by=second,
                confirmed_at=second_at,
            )
        )
        assert made.inserted_primary_key
        number = int(made.inserted_primary_key[0])
    return erasure(database, number)


def moment(text: str) -> dt.datetime:
    """Return the time that an RFC 3339 text tells."""
    return dt.datetime.fromisoformat(text)


def _values(chosen: Chosen) -> dict[str, Any]:
    return {
        "records": runs.written(chosen.records),
        "count": chosen.count,
        "first_at": chosen.first_at,
        "last_at": chosen.last_at,
        "sources": dict(chosen.sources),
        "also": {name: list(keys) for name, keys in chosen.also.items()},
    }


def check_confirmation(database: Database, number: int, *, by: str) -> Erasure:
    """Return the erasure that `by` may confirm now.

    Raises:
        InvalidInputError: There is none of that number.
        RefusedError: `by` proposed it.
        ConflictError: It is confirmed or withdrawn already.
    """
    found = erasure(database, number)
    if found.state != "proposed":
        raise ConflictError("ledger.erasure.decided", number=number)
    if by == found.proposed_by:
        raise RefusedError("ledger.erasure.own")
    return found


def confirm(database: Database, clock: Clock, number: int, *, by: str) -> None:
    """Order the erasure in a second person's name; from here on it will be done.

    Raises:
        Error: As `check_confirmation`.
    """
    check_confirmation(database, number, by=by)
    _decide(database, number, confirmed_by=by, confirmed_at=clock.now())


def withdraw(database: Database, clock: Clock, number: int, *, by: str) -> None:
    """Take a proposal back; anybody who may see it may stop it.

    Raises:
        InvalidInputError: There is none of that number.
        ConflictError: It is confirmed or withdrawn already.
    """
    erasure(database, number)
    _decide(database, number, withdrawn_by=by, withdrawn_at=clock.now())


def erasure(database: Database, number: int) -> Erasure:
    """Return the erasure of that number.

    Raises:
        InvalidInputError: There is none.
    """
    with database.read() as connection:
        for found in _read(connection, ERASURE.c.number == number):
            return found
    raise InvalidInputError("ledger.erasure.none", number=number)


def erasures(database: Database) -> list[Erasure]:
    """Return every erasure, the newest first."""
    with database.read() as connection:
        return sorted(_read(connection, sa.true()), key=lambda one: -one.number)


def unfinished(database: Database) -> list[Erasure]:
    """Return what was confirmed and is not done, the oldest first."""
    ordered = ERASURE.c.confirmed_at.is_not(None) & ERASURE.c.done_at.is_(None)
    with database.read() as connection:
        return list(_read(connection, ordered))


def erased_by(connection: sa.Connection, index: int) -> Erasure | None:
    """Return the erasure that took record `index` away; None where none did."""
    for one in _read(connection, ERASURE.c.entry.is_not(None)):
        if runs.holds(one.records, index):
            return one
    return None


def note_entry(database: Database, number: int, entry: int) -> None:
    """Keep which record orders the erasure."""
    _set(database, number, entry=entry)


def note_done(database: Database, number: int, at: dt.datetime) -> None:
    """Keep that nothing of it is left."""
    _set(database, number, done_at=at)


def entries(connection: sa.Connection, order: Erasure) -> list[dict[str, Any]]:
    """Return the records (as `record.plain` makes them) that order a confirmed erasure.

    The same erasure gives the same keys again, so that it is recorded once however often
    it is begun. `object` names the records and hashes their keys, `digest` hashes `object`,
    `key` is the first half of that: no other record can look so.
    """
    found: list[dict[str, Any]] = []
    every = order.records
    keys = memoryview(_keys(connection, every))
    for at in range(0, len(every), TOGETHER):
        part = every[at : at + TOGETHER]
        length = runs.count(part) * 16
        told, keys = hashlib.sha256(keys[:length]).hexdigest(), keys[length:]
        what = f"{MARK}{order.number}/{runs.written(part)}/{told}"
        digest = hashlib.sha256(what.encode()).hexdigest()
        reason = {"confirmed": order.confirmed_by, "kind": order.kind, "order": order.order,
                  "proposed": order.proposed_by}  # fmt: skip
        assert order.confirmed_at is not None, "it was confirmed"
        found.append(
            {
                "action": "delete",
                "class": None,
                "digest": digest,
                "duty": None,
                "ended_at": None,
                "key": digest[:32],
                "marks": [],
                "object": what,
                "occurred_at": time_text(order.confirmed_at),
                "of": None,
                "origin": {"connection": SOURCE, "message": 1},
                "outcome": "success",
                "patient_ids": [],
                "reason": orjson.dumps(reason).decode(),
                "recorded_at": None,
                "session": None,
                "source": SOURCE,
                "terminal": None,
                "time_precision": "millisecond",
                "user_id": order.confirmed_by,
                "user_kind": "person",
            }
        )
    return found


def is_reserved(record: Mapping[str, Any]) -> bool:
    """Return whether a record has the form that only the recorder itself may give one."""
    what = record["object"]
    return (
        record["source"] == SOURCE
        and what is not None
        and what.startswith(RESERVED)
        and record["digest"] == hashlib.sha256(what.encode()).hexdigest()
    )


RESERVED = (MARK, rotation.MARK)
"""Objects of records by which the log itself is changed; they are never erased."""


def _keys(connection: sa.Connection, records: Sequence[Run]) -> bytes:
    """Return the keys (16 bytes each) of some records, by index, joined."""
    starts, total = [], 0
    for first, last in records:
        starts.append(total)
        total += last - first + 1
    joined = bytearray(16 * total)
    query = sa.select(KEY.c.index, KEY.c.key).where(
        KEY.c.index >= records[0][0], KEY.c.index <= records[-1][1]
    )
    for index, key in connection.execute(query.execution_options(yield_per=10_000)):
        at = bisect_right(records, index, key=lambda run: run[0]) - 1
        if index <= records[at][1]:
            place = 16 * (starts[at] + index - records[at][0])
            joined[place : place + 16] = key
    return bytes(joined)


def _meet(one: Sequence[Run], other: Sequence[Run]) -> bool:
    return any(True for first, last in other for _ in runs.within(one, first, last))


def _read(connection: sa.Connection, which: sa.ColumnElement[bool]) -> Iterator[Erasure]:
    query = sa.select(ERASURE).where(which).order_by(ERASURE.c.number)
    for row in connection.execute(query).mappings():
        yield Erasure(**{**row, "records": runs.read(row["records"])})


def _decide(database: Database, number: int, **values: object) -> None:
    open_still = ERASURE.c.confirmed_at.is_(None) & ERASURE.c.withdrawn_at.is_(None)
    with database.write() as connection:
        done = connection.execute(
            sa.update(ERASURE).where(ERASURE.c.number == number, open_still).values(values)
        )
    if done.rowcount != 1:
        raise ConflictError("ledger.erasure.decided", number=number)


def _set(database: Database, number: int, **values: object) -> None:
    with database.write() as connection:
        connection.execute(sa.update(ERASURE).where(ERASURE.c.number == number).values(values))
