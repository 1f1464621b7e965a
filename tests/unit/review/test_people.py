"""What people do with a review: answers, signatures, proofs, and what waits for them."""

from __future__ import annotations

import datetime as dt

import pytest
from tests.unit.review.month import (
    DOCTOR,
    END,
    ONE_STORE,
    START,
    STAYS,
    VISIT,
    WHOLE,
    Month,
    Row,
    read,
)

from sekisho import review
from sekisho.errors import ConflictError, InvalidInputError, RefusedError
from sekisho.review import Run, State
from sekisho.review.looks import Standing, looks

DAY = dt.date(2026, 10, 1)
PROOFS = ("rule", "responsible", "notice", "watchers")


def own_record(month: Month, user: str = "00123") -> Run:
    """Let one person read their own record."""
    month.lists(staff=[{**DOCTOR, "user": user, "patient": "P1"}], visits=WHOLE, stays=STAYS)
    month.log(read(user, "P1", 10))
    month.approve()
    return month.run()


def messages(month: Month) -> set[str]:
    """Return what waits on 今日やること."""
    return {finding.message for finding in review.findings(month.database)}


@pytest.mark.parametrize("by", ["00123", "123", "００１２３", " 00123 "])
def test_nobody_answers_about_their_own_access(month: Month, by: str) -> None:
    """Whoever a case is about is refused, however the id is written."""
    run = own_record(month)
    with pytest.raises(RefusedError, match="own_case"):
        review.answer(
            month.database,
            run.cases[0].id,
            by=by,
            answer="explained",
            note="x",
            at=month.clock.now(),
        )


def test_answers_are_added_and_stay_with_the_matter(month: Month) -> None:
    """Answers are never replaced, closing ones ask for a reason, and a later run has them still."""
    run = own_record(month)

    def say(answer: str, note: str = "") -> State:
        return review.answer(
            month.database, run.cases[0].id, by="U7", answer=answer, note=note, at=month.clock.now()
        ).state

    with pytest.raises(InvalidInputError, match="note_needed"):
        say("explained")
    with pytest.raises(InvalidInputError, match="unknown_answer"):
        say("guilty")
    assert say("ask_person") is State.ASKED_PERSON
    assert say("explained", "人間ドックの当日") is State.EXPLAINED

    again = review.cases(month.database, month.run().id)[0]
    assert again.state is State.EXPLAINED
    assert [one.answer for one in again.answers] == ["ask_person", "explained"]


def test_a_month_is_signed_once_a_role_and_not_unread(month: Month) -> None:
    """A month with unread cases is signed only where that is stated, once by each role."""
    run = own_record(month)
    now = month.clock.now()
    with pytest.raises(RefusedError, match="unread_cases"):
        review.sign_month(month.database, run.id, "U7", "reviewer", now)
    with pytest.raises(RefusedError, match="wrong_role"):
        review.sign_month(month.database, run.id, "U7", "administrator", now)
    with pytest.raises(InvalidInputError, match="no_run"):
        review.sign_month(month.database, 999, "U7", "reviewer", now)
    assert review.sign_month(month.database, run.id, "U7", "reviewer", now, accept_unread=True) == 1
    with pytest.raises(ConflictError, match="already_signed"):
        review.sign_month(month.database, run.id, "U8", "reviewer", now, accept_unread=True)

    review.answer(
        month.database, run.cases[0].id, by="U7", answer="explained", note="確認済み", at=now
    )
    assert review.sign_month(month.database, run.id, "U8", "safety_officer", now) == 0
    signed = [
        (role, by, unread) for role, by, _, unread in review.signatures(month.database, run.id)
    ]
    assert sorted(signed) == [("reviewer", "U7", 1), ("safety_officer", "U8", 0)]


