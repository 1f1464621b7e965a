"""Proposals mined from the data, and how wide an explanation is."""

from __future__ import annotations

import datetime as dt

import pytest
from tests.unit.review.lists import put
from tests.unit.review.month import CROWD, ONE_STORE, STAYS, WHOLE, Month, read

from sekisho import review
from sekisho.errors import InvalidInputError

LAB = [{"user": f"L{n}", "duty": "臨床検査技師", "department": "検査部"} for n in range(4)]
TWICE = ("10:00:00", "10:05:00")
VISITS = [{"patient": f"Q{n}", "day": "2026-10-10", "department": "内科"} for n in range(10)]


def lab_month(month: Month) -> None:
    """Let four people of a laboratory that no explanation knows read ten patients of 内科."""
    staff = [{**one, "duty": "事務員", "department": "研究支援室"} for one in LAB]
    month.lists(staff=[*staff, *CROWD], visits=[*WHOLE, *VISITS], stays=STAYS)
    month.log(*(read(f"L{n % 4}", f"Q{n % 10}", 11) for n in range(30)))
    month.approve()


def test_a_pair_of_places_is_proposed_and_works_once_approved(month: Month) -> None:
    """A proposal says what it would explain and its rarest examples; it works only when somebody approved it."""
    lab_month(month)
    first = month.run().summary
    (line,) = first["proposals"]
    assert first["explained"] == 0
    assert (line["accesses"], line["people"], line["patients"]) == (30, 4, 10)
    assert line["values"] == {"mine": "研究支援室", "theirs": "内科"}
    assert len(line["examples"]) == 3

    now = month.clock.now()
    with pytest.raises(InvalidInputError, match="nobody_named"):
        review.adopt(month.database, line["template"], line["values"], " ", now)
    one = review.adopt(month.database, line["template"], line["values"], "U7", now)

    assert review.approved(month.database)[one.id] == ("U7", now)
    second = month.run().summary
    assert second["by_explanation"] == {one.id: 30}
    assert second["proposals"] == []
    reasons = review.explain_record(month.database, month.ledger, month.clock, 0)
    assert any(one.id == reason.id and reason.says for reason in reasons)


def test_answers_propose_and_filter_nothing(month: Month) -> None:
    """Cases of one duty and place answered to be explained, again and again, become a proposal; until it is approved they are raised as ever."""
    staff = [{**one, "duty": "事務員", "department": "研究支援室"} for one in LAB]
    month.lists(staff=[*staff, *CROWD], visits=[*WHOLE, *VISITS], stays=STAYS)
    put(month.database, month.clock, vips=[{"patient": f"Q{n}"} for n in range(3)])
    month.log(*(read(f"L{n}", f"Q{n}", 11, time=at) for n in range(3) for at in TWICE))
    month.approve()
    first = month.run()
    raised = [case for case in review.cases(month.database, first.id, limit=None) if case.raised]
    assert (len(raised), first.summary["proposals"]) == (3, [])
    for number, case in enumerate(raised, start=1):
        review.answer(
            month.database, case.id, by="U7", answer="explained", note="検体の研究",
            at=month.clock.now(), due=None,
        )  # fmt: skip
        found = month.run().summary
        assert found["raised"] == 3, "an answer is no filter"
        assert bool(found["proposals"]) is (number == 3)
    (line,) = found["proposals"]
    assert line["template"] == "mined_answers"
    assert line["values"] == {"duty": "clerk", "mine": "研究支援室", "theirs": "内科"}
    assert (line["accesses"], line["people"], sorted(line["examples"])) == (6, 3, [0, 2, 4])
    one = review.adopt(month.database, line["template"], line["values"], "U7", month.clock.now())
    assert "事務" in one.title["ja"]
    assert month.run().summary["by_explanation"] == {one.id: 6}


