"""Proposals mined from the data, and how wide an explanation is."""

from __future__ import annotations

import pytest
from tests.unit.review.month import CROWD, STAYS, WHOLE, Month, read

from sekisho import review
from sekisho.errors import InvalidInputError

LAB = [{"user": f"L{n}", "duty": "臨床検査技師", "department": "検査部"} for n in range(4)]
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


def test_one_persons_habit_is_no_proposal(month: Month) -> None:
    """However often one person does it, it is not proposed as a habit of the place."""
    lab_month(month)
    month.log(*(read("L1", f"Q{n % 10}", 11) for n in range(40)))
    assert month.run().summary["proposals"] == []


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
