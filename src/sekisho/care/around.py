"""What care and work the lists know around an access: for a person to look at, not to judge by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sekisho.care.tables import APPOINTMENT, ORDER, ROSTER, STAY, TERMINAL, VISIT, bare
from sekisho.storage import Database

KINDS = {"visits": VISIT, "stays": STAY, "orders": ORDER, "appointments": APPOINTMENT}
MOST = 400
"""Rows of a kind that are read: a person looks at fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One visit, stay, order or appointment; local days, both included.

    Attributes:
        kind: One of `KINDS`.
        time: As the list wrote it, or None.
        what: The kind of an order (`care.records.What`), or None.
        place: Department, or the ward of a stay.
    """

    kind: str
    patient_id: str
    first: dt.date
    last: dt.date
    time: str | None
    what: str | None
    place: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn of a roster; `actual` where it is what was worked, else the plan.

    Attributes:
        duty: ``work``, ``on_call``, ``support`` or ``off``.
    """

    day: dt.date
    place: str | None
    shift: str
    start: str | None
    end: str | None
    duty: str
    actual: bool


def happened(
    database: Database, patients: Sequence[str], start: dt.date, end: dt.date
) -> list[Happened]:
    """Return what the lists know of `patients` from `start` to `end`, in order of days.

    A number is found with and without its leading zeros.
    """
    found: list[Happened] = []
    with database.read() as c:
        for kind, table in KINDS.items():
            last = (
                sa.func.coalesce(table.c.until, table.c.day) if "until" in table.c else table.c.day
            )
            if kind == "stays":
                # An open stay lasts until somebody says that it ended.
                last = sa.func.coalesce(table.c.until, end)
            rows = c.execute(
                sa.select(table)
                .where(_of(table, patients))
                .where(table.c.day <= end, last >= start, table.c.retracted_at.is_(None))
                .order_by(table.c.day)
                .limit(MOST)
            )
            found.extend(_happened(kind, row, end) for row in rows)
    return sorted(found, key=lambda one: (one.first, one.time or "", one.kind))


def last_before(database: Database, patients: Sequence[str], day: dt.date) -> Happened | None:
    """Return the last visit or stay of `patients` that ended before `day`, or None."""
    found = []
    with database.read() as c:
        for kind in ("visits", "stays"):
            table = KINDS[kind]
            end = table.c.until if "until" in table.c else table.c.day
            row = c.execute(
                sa.select(table)
                .where(_of(table, patients))
                .where(end < day, table.c.retracted_at.is_(None))
                .order_by(end.desc())
                .limit(1)
            ).first()
            if row is not None:
                found.append(_happened(kind, row, day))
    return max(found, key=lambda one: one.last, default=None)


def turns(database: Database, user_id: str, start: dt.date, end: dt.date) -> list[Turn]:
    """Return the person's turns from `start` to `end`; of a day that was told as worked, those alone."""
    with database.read() as c:
        rows = c.execute(
            sa.select(ROSTER)
            .where(_one_of(ROSTER.c.user_id, [user_id]))
            .where(ROSTER.c.day.between(start, end))
            .order_by(ROSTER.c.day, ROSTER.c.start)
        ).all()
    told = {row.day for row in rows if row.actual}
    return [
        Turn(
            day=row.day,
            place=row.place,
            shift=row.shift,
            start=row.start,
            end=row.end,
            duty=row.duty,
            actual=row.actual,
        )
        for row in rows
        if row.actual or row.day not in told
    ]


def places(database: Database) -> dict[str, str]:
    """Return terminal, and its address → the place where it stands, as the list says."""
    with database.read() as c:
        rows = c.execute(
            sa.select(TERMINAL.c.terminal, TERMINAL.c.address, TERMINAL.c.place).where(
                TERMINAL.c.place.is_not(None)
            )
        ).all()
    return {name: row.place for row in rows for name in (row.address, row.terminal) if name}


def _one_of(column: sa.Column[Any], ids: Iterable[str]) -> sa.ColumnElement[bool]:
    ids = list(ids)
    bare = [one.lstrip("0") for one in ids if one.isascii() and one.isdecimal()]
    same = column.in_(ids)
    return sa.or_(same, sa.func.ltrim(column, "0").in_(bare)) if bare else same


def _of(table: sa.Table, patients: Sequence[str]) -> sa.ColumnElement[bool]:
    """Return that a row is about one of `patients`, found by the index."""
    near = bare(table.c.patient_id).in_([one.lstrip("0") for one in patients])
    return sa.and_(near, _one_of(table.c.patient_id, patients))


def _happened(kind: str, row: Any, end: dt.date) -> Happened:
    until = getattr(row, "until", None)
    return Happened(
        kind=kind,
        patient_id=row.patient_id,
        first=row.day,
        last=until or (end if kind == "stays" else row.day),
        time=getattr(row, "time", None),
        what=getattr(row, "what", None),
        place=(getattr(row, "ward", None) if kind == "stays" else None) or row.department,
    )
