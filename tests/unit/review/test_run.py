"""One review: what is explained, what is raised, what cannot be judged, and in what form."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest
import sqlalchemy as sa
from tests.unit.review.ledger import MemoryLedger
from tests.unit.review.month import (
    CROWD,
    DOCTOR,
    END,
    ONE_STORE,
    START,
    STAYS,
    VISIT,
    WHOLE,
    Month,
    read,
)

from sekisho import review
from sekisho.errors import InvalidInputError
from sekisho.review import explaining, perform
from sekisho.review.tables import APPROVAL

KEYS = {
    "rank", "raised", "score", "rule", "user_id", "patient_ids", "records", "first_at",
    "last_at", "why",
}  # fmt: skip


def own_records(month: Month, count: int) -> None:
    """Let `count` people each read their own record: that many raised cases."""
    month.lists(
        staff=[
            *({**DOCTOR, "user": f"U{n}", "patient": f"P{n}"} for n in range(100, 100 + count)),
            *CROWD,
        ],
        visits=WHOLE,
        stays=STAYS,
    )
    month.log(*(read(f"U{n}", f"P{n}", 10) for n in range(100, 100 + count)))
    month.approve()


def test_nothing_explains_before_a_person_approved(month: Month) -> None:
    """An explanation works only after a named person approved it, and not after it changed."""
    month.lists(staff=[DOCTOR], visits=[*WHOLE, VISIT], stays=STAYS)
    month.log(read("U1", "P1", 10))
    assert month.run().summary["explained"] == 0

    review.approve(month.database, "visit_department", "U7", month.clock.now())
    assert month.run().summary["by_explanation"] == {"visit_department": 1}

    with month.database.write() as c:
        c.execute(sa.update(APPROVAL).values(digest="0" * 64))
    assert review.approved(month.database) == {}
    assert month.run().summary["explained"] == 0


def test_a_day_needs_the_lists_of_its_patients_alone(
    month: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A review of one day, for which only its patients' rows are read, says what the whole lists say."""
    month.lists(
        staff=[{**DOCTOR, "patient": "0031"}, *CROWD],
        visits=[*WHOLE, {**VISIT, "patient": "12"}, {**VISIT, "patient": "P2", "day": "2026-10-08"},
                {**VISIT, "patient": "31", "day": "2025-01-08"}],
        stays=STAYS,
        patients=[{"patient": "00012", "address": "模擬市中央1-2-3"}, {"patient": "0031"}],
    )  # fmt: skip
    month.log(
        *(read("U1", patient, 9) for patient in ("P2", "P9")),
        *(read("U1", patient, 10) for patient in ("00012", "P2", "P7", "31", "P9")),
        *(read(f"X{n}", "P7", 10) for n in range(30)),
    )
    month.approve()
    day = dt.date(2026, 10, 10)
    some = month.run(start=day, end=day)
    monkeypatch.setattr(perform, "FEW_DAYS", dt.timedelta(0))
    whole = month.run(start=day, end=day)
    assert list(review.json_lines(some))[:-1] == list(review.json_lines(whole))[:-1]
    # How many numbers had their zeros restored is told of the lists that were read.
    left_out = {"ids": 0, "seconds": 0}
    assert {**some.summary, **left_out} == {**whole.summary, **left_out}
    assert some.summary["by_explanation"] == {"visit_department": 2}
    assert any(case.raised for case in some.cases)


def test_an_approval_names_somebody(month: Month) -> None:
    """Nobody, or an explanation that does not exist, approves nothing."""
    now = month.clock.now()
    with pytest.raises(InvalidInputError, match="nobody_named"):
        review.approve(month.database, "visit_department", " ", now)
    with pytest.raises(InvalidInputError, match="unknown_explanation"):
        review.approve(month.database, "none", "U7", now)
    month.approve()
    assert {by for by, _ in review.approved(month.database).values()} == {"U7"}


@ONE_STORE
def test_each_level_needs_all_its_lists(month: Month) -> None:
    """The level is the highest whose own lists, and those of all lower ones, cover the period."""
    month.log(read("U1", "P1", 10))
    month.approve()
    assert month.run().summary["level"] == "none"
    month.lists(staff=[DOCTOR])
    assert month.run().summary["level"] == "L0"
    month.lists(visits=[*WHOLE, VISIT])
    assert month.run().summary["level"] == "L0"
    month.lists(stays=STAYS)
    assert month.run().summary["level"] == "L1"
    assert month.run(end=dt.date(2026, 12, 31)).summary["level"] == "L0"


