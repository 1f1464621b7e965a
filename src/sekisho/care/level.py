"""How deep a review may reach: which lists cover the period, and which are missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from sekisho.care.records import Kind
from sekisho.care.tables import LOAD, PATIENT, STAFF
from sekisho.storage import Database

Span = tuple[dt.date, dt.date]
SLACK = {Kind.VISITS: 4, Kind.STAYS: 7}
"""Days without a row that are no gap: holidays for visits, quiet weeks for admissions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What a period can be reviewed with.

    Attributes:
        name: ``L1``, ``L0``, or ``none`` where not even a staff list covers it.
        has: Kind → first and last day covered; None where nothing has arrived.
        missing: Message id and arguments of each list that is missing or too short.
        can: Id of the sentence that says what this level can tell; `cannot` what not.
        most: The list that is asked for next; None where all are there. Which one would
            explain most only a review can count (`sekisho.review`).
    """

    name: str
    has: Mapping[Kind, Span | None]
    missing: tuple[tuple[str, Mapping[str, str]], ...]
    can: str
    cannot: str
    most: Kind | None


def level(database: Database, start: dt.date, end: dt.date) -> Level:
    """Return the level of the period from `start` to `end`, both included."""
    with database.read() as c:
        posts = c.execute(
            sa.select(sa.func.count(), sa.func.min(STAFF.c.valid_from))
            .where(STAFF.c.superseded_by.is_(None))
            .where(sa.or_(STAFF.c.valid_from.is_(None), STAFF.c.valid_from <= end))
            .where(sa.or_(STAFF.c.valid_to.is_(None), STAFF.c.valid_to >= start))
        ).one()
        patients = c.scalar(sa.select(sa.func.count()).select_from(PATIENT)) or 0
    has: dict[Kind, Span | None] = {
        Kind.STAFF: (start, end) if posts[0] else None,
        Kind.PATIENTS: (start, end) if patients else None,
    }
    covers = {Kind.STAFF: bool(posts[0]), Kind.PATIENTS: bool(patients)}
    missing: list[tuple[str, Mapping[str, str]]] = []
    for kind in (Kind.VISITS, Kind.STAYS):
        spans = covered(database, kind)
        has[kind] = (spans[0][0], max(last for _, last in spans)) if spans else None
        covers[kind] = reaches(spans, start, end, SLACK[kind])
    for kind in (Kind.STAFF, Kind.VISITS, Kind.STAYS, Kind.PATIENTS):
        found = has[kind]
        if found is None:
            missing.append((f"care.missing.{kind}", {}))
        elif not covers[kind]:
            args = {"first": found[0].isoformat(), "last": found[1].isoformat()}
            missing.append((f"care.short.{kind}", args))
    name = "none"
    if covers[Kind.STAFF]:
        name = "L1" if covers[Kind.VISITS] and covers[Kind.STAYS] else "L0"
    most = next(
        (k for k in (Kind.STAFF, Kind.VISITS, Kind.STAYS, Kind.PATIENTS) if not covers[k]), None
    )
    return Level(
        name=name,
        has=has,
        missing=tuple(missing),
        can=f"care.level.{name}.can",
        cannot=f"care.level.{name}.cannot",
        most=most,
    )


def covered(database: Database, kind: Kind) -> list[Span]:
    """Return the periods of the lists of `kind`, joined where only a few days lie between."""
    with database.read() as c:
        rows = c.execute(
            sa.select(LOAD.c.first, LOAD.c.last)
            .where(LOAD.c.taken_for == kind)
            .where(LOAD.c.first.is_not(None))
            .order_by(LOAD.c.first, LOAD.c.last)
        ).all()
    return join([(row.first, row.last) for row in rows], SLACK.get(kind, 0))


def spans_of(database: Database) -> dict[Kind, list[Span]]:
    """Return the periods that the lists of visits and of stays cover."""
    return {kind: covered(database, kind) for kind in (Kind.VISITS, Kind.STAYS)}


def join(spans: Sequence[Span], slack: int) -> list[Span]:
    """Return `spans`, in order of their first day, joined where at most `slack` days lie between."""
    joined: list[Span] = []
    for first, last in sorted(spans):
        if joined and (first - joined[-1][1]).days <= slack + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def reaches(spans: Sequence[Span], start: dt.date, end: dt.date, slack: int) -> bool:
    """Return whether one of `spans` covers `start` to `end`, give or take `slack` days."""
    give = dt.timedelta(days=slack)
    return any(first - give <= start and end <= last + give for first, last in spans)