@ONE_STORE
def test_kinds_of_orders_and_days_of_the_week_are_proposed(month: Month) -> None:
    """What a duty opens of patients with one kind of order, and what two places share on one day of the week, is proposed too."""
    staff = [{**one, "duty": "事務員", "department": "研究支援室"} for one in LAB]
    month.lists(staff=[*staff, *CROWD], visits=[*WHOLE, *VISITS], stays=STAYS)
    put(
        month.database, month.clock,
        orders=[{"patient": f"Q{n}", "day": "2026-10-10", "what": "imaging", "number": str(n)} for n in range(10)],
    )  # fmt: skip
    month.log(*(read(f"L{n % 4}", f"Q{n % 10}", 11 + 7 * (n % 3)) for n in range(60)))
    month.approve()
    lines = {line["template"]: line for line in month.run().summary["proposals"]}
    assert lines["mined_weekday"]["values"] == {
        "mine": "研究支援室", "theirs": "内科", "weekday": "6",
    }  # fmt: skip
    assert lines["mined_weekday"]["accesses"] == 60
    assert lines["mined_orders"]["values"] == {"duty": "clerk", "what": "imaging"}
    assert lines["mined_orders"]["accesses"] == 40, "until two weeks after the order"
    for line in lines.values():
        review.adopt(month.database, line["template"], line["values"], "U7", month.clock.now())
    after = month.run().summary
    assert sum(after["by_explanation"].values()) == 60
    titles = [one.title["ja"] for one in review.adopted(month.database).values()]
    assert any("毎週日曜日" in title for title in titles)


@ONE_STORE
def test_less_than_a_week_tells_no_habit(month: Month) -> None:
    """A review of six days or fewer tells neither proposals nor spread, and those of the last long one stay at hand."""
    lab_month(month)
    month.run(dt.date(2026, 10, 11), dt.date(2026, 10, 16))
    assert review.latest(month.database, telling="proposals") is None
    long = month.run(dt.date(2026, 10, 5), dt.date(2026, 10, 11))
    month.run(dt.date(2026, 10, 11), dt.date(2026, 10, 11))
    newest = review.latest(month.database)
    assert newest is not None
    assert not {"proposals", "spread"} & {*newest.summary}
    kept = review.latest(month.database, telling="proposals")
    assert kept is not None
    assert (kept.id, kept.summary) == (long.id, long.summary)
    assert kept.summary["proposals"]
    assert kept.summary["spread"]["pairs"]


@ONE_STORE
def test_one_persons_habit_is_no_proposal(month: Month) -> None:
    """However often one person does it, it is not proposed as a habit of the place."""
    lab_month(month)
    month.log(*(read("L1", f"Q{n % 10}", 11) for n in range(40)))
    assert month.run().summary["proposals"] == []


@ONE_STORE
def test_a_wide_explanation_is_seen_to_be_wide(month: Month) -> None:
    """Of random people and patients a ward's explanation covers few, a whole-hospital one many; twice the same."""
    month.lists(
        staff=[
            *({"user": f"B{n}", "duty": "事務員", "department": "医事課"} for n in range(10)),
            *({"user": f"D{n}", "duty": "医師", "department": "外科"} for n in range(10)),
        ],
        visits=[*WHOLE, *VISITS],
        stays=STAYS,
    )
    month.log(
        *(read(f"B{n}", f"Q{n}", 11) for n in range(10)),
        *(read(f"D{n}", f"Q{n}", 11) for n in range(10)),
    )
    month.approve()
    spread = month.run().summary["spread"]

    assert spread["explained"]["billing_visit"] == {"billing": 1.0}
    assert spread["explained"]["visit_department"] == {}
    assert month.run().summary["spread"] == spread


@ONE_STORE
def test_how_wide_it_would_be_is_known_before_it_is_approved(month: Month) -> None:
    """Explanations that nobody approved, and proposals, are told with the share of random people and patients; approving changes nothing of it; one whose lists have not arrived is left out."""
    lab_month(month)
    name = "visit_department"
    review.withdraw_approval(month.database, name, "U8", month.clock.now())
    first = month.run().summary
    (line,) = first["proposals"]
    told = first["spread"]["explained"]

    assert {name, line["id"]} <= told.keys()
    assert told[line["id"]] == {"clerk": 1.0}, "they open these patients alone"
    assert name not in first["approved"]
    assert not {"order_executor", "roster_ward", "repeated"} & told.keys()

    review.approve(month.database, name, "U7", month.clock.now())
    review.approve(month.database, line["id"], "U7", month.clock.now())
    assert month.run().summary["spread"]["explained"] == told
