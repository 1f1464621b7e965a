"""How deep a review may reach: which lists cover the period, and which are missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from sekisho.care.beds import Bedless, bedless, lies_here
from sekisho.care.records import Kind
from sekisho.care.tables import LOAD, STAFF, TABLES
from sekisho.storage import Database

Span = tuple[dt.date, dt.date]
SLACK = {
    Kind.VISITS: 4,
    Kind.STAYS: 7,
    Kind.ORDERS: 4,
    Kind.APPOINTMENTS: 4,
    Kind.ROSTERS: 4,
}
"""Days without a row that are no gap: holidays for visits, quiet weeks for admissions."""
MIXED = ("fhir",)
"""What is no list of one kind: what it brought is counted by its rows."""
LEVELS = ("none", "L0", "L1", "L2", "L3")
ASKED = (
    Kind.STAFF, Kind.VISITS, Kind.STAYS, Kind.PATIENTS,
    Kind.ORDERS, Kind.APPOINTMENTS, Kind.ROSTERS,
)  # fmt: skip
"""The lists whose absence is said."""
EXTRA = (
    Kind.TEAMS, Kind.ROUNDS, Kind.RESEARCH, Kind.MAINTENANCE, Kind.VIPS, Kind.TERMINALS,
)  # fmt: skip
"""The lists that a hospital may well not need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What a period can be reviewed with.

    Attributes:
        name: ``L3`` to ``L0``, or ``none`` where not even a staff list covers it: the highest
            whose own lists, and those of all lower levels, cover the period.
        has: Kind → first and last day covered; None where nothing has arrived.
        missing: Message id and arguments of each list that is missing or too short.
        can: Id of the sentence that says what this level can tell; `cannot` what not.
        bedless: Whose word it is that there are no beds here, where that is why no stays are asked for.
        most: The list that is asked for next; None where all are there. Which one would
            explain most only a review can count (`sekisho.review`).
    """

    name: str
    has: Mapping[Kind, Span | None]
    missing: tuple[tuple[str, Mapping[str, str]], ...]
    can: str
    cannot: str
    most: Kind | None
    bedless: Bedless | None = None


def level(database: Database, start: dt.date, end: dt.date) -> Level:
    """Return the level of the period from `start` to `end`, both included."""
    with database.read() as c:
        posts = c.scalar(
            sa.select(sa.func.count())
            .select_from(STAFF)
            .where(STAFF.c.superseded_by.is_(None))
            .where(sa.or_(STAFF.c.valid_from.is_(None), STAFF.c.valid_from <= end))
            .where(sa.or_(STAFF.c.valid_to.is_(None), STAFF.c.valid_to >= start))
        )
        filled = {
            kind
            for kind in (Kind.PATIENTS, *EXTRA)
            if c.scalar(sa.select(sa.exists(sa.select(TABLES[kind].c.key))))
        }
    whole = (start, end)
    has: dict[Kind, Span | None] = {Kind.STAFF: whole if posts else None}
    has |= {kind: whole if kind in filled else None for kind in (Kind.PATIENTS, *EXTRA)}
    covers = {kind: found is not None for kind, found in has.items()}
    for kind, spans in spans_of(database).items():
        has[kind] = (spans[0][0], max(last for _, last in spans)) if spans else None
        covers[kind] = reaches(spans, start, end, SLACK[kind])
    word = bedless(database)
    if word is not None and lies_here(database, start, end):
        word = None
    if word is not None:
        covers[Kind.STAYS] = True
    name = _name(covers)
    return Level(
        name=name,
        has=has,
        missing=tuple(_missing(has, covers, bedless=word is not None)),
        can=f"care.level.{name}.can",
        cannot=f"care.level.{name}.cannot",
        most=next((kind for kind in _next(covers) if not covers[kind]), None),
        bedless=word,
    )


def _name(covers: Mapping[Kind, bool]) -> str:
    if not covers[Kind.STAFF]:
        return "none"
    if not (covers[Kind.VISITS] and covers[Kind.STAYS]):
        return "L0"
    if not (covers[Kind.ORDERS] or covers[Kind.APPOINTMENTS]):
        return "L1"
    return "L3" if covers[Kind.ROSTERS] else "L2"


def _next(covers: Mapping[Kind, bool]) -> Iterator[Kind]:
    """Yield the lists in the order in which they are asked for."""
    yield from (Kind.STAFF, Kind.VISITS, Kind.STAYS)
    if not (covers[Kind.ORDERS] or covers[Kind.APPOINTMENTS]):
        yield Kind.ORDERS
    yield from (Kind.ROSTERS, Kind.PATIENTS, Kind.ORDERS, Kind.APPOINTMENTS)


def _missing(
    has: Mapping[Kind, Span | None], covers: Mapping[Kind, bool], *, bedless: bool
) -> Iterator[tuple[str, Mapping[str, str]]]:
    for kind in ASKED:
        found = has[kind]
        if kind is Kind.STAYS and bedless:
            continue
        if found is None:
            yield f"care.missing.{kind}", {}
        elif not covers[kind]:
            yield (
                f"care.short.{kind}",
                {"first": found[0].isoformat(), "last": found[1].isoformat()},
            )


def covered(database: Database, kind: Kind) -> list[Span]:
    """Return the periods of the lists of `kind`, joined where only a few days lie between.

    A list covers from its first row to its last; SS-MIX2 and HL7 say of each kind what they
    cover. FHIR covers from the first to the last row of the kind that it brought.
    """
    table = TABLES[kind]
    last = table.c.until if "until" in table.c else table.c.day
    with database.read() as c:
        rows = c.execute(
            sa.select(LOAD.c.first, LOAD.c.last)
            .where(LOAD.c.taken_for == kind)
            .where(LOAD.c.first.is_not(None))
        ).all()
        mixed = c.execute(
            sa.select(
                sa.func.min(table.c.day),
                sa.func.max(table.c.day),
                sa.func.max(last),
            )
            .join(LOAD, LOAD.c.id == table.c.load_id)
            .where(LOAD.c.taken_for.in_(MIXED))
            .group_by(table.c.load_id)
        ).all()
    spans = [(row.first, row.last) for row in rows]
    spans += [(first, max(day, until or day)) for first, day, until in mixed]
    return join(spans, SLACK.get(kind, 0))


def spans_of(database: Database) -> dict[Kind, list[Span]]:
    """Return the periods that visits, stays, orders, appointments and rosters cover."""
    return {kind: covered(database, kind) for kind in SLACK}


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
