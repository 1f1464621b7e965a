"""Wards and days without a roster: what cannot be checked there is said, not guessed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import sqlalchemy as sa

from sekisho.care.level import SLACK, Span, join
from sekisho.care.places import place_key, places
from sekisho.care.records import Kind
from sekisho.care.tables import ROSTER, ROSTER_GRID, STAFF
from sekisho.storage import Database


def unrostered(database: Database, start: dt.date, end: dt.date) -> list[tuple[str, Span]]:
    """Return (ward as the staff list writes it, first and last day) of each time without a roster.

    Only wards where somebody works from `start` to `end`, and only where some roster has
    arrived: without any, the level says so. A few days without a turn between two are no gap.
    """
    with database.read() as c:
        posts = c.execute(
            sa.select(STAFF.c.user_id, STAFF.c.department, STAFF.c.ward)
            .where(STAFF.c.superseded_by.is_(None))
            .where(sa.or_(STAFF.c.valid_from.is_(None), STAFF.c.valid_from <= end))
            .where(sa.or_(STAFF.c.valid_to.is_(None), STAFF.c.valid_to >= start))
        ).all()
        near = (start - dt.timedelta(days=31), end + dt.timedelta(days=31))
        turns = c.execute(
            sa.select(ROSTER.c.place, ROSTER.c.user_id, ROSTER.c.day)
            .where(ROSTER.c.day.between(*near))
            .distinct()
        ).all()
        grids = c.execute(
            sa.select(ROSTER_GRID.c.place_key, ROSTER_GRID.c.first, ROSTER_GRID.c.last)
            .where(ROSTER_GRID.c.superseded_by.is_(None))
        ).all()  # fmt: skip
    wards: dict[str, str] = {}
    mine: dict[str, set[str]] = {}
    for post in posts:
        mine.setdefault(post.user_id, set()).update(places(post.department, post.ward))
        key = place_key(post.ward)
        if key:
            wards.setdefault(key, post.ward)
    spans: dict[str, list[Span]] = {}
    for key, first, last in grids:
        spans.setdefault(key, []).append((first, last))
    for place, user_id, day in turns:
        key = place_key(place)
        for one in {key} if key else mine.get(user_id, ()):
            spans.setdefault(one, []).append((day, day))
    if not spans:
        return []
    return sorted(
        (name, gap)
        for key, name in wards.items()
        for gap in _gaps(join(spans.get(key, []), SLACK[Kind.ROSTERS]), start, end)
    )


def _gaps(spans: list[Span], start: dt.date, end: dt.date) -> Iterator[Span]:
    day = start
    for first, last in spans:
        if first > end:
            break
        if first > day:
            yield day, first - dt.timedelta(days=1)
        day = max(day, last + dt.timedelta(days=1))
    if day <= end:
        yield day, end
