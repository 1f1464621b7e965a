"""Fairness: who is asked first, who may say violation, and when a name goes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from tests.unit.review.month import CROWD, DOCTOR, ONE_STORE, STAYS, WHOLE, Month, read

from sekisho import review
from sekisho.care.level import ASKED
from sekisho.care.tables import TABLES
from sekisho.errors import ConflictError, InvalidInputError, RefusedError
from sekisho.pages.words import LANGUAGES, catalogue
from sekisho.review import Run, State
from sekisho.review.similar import similar
from sekisho.terms import FixedClock

TODAY = dt.date(2026, 11, 20)


@pytest.fixture
def clock() -> FixedClock:
    """The morning of a day in November."""
    return FixedClock(dt.datetime(2026, 11, 20, 0, 0, tzinfo=dt.UTC))


def own_record(month: Month, user: str = "00123") -> Run:
    """Let one person read their own record."""
    month.lists(staff=[{**DOCTOR, "user": user, "patient": "P1"}], visits=WHOLE, stays=STAYS)
    month.log(read(user, "P1", 10), read(user, "P1", 11))
    month.approve()
    return month.run()


def answer(month: Month, case: str, answer: str, note: str = "x", **more: Any) -> State:
    """Answer as U7 and return the state."""
    given = {"by": "U7", "answer": answer, "note": note, "at": month.clock.now(), **more}
    return review.answer(month.database, case, **given).state


def test_the_person_is_asked_before_the_head(month: Month) -> None:
    """The head of a department is asked only after the person, and what was replied is kept once."""
    case = own_record(month).cases[0]
    with pytest.raises(RefusedError, match="person_first"):
        answer(month, case.id, "ask_head")
    with pytest.raises(InvalidInputError, match="due_in_past"):
        answer(month, case.id, "ask_person", due=TODAY - dt.timedelta(days=1))
    assert answer(month, case.id, "ask_person") is State.ASKED_PERSON
    assert answer(month, case.id, "ask_head") is State.ASKED_HEAD
    first, second = review.asks(month.database, case.key)
    assert (first.to, second.to, first.due) == ("person", "head", dt.date(2026, 12, 4))

    def reply(by: str) -> str | None:
        said, at = "人間ドックの結果を見た", month.clock.now()
        return review.reply(month.database, first.id, by=by, text=said, on=TODAY, at=at).reply

    with pytest.raises(RefusedError, match="own_case"):
        reply("123")
    assert reply("U7") == "人間ドックの結果を見た"
    with pytest.raises(ConflictError, match="replied_already"):
        reply("U7")


def test_silence_admits_nothing(month: Month) -> None:
    """When the day has passed without a reply, the question is known as unanswered and the case stands as it did."""
    case = own_record(month).cases[0]
    answer(month, case.id, "ask_person", due=TODAY)
    assert review.unanswered(month.database, TODAY) == []
    (late,) = review.unanswered(month.database, TODAY + dt.timedelta(days=1))
    assert late.reply is None
    assert review.case(month.database, case.id).state is State.ASKED_PERSON


def test_only_two_people_say_violation(month: Month) -> None:
    """No answer says violation: a committee's decision does, entered by one person and confirmed by another, neither of them the one it is about."""
    case = own_record(month).cases[0]
    now = month.clock.now()

    def decide(by: str, kind: str = "violation") -> review.Decision:
        return review.decide(
            month.database, case.id, kind=kind, text="第3回委員会", date=TODAY, by=by, at=now
        )

    with pytest.raises(InvalidInputError, match="unknown_answer"):
        answer(month, case.id, "violation")
    with pytest.raises(ConflictError, match="not_referred"):
        decide("U7")
    answer(month, case.id, "refer")
    with pytest.raises(RefusedError, match="own_case"):
        decide("00123")
    entered = decide("U7")
    assert review.case(month.database, case.id).state is State.REFERRED
    for by, why in (("u7", "decision_second"), ("123", "own_case")):
        with pytest.raises(RefusedError, match=why):
            review.confirm(month.database, entered.id, by=by, at=now)
    review.confirm(month.database, entered.id, by="U8", at=now)
    assert review.case(month.database, case.id).state is State.VIOLATION
    with pytest.raises(ConflictError, match="decided"):
        answer(month, case.id, "reopen")
    with pytest.raises(ConflictError, match="decision_over"):
        review.withdraw(month.database, entered.id, by="U7", at=now)

    anew = decide("U8", "cleared")
    review.confirm(month.database, anew.id, by="U7", at=now)
    assert review.case(month.database, case.id).state is State.CLEARED


def test_a_committee_may_order_that_the_person_is_not_asked(month: Month) -> None:
    """While such an order of two people stands, the head is asked and not the person; taken back, the person is."""
    case = own_record(month).cases[0]
    now = month.clock.now()
    order = review.decide(
        month.database,
        case.id,
        kind="unasked",
        text="端末を確かめる間",
        date=TODAY,
        by="U7",
        at=now,
    )
    with pytest.raises(RefusedError, match="person_first"):
        answer(month, case.id, "ask_head")
    review.confirm(month.database, order.id, by="U8", at=now)
    with pytest.raises(RefusedError, match="not_to_be_asked"):
        answer(month, case.id, "ask_person")
    assert answer(month, case.id, "ask_head") is State.ASKED_HEAD
    review.withdraw(month.database, order.id, by="U8", at=now)
    assert answer(month, case.id, "ask_person") is State.ASKED_PERSON


