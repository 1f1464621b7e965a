"""The life of a Finding: open, seen, done; seen again it is the same line.

今日やること reads nothing else. A finding that its room no longer reports is
closed by Sekisho itself; one that a person called done comes back only when it
is seen again after something changed in its sentence.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from sekisho.app.tables import FINDING
from sekisho.storage import Database
from sekisho.terms import Clock, Finding, Gravity


class State(StrEnum):
    """Where in its life a finding is."""

    OPEN = "open"
    SEEN = "seen"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """A finding and its life; times UTC-aware."""

    id: int
    finding: Finding
    state: State
    first_at: dt.datetime
    last_at: dt.datetime
    changed_by: str | None
    changed_at: dt.datetime | None


def keep(database: Database, room: str, findings: Iterable[Finding], clock: Clock) -> None:
    """Make `findings` all that `room` has to say now.

    New ones open; those already there stay the same line, whoever saw them first;
    those of the room that are no longer there are done.
    """
    now = clock.now()
    current = {finding.key: finding for finding in findings}
    of_room = sa.or_(FINDING.c.room == room, FINDING.c.key.in_(list(current)))
    with database.write() as connection:
        rows = connection.execute(sa.select(FINDING).where(of_room)).mappings().all()
        known = {str(row["key"]): row for row in rows}
        for key, finding in current.items():
            values: dict[str, object] = {
                "room": room,
                "gravity": finding.gravity.value,
                "duty": finding.duty,
                "message": finding.message,
                "args": dict(finding.args),
                "where": finding.where,
                "action": finding.action,
                "last_at": now,
            }
            row = known.get(key)
            if row is None:
                connection.execute(
                    FINDING.insert().values(key=key, state=State.OPEN.value, first_at=now, **values)
                )
                continue
            changed = any(row[name] != values[name] for name in ("message", "args", "gravity"))
            if row["state"] == State.DONE.value and (changed or row["changed_by"] is None):
                values |= {"state": State.OPEN.value, "changed_by": None, "changed_at": None}
            connection.execute(FINDING.update().where(FINDING.c.id == row["id"]).values(**values))
        gone = [
            row["id"]
            for key, row in known.items()
            if key not in current and row["state"] != State.DONE.value
        ]
        if gone:
            connection.execute(
                FINDING.update()
                .where(FINDING.c.id.in_(gone))
                .values(state=State.DONE.value, changed_by=None, changed_at=now)
            )


def open_findings(database: Database, *, limit: int | None = None) -> list[FindingView]:
    """Return what is not done, most urgent first, then oldest."""
    order = sa.case(
        {gravity.value: place for place, gravity in enumerate(Gravity)}, value=FINDING.c.gravity
    )
    query = (
        sa.select(FINDING)
        .where(FINDING.c.state != State.DONE.value)
        .order_by(order, FINDING.c.first_at, FINDING.c.id)
    )
    if limit is not None:
        query = query.limit(limit)
    with database.read() as connection:
        return [_view(row) for row in connection.execute(query).mappings()]


def mark_seen(database: Database, identifier: int, by: str, at: dt.datetime) -> bool:
    """Note that `by` looked; return whether it was open."""
    return _mark(database, identifier, State.SEEN, by, at, (State.OPEN,))


def mark_done(database: Database, identifier: int, by: str, at: dt.datetime) -> bool:
    """Note that `by` dealt with it; return whether it was not done before."""
    return _mark(database, identifier, State.DONE, by, at, (State.OPEN, State.SEEN))


def reopen(database: Database, identifier: int, by: str, at: dt.datetime) -> bool:
    """Undo `mark_done`; return whether it was done."""
    return _mark(database, identifier, State.OPEN, by, at, (State.DONE,))


def _mark(
    database: Database,
    identifier: int,
    state: State,
    by: str,
    at: dt.datetime,
    before: tuple[State, ...],
) -> bool:
    with database.write() as connection:
        done = connection.execute(
            FINDING.update()
            .where(FINDING.c.id == identifier, FINDING.c.state.in_([s.value for s in before]))
            .values(state=state.value, changed_by=by, changed_at=at)
        )
        return done.rowcount == 1


def _view(row: sa.RowMapping) -> FindingView:
    return FindingView(
        id=row["id"],
        finding=Finding(
            key=row["key"],
            room=row["room"],
            gravity=Gravity(row["gravity"]),
            duty=row["duty"],
            message=row["message"],
            args=row["args"],
            where=row["where"],
            action=row["action"],
        ),
        state=State(row["state"]),
        first_at=row["first_at"],
        last_at=row["last_at"],
        changed_by=row["changed_by"],
        changed_at=row["changed_at"],
    )