@ONE_STORE
def test_not_judgeable_says_why(month: Month) -> None:
    """What cannot be judged is counted by its reason, and is not called unexplained."""
    month.lists(
        staff=[
            DOCTOR,
            {"user": "WARD", "name": "病棟共用", "note": "共用ID", "ward": "5東"},
            {**DOCTOR, "user": "U2", "valid_from": "2026-10-20"},
            *CROWD,
        ],
        visits=[{**VISIT, "patient": "P8", "day": "2026-10-10"}],
    )
    month.log(
        read(None, "P1", 10),
        read("U1", None, 10, action="login"),
        read("U9", "P1", 10),
        read("WARD", "P1", 10),
        read("U2", "P1", 10),
        read("U1", "P1", 30),
        read("U1", "P1", 10),
    )
    month.approve()

    summary = month.run().summary

    # An id that is in no list is put before a person, as such: then it was looked at.
    assert summary["not_judgeable_by"] == {
        "no_user": 1, "no_patient": 1, "not_a_person": 1, "no_post_that_day": 1,
        "no_care_lists": 1,
    }  # fmt: skip
    assert summary["raised_by"] == {"not_listed": 1, "shared_elsewhere": 1}
    assert summary["unexplained"] == 2
    month.lists(staff=[])


@ONE_STORE
def test_without_a_staff_list(month: Month) -> None:
    """Without a staff list every access with a user and a patient says so."""
    month.log(read("U1", "P1", 10), read("U2", "P1", 11))
    month.approve()
    assert month.run().summary["not_judgeable_by"] == {"no_staff_list": 2}


@ONE_STORE
def test_an_id_without_a_row_is_not_called_left(month: Month) -> None:
    """An id in no list is "not in the staff list", never "left"; one that ended is."""
    month.lists(
        staff=[DOCTOR, {**DOCTOR, "user": "U2", "valid_to": "2026-10-05"}],
        visits=WHOLE,
        stays=STAYS,
    )
    month.log(read("U9", "P1", 10), read("U2", "P1", 10))
    month.approve()

    run = month.run()

    assert month.case(run, "not_listed").user_id == "U9"
    assert "退職とは限りません" in month.case(run, "not_listed").why["ja"]
    assert month.case(run, "after_leaving").user_id == "U2"


@ONE_STORE
@pytest.mark.parametrize("note", ["共用ID", "業者・リモート保守", "システム用ID"])
def test_shared_ids_name_the_id(month: Month, note: str) -> None:
    """A case of a shared, vendor or system id names the id and says that it is no person."""
    month.lists(
        staff=[
            DOCTOR,
            {"user": "X1", "name": "佐藤 如月", "note": note, "valid_to": "2026-10-05"},
        ],
        visits=WHOLE,
        stays=STAYS,
    )
    month.log(read("X1", "P1", 10))
    month.approve()

    case = month.case(month.run(), "after_leaving")

    assert case.user_kind in {"shared", "vendor", "system"}
    assert "個人を指しません" in case.why["ja"]
    assert "佐藤" not in case.why["ja"] + case.why["en"]


@ONE_STORE
def test_a_trial_shows_twenty_and_the_json_all(month: Month) -> None:
    """The first run shows at most twenty cases and the time to read them; JSON is never cut."""
    own_records(month, 25)

    run = month.run()
    lines = list(review.json_lines(run))

    assert run.trial
    assert len(review.cases(month.database, run.id, limit=None)) == 20
    assert review.reading_minutes(run) == 80
    assert [line["rank"] for line in lines[:-1]] == list(range(1, 26))
    assert lines[-1]["summary"]["raised"] == 25

    again = month.run(start=dt.date(2026, 10, 2))
    assert not again.trial
    assert len(review.cases(month.database, again.id, limit=None)) == 25
    assert review.reading_minutes(again) == 100


