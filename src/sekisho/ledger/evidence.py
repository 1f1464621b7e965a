"""What the record proves of itself beside its verification: that every day but today's is sealed."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from sekisho.ledger.tables import RECORD, SEGMENT
from sekisho.storage import Database
from sekisho.terms import Evidence, Result

GOOD = dt.timedelta(days=2)
"""It is looked at every hour; older than this, nobody looked."""


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
        sealed = int(c.scalar(sa.select(sa.func.max(SEGMENT.c.last))) or -1) + 1
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
