"""What this room keeps of a patient whose records are lawfully erased: visits, stays, orders and the other lists."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from sekisho.care import tables
from sekisho.care.merges import Merges
from sekisho.care.tables import bare
from sekisho.storage import is_one_of

TABLES = (
    *(table for table in tables.TABLES.values() if "patient_id" in table.c),
    tables.EVENT,
    tables.MERGE,
    tables.MARK,
    tables.REFERENCE,
)
"""What may tell of a patient. A roster, a team, a terminal name no patient. The row of what a
message told is the message's alone in its load."""

TOGETHER = 5_000
"""So many rows of one load are taken away in one pass over the table."""


def traces(connection: sa.Connection, patients: Collection[str]) -> dict[str, list[Any]]:
    """Return the rows about `patients`, by load and row: a key may be the patient's number.

    A number that went into another is the same patient's.
    """
    numbers = {each.lstrip("0") for each in patients}
    for old, new in Merges.read(connection).current.items() if numbers else ():
        if {old.lstrip("0"), new.lstrip("0")} & numbers:
            numbers |= {old.lstrip("0"), new.lstrip("0")}
    found: dict[str, list[Any]] = {}
    for table in TABLES:
        theirs = is_one_of(connection, bare(table.c.patient_id), numbers)
        rows = connection.execute(sa.select(table.c.load_id, table.c.row).where(theirs))
        found[table.name] = sorted(list(row) for row in rows)
    return found


def erase(connection: sa.Connection, rows: Mapping[str, Sequence[Any]]) -> None:
    """Take away what `traces` named; a later load brings back what its source still has."""
    for table in TABLES:
        for load, theirs in groupby(rows.get(table.name, ()), itemgetter(0)):
            mine = [row for _, row in theirs]
            for start in range(0, len(mine), TOGETHER):
                some = table.c.row.in_(mine[start : start + TOGETHER])
                connection.execute(sa.delete(table).where(table.c.load_id == load, some))