def test_an_explained_case_loses_the_name_after_its_time(month: Month, clock: FixedClock) -> None:
    """Six months after it was explained a case has no ids, no records and no words, in every run that found it, and still counts; one day before it has them, and one that is not explained keeps them."""
    run = own_record(month)
    case = run.cases[0]
    again = month.run()
    answer(month, case.id, "ask_person")
    (ask,) = review.asks(month.database, case.key)
    review.reply(month.database, ask.id, text="甲です", on=TODAY, by="U7", at=month.clock.now())
    later = dt.datetime(2027, 5, 21, 0, 0, tzinfo=dt.UTC)
    assert review.forget(month.database, now=later) == 0
    answer(month, case.id, "explained", "甲さんの人間ドック")

    assert review.forget(month.database, now=later - dt.timedelta(days=1)) == 0
    assert review.case(month.database, case.id).user_id == "00123"
    assert review.forget(month.database, now=later) == 2
    assert review.forget(month.database, now=later) == 0
    for number in (run.id, again.id):
        (left,) = review.cases(month.database, number)
        assert (left.user_id, left.patient_ids, left.records, left.why) == ("", [], [], {})
        assert (left.rule, left.state, left.accesses) == ("own_record", State.EXPLAINED, 2)
        assert left.first_at == dt.datetime(2026, 9, 30, 15, 0, tzinfo=dt.UTC)
        assert [one.note for one in left.answers] == ["", ""]
    assert review.asks(month.database, case.key)[0].reply == "–"

    found = month.run().cases[0]
    assert (found.user_id, review.case(month.database, found.id).state) == ("00123", "explained")
    assert review.forget(month.database, now=later) == 1


def test_before_the_notice_names_stand_only_on_an_order_of_two(month: Month) -> None:
    """Accesses from before staff were told are shown without names, until two people order those days; later notices take nothing back."""
    now = month.clock.now()
    told = dt.date(2026, 10, 15)
    for kind in ("rule", "responsible", "notice", "watchers"):
        review.set_masking_proof(month.database, kind, "規程", told, "U8", now)
    early, late = dt.date(2026, 10, 10), dt.date(2026, 10, 20)
    assert not review.masking(month.database).hides(told, late)
    assert review.masking(month.database).hides(early, late)
    order = review.decide(
        month.database, None, kind="by_name", text="調査", date=TODAY, by="U7", at=now,
        days=(dt.date(2026, 10, 1), dt.date(2026, 10, 14)),
    )  # fmt: skip
    assert review.masking(month.database).hides(early, late)
    review.confirm(month.database, order.id, by="U8", at=now)
    assert not review.masking(month.database).hides(early, late)
    assert review.masking(month.database).hides(dt.date(2026, 9, 30), late)
    review.set_masking_proof(
        month.database, "notice", "改定", dt.date(2026, 11, 1), "U8", now + dt.timedelta(seconds=1)
    )
    assert not review.masking(month.database).hides(told, late)
    review.withdraw(month.database, order.id, by="U8", at=now)
    assert review.masking(month.database).hides(early, late)


@ONE_STORE
def test_cases_like_one_are_found(month: Month) -> None:
    """Other cases of the same person, the same patient and the same answered sign are given once each, never the case itself."""
    staff = [{**DOCTOR, "user": user, "patient": f"P{user}"} for user in ("U1", "U2")]
    staff += [{**DOCTOR, "user": f"N{number}"} for number in range(40)]
    month.lists(staff=staff, visits=WHOLE, stays=STAYS)
    month.log(read("U1", "PU1", 10), read("U2", "PU2", 10), read("U2", "PU1", 11))
    month.approve()
    month.run()
    run = month.run()
    by_user = {c.user_id: c for c in review.cases(month.database, run.id) if c.rule == "own_record"}
    found = similar(month.database, by_user["U1"])
    assert by_user["U1"].key not in {c.key for cases in found.values() for c in cases}
    assert found["sign"] == []
    assert all("PU1" in c.patient_ids for c in found["patient"])
    assert found["patient"]
    answer(month, by_user["U2"].id, "explained")
    found = similar(month.database, by_user["U1"])
    assert [c.key for c in found["sign"]] == [by_user["U2"].key]
    assert all(c.user_id == "U1" for c in found["person"])


@ONE_STORE
def test_a_password_that_somebody_tried_accuses_nobody(month: Month) -> None:
    """Failed sign-ins are a case about the id: it names no patient, and says that who tried is not known."""
    tries = [
        read("U1", None, 10, time=f"03:{minute:02d}:00", action="login", outcome="failed")
        for minute in range(12)
    ]
    month.lists(staff=[DOCTOR, *CROWD], visits=WHOLE, stays=STAYS)
    month.log(*tries)
    case = month.case(month.run(), "login_failures")
    assert (case.raised, case.user_id, case.patient_ids) == (True, "U1", [])
    assert len(case.records) == 12
    assert "12回" in case.why["ja"]
    assert "だれが試したかは、記録からは分かりません" in case.why["ja"]


def test_every_list_has_its_name() -> None:
    """Whatever list may be missing, too short or there is named in both languages, never by an id."""
    for language in LANGUAGES:
        known = catalogue(language)
        for kind in ASKED:
            for place in ("", "missing.", "short."):
                assert f"review.list.{place}{kind}" in known
        kinds = {"staff", *TABLES}
        assert {kind for kind in kinds if f"review.list.{kind}" not in known} == set()
