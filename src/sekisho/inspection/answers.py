"""Answers of persons: given, taken back, and never changed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from sekisho.errors import ConflictError, InvalidInputError
from sekisho.inspection.catalogue import Catalogue, Item
from sekisho.inspection.records import Answer, Computed, State, Value
from sekisho.inspection.tables import ANSWER
from sekisho.inspection.typed import line
from sekisho.storage import Database
from sekisho.terms import iso

LONGEST = 2000
"""Characters of a reason."""


def answer(
    database: Database,
    catalogue: Catalogue,
    item: Item,
    *,
    value: str,
    checked_on: dt.date | None,
    by: str,
    at: dt.datetime,
    today: dt.date,
    computed: Computed,
    before: int = 0,
    target_on: dt.date | None = None,
    reason: str = "",
    carried_from: str | None = None,
) -> int:
    """Keep what `by` answers; return its turn.

    Args:
        database: Where.
        catalogue: That of the item.
        item: What was asked.
        value: The answer, as `Value` names it.
        checked_on: 確認日.
        by: Who answers.
        at: Now, UTC-aware.
        today: The institution's day.
        computed: What the evidence says now, which is kept beside the answer.
        before: Turn of the newest answer that `by` had seen; 0 where there was none.
        target_on: 目標日, for a no.
        reason: What a yes rests on that the evidence does not prove; why it does not apply.
        carried_from: Item of an older edition whose answer is confirmed here.

    Raises:
        InvalidInputError: Nothing was chosen; a day or the reason is missing or impossible.
        ConflictError: Someone answered since.
    """
    if value not in set(Value):
        raise InvalidInputError("inspection.choose")
    reason = line(reason)
    if not item.answered:
        raise InvalidInputError("inspection.nothing_to_answer", item=item.number or item.id)
    if checked_on is None or checked_on > today:
        raise InvalidInputError("inspection.checked_on")
    if value == Value.NO and (target_on is None or target_on < checked_on):
        raise InvalidInputError("inspection.target_on")
    if value == Value.YES and computed.state is not State.PROVEN and not reason:
        raise InvalidInputError("inspection.reason_of_yes")
    if value == Value.NOT_APPLICABLE and not reason:
        raise InvalidInputError("inspection.reason_of_not_applicable")
    if len(reason) > LONGEST:
        raise InvalidInputError("inspection.reason_long", most=LONGEST)
    return _add(
        database, catalogue.id, item.id, before,
        value=value, checked_on=checked_on,
        target_on=target_on if value == Value.NO else None,
        reason=reason or None, by=by, at=at, state=computed.state.value,
        proofs=_kept(computed), carried_from=carried_from,
    )  # fmt: skip


def take_back(
    database: Database,
    catalogue: Catalogue,
    item: Item,
    *,
    by: str,
    at: dt.datetime,
    computed: Computed,
    before: int,
) -> int:
    """Take the newest answer back, so that the item is open again; return the turn of that.

    Raises:
        ConflictError: Someone answered since, or there is no answer.
    """
    said = newest(database, catalogue.id).get(item.id)
    if said is None or said.value is None:
        raise ConflictError("inspection.nothing_to_take_back")
    return _add(
        database, catalogue.id, item.id, before, value=None, by=by, at=at,
        state=computed.state.value, proofs=_kept(computed),
    )  # fmt: skip


def newest(database: Database, catalogue: str) -> dict[str, Answer]:
    """Return item → its newest answer."""
    last = (
        sa.select(sa.func.max(ANSWER.c.id))
        .where(ANSWER.c.catalogue == catalogue)
        .group_by(ANSWER.c.item)
    )
    with database.read() as c:
        rows = c.execute(sa.select(ANSWER).where(ANSWER.c.id.in_(last))).mappings()
        return {row["item"]: _answer(row) for row in rows}


def history(database: Database, item: str) -> list[Answer]:
    """Return every answer that was given to an item, the newest first."""
    query = sa.select(ANSWER).where(ANSWER.c.item == item).order_by(ANSWER.c.id.desc())
    with database.read() as c:
        return [_answer(row) for row in c.execute(query).mappings()]


def _add(database: Database, catalogue: str, item: str, before: int, **values: Any) -> int:
    query = sa.select(sa.func.max(ANSWER.c.turn)).where(
        ANSWER.c.catalogue == catalogue, ANSWER.c.item == item
    )
    with database.write() as c:
        if (c.execute(query).scalar_one() or 0) != before:
            raise ConflictError("inspection.answered_since")
        try:
            c.execute(
                ANSWER.insert().values(catalogue=catalogue, item=item, turn=before + 1, **values)
            )
        except sa.exc.IntegrityError as error:
            raise ConflictError("inspection.answered_since") from error
    return before + 1


def _kept(computed: Computed) -> list[dict[str, Any]]:
    return [
        {
            "subject": one.proof.subject,
            "checked_at": iso(one.evidence.checked_at),
            "by": one.evidence.by,
            "result": one.evidence.result.value,
            "message": one.evidence.message,
            "args": dict(one.evidence.args),
            "state": one.state.value,
        }
        for one in computed.proofs
        if one.evidence is not None
    ]


def _answer(row: sa.RowMapping) -> Answer:
    told: dict[str, Any] = dict(row)
    told["value"] = None if row["value"] is None else Value(row["value"])
    told["state"] = State(row["state"])
    told["proofs"] = tuple(row["proofs"])
    return Answer(**told)
