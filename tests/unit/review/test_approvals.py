"""Approvals: given and withdrawn by name, of shipped explanations and of proposals; every word stays."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa
from tests.unit.review.month import CROWD, DOCTOR, STAYS, VISIT, WHOLE, Month, read

from sekisho import review
from sekisho.errors import ConflictError, InvalidInputError
from sekisho.review.tables import APPROVAL

LAB = [
    {"user": f"L{n}", "duty": "事務員", "department": "研究支援室"} for n in range(4)
]  # whom no explanation knows
VISITS = [{"patient": f"Q{n}", "day": "2026-10-10", "department": "内科"} for n in range(10)]


def words(month: Month, name: str) -> list[tuple[bool, str]]:
    """Return who approved (True) and withdrew (False) an explanation, in order."""
    return [(one.approves, one.by) for one in review.approval_words(month.database)[name]]


def test_a_withdrawn_explanation_works_no_more_until_it_is_approved_again(month: Month) -> None:
    """From the next run on a withdrawn explanation explains nothing; approved again it does; who said what stays, with its time."""
    month.lists(staff=[DOCTOR], visits=[*WHOLE, VISIT], stays=STAYS)
    month.log(read("U1", "P1", 10))
    name, now = "visit_department", month.clock.now()
    review.approve(month.database, name, "U7", now)
    assert month.run().summary["explained"] == 1

    later = now + dt.timedelta(days=1)
    review.withdraw_approval(month.database, name, " U8 ", later)
    assert review.approved(month.database) == {}
    assert review.withdrawn(month.database) == {name}
    assert month.run().summary["explained"] == 0

    review.approve(month.database, name, "U9", later)
    assert review.approved(month.database) == {name: ("U9", later)}
    assert review.withdrawn(month.database) == set()
    assert month.run().summary["explained"] == 1
    assert words(month, name) == [(True, "U7"), (False, "U8"), (True, "U9")]
    assert [one.at for one in review.approval_words(month.database)[name]] == [now, later, later]


def test_a_withdrawal_names_somebody_and_something_that_stands(month: Month) -> None:
    """Nobody withdraws nothing; what was never approved, or is withdrawn already, is refused."""
    now = month.clock.now()
    review.approve(month.database, "visit_department", "U7", now)
    with pytest.raises(InvalidInputError, match="nobody_named"):
        review.withdraw_approval(month.database, "visit_department", " ", now)
    with pytest.raises(ConflictError, match="no_approval"):
        review.withdraw_approval(month.database, "visit_own", "U8", now)
    review.withdraw_approval(month.database, "visit_department", "U8", now)
    with pytest.raises(ConflictError, match="no_approval"):
        review.withdraw_approval(month.database, "visit_department", "U8", now)
    assert words(month, "visit_department") == [(True, "U7"), (False, "U8")]


def test_approving_all_leaves_out_what_somebody_withdrew(month: Month) -> None:
    """The shipped ones approved in one step do not bring back what a person withdrew, and it is not asked for again."""
    month.approve()
    name, now = "visit_department", month.clock.now()
    review.withdraw_approval(month.database, name, "U8", now)
    assert name not in review.approve_shipped(month.database, "U9", now)
    assert name not in review.approved(month.database)
    asked = {finding.message for finding in review.findings(month.database)}
    assert "review.finding.not_approved" not in asked


def test_approving_all_signs_only_what_waits(month: Month) -> None:
    """Who approves all signs what was never approved or has changed since, and nothing that another approved as it stands."""
    now = month.clock.now()
    later = now + dt.timedelta(days=1)
    review.approve(month.database, "visit_department", "U7", now)
    review.approve(month.database, "stay_ward", "U7", now)
    changed = sa.update(APPROVAL).where(APPROVAL.c.explanation == "stay_ward").values(digest="0")
    with month.database.write() as c:
        c.execute(changed)

    with pytest.raises(InvalidInputError, match="nobody_named"):
        review.approve_shipped(month.database, " ", later)
    signed = review.approve_shipped(month.database, " U9 ", later)
    names = dict(review.approved(month.database))
    assert names.pop("visit_department") == ("U7", now)
    assert set(names) == set(signed)
    assert set(names.values()) == {("U9", later)}
    assert "stay_ward" in signed
    assert words(month, "visit_department") == [(True, "U7")]
    assert words(month, "stay_ward") == [(True, "U7"), (True, "U9")]
    assert review.approve_shipped(month.database, "U8", later) == []


@pytest.mark.store
def test_two_who_approve_and_withdraw_at_once_both_are_heard(month: Month) -> None:
    """Two approvals of one explanation at one moment both stand in its words; a withdrawal beside an approval that is given anew finds one to withdraw."""
    name, now = "visit_department", month.clock.now()

    def approve(by: str) -> None:
        at_once.wait()
        review.approve(month.database, name, by, now)

    def withdraw(by: str) -> None:
        at_once.wait()
        review.withdraw_approval(month.database, name, by, now)

    with ThreadPoolExecutor(2) as two:
        for _ in range(20):
            with month.database.write() as c:
                c.execute(sa.delete(APPROVAL).where(APPROVAL.c.explanation == name))
            for other in (approve, withdraw):
                at_once = Barrier(2)
                for one in [two.submit(approve, "U7"), two.submit(other, "U8")]:
                    one.result()
                assert other is withdraw or name in review.approved(month.database)
    said = words(month, name)
    assert (said.count((True, "U7")), said.count((True, "U8"))) == (40, 20)
    assert said.count((False, "U8")) == 20


def test_a_proposal_is_approved_withdrawn_and_approved_again_by_its_id(month: Month) -> None:
    """A proposal of the newest run is approved by its id; withdrawn it keeps its name and works no more; it is approved again also when no run proposes it."""
    month.lists(staff=[*LAB, *CROWD], visits=[*WHOLE, *VISITS], stays=STAYS)
    month.log(*(read(f"L{n % 4}", f"Q{n % 10}", 11) for n in range(30)))
    month.approve()
    now = month.clock.now()
    (line,) = month.run().summary["proposals"]
    name = line["id"]
    with pytest.raises(InvalidInputError, match="unknown_explanation"):
        review.approve(month.database, name[:-1], "U7", now)

    review.approve(month.database, name, "U7", now)
    assert month.run().summary["by_explanation"] == {name: 30}
    review.withdraw_approval(month.database, name, "U8", now)
    again = month.run().summary
    assert again["explained"] == 0
    assert [one["id"] for one in again["proposals"]] == [name]
    assert "研究支援室" in review.adopted(month.database)[name].title["ja"]

    month.log()
    assert month.run().summary["proposals"] == []
    review.approve(month.database, name, "U9", now)
    assert review.approved(month.database)[name] == ("U9", now)
    assert words(month, name) == [(True, "U7"), (False, "U8"), (True, "U9")]
