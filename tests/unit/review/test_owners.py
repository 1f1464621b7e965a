"""To whom a case about an id that is nobody's own goes, and what is said of the id."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.review.lists import put
from tests.unit.review.month import DOCTOR, STAYS, WHOLE, Month, Row, read

from sekisho import care
from sekisho.review import Case
from sekisho.terms import UserKind

PLAN = {
    "plan": "M1", "user": "V2", "system": "emr", "day": "2026-10-10", "start": "20:00",
    "until": "2026-10-10", "end": "22:00",
}  # fmt: skip
ENDED = {"user": "X1", "valid_to": "2026-10-05"}


def case_of(month: Month, row: Row) -> Case:
    """Return the case about an access by the id of `row`, which had ended."""
    month.lists(staff=[DOCTOR, {**ENDED, **row}], visits=WHOLE, stays=STAYS)
    month.log(read("X1", "P1", 10))
    month.approve()
    return month.case(month.run(), "after_leaving")


@pytest.mark.parametrize(
    ("row", "owner", "said"),
    [
        ({"name": "病棟共用", "ward": "5東", "note": "共用ID"}, "5東", "共用・当直・実習など"),
        ({"name": "当直用", "department": "内科"}, "内科", "共用・当直・実習など"),
        ({"name": "実習生01", "department": "看護部"}, "看護部", "共用・当直・実習など"),
        ({"name": "田中 一郎", "note": "実習生"}, "X1", "共用・当直・実習など"),
        ({"name": "緑野メディカル", "note": "保守業者"}, "緑野メディカル", "業者のもの"),
        ({"name": "緑野メディカル", "department": "社外", "note": "業者"}, "緑野メディカル", "業者"),
        ({"name": "Midori", "department": "External", "note": "vendor"}, "Midori", "業者"),
        ({"name": "緑野", "department": "情報システム室", "note": "業者"}, "情報システム室", "業者"),
        ({"department": "外部", "note": "業者"}, "X1", "業者のもの"),
        ({"name": "検査連携", "note": "システム用ID"}, "検査連携", "システムのもの"),
    ],
)  # fmt: skip
def test_a_case_about_an_id_goes_to_its_owner(
    month: Month, row: dict[str, Any], owner: str, said: str
) -> None:
    """A shared, duty, trainee, vendor or system id goes to its ward or department, else to the vendor, never to nobody, and is called what it is."""
    case = case_of(month, row)

    assert case.owner == owner
    assert said in case.why["ja"]
    assert "names no person" in case.why["en"]


def test_a_persons_case_has_no_owner(month: Month) -> None:
    """The owner is asked of an id that is nobody's own; a person is asked themselves."""
    assert case_of(month, {"name": "佐藤 如月", "department": "内科"}).owner is None


def test_an_id_that_no_list_names_is_its_own_address(month: Month) -> None:
    """A vendor's id that a person marked and no list names is written in the owner's place: no letter is without an address."""
    month.lists(staff=[DOCTOR], visits=WHOLE, stays=STAYS)
    care.mark_kind(month.database, "V1", UserKind.VENDOR, "S1", month.clock.now())
    put(month.database, month.clock, maintenance=[PLAN])
    month.log(read("V1", "P1", 10))
    month.approve()

    case = next(one for one in month.run().cases if one.user_id == "V1")

    assert (case.user_kind, case.owner) == ("vendor", "V1")
