"""What the confirmation proves: each month is closed and signed by two, and staff know the rule."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import partial

import sqlalchemy as sa

from sekisho.errors import Value
from sekisho.pages.words import LANGUAGES, listed, say
from sekisho.review.answers import ROLES
from sekisho.review.masking import KINDS, masking
from sekisho.review.tables import RUN, SIGNATURE
from sekisho.storage import Database
from sekisho.terms import Evidence, Result, proof

_proof = partial(proof, "review")

MONTHS = 12
"""So many months back are asked for."""
NAMED = 5
"""Months that a sentence names."""


def evidence(
    database: Database,
    now: dt.datetime,
    *,
    heard: tuple[dt.date, dt.date] | None,
    due: dt.date,
) -> Iterator[Evidence]:
    """Give ``review.months`` and ``review.notice``.

    Args:
        database: Where runs and signatures are.
        now: UTC-aware.
        heard: First and last local day of which there are records; None where there is none.
        due: Last day of the newest month that should be closed by now.
    """
    yield _months(database, now, heard, due)
    yield _notice(database, now)


def _months(
    database: Database, now: dt.datetime, heard: tuple[dt.date, dt.date] | None, due: dt.date
) -> Evidence:
    asked = [] if heard is None else list(_asked(heard, due))
    if not asked:
        return _proof("months", now, Result.NOT_CHECKED, "no_months")
    signed = list(_signed(database))
    closed = [
        (begin, end) for begin, end in asked if any(s <= begin and e >= end for s, e in signed)
    ]
    missing = [f"{begin:%Y-%m}" for begin, end in asked if (begin, end) not in closed]
    told: dict[str, Value] = {"total": len(asked), "closed": len(closed)}
    if missing:
        told |= {"count": len(missing), "which": missing[-NAMED:]}
        return _proof("months", now, Result.NO, "months_no", told)
    told["newest"] = f"{asked[-1][0]:%Y-%m}"
    return _proof("months", now, Result.YES, "months", told)


def _asked(heard: tuple[dt.date, dt.date], due: dt.date) -> Iterator[tuple[dt.date, dt.date]]:
    """Give the days of each month that should be closed and has records, the oldest first."""
    first, last = heard
    months = []
    end = due
    for _ in range(MONTHS):
        begin = end.replace(day=1)
        if first <= end and last >= begin:
            months.append((max(first, begin), min(last, end)))
        end = begin - dt.timedelta(days=1)
    yield from reversed(months)


def _signed(database: Database) -> Iterator[tuple[dt.date, dt.date]]:
    """Give the period of each run that both have signed."""
    both = (
        sa.select(SIGNATURE.c.run_id)
        .where(SIGNATURE.c.role.in_(ROLES))
        .group_by(SIGNATURE.c.run_id)
        .having(sa.func.count() == len(ROLES))
    )
    with database.read() as c:
        for row in c.execute(sa.select(RUN.c.start, RUN.c.end).where(RUN.c.id.in_(both))):
            yield row.start, row.end


def _notice(database: Database, now: dt.datetime) -> Evidence:
    """Return whether the rule, the responsible person, the notice and the watchers are on record."""
    known = masking(database)
    if known.missing:
        lacking = {
            language: listed(language, (say(language, one) for one in known.missing))
            for language in LANGUAGES
        }
        told: dict[str, Value] = {
            "total": len(KINDS), "count": len(known.missing), "which": lacking,
        }  # fmt: skip
        return _proof("notice", now, Result.NOT_CHECKED, "notice_missing", told)
    notified = "" if known.notified is None else known.notified.isoformat()
    return _proof("notice", now, Result.YES, "notice", {"total": len(KINDS), "day": notified})
