"""What the record proves of itself beside its verification: that every day but today's is sealed."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from sekisho.ledger.tables import RECORD, SEGMENT
from sekisho.storage import Database
from sekisho.terms import Evidence, Result
from sekisho.terms.evidence import GOOD


def evidence(database: Database, now: dt.datetime, since: dt.datetime) -> Evidence:
    """Return whether what was recorded before `since` is sealed.

    Args:
        database: Holds the tail.
        now: UTC-aware.
        since: Begin of the first day that may be unsealed still; UTC-aware.
    """
    with database.read() as c:
        # The first of the tail is its oldest; times have no index.
        first = sa.select(RECORD.c.recorded_at).order_by(RECORD.c.index).limit(1)
        oldest = c.scalar(first)
        last = c.scalar(sa.select(sa.func.max(SEGMENT.c.last)))
    sealed = 0 if last is None else int(last) + 1
    if oldest is not None and oldest < since:
        result, message = Result.NO, "ledger.evidence.sealed_no"
    elif not sealed:
        result, message = Result.NOT_CHECKED, "ledger.evidence.sealed_none"
    else:
        result, message = Result.YES, "ledger.evidence.sealed"
    return Evidence(
        subject="ledger.sealed",
        checked_at=now,
        by="ledger",
        result=result,
        message=message,
        args={"records": f"{sealed:,}"},
        valid_until=now + GOOD,
    )
