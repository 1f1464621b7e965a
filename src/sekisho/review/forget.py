"""After a set time an explained case loses the name; what remains still counts."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from sekisho.review.records import NAMELESS
from sekisho.review.tables import ANSWER, ASK, CASE, DECISION
from sekisho.storage import Database

MONTHS = 6
"""Months after which the name goes, unless the institution set another time."""
_LOCAL = dt.timedelta(hours=9)


def forget(database: Database, *, now: dt.datetime, months: int = MONTHS) -> int:
    """Take the names out of cases that were closed well `months` ago; return how many.

    Of each such case, in every run that found it, the ids, the records and the sentences
    go, and its time becomes the first day of its month; so do the words that people wrote
    about it. Rank, sign, state and the number of accesses stay. A matter that a later run
    finds again keeps its answer, and loses the name again on the next day.

    Args:
        database: Where cases are kept.
        now: UTC-aware.
        months: Calendar months since the last answer.
    """
    before = _before(now, months)
    newest = sa.select(sa.func.max(ANSWER.c.id).label("id")).group_by(ANSWER.c.case_key).subquery()
    due = (
        sa.select(ANSWER.c.case_key)
        .join(newest, newest.c.id == ANSWER.c.id)
        .where(ANSWER.c.answer.in_([state.value for state in NAMELESS]))
        .where(ANSWER.c.at < before)
    )
    with database.write() as c:
        rows = c.execute(
            sa.select(CASE.c.run_id, CASE.c.rank, CASE.c.key, CASE.c.records, CASE.c.first_at)
            .where(CASE.c.key.in_(due))
            .where(CASE.c.forgotten_at.is_(None))
        ).all()
        for row in rows:
            month = _month(row.first_at)
            c.execute(
                sa.update(CASE)
                .where(CASE.c.run_id == row.run_id, CASE.c.rank == row.rank)
                .values(
                    user_id="", patient_ids=[], records=[], why={}, owner=None, accesses=len(row.records),
                    first_at=month, last_at=month, forgotten_at=now,
                )
            )  # fmt: skip
        for key in {row.key for row in rows}:
            c.execute(sa.update(ANSWER).where(ANSWER.c.case_key == key).values(note=""))
            c.execute(
                sa.update(ASK)
                .where(ASK.c.case_key == key, ASK.c.reply.is_not(None))
                .values(reply="–")
            )
            c.execute(sa.update(DECISION).where(DECISION.c.case_key == key).values(text="–"))
    return len(rows)


def _before(now: dt.datetime, months: int) -> dt.datetime:
    """Return the moment `months` calendar months ago; a day that is not there is the last one."""
    place = now.year * 12 + now.month - 1 - months
    year, month = divmod(place, 12)
    last = (dt.date(year + (month == 11), (month + 1) % 12 + 1, 1) - dt.timedelta(days=1)).day
    return now.replace(year=year, month=month + 1, day=min(now.day, last))


def _month(at: dt.datetime) -> dt.datetime:
    local = (at + _LOCAL).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return local - _LOCAL
