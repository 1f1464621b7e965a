"""Questions put to people about a case, and what they replied: silence admits nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from sekisho.care.places import same_id
from sekisho.errors import ConflictError, InvalidInputError, RefusedError
from sekisho.review.records import Ask
from sekisho.review.tables import ASK, CASE
from sekisho.storage import Database


def asks(database: Database, key: str) -> list[Ask]:
    """Return the questions about the case with `key`, oldest first."""
    with database.read() as c:
        rows = c.execute(sa.select(ASK).where(ASK.c.case_key == key).order_by(ASK.c.id))
        return [_ask(row) for row in rows]


def ask_of(database: Database, number: int) -> Ask:
    """Return one question.

    Raises:
        InvalidInputError: There is none of that number.
    """
    with database.read() as c:
        row = c.execute(sa.select(ASK).where(ASK.c.id == number)).first()
    if row is None:
        raise InvalidInputError("review.no_ask")
    return _ask(row)


def reply(
    database: Database, number: int, *, text: str, on: dt.date, by: str, at: dt.datetime
) -> Ask:
    """Keep what was replied, as `by` writes it down from the sheet or from what was said.

    Raises:
        RefusedError: The case is about `by`: another person writes it down.
        ConflictError: A reply stands already; what is added goes into the next answer.
        InvalidInputError: No text, no such question, or a day that lies ahead.
    """
    if not text.strip():
        raise InvalidInputError("review.reply_needed")
    if on > (at + dt.timedelta(hours=9)).date():
        raise InvalidInputError("review.reply_in_future")
    found = ask_of(database, number)
    with database.write() as c:
        owners = c.scalars(sa.select(CASE.c.user_id).where(CASE.c.key == found.case_key))
        if any(same_id(owner, by) for owner in owners):
            raise RefusedError("review.own_case", case=str(number))
        done = c.execute(
            sa.update(ASK)
            .where(ASK.c.id == number, ASK.c.reply.is_(None))
            .values(reply=text.strip()[:4000], replied_on=on, entered_by=by, entered_at=at)
        )
    if not done.rowcount:
        raise ConflictError("review.replied_already")
    return ask_of(database, number)


def unanswered(database: Database, today: dt.date) -> list[Ask]:
    """Return the questions whose day has passed without a reply."""
    with database.read() as c:
        rows = c.execute(
            sa.select(ASK).where(ASK.c.reply.is_(None), ASK.c.due < today).order_by(ASK.c.id)
        )
        return [_ask(row) for row in rows]


def _ask(row: Any) -> Ask:
    return Ask(
        id=row.id,
        case_key=row.case_key,
        to=row.to,
        by=row.by,
        at=row.at,
        due=row.due,
        reply=row.reply,
        replied_on=row.replied_on,
        entered_by=row.entered_by,
        entered_at=row.entered_at,
    )
