"""What waits for people is not hidden by what is reviewed later."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
from tests.unit.review.lists import put
from tests.unit.review.month import CROWD, STAYS, WHOLE, Month, read

from sekisho import review
from sekisho.review.queue import _standing

NOVEMBER = (dt.date(2026, 11, 1), dt.date(2026, 11, 30))
DAY = (dt.date(2026, 10, 11), dt.date(2026, 10, 11))
STAFF = [{"user": f"L{n}", "duty": "事務員", "department": "研究支援室"} for n in range(3)]


@pytest.fixture
def three(month: Month) -> Month:
    """Three people who opened the record of an important person, in October."""
    month.lists(staff=[*STAFF, *CROWD], visits=WHOLE, stays=STAYS)
    put(month.database, month.clock, vips=[{"patient": f"Q{n}"} for n in range(3)])
    later = {"user": "X1", "patient": "P8", "day": "2026-12-05"}
    month.log(*(read(f"L{n}", f"Q{n}", 11) for n in range(3)), later)
    month.approve()
    return month


def december(month: Month) -> review.Run:
    """Review a later month, in which nothing is out of the ordinary."""
    return month.run(dt.date(2026, 12, 1), dt.date(2026, 12, 31))


def say(month: Month, case: review.Case, answer: str) -> None:
    """Let the reviewer answer."""
    review.answer(
        month.database, case.id, by="U7", answer=answer, note="検体の研究", at=month.clock.now(),
        due=None,
    )  # fmt: skip


def states(month: Month, state: str | None = None) -> dict[str, str]:
    """Return person → state of each case in the queue."""
    return {case.user_id: case.state for case in review.queue(month.database, state=state)}


def test_a_later_period_leaves_open_cases_in_the_queue(three: Month) -> None:
    """After the next month's review the cases of this one that wait for somebody stay; closed ones are found by their state."""
    first = three.run()
    a, b, c = review.queue(three.database)
    say(three, a, "ask_person")
    say(three, b, "explained")
    assert states(three) == {
        a.user_id: "asked_person", b.user_id: "explained", c.user_id: "open",
    }  # fmt: skip
    december(three)
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


def test_a_newer_review_of_fewer_days_takes_nothing_from_a_month(three: Month) -> None:
    """What a day no longer finds when it is reviewed again still waits where its month stands."""
    month = three.run()
    three.run(*DAY)
    three.log({"user": "X1", "patient": "P8", "day": "2026-10-11"})
    three.run(*DAY)
    assert {case.user_id: case.run_id for case in review.queue(three.database)} == {
        "L0": month.id, "L1": month.id, "L2": month.id,
    }  # fmt: skip


def test_many_reviews_stand_as_their_days_say(three: Month) -> None:
    """A run stands unless one newer run covers its days, whatever the order in which they were made."""
    days = [
        (1, 10), (5, 8), (3, 12), (20, 25), (1, 31), (20, 25), (2, 4), (3, 3), (26, 30), (27, 30),
        (2, 5),
    ]  # fmt: skip
    runs = [
        SimpleNamespace(id=n, start=dt.date(2026, 10, a), end=dt.date(2026, 10, b))
        for n, (a, b) in enumerate(days)
    ]
    newest_first = runs[::-1]
    expected = {
        run.id
        for place, run in enumerate(newest_first)
        if not any(n.start <= run.start and n.end >= run.end for n in newest_first[:place])
    }
    assert _standing(newest_first) == expected == {4, 5, 8, 9, 10}


def test_a_period_without_a_record_leaves_everything_as_it_was(three: Month) -> None:
    """A review that had nothing to look at is not kept: it is not the first one, nor the newest."""
    assert three.run(*NOVEMBER).id == 0
    assert review.latest(three.database) is None
    first = three.run()
    assert first.trial
    assert three.run(*NOVEMBER).summary["accesses"] == 0
    newest = review.latest(three.database)
    assert newest is not None
    assert newest.id == first.id
    assert not three.run(*DAY).trial
