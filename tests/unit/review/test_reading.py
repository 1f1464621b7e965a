"""How long people took to read is measured from their answers, not guessed."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from sekisho import review
from sekisho.review.tables import ANSWER, CASE, RUN
from sekisho.storage import Database

DAY = dt.datetime(2026, 11, 2, 0, 0, tzinfo=dt.UTC)
MANY = 14


def answered(database: Database, *answers: tuple[str, float, int]) -> None:
    """Keep a run of `MANY` cases, and (person, minute, number of the case) of each answer."""
    with database.write() as c:
        c.execute(
            sa.insert(RUN).values(
                id=1, start=DAY.date(), end=DAY.date(), trial=False, at=DAY, summary={}
            )
        )
        for n in range(MANY):
            c.execute(
                sa.insert(CASE).values(
                    run_id=1, rank=n + 1, key=f"k{n}", raised=True, score=0.5, rule="vip",
                    user_id="U1", user_kind="person", patient_ids=[], records=[], signs=[],
                    first_at=DAY, last_at=DAY, why={}, parts={},
                )
            )  # fmt: skip
        for by, minute, n in answers:
            at = DAY + dt.timedelta(minutes=minute)
            c.execute(
                sa.insert(ANSWER).values(case_key=f"k{n}", by=by, answer="refer", note="", at=at)
            )


def test_a_pause_is_not_reading(database: Database) -> None:
    """Each person's time runs from answer to answer; a pause is left out, and what begins a sitting counts as the middle one."""
    first = [("R1", 3.0 * n, n) for n in range(6)]
    second = [("R1", 600 + 5.0 * n, 6 + n) for n in range(6)]
    answered(database, *first, *second, ("S1", 601, 12), ("R2", 700, 99))
    found = review.reading(database, 1)
    assert found is not None
    assert (found.answers, found.middle) == (13, 4.0)
    assert found.whole == pytest.approx(5 * 3 + 5 * 5 + 3 * 4)
    assert review.minutes_a_case(database) == 4.0


def test_a_few_answers_say_nothing(database: Database) -> None:
    """Below ten answers that have one before them the assumption stands, and the month tells no time."""
    answered(database, *(("R1", 2.0 * n, n) for n in range(10)))
    assert review.reading(database, 1) is None
    assert review.minutes_a_case(database) == 4
