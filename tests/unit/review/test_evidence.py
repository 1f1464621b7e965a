"""Which months are closed by two, and whether staff were told."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from sekisho.pages.words import say
from sekisho.review import set_masking_proof
from sekisho.review.evidence import evidence
from sekisho.review.masking import KINDS
from sekisho.review.tables import RUN, SIGNATURE
from sekisho.storage import Database
from sekisho.terms import Evidence, FixedClock, Result

pytestmark = pytest.mark.store
SEPTEMBER = (dt.date(2026, 9, 1), dt.date(2026, 9, 30))


def _of(database: Database, clock: FixedClock, first: dt.date) -> dict[str, Evidence]:
    said = evidence(database, clock.now(), heard=(first, dt.date(2026, 10, 31)), due=SEPTEMBER[1])
    return {one.subject: one for one in said}


def _sign(database: Database, clock: FixedClock, run: int, *roles: str) -> None:
    with database.write() as c:
        c.execute(
            sa.insert(RUN).values(
                id=run,
                start=SEPTEMBER[0],
                end=SEPTEMBER[1],
                trial=False,
                at=clock.now(),
                summary={},
            )
        )
        for role in roles:
            c.execute(
                sa.insert(SIGNATURE).values(
                    run_id=run, role=role, by=role, at=clock.now(), unread=0
                )
            )


def test_a_month_needs_two_signatures(database: Database, clock: FixedClock) -> None:
    """One signature closes nothing; two do; a month before without any keeps it a no."""
    begin = dt.date(2026, 9, 10)
    none = next(evidence(database, clock.now(), heard=None, due=SEPTEMBER[1]))
    assert none.result is Result.NOT_CHECKED
    _sign(database, clock, 1, "reviewer")
    assert _of(database, clock, begin)["review.months"].result is Result.NO
    _sign(database, clock, 2, "reviewer", "safety_officer")
    closed = _of(database, clock, begin)["review.months"]
    earlier = _of(database, clock, dt.date(2026, 7, 1))["review.months"]

    assert (closed.result, closed.args["newest"]) == (Result.YES, "2026-09")
    assert (earlier.result, earlier.args["which"]) == (Result.NO, ["2026-07", "2026-08"])


def test_notice_names_what_is_missing(database: Database, clock: FixedClock) -> None:
    """What is not on record is not checked, by name; all four make a yes with the day."""
    told = _of(database, clock, SEPTEMBER[0])["review.notice"]
    assert told.result is Result.NOT_CHECKED
    assert "職員に知らせた日" in say("ja", told.message, **told.args)
    for kind in KINDS:
        set_masking_proof(database, kind, "文書", dt.date(2026, 4, 1), "S1", clock.now())
    told = _of(database, clock, SEPTEMBER[0])["review.notice"]

    assert (told.result, told.args["day"]) == (Result.YES, "2026-04-01")
