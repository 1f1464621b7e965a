"""Whether the days before today are sealed."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from sekisho.ledger.evidence import evidence
from sekisho.ledger.tables import RECORD, SEGMENT
from sekisho.storage import Database
from sekisho.terms import FixedClock, Result


@pytest.mark.store
def test_a_day_left_open_is_a_no(database: Database, clock: FixedClock) -> None:
    """Nothing sealed is not checked; yesterday sealed is a yes; yesterday in the tail is a no."""
    now = clock.now()
    today = now - dt.timedelta(hours=5)
    assert evidence(database, now, today).result is Result.NOT_CHECKED
    row = {"index": 10, "recorded_at": now, "canonical": b"{}", "salt": b"s"}
    with database.write() as c:
        c.execute(sa.insert(SEGMENT).values(first=0, last=9, path="a", sha256="0" * 64))
        c.execute(sa.insert(RECORD).values(row))
    sealed = evidence(database, now, today)
    with database.write() as c:
        c.execute(
            sa.insert(RECORD).values({**row, "index": 9, "recorded_at": today - dt.timedelta(1)})
        )
    opened = evidence(database, now, today)

    assert (sealed.result, sealed.args["records"]) == (Result.YES, "10")
    assert opened.result is Result.NO