def test_names_are_masked_until_all_four_proofs(month: Month) -> None:
    """Names stay masked until rule, responsible person, notice and watchers are each dated and named."""
    now = month.clock.now()
    for place, kind in enumerate(PROOFS):
        masking = review.masking(month.database)
        assert masking.masked
        assert len(masking.missing) == 4 - place
        review.set_masking_proof(month.database, kind, "院内規程 第3条", DAY, "U8", now)
    assert not review.masking(month.database).masked

    review.set_masking_proof(
        month.database, "rule", "改定", DAY, "U9", now + dt.timedelta(seconds=1)
    )
    assert review.masking(month.database).proofs["rule"].by == "U9"


def test_a_mistyped_notice_is_taken_back_and_hides_what_came_before_the_right_one(
    month: Month,
) -> None:
    """A notice dated ten years too early is withdrawn with a reason: names before the right one are hidden again, both entries stay, and of two real notices the first counts."""
    now = month.clock.now()
    wrong, right, later = dt.date(2016, 10, 15), dt.date(2026, 10, 15), dt.date(2026, 10, 20)
    for kind in PROOFS:
        date = wrong if kind == "notice" else DAY
        review.set_masking_proof(month.database, kind, "規程", date, "U8", now)
    before = dt.date(2026, 10, 1)
    assert not review.masking(month.database).hides(before, later)

    def take_back(at: dt.datetime, why: str = "年の書き間違い", by: str = "U9") -> None:
        review.withdraw_proof(month.database, "notice", at, why=why, by=by, at=now)

    for why, by in ((" x ", "U9"), ("間違い", " ")):
        with pytest.raises(InvalidInputError, match="proof_reason"):
            take_back(now, why, by)
    take_back(now)
    masking = review.masking(month.database)
    assert masking.masked
    assert (masking.missing, masking.notified) == (("review.proof.notice",), None)
    with pytest.raises(ConflictError, match="proof_over"):
        take_back(now)
    with pytest.raises(ConflictError, match="proof_over"):
        take_back(now + dt.timedelta(days=1))

    for n, date in enumerate((right, later), start=1):
        then = now + dt.timedelta(seconds=n)
        review.set_masking_proof(month.database, "notice", "周知", date, "U8", then)
    masking = review.masking(month.database)
    assert masking.notified == right, "the later notice takes nothing back"
    assert masking.hides(before, later)
    assert not masking.hides(right, later)
    assert [one.date for one in masking.entries["notice"]] == [later, right, wrong]
    gone = masking.entries["notice"][-1]
    assert (gone.withdrawn_by, gone.withdrawn_at, gone.withdrawn_why) == (
        "U9",
        now,
        "年の書き間違い",
    )
    take_back(now + dt.timedelta(seconds=1))
    assert review.masking(month.database).hides(right, later)


@pytest.mark.parametrize(
    ("kind", "text", "date", "by"),
    [
        ("none", "x", DAY, "U8"),
        ("rule", " ", DAY, "U8"),
        ("rule", "x", DAY, " "),
        ("rule", "x", dt.date(2099, 1, 1), "U8"),
    ],
)
def test_a_proof_has_kind_text_day_and_name(
    month: Month, kind: str, text: str, date: dt.date, by: str
) -> None:
    """A proof of no kind, without text or name, or with a day that lies ahead is refused."""
    with pytest.raises(InvalidInputError):
        review.set_masking_proof(month.database, kind, text, date, by, month.clock.now())
    assert len(review.masking(month.database).missing) == 4


def test_what_waits_follows_the_work(month: Month) -> None:
    """What waits for people: approval, first run, unread cases, proofs; each goes when it is done."""
    month.lists(staff=[DOCTOR])
    assert {"review.finding.not_approved", "review.finding.no_run"} <= messages(month)

    run = own_record(month)
    waiting = messages(month)
    assert "review.finding.not_approved" not in waiting
    assert {"review.finding.unread", "review.finding.masked"} <= waiting

    review.answer(month.database, run.cases[0].id, by="U7", answer="refer", at=month.clock.now())
    assert "review.finding.unread" not in messages(month)