def test_the_promised_form(month: Month) -> None:
    """Lines have exactly the promised keys; unexplained without a sign come last, raised false."""
    month.lists(staff=[{**DOCTOR, "patient": "P1"}], visits=WHOLE, stays=STAYS)
    month.log(read("U1", "P1", 10), read("U1", "P2", 11))
    month.approve()

    *cases, last = review.json_lines(month.run())

    assert all(case.keys() == KEYS for case in cases)
    assert [(case["raised"], case["rule"]) for case in cases] == [
        (True, "own_record"),
        (False, "unexplained"),
    ]
    assert cases[0]["records"] == [{"index": 0, "origin": {"file": "log.csv", "row": 1}}]
    assert cases[0]["first_at"] == "2026-10-10T03:00:00.000Z"
    assert "この閲覧（1件）につながる診療は見つかりません" in cases[1]["why"]["ja"]
    assert list(last) == ["summary"]


@ONE_STORE
def test_the_order_of_arrival_changes_nothing(month: Month) -> None:
    """The same log in another order gives the same cases in the same order."""
    rows = [
        *(read("U1", f"{1000 + n:06d}", 10, time=f"10:0{n}:00") for n in range(8)),
        read("U1", "P1", 12),
        read("U1", "P2", 13, time="02:00:00"),
    ]
    month.lists(staff=[{**DOCTOR, "patient": "P1"}], visits=WHOLE, stays=STAYS)
    month.approve()

    def told() -> list[tuple[object, ...]]:
        return [(c.key, c.rule, c.score, tuple(c.patient_ids)) for c in month.run().cases]

    month.log(*rows)
    first = told()
    random.Random(5).shuffle(rows)
    month.log(*rows)

    assert told() == first
    assert first[0][1] == "enumeration"


@ONE_STORE
def test_night_stands_a_little_higher(month: Month) -> None:
    """Of two equal matters the one at night is read first."""
    month.lists(
        staff=[{**DOCTOR, "patient": "P1"}, {**DOCTOR, "user": "U2", "patient": "P2"}, *CROWD],
        visits=WHOLE,
        stays=STAYS,
    )
    month.log(read("U1", "P1", 10), read("U2", "P2", 10, time="02:00:00"))
    month.approve()

    assert [case.user_id for case in month.run().cases if case.raised] == ["U2", "U1"]


@ONE_STORE
def test_lost_zeros_are_restored_only_where_it_is_certain(month: Month) -> None:
    """A number without its zeros is a patient only where the patient list leaves no other."""
    month.lists(
        staff=[DOCTOR],
        visits=[*WHOLE, {**VISIT, "patient": "00001234"}, {**VISIT, "patient": "0077"}],
        stays=STAYS,
        patients=[
            {"patient": "00001234", "name": "甲"},
            {"patient": "0077", "name": "乙"},
            {"patient": "00077", "name": "丙"},
        ],
    )
    month.log(read("U1", "1234", 10), read("U1", "77", 10))
    month.approve()

    summary = month.run().summary

    assert summary["by_explanation"] == {"visit_department": 1}
    assert (summary["ids"]["patients_restored"], summary["ids"]["patients_doubtful"]) == (1, 1)


@ONE_STORE
def test_a_review_of_nothing(month: Month) -> None:
    """An empty log is reviewed to zero, and dates the wrong way round are refused."""
    month.approve()
    assert review.run(month.database, MemoryLedger([]), month.clock).summary["accesses"] == 0
    with pytest.raises(InvalidInputError, match="period_backwards"):
        month.run(start=dt.date(2026, 10, 31), end=dt.date(2026, 10, 1))


@ONE_STORE
def test_what_would_explain_most_is_counted(month: Month) -> None:
    """The missing list that could explain most is counted from the log, not fixed."""
    nurses = [
        {"user": f"N{n}", "name": "奈良井", "duty": "看護師", "department": "看護部", "ward": "5東"}
        for n in range(3)
    ]
    clinic = [
        {"user": f"C{n}", "name": "藪原", "duty": "看護師", "department": "内科外来"}
        for n in range(3)
    ]
    month.lists(staff=[*nurses, *clinic])
    month.approve()

    def most(*users: str) -> tuple[str, int]:
        month.log(*(read(user, f"P{n}", 10) for n, user in enumerate(users)))
        first = month.run().summary["missing"][0]
        return first["id"], first["accesses"]

    assert most("N0", "N1", "N2", "C0") == ("care.missing.stays", 3)
    assert most("C0", "C1", "C2", "N0") == ("care.missing.visits", 3)


