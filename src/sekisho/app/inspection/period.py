"""警戒期間, wired: what stood at its begin, each morning and at its end, and what waits of it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from sekisho.app.findings import open_findings
from sekisho.app.history import today
from sekisho.app.inspection.day import day_of
from sekisho.app.installation import Installation
from sekisho.app.tables import EVIDENCE, FINDING
from sekisho.errors import Value
from sekisho.terms import Finding, Gravity

if TYPE_CHECKING:
    from sekisho.inspection.period import Compared, Period

AFTER = dt.timedelta(days=14)
"""So long after the end people are asked to look at what it changed."""


def keep_moments(installation: Installation) -> None:
    """Keep, once each, how a period began, today's summary of one that runs, and how one ended."""
    from sekisho.inspection import period as room  # noqa: PLC0415 (slow to import)

    database, day = installation.database, today(installation)
    for one in room.periods(database):
        if one.runs(day):
            keep_begin(installation, one)
            known = room.moments(database, one.number)
            if not any(m.kind is room.Kind.DAY and m.day == day for m in known):
                now = installation.clock.now()
                days = [m.at for m in known if m.kind is room.Kind.DAY]
                since = max(days, default=now - dt.timedelta(days=1))
                room.keep_moment(
                    database, one.number, room.Kind.DAY, day, at=now,
                    content=day_of(installation, one, since),
                )  # fmt: skip
        elif one.over(day):
            keep_end(installation, one)


def keep_begin(installation: Installation, one: Period) -> None:
    """Keep how things stood when a period began, where that is not kept yet."""
    from sekisho.inspection import period as room  # noqa: PLC0415 (slow to import)

    if all(m.kind is not room.Kind.BEGIN for m in room.moments(installation.database, one.number)):
        room.keep_moment(
            installation.database, one.number, room.Kind.BEGIN, one.begin,
            at=installation.clock.now(), content=standing_of(installation),
        )  # fmt: skip


def keep_end(installation: Installation, one: Period) -> None:
    """Keep how things stood when a period was over, where that is not kept yet."""
    from sekisho.inspection import period as room  # noqa: PLC0415 (slow to import)

    kept = room.moments(installation.database, one.number)
    if all((m.kind, m.day) != (room.Kind.END, one.end) for m in kept):
        room.keep_moment(
            installation.database, one.number, room.Kind.END, one.end,
            at=installation.clock.now(), content=standing_of(installation),
        )  # fmt: skip


def standing_of(installation: Installation) -> dict[str, Any]:
    """Return how the sheets and the open findings stand now, in counts and states alone.

    Ages are the usual ones, so that a begin and an end can be held against each other.
    """
    from sekisho import inspection  # noqa: PLC0415 (slow to import)
    from sekisho.app.inspection.editions import shelf_of  # noqa: PLC0415 (same)
    from sekisho.app.inspection.gather import gather  # noqa: PLC0415 (same)
    from sekisho.app.inspection.kinds import kinds_of  # noqa: PLC0415 (same)

    evidence, kinds = gather(installation), kinds_of(installation)
    now, day = installation.clock.now(), today(installation)
    sheets: dict[str, Any] = {}
    for book in shelf_of(installation).books.values():
        if book.sheet != "hospital" and not inspection.newest(installation.database, book.id):
            continue
        sheet = inspection.sheet(
            installation.database, book, evidence, now=now, today=day, kinds=kinds
        )
        sheets[book.id] = {
            line.item.id: [line.computed.state.value, line.standing.value] for line in sheet.lines
        }
    found = Counter(view.finding.gravity.value for view in open_findings(installation.database))
    return {"sheets": sheets, "findings": dict(found)}


def period_findings(installation: Installation) -> Iterator[Finding]:
    """Give that a period is announced, runs or is over, and what it asks of people."""
    from sekisho import review  # noqa: PLC0415 (slow to import)
    from sekisho.inspection import period as room  # noqa: PLC0415 (same)

    database, day = installation.database, today(installation)
    zone = ZoneInfo(installation.config.zone)
    for one in room.periods(database):
        days: dict[str, Value] = {"begin": one.begin.isoformat(), "end": one.end.isoformat()}
        where = f"/inspection/period/{one.number}"
        if one.waits(day):
            yield _finding("announced", Gravity.WEEK, "/inspection/period", days)
        elif one.runs(day):
            yield _finding("runs", Gravity.TODAY, "/inspection/period", days)
            for ask in room.due(room.words(database, one.number), day, zone):
                told: dict[str, Value] = {"what": dict(ask.title), "days": ask.every}
                yield _finding(f"ask.{ask.id}", Gravity.TODAY, "/inspection/period", told, "ask")
            asked = room.rules().review
            run = review.latest(database)
            if run is None or day - run.end > asked:
                until = "" if run is None else run.end.isoformat()
                told = {"days": asked.days, "until": until or "–"}
                yield _finding("review", Gravity.TODAY, "/review/month", told)
        elif one.over(day) and day - one.end <= AFTER:
            yield _finding(f"over.{one.number}", Gravity.WEEK, where, days, "over")


def compared(installation: Installation, one: Period) -> tuple[Compared, dict[str, int]]:
    """Return how a period that began stands against its begin, and what was done in it."""
    from sekisho.identity.bans import bans  # noqa: PLC0415 (slow to import)
    from sekisho.inspection import period as room  # noqa: PLC0415 (same)

    database, zone = installation.database, ZoneInfo(installation.config.zone)
    kept = room.moments(database, one.number)
    # The first begin: of periods that were joined each has its own.
    begin = next((m for m in reversed(kept) if m.kind is room.Kind.BEGIN), None)
    end = next((m for m in kept if (m.kind, m.day) == (room.Kind.END, one.end)), None)
    end = end if one.over(today(installation)) else None
    found = room.compare(
        None if begin is None else begin.content,
        standing_of(installation) if end is None else end.content,
    )
    start = dt.datetime.combine(one.begin, dt.time(), zone) if begin is None else begin.at
    stop = installation.clock.now() if end is None else end.at
    acts = room.done(database, one.number, start, stop)
    with database.read() as c:
        closed = sa.select(sa.func.count()).where(
            FINDING.c.state == "done", FINDING.c.changed_at.between(start, stop)
        )
        acts["findings"] = int(c.scalar(closed) or 0)
        backups = sa.select(sa.func.count()).where(
            EVIDENCE.c.subject == "backup.made", EVIDENCE.c.checked_at.between(start, stop)
        )
        acts["backups"] = int(c.scalar(backups) or 0)
    acts["bans"] = sum(start <= ban.at <= stop for ban in bans(database))
    return found, acts


def _finding(
    key: str, gravity: Gravity, where: str, args: Mapping[str, Value], message: str = ""
) -> Finding:
    return Finding(
        key=f"inspection.period.{key}",
        room="inspection",
        gravity=gravity,
        duty="0",
        message=f"inspection.period.found_{message or key}",
        where=where,
        action="app.action.look",
        args=args,
    )
