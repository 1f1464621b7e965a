"""What stood at the moments of a period, kept as it was: its begin, each day, its end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from sekisho.inspection.period.tables import MOMENT
from sekisho.storage import Database


class Kind(StrEnum):
    """Which moment."""

    BEGIN = "begin"
    DAY = "day"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What stood then; `content` holds counts and states and names nobody."""

    period: int
    kind: Kind
    day: dt.date
    at: dt.datetime
    content: Mapping[str, Any]


def keep_moment(
    database: Database,
    number: int,
    kind: Kind,
    day: dt.date,
    *,
    at: dt.datetime,
    content: Mapping[str, Any],
) -> bool:
    """Keep a moment once; return whether it is this one that is kept.

    A period has one begin, whatever its day; its end moves where another notice is joined to it.
    """
    same = [MOMENT.c.period == number, MOMENT.c.kind == kind.value]
    if kind is not Kind.BEGIN:
        same.append(MOMENT.c.day == day)
    row = {"period": number, "kind": kind.value, "day": day, "at": at, "content": dict(content)}
    with database.write() as c:
        if c.scalar(sa.select(MOMENT.c.id).where(*same).limit(1)) is not None:
            return False
        try:
            c.execute(MOMENT.insert().values(row))
        except sa.exc.IntegrityError:
            return False  # another process was first
    return True


def moments(database: Database, number: int) -> list[Moment]:
    """Return the kept moments of a period, the newest first."""
    query = sa.select(MOMENT).where(MOMENT.c.period == number).order_by(MOMENT.c.id.desc())
    with database.read() as c:
        return [
            Moment(
                period=row.period, kind=Kind(row.kind), day=row.day, at=row.at, content=row.content
            )
            for row in c.execute(query)
        ]
