"""Wards and days without a roster: what cannot be checked there is said, not guessed.

The one place where such days are counted: the page of the levels, the command line, the review
and a case's page ask here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from sekisho.care.departments import Departments
from sekisho.care.level import SLACK, Span, join
from sekisho.care.places import place_key, places
from sekisho.care.records import Kind
from sekisho.care.tables import ROSTER, ROSTER_GRID, STAFF, STAY
from sekisho.storage import Database


def unrostered(database: Database, start: dt.date, end: dt.date) -> list[tuple[str, Span]]:
    """Return (ward as its list writes it, first and last day) of each time without a roster.

    Only wards where somebody works, or lies, from `start` to `end`, and only where some roster
    has arrived: without any, the level says so. A ward in which somebody lies has people at work
    every day; of another a few days without a turn between two are no gap.
    """
    with database.read() as c:
        found = _gaps(c, start, end)
    return sorted((name, gap) for _, name, gaps in found for gap in gaps)


def unrostered_days(c: sa.Connection, start: dt.date, end: dt.date) -> list[tuple[str, dt.date]]:
    """Return (key of the ward, day) of each day that `unrostered` names."""
    return [
        (key, first + dt.timedelta(days=n))
        for key, _, gaps in _gaps(c, start, end)
        for first, last in gaps
        for n in range((last - first).days + 1)
    ]


def lying_unrostered(
    database: Database, patients: Sequence[str], days: Iterable[dt.date]
) -> list[tuple[str, Span]]:
    """Return the wards, with the days, in which one of `patients` lay on `days` without a roster."""
    asked = sorted(set(days))
    if not asked or not patients:
        return []
    with database.read() as c:
        gaps = {key: (name, found) for key, name, found in _gaps(c, asked[0], asked[-1])}
        if not gaps:
            return []
        names = Departments.read(c, _posts(c, asked[0], asked[-1]))
        stays = _stays(c, asked[0], asked[-1], patients)
    told: dict[str, set[dt.date]] = {}
    for ward, first, last in stays:
        name, found = gaps.get(place_key(names.name_of(ward, "ward")) or "", ("", []))
        for begin, until in found:
            told.setdefault(name, set()).update(
                day for day in asked if max(begin, first) <= day <= min(until, last)
            )
    return sorted(
        (name, span) for name, on in told.items() for span in join([(day, day) for day in on], 0)
    )


def _posts(c: sa.Connection, start: dt.date, end: dt.date) -> Sequence[Any]:
    return c.execute(
        sa.select(STAFF.c.user_id, STAFF.c.department, STAFF.c.ward)
        .where(STAFF.c.superseded_by.is_(None))
        .where(sa.or_(STAFF.c.valid_from.is_(None), STAFF.c.valid_from <= end))
        .where(sa.or_(STAFF.c.valid_to.is_(None), STAFF.c.valid_to >= start))
    ).all()


def _stays(
    c: sa.Connection, start: dt.date, end: dt.date, patients: Sequence[str] | None = None
) -> Sequence[Any]:
    """Return (ward, first and last day), of the patients one row a stay, of all one row a ward."""
    query = (
        sa.select(STAY.c.ward, sa.func.min(STAY.c.day), sa.func.max(sa.func.coalesce(STAY.c.until, end)))
        .where(STAY.c.ward.is_not(None), STAY.c.day <= end, STAY.c.retracted_at.is_(None))
        .where(sa.or_(STAY.c.until.is_(None), STAY.c.until >= start))
        .group_by(STAY.c.ward)
    )  # fmt: skip
    if patients is not None:
        query = query.group_by(STAY.c.key).where(STAY.c.patient_id.in_(patients))
    return c.execute(query).all()


def _gaps(c: sa.Connection, start: dt.date, end: dt.date) -> list[tuple[str, str, list[Span]]]:
    """Return (key, name, spans without a roster) of each ward that has some."""
    posts = _posts(c, start, end)
    names = Departments.read(c, posts)
    wards: dict[str, str] = {}
    mine: dict[str, set[str]] = {}
    for post in posts:
        mine.setdefault(post.user_id, set()).update(places(post.department, post.ward))
        key = place_key(post.ward)
        if key:
            wards.setdefault(key, post.ward)
    lain: dict[str, Span] = {}
    for written, first, last in _stays(c, start, end):
        ward = names.name_of(written, "ward") or ""
        key = place_key(ward)
        if key:
            wards.setdefault(key, ward)
            before = lain.get(key, (first, last))
            lain[key] = (max(min(first, before[0]), start), min(max(last, before[1]), end))
    spans = _told(c, start, end, mine)
    if not spans:
        return []
    found = []
    for key, name in wards.items():
        told = spans.get(key, [])
        gaps = list(_without(join(told, SLACK[Kind.ROSTERS]), start, end))
        if key in lain:
            gaps = join([*gaps, *_without(join(told, 0), *lain[key])], 0)
        if gaps:
            found.append((key, name, gaps))
    return found


def _told(
    c: sa.Connection, start: dt.date, end: dt.date, mine: dict[str, set[str]]
) -> dict[str, list[Span]]:
    """Return ward → the days of which a roster tells, about the period; nothing: none arrived.

    Days further away than what is no gap say only that some roster has arrived.
    """
    spans: dict[str, list[Span]] = {}
    for key, first, last in c.execute(
        sa.select(ROSTER_GRID.c.place_key, ROSTER_GRID.c.first, ROSTER_GRID.c.last)
        .where(ROSTER_GRID.c.superseded_by.is_(None))
    ):  # fmt: skip
        spans.setdefault(key, []).append((first, last))
    alone = sa.case((ROSTER.c.place.is_(None), ROSTER.c.user_id))
    for days in (SLACK[Kind.ROSTERS] + 2, 31):
        about = ROSTER.c.day.between(start - dt.timedelta(days), end + dt.timedelta(days))
        turns = sa.select(ROSTER.c.place, alone, ROSTER.c.day).where(about).distinct()
        for place, user_id, day in c.execute(turns):
            for key in mine.get(user_id, ()) if place is None else (place_key(place) or "",):
                spans.setdefault(key, []).append((day, day))
        if spans:
            break
    return spans


def _without(spans: list[Span], start: dt.date, end: dt.date) -> Iterator[Span]:
    day = start
    for first, last in spans:
        if first > end:
            break
        if first > day:
            yield day, first - dt.timedelta(days=1)
        day = max(day, last + dt.timedelta(days=1))
    if day <= end:
        yield day, end
