"""Approvals: given and withdrawn by name, of shipped explanations and of proposals; every word stays."""

from __future__ import annotations

import datetime as dt

import pytest
from tests.unit.review.month import CROWD, DOCTOR, STAYS, VISIT, WHOLE, Month, read

from sekisho import review
from sekisho.errors import ConflictError, InvalidInputError

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
