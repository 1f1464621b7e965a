"""What a committee decides: on record by one person, in force when another has confirmed it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from sekisho.care.places import same_id
from sekisho.errors import ConflictError, InvalidInputError, RefusedError
from sekisho.review.records import DECIDED, Decision, State
from sekisho.review.store import case
from sekisho.review.tables import ANSWER, CASE, DECISION
from sekisho.storage import Database

KINDS = ("violation", "cleared", "unasked", "by_name")
"""The last is about days, the others about a case."""
_LOCAL = dt.timedelta(hours=9)


def decide(
    database: Database,
    case_id: str | None,
    *,
    kind: str,
    text: str,
    date: dt.date,
    by: str,
    at: dt.datetime,
    days: tuple[dt.date, dt.date] | None = None,
) -> Decision:
    """Keep what a committee decided, as `by` reports it; it is in force when it is confirmed.

    Args:
        database: Where it is kept.
        case_id: The case; None for ``by_name``.
        kind: One of `KINDS`.
        text: The reason, and where it was decided.
        date: The day on which the committee decided.
        by: The user id of the account that enters it.
        at: When.
        days: First and last local day, for ``by_name`` alone.

    Raises:
        RefusedError: The case is about `by`.
        ConflictError: The case is not before the committee, or a decision waits already.
        InvalidInputError: No such kind, no reason, a day that lies ahead, or days the wrong
            way round.
    """
    if kind not in KINDS or (kind == "by_name") != (case_id is None):
        raise InvalidInputError("review.unknown_decision")
    if len(text.strip()) < 2:
        raise InvalidInputError("review.decision_needs_reason")
    if date > (at + _LOCAL).date():
        raise InvalidInputError("review.decision_in_future")
    key = None
    if case_id is not None:
        found = case(database, case_id)
        if same_id(found.user_id, by):
            raise RefusedError("review.own_case", case=case_id)
        if kind in DECIDED and found.state not in {State.REFERRED, *DECIDED.values()}:
            raise ConflictError("review.not_referred")
        key, days = found.key, None
    elif days is None or days[1] < days[0]:
        raise InvalidInputError("review.decision_needs_days")
    start, end = days or (None, None)
    with database.write() as c:
        if any(d.waits and d.kind == kind for d in _of(c, DECISION.c.case_key == key)) and key:
            raise ConflictError("review.decision_waits")
        number = c.execute(
            sa.insert(DECISION).values(
                kind=kind, case_key=key, start=start, end=end, text=text.strip()[:4000],
                date=date, by=by, at=at,
            )
        ).inserted_primary_key  # fmt: skip
        assert number
        return _of(c, DECISION.c.id == number[0])[0]


def confirm(database: Database, number: int, *, by: str, at: dt.datetime) -> Decision:
    """Put a decision in force in the name of `by`, who did not enter it; return it.

    Raises:
        RefusedError: `by` entered it, or the case is about `by`.
        ConflictError: It does not wait any more.
        InvalidInputError: There is none of that number.
    """
    with database.write() as c:
        found = _one(c, number)
        if not found.waits:
            raise ConflictError("review.decision_over")
        if same_id(found.by, by):
            raise RefusedError("review.decision_second")
        owners = c.scalars(sa.select(CASE.c.user_id).where(CASE.c.key == found.case_key))
        if any(same_id(owner, by) for owner in owners):
            raise RefusedError("review.own_case", case=str(number))
        done = c.execute(
            sa.update(DECISION)
            .where(DECISION.c.id == number)
            .where(DECISION.c.confirmed_by.is_(None), DECISION.c.withdrawn_by.is_(None))
            .values(confirmed_by=by, confirmed_at=at)
        )
        if not done.rowcount:
            raise ConflictError("review.decision_over")
        if found.kind in DECIDED:
            c.execute(
                sa.insert(ANSWER).values(
                    case_key=found.case_key, by=by, answer=found.kind, note=found.text, at=at
                )
            )
        return _one(c, number)


def withdraw(database: Database, number: int, *, by: str, at: dt.datetime) -> Decision:
    """Take back what waits, or end an order that stands; a decision about a case stays.

    Raises:
        ConflictError: It is over, or it is a committee's decision in force: only another
            decision changes that.
        InvalidInputError: There is none of that number.
    """
    with database.write() as c:
        found = _one(c, number)
        if found.withdrawn_by is not None or (found.kind in DECIDED and not found.waits):
            raise ConflictError("review.decision_over")
        c.execute(
            sa.update(DECISION)
            .where(DECISION.c.id == number)
            .values(withdrawn_by=by, withdrawn_at=at)
        )
        return _one(c, number)


def decisions(database: Database, *, key: str | None = None) -> list[Decision]:
    """Return what was decided about the case with `key`, or the orders about days, in order."""
    with database.read() as c:
        return _of(c, DECISION.c.case_key == key)


def decision_of(database: Database, number: int) -> Decision:
    """Return one decision.

    Raises:
        InvalidInputError: There is none of that number.
    """
    with database.read() as c:
        return _one(c, number)


def all_decisions(database: Database, keys: Sequence[str]) -> list[Decision]:
    """Return what was decided about any of the cases with these keys, in order."""
    wanted = set(keys)
    with database.read() as c:
        return [d for d in _of(c, DECISION.c.case_key.is_not(None)) if d.case_key in wanted]


def waiting(database: Database) -> list[Decision]:
    """Return what waits for a second person, in order."""
    with database.read() as c:
        return [d for d in _of(c, DECISION.c.confirmed_by.is_(None)) if d.waits]


def unasked(c: sa.Connection, key: str) -> bool:
    """Return whether a committee ordered that the person of this case is not asked."""
    return any(d.stands and d.kind == "unasked" for d in _of(c, DECISION.c.case_key == key))


def _of(c: sa.Connection, where: sa.ColumnElement[bool]) -> list[Decision]:
    return [
        _decision(row)
        for row in c.execute(sa.select(DECISION).where(where).order_by(DECISION.c.id))
    ]


def _one(c: sa.Connection, number: int) -> Decision:
    found = _of(c, DECISION.c.id == number)
    if not found:
        raise InvalidInputError("review.no_decision")
    return found[0]


def _decision(row: Any) -> Decision:
    return Decision(
        id=row.id,
        kind=row.kind,
        case_key=row.case_key,
        start=row.start,
        end=row.end,
        text=row.text,
        date=row.date,
        by=row.by,
        at=row.at,
        confirmed_by=row.confirmed_by,
        confirmed_at=row.confirmed_at,
        withdrawn_by=row.withdrawn_by,
    )
