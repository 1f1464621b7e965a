"""Which one list would explain most, never more than it could; and which were looked into."""

from __future__ import annotations

from tests.unit.review.lists import put
from tests.unit.review.month import CROWD, DOCTOR, ONE_STORE, STAYS, WHOLE, Month, read

from sekisho.review.approvals import approve


@ONE_STORE
def test_orders_appointments_and_rosters_are_counted_by_duty(month: Month) -> None:
    """A ward nurse's access counts for a roster, and only of a patient in the house; a clinic nurse's for appointments; a technician's for orders."""
    month.lists(
        staff=[
            *CROWD,
            {"user": "N1", "name": "木曽", "duty": "看護師", "department": "看護部", "ward": "5東"},
            {"user": "C1", "name": "藪原", "duty": "看護師", "department": "内科外来"},
            {"user": "T1", "name": "奈良井", "duty": "診療放射線技師", "department": "放射線科"},
        ],
        visits=WHOLE,
        stays=STAYS,
    )
    month.approve()
    month.log(
        *(read("N1", "P9", day) for day in (3, 4, 5)),  # the patient of another ward, in the house
        read("N1", "P77", 6),  # of whom nothing is known
        *(read("C1", f"P{n}", 7) for n in (71, 72)),
        read("T1", "P73", 8),
    )
    run = month.run()
    found = {str(line["id"]): line["accesses"] for line in run.summary["missing"]}
    assert run.summary["level"] == "L1"
    assert found == {
        "care.missing.rosters": 3,
        "care.missing.appointments": 2,
        "care.missing.orders": 1,
        "care.missing.patients": 0,
    }
    assert next(iter(found)) == "care.missing.rosters"


@ONE_STORE
def test_a_case_names_the_lists_in_which_an_explanation_looked(month: Month) -> None:
    """Lists that only signs read, or no approved explanation, are not said to have been looked into."""
    month.lists(staff=[DOCTOR], visits=WHOLE, stays=STAYS)
    put(
        month.database,
        month.clock,
        terminals=[{"terminal": "A", "place": "5東"}],
        vips=[{"patient": "P7"}],
        rosters=[{"user": "U1", "day": f"2026-10-{day:02d}", "place": "内科"} for day in range(1, 32)],
    )  # fmt: skip
    month.log(read("U1", "P7", 10), read("U1", "P8", 11))
    approve(month.database, "visit_department", "U7", month.clock.now())
    few = month.run()
    month.approve()
    every = month.run()

    assert few.summary["looked"]["arrived"] == ["visits"]
    assert every.summary["looked"]["arrived"] == ["rosters", "stays", "visits"]
    for case in few.cases:
        assert "端末" not in case.why["ja"]
        assert "受付・来院の一覧" in case.why["ja"]
