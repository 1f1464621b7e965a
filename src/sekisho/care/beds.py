"""An institution without beds has no list of stays: a named person says so, nobody guesses it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from sekisho.care.tables import BEDS, STAY
from sekisho.errors import InvalidInputError
from sekisho.storage import Database

_NEWEST = sa.select(BEDS).order_by(BEDS.c.id.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class Bedless:
    """Who said that there is no bed here, and when."""

    by: str
    at: dt.datetime


def say_beds(database: Database, *, bedless: bool, by: str, at: dt.datetime) -> bool:
    """Keep that a person said that there are no beds here, or that there are after all.

    Return whether it was kept: where nobody said that there are none, nothing is taken back.

    Raises:
        InvalidInputError: Nobody's name was given.
    """
    if not by.strip():
        raise InvalidInputError("care.beds.whose")
    with database.write() as c:
        before = c.execute(_NEWEST).first()
        if not bedless and not (before and before.bedless):
            return False
        c.execute(sa.insert(BEDS).values(bedless=bedless, by=by.strip(), at=at))
    return True


def bedless(database: Database) -> Bedless | None:
    """Return the newest word, where it is that there are none."""
    with database.read() as c:
        row = c.execute(_NEWEST).first()
    return Bedless(row.by, row.at) if row is not None and row.bedless else None


def lies_here(database: Database, start: dt.date, end: dt.date) -> bool:
    """Return whether some list knows of a stay between `start` and `end`: then the word is wrong."""
    found = sa.select(STAY.c.key).where(
        STAY.c.day <= end, sa.or_(STAY.c.until.is_(None), STAY.c.until >= start)
    )
    with database.read() as c:
        return bool(c.scalar(sa.select(sa.exists(found))))
