"""見守り (observe) or enforce, by route and class: a named person's dated choice.

Everything starts in observe: sign-in and the refusal of hostile requests work,
decisions are recorded but stop nobody's care. Until a route enforces, that is a finding.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from sekisho.errors import InvalidInputError
from sekisho.gate.tables import MODE
from sekisho.storage import Database
from sekisho.terms import Clock, Finding, Gravity

EVERY = "*"
TRIAL = dt.timedelta(days=90)
"""How long observing is thought to last where nobody chose an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """The choice that stands for one class of one route."""

    enforced: bool
    by: str | None = None
    at: dt.datetime | None = None
    until: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Modes:
    """The choices that stand; asked at each request."""

    chosen: Mapping[tuple[str, str], Mode]

    def enforced(self, route: str, class_: str) -> bool:
        """Return whether a refusal for this class stops the request."""
        mode = self.chosen.get((route, class_)) or self.chosen.get((route, EVERY))
        return mode is not None and mode.enforced


def modes(database: Database) -> Modes:
    """Return the choices that stand."""
    with database.read() as c:
        rows = c.execute(sa.select(MODE).order_by(MODE.c.id)).all()
    return Modes(
        {
            (row.route, row[2]): Mode(enforced=row.enforced, by=row.by, at=row.at, until=row.until)
            for row in rows
        }
    )


def choose(
    database: Database,
    clock: Clock,
    *,
    route: str,
    class_: str,
    enforced: bool,
    by: str,
    reason: str,
    until: dt.datetime | None = None,
) -> None:
    """Keep a named person's choice; the caller has recorded it.

    Raises:
        InvalidInputError: Going back to observe without a reason or an end within 90 days.
    """
    now = clock.now()
    if not enforced:
        until = until or now + TRIAL
        if not reason.strip() or not now < until <= now + TRIAL:
            raise InvalidInputError("gate.mode.reason_needed")
    with database.write() as c:
        c.execute(
            sa.insert(MODE).values(
                {
                    "route": route,
                    "class": class_,
                    "enforced": enforced,
                    "by": by,
                    "at": now,
                    "until": None if enforced else until,
                    "reason": reason.strip()[:400] or None,
                }
            )
        )


def findings(database: Database, clock: Clock, routes: Sequence[str]) -> list[Finding]:
    """Return a finding for each route that only watches."""
    standing, now = modes(database), clock.now()
    found = []
    for route in routes:
        mode = standing.chosen.get((route, EVERY))
        if mode is not None and mode.enforced:
            continue
        over = mode is not None and mode.until is not None and mode.until < now
        found.append(
            Finding(
                key=f"gate.observing.{route}",
                room="gate",
                gravity=Gravity.TODAY if over else Gravity.WEEK,
                duty="1-2",
                message="gate.finding.observing_over" if over else "gate.finding.observing",
                args={"route": route},
                where="/gate",
                action="gate.action.modes",
            )
        )
    return found
