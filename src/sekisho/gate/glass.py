"""Break the glass: a reason, an end, and a second look by somebody else."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from sekisho.errors import ConflictError, InvalidInputError, RefusedError
from sekisho.gate.tables import GLASS
from sekisho.storage import Database
from sekisho.terms import Clock, Finding, Gravity

LIFE = dt.timedelta(minutes=30)
SHORTEST = 4
"""Characters of a reason; 救急搬送 is one."""
VERDICTS = ("right", "ask", "not_right")
LATE = dt.timedelta(days=3)
"""A second look that takes longer is urgent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glass:
    """One breaking of the glass."""

    id: str
    route: str
    user_id: str
    patient_id: str | None
    reason: str
    opened: dt.datetime
    until: dt.datetime
    closed_at: dt.datetime | None
    looked_by: str | None
    looked_at: dt.datetime | None
    verdict: str | None
    note: str | None


def check_reason(reason: str) -> str:
    """Return the reason as it is kept.

    Raises:
        InvalidInputError: It says nothing.
    """
    text = " ".join(reason.split())
    if not SHORTEST <= len(text) <= 400:
        raise InvalidInputError("gate.glass.reason_needed", shortest=SHORTEST)
    return text


def break_glass(
    database: Database,
    clock: Clock,
    *,
    route: str,
    user_id: str,
    patient_ids: Sequence[str],
    reason: str,
) -> dt.datetime:
    """Open what emergency permits for half an hour and return its end; the caller has recorded it."""
    text, now = check_reason(reason), clock.now()
    until = now + LIFE
    with database.write() as c:
        c.execute(
            sa.insert(GLASS),
            [
                {
                    "id": secrets.token_hex(16),
                    "route": route,
                    "user_id": user_id,
                    "patient_id": patient,
                    "reason": text,
                    "opened": now,
                    "until": until,
                }
                for patient in (patient_ids or (None,))
            ],
        )
    return until


def broken(database: Database, *, waiting: bool = False) -> list[Glass]:
    """Return what was broken, newest first; `waiting`: only what nobody looked at yet."""
    query = sa.select(GLASS).order_by(GLASS.c.opened.desc(), GLASS.c.id)
    if waiting:
        query = query.where(GLASS.c.looked_at.is_(None))
    with database.read() as c:
        return [Glass(**row) for row in c.execute(query.limit(500)).mappings()]


def look_again(
    database: Database, clock: Clock, glass_id: str, *, by: str, verdict: str, note: str
) -> None:
    """Keep the second look; the caller has recorded it.

    Raises:
        InvalidInputError: There is no such breaking or verdict, or the reason is missing.
        RefusedError: `by` broke it.
        ConflictError: Somebody looked already.
    """
    if verdict not in VERDICTS or (verdict != "right" and not note.strip()):
        raise InvalidInputError("gate.glass.note_needed")
    with database.write() as c:
        found = c.execute(sa.select(GLASS).where(GLASS.c.id == glass_id)).one_or_none()
        if found is None:
            raise InvalidInputError("gate.glass.none")
        if found.user_id == by:
            raise RefusedError("gate.glass.own")
        if found.looked_at is not None:
            raise ConflictError("gate.glass.looked")
        now = clock.now()
        c.execute(
            sa.update(GLASS)
            .where(GLASS.c.id == glass_id)
            .values(
                looked_by=by,
                looked_at=now,
                verdict=verdict,
                note=note.strip()[:400] or None,
                closed_at=found.closed_at or now,
            )
        )


def findings(database: Database, clock: Clock) -> list[Finding]:
    """Return one finding while a breaking waits for its second look."""
    waiting = broken(database, waiting=True)
    if not waiting:
        return []
    oldest = min(one.opened for one in waiting)
    late = clock.now() - oldest > LATE
    return [
        Finding(
            key="gate.glass_waiting",
            room="gate",
            gravity=Gravity.URGENT if late else Gravity.TODAY,
            duty="1-2",
            message="gate.finding.glass",
            args={"count": len(waiting)},
            where="/gate/glass",
            action="gate.action.glass",
        )
    ]