@ONE_STORE
def test_household_is_said_to_be_unchecked(month: Month) -> None:
    """Without a patient list the household sign is "not checked", everywhere; with one it is looked for."""
    home = "模擬県関所市中町1-2-3"
    month.lists(staff=[{**DOCTOR, "address": home}], visits=WHOLE, stays=STAYS)
    month.log(read("U1", "P1", 10))
    month.approve()

    run = month.run()
    reasons = review.explain_record(month.database, month.ledger, month.clock, 0)
    assert run.summary["not_checked"]["household"] == ["patients"]
    assert "review.finding.no_patient_list" in messages(month)
    (household,) = [one for one in reasons if one.id == "household"]
    assert household.says is None
    assert household.why["ja"] == "確かめていません。未着：患者一覧"

    month.lists(patients=[{"patient": "P1", "name": "乙", "address": home}])
    run = month.run()
    assert "household" not in run.summary["not_checked"]
    assert "review.finding.no_patient_list" not in messages(month)
    assert month.case(run, "household").patient_ids == ["P1"]


@ONE_STORE
def test_one_record_is_explained_with_its_line(month: Month) -> None:
    """The reasoning for one record: what explains, in which file and line, and what was not asked."""
    month.lists(staff=[DOCTOR], visits=[*WHOLE, VISIT], stays=STAYS)
    month.log(read("U1", "P1", 10))
    review.approve(month.database, "visit_department", "U7", month.clock.now())
    review.approve(month.database, "stay_ward", "U7", month.clock.now())

    reasons = {
        one.id: one for one in review.explain_record(month.database, month.ledger, month.clock, 0)
    }

    explains = reasons["visit_department"]
    assert explains.says is True
    assert explains.record is not None
    assert (explains.record["table"], explains.record["row"]) == ("visits", 9)
    assert "visits.csv の9行目" in explains.why["ja"]
    assert reasons["stay_ward"].says is False
    assert reasons["visit_doctor"].says is None
    assert "承認されていない" in reasons["visit_doctor"].why["ja"]
    with pytest.raises(InvalidInputError, match="no_record"):
        review.explain_record(month.database, month.ledger, month.clock, 99)


@ONE_STORE
def test_a_run_through_numbers_is_explained_by_no_visit_of_the_week(month: Month) -> None:
    """A visit explains the desk's access to one patient, not to one of ten in a row of numbers; a named order does."""
    desk: Row = {"user": "U2", "name": "関 五月", "duty": "事務員", "department": "外来受付"}
    numbers = [f"{1000 + n:06d}" for n in range(10)]
    came = [{"patient": numbers[n], "day": "2026-10-10", "department": "内科"} for n in (3, 4, 9)]
    month.lists(staff=[desk], visits=[*WHOLE, *came], stays=STAYS)
    month.log(
        *(read("U2", number, 10, time=f"12:0{n}:00") for n, number in enumerate(numbers[:9])),
        read("U2", numbers[9], 10, time="15:00:00"),
    )
    month.approve()

    run = month.run()

    assert month.case(run, "enumeration").patient_ids == numbers[:9]
    assert run.summary["by_explanation"] == {"outpatient_desk": 1}
    desks = [
        reason
        for index in (3, 9)
        for reason in review.explain_record(month.database, month.ledger, month.clock, index)
        if reason.id == "outpatient_desk"
    ]
    assert [one.says for one in desks] == [False, True]
    assert "続き番号" in desks[0].why["ja"]
    who = looks(month.database, month.ledger, patient=numbers[3], start=START, end=END)
    assert [look.standing for look in who.looks] == [Standing.UNEXPLAINED]


@ONE_STORE
def test_nobody_is_the_desk_of_their_own_visit(month: Month) -> None:
    """What fits everybody of the place does not explain a person's own record; what they wrote in it stays explained."""
    desk: Row = {
        "user": "U2",
        "name": "関 五月",
        "duty": "事務員",
        "department": "外来受付",
        "patient": "P1",
    }
    month.lists(staff=[desk], visits=[*WHOLE, VISIT], stays=STAYS)
    month.log(read("U2", "P1", 10), {**read("U2", "P1", 11), "action": "create"})
    month.approve()

    run = month.run()

    assert run.summary["by_explanation"] == {"outpatient_desk": 1}
    assert month.case(run, "own_record").patient_ids == ["P1"]