@ONE_STORE
def test_a_long_period_is_reviewed_as_a_short_one(
    month: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked one explanation after the other, and in stretches of a few days with what is large packed, no line of a review differs from all at once: not a return after an explained access of the stretch before, not a record of several patients."""
    month.lists(staff=[DOCTOR, *CROWD], visits=[VISIT, *WHOLE], stays=STAYS)
    month.approve()
    month.log(
        *(read("U1", "P1", day) for day in (9, 10, 24, 25, 26, 29, 30, 31)),
        *(read("U1", "P1", day, patients=["P1", "P8", "P9"]) for day in (11, 16)),
        *(
            read(f"X{n % 7}", f"P{n % 5}", 1 + n % 31, time=f"{n % 24:02d}:00:00")
            for n in range(90)
        ),
        read(None, "P1", 10),
        read("U1", None, 11),
    )

    def lines() -> list[dict[str, Any]]:
        told = list(review.json_lines(month.run()))
        told[-1]["summary"].pop("seconds")
        return told

    whole = lines()
    assert whole[-1]["summary"]["by_explanation"]["repeated"]
    monkeypatch.setattr(explaining, "SMALL", 45)
    assert lines() == whole
    monkeypatch.setattr(explaining, "STRETCH", 45)
    assert lines() == whole


@ONE_STORE
def test_what_explanations_take_out_of_a_sign_is_counted(month: Month) -> None:
    """Of a sign is said how many accesses it did not raise because an explanation held: also one that was taken back only afterwards."""
    month.lists(
        staff=[DOCTOR, {"user": "U2", "department": "外科", "patient": "P1"}, *CROWD],
        visits=[*WHOLE, {**VISIT, "retracted_at": "2026-10-10 12:30"}],
        stays=STAYS,
    )
    month.log(
        {"user": "U1", "patient": "P1", "day": "2026-10-10", "time": "12:00:00"},
        {"user": "U1", "patient": "P1", "day": "2026-10-10", "time": "12:20:00"},
        {"user": "X1", "patient": "P1", "day": "2026-10-10", "time": "12:00:00"},
    )
    month.approve()
    run = month.run()
    assert run.summary["by_explanation"] == {"visit_department": 2}
    removed = run.summary["removed_by_explanations"]
    assert (removed["colleague"], removed["vip"]) == (2, 0)
    assert "volume" not in removed, "looks only at what nothing explains"
    assert [case.user_id for case in run.cases if case.raised] == ["X1"]


@ONE_STORE
def test_several_colleagues_of_one_reader_are_one_case(month: Month) -> None:
    """One person who opens the records of several colleagues is one question; of one colleague the case is as ever."""
    month.lists(
        staff=[
            DOCTOR, {**DOCTOR, "user": "U3"},
            *({"user": f"C{n}", "department": "外科", "patient": f"P{n}"} for n in range(3)), *CROWD,
        ],
        visits=WHOLE,
        stays=STAYS,
    )  # fmt: skip
    opened = [("U1", "P0"), ("U1", "P1"), ("U1", "P2"), ("U3", "P1")]
    month.log(*(read(*one, 10, time=at) for one in opened for at in ("10:00:00", "10:05:00")))
    month.approve()
    cases = {case.user_id: case for case in month.run().cases if case.raised}
    assert sorted(cases) == ["U1", "U3"]
    assert (cases["U1"].patient_ids, len(cases["U1"].records)) == (["P0", "P1", "P2"], 6)
    assert "患者3人" in cases["U1"].why["ja"]
    assert cases["U3"].patient_ids == ["P1"]
    assert cases["U1"].parts == cases["U3"].parts, "it stands where its strongest part stands"


def test_a_quiet_case_says_the_same_when_it_is_read_again(month: Month) -> None:
    """What stays without a sign is kept without its words, and has them wherever it is shown."""
    month.lists(staff=[DOCTOR, *CROWD], visits=WHOLE, stays=STAYS)
    month.log(*(read("U1", f"P{n}", n, time="23:10:00") for n in range(1, 10)))
    month.approve()
    run = review.run(month.database, month.ledger, month.clock, start=START, end=END, trial=False)
    told = {case.id: case for case in run.cases if case.rule == "unexplained"}
    kept = {
        case.id: case
        for case in review.cases(month.database, run.id, raised=None, limit=None)
        if case.rule == "unexplained"
    }
    assert kept.keys() == told.keys()
    assert kept
    for name, case in kept.items():
        assert case.why == told[name].why
        assert all(case.why.values())
    assert run.cases[len(run.cases) - 1].id == list(run.cases)[-1].id
    with pytest.raises(IndexError):
        run.cases[len(run.cases)]
