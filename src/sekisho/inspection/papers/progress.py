"""How far a sheet was on each day: one line of counts a day, the last of that day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from sekisho.inspection.papers.tables import COUNT
from sekisho.inspection.records import Sheet, Standing, State
from sekisho.storage import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The counts of one day.

    Attributes:
        at: When they were taken, UTC-aware.
        counts: ``items``, those that this institution is asked; ``apart``, those that it is not;
            each answer (``yes``…); ``proven`` (yes that the evidence shows),
            and each state of the evidence as ``state.<name>``.
    """

    day: dt.date
    at: dt.datetime
    counts: Mapping[str, int]


def count(sheet: Sheet) -> dict[str, int]:
    """Return the counts of a sheet as it stands."""
    found = {"items": len(sheet.lines), "apart": len(sheet.apart)}
    found |= {one.value: sheet.count(one) for one in Standing}
    found["proven"] = sum(
        line.standing is Standing.YES and not line.greener for line in sheet.lines
    )
    return found | {f"state.{one.value}": sheet.computed(one) for one in State}


def keep_count(database: Database, sheet: Sheet, day: dt.date) -> None:
    """Keep the counts of `day`; later ones of the same day take their place."""
    values = {"at": sheet.at, "counts": count(sheet)}
    where = sa.and_(COUNT.c.catalogue == sheet.catalogue.id, COUNT.c.day == day)
    with database.write() as c:
        if not c.execute(COUNT.update().where(where).values(**values)).rowcount:
            c.execute(COUNT.insert().values(catalogue=sheet.catalogue.id, day=day, **values))


def progress(database: Database, catalogue: str, *, since: dt.date | None = None) -> list[Counted]:
    """Return the counts of a catalogue, the oldest day first."""
    query = sa.select(COUNT).where(COUNT.c.catalogue == catalogue).order_by(COUNT.c.day)
    if since is not None:
        query = query.where(COUNT.c.day >= since)
    with database.read() as c:
        return [Counted(day=row.day, at=row.at, counts=row.counts) for row in c.execute(query)]
