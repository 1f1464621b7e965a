"""What waits for people is not hidden by what is reviewed later."""

from __future__ import annotations

import datetime as dt

import pytest
from tests.unit.review.lists import put
from tests.unit.review.month import CROWD, STAYS, WHOLE, Month, read

from sekisho import review
from sekisho.errors import RefusedError

NOVEMBER = (dt.date(2026, 11, 1), dt.date(2026, 11, 30))
DAY = (dt.date(2026, 10, 11), dt.date(2026, 10, 11))
STAFF = [{"user": f"L{n}", "duty": "事務員", "department": "研究支援室"} for n in range(3)]


@pytest.fixture
def three(month: Month) -> Month:
    """Three people who opened the record of an important person, in October."""
    month.lists(staff=[*STAFF, *CROWD], visits=WHOLE, stays=STAYS)
    put(month.database, month.clock, vips=[{"patient": f"Q{n}"} for n in range(3)])
    month.log(*(read(f"L{n}", f"Q{n}", 11) for n in range(3)))
    month.approve()
    return month


def say(month: Month, case: review.Case, answer: str) -> None:
    """Let the reviewer answer."""
    review.answer(
        month.database, case.id, by="U7", answer=answer, note="検体の研究", at=month.clock.now(),
        due=None,
    )  # fmt: skip


def states(month: Month, **asked: str) -> dict[str, str]:
    """Return person → state of each case in the queue."""
    return {case.user_id: case.state for case in review.queue(month.database, **asked)}


def test_a_later_period_leaves_open_cases_in_the_queue(three: Month) -> None:
    """After the next month's review the cases of this one that wait for somebody stay; closed ones are found by their state."""
    first = three.run()
    a, b, c = review.queue(three.database)
    say(three, a, "ask_person")
    say(three, b, "explained")
    assert states(three) == {
        a.user_id: "asked_person", b.user_id: "explained", c.user_id: "open",
    }  # fmt: skip
    three.run(*NOVEMBER)
    assert states(three) == {a.user_id: "asked_person", c.user_id: "open"}
    assert states(three, state="explained") == {b.user_id: "explained"}
    assert review.queued(three.database, state="open") == [(first.id, c.rank)]
    (unread,) = [f for f in review.findings(three.database) if f.message.endswith(".unread")]
    assert unread.args["cases"] == 1


def test_the_same_days_reviewed_again_stand_in_place_of_the_older(three: Month) -> None:
    """What a newer review of the same days no longer finds goes, but for what somebody was asked about."""
    three.run()
    a, b, c = review.queue(three.database)
    say(three, a, "ask_person")
    three.log(read(c.user_id, c.patient_ids[0], 11))
    again = three.run()
    assert states(three) == {c.user_id: "open", a.user_id: "asked_person"}
    assert review.queue(three.database)[0].run_id == again.id
    assert b.user_id not in states(three)


def test_a_matter_found_by_several_reviews_stands_once(three: Month) -> None:
    """A day reviewed within a reviewed month shows each matter once: as the newest review tells it, or as the month did where the day held it back."""
    month = three.run()
    day = three.run(*DAY)
    told = [case.user_id for case in review.cases(three.database, day.id)]
    queue = review.queue(three.database)
    assert told
    assert {case.user_id: case.run_id for case in queue} == {
        "L0": month.id, "L1": month.id, "L2": month.id, **dict.fromkeys(told, day.id),
    }  # fmt: skip
    assert len(queue) == 3


def test_a_period_without_a_record_is_no_first_review_and_is_not_signed(three: Month) -> None:
    """A review that had nothing to look at takes nothing from the first one, and nobody can sign it."""
    empty = three.run(*NOVEMBER)
    with pytest.raises(RefusedError, match="nothing_to_sign"):
        review.sign_month(three.database, empty.id, "R1", "reviewer", three.clock.now())
    first = three.run()
    assert first.trial
    assert (
        review.sign_month(
            three.database, first.id, "R1", "reviewer", three.clock.now(), accept_unread=True
        )
        == 3
    )
    assert not three.run(*DAY).trial
