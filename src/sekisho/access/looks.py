"""The yearly look: a named person reads the matrix in force through and finds nothing to change."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from sekisho.access.changes import current
from sekisho.access.tables import LOOK
from sekisho.errors import ConflictError, InvalidInputError
from sekisho.storage import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Who looked at which change, and when."""

    number: int
    by: str
    at: dt.datetime
    note: str


def keep_look(database: Database, number: int, *, by: str, at: dt.datetime, note: str = "") -> None:
    """Keep that `by` looked the matrix of change `number` through and leaves it as it is.

    Raises:
        InvalidInputError: Nobody is named.
        ConflictError: It is not in force: another came into force since it was read.
    """
    check_look(database, number, by=by)
    with database.write() as c:
        c.execute(
            LOOK.insert().values(
                number=number,
                by=by.strip(),
                at=at,
                note="".join(one for one in note if one.isprintable()).strip(),
            )
        )


def check_look(database: Database, number: int, *, by: str) -> None:
    """Refuse what `keep_look` would refuse, before the act is recorded."""
    if not by.strip():
        raise InvalidInputError("access.nobody_named")
    force = current(database)
    if force is None or force.number != number:
        raise ConflictError("access.look_moved", number=number)


def last_look(database: Database) -> Look | None:
    """Return who last looked at the matrix in force: as it is, or when it was approved."""
    force = current(database)
    if force is None or force.decided_by is None or force.decided_at is None:
        return None
    query = sa.select(LOOK).where(LOOK.c.number == force.number).order_by(LOOK.c.id.desc())
    with database.read() as c:
        row = c.execute(query.limit(1)).one_or_none()
    if row is not None and row.at > force.decided_at:
        return Look(number=row.number, by=row.by, at=row.at, note=row.note)
    return Look(number=force.number, by=force.decided_by, at=force.decided_at, note=force.reason)
