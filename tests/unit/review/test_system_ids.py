"""One person's accesses over several systems are one person's; one id in two is two people's."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from tests.unit.review.month import ONE_STORE, VISIT, WHOLE, read

from sekisho import care

if TYPE_CHECKING:
    from tests.unit.review.month import Month

STAFF = [
    {"user": "N1", "name": "佐藤", "duty": "医師", "department": "内科"},
    {"user": "101", "name": "田中", "duty": "医師", "department": "内科"},
]


def owned(month: Month, *rows: tuple[str, str, str]) -> None:
    """Load ids of other systems."""
    path = Path(month.folder) / "ids.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("system", "user_id", "staff_id"), *rows])
    (report,) = care.load([path], database=month.database, clock=month.clock)
    assert report.error is None


def test_accesses_over_several_systems_are_one_persons(month: Month) -> None:
    """By the list of ids the same person is explained, counted and shown as one."""
    month.lists(staff=STAFF, visits=[VISIT, *WHOLE])
    owned(month, ("pacs", "p-7", "N1"), ("ris", "0042", "N1"))
    month.approve()
    month.log(
        read("N1", "P1", 10, source="emr"),
        read("p-7", "P1", 10, source="pacs"),
        read("42", "P1", 11, source="ris"),
    )

    summary = month.run().summary

    assert (summary["accesses"], summary["explained"], summary["first_accesses"]) == (3, 3, 1)


@ONE_STORE
def test_the_same_id_in_two_systems_stays_two(month: Month) -> None:
    """101 of the EMR is who the staff list says; 101 of the PACS is somebody else, or nobody."""
    month.lists(staff=STAFF, visits=[VISIT, *WHOLE])
    owned(month, ("pacs", "101", "N1"), ("ris", "7", "N1"))
    month.approve()
    month.log(
        read("101", "P1", 10, source="emr"),
        read("101", "P1", 10, source="pacs"),
        read("101", "P1", 10, source="ris"),
        read("101", "P1", 11, source="ris"),
    )

    run = month.run()

    assert run.summary["explained"] == 2
    assert run.summary["first_accesses"] == 3
    case = month.case(run, "not_listed")
    assert (case.user_id, len(case.records)) == ("101 @ ris", 2)


@ONE_STORE
def test_a_case_names_the_person_of_the_staff_list(month: Month) -> None:
    """What one person did in two systems is one case, by the id of the staff list."""
    month.lists(
        staff=[*STAFF, {"user": "N9", "name": "鈴木", "duty": "医師", "department": "外科"}]
    )
    owned(month, ("pacs", "x", "N1"))
    month.log(
        read("N1", "P1", 10, source="emr"), read("x", "P1", 10, source="pacs", time="12:30:00")
    )
    month.lists(visits=WHOLE, stays=[])

    run = month.run()

    assert {case.user_id for case in run.cases} == {"N1"}
    assert [len(case.records) for case in run.cases] == [2]


@ONE_STORE
def test_a_vendors_id_stays_a_vendors(month: Month) -> None:
    """Whose id it is, as a person confirmed, stands also where the system's ids are mapped."""
    from sekisho.terms import UserKind  # noqa: PLC0415 (this test alone)

    month.lists(staff=STAFF, visits=WHOLE)
    owned(month, ("pacs", "x", "N1"))
    care.mark_kind(month.database, "maint", UserKind.VENDOR, "N1", month.clock.now())
    month.log(read("maint", "P1", 10, source="pacs"))

    assert month.run().summary["not_judgeable_by"] == {"not_a_person": 1}
