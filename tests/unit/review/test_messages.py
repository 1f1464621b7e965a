"""Accesses are explained by what messages tell of care, as by lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.care.tree import message, put
from tests.unit.review.month import read

from sekisho import care

if TYPE_CHECKING:
    from tests.unit.review.month import Month

STAFF = [
    {"user": "U1", "name": "佐藤", "duty": "医師", "department": "内科"},
    {"user": "U2", "name": "田中", "duty": "看護師", "department": "5東病棟"},
    {"user": "U3", "name": "鈴木 花子", "duty": "医師", "department": "外科"},
    {"user": "U4", "name": "高橋", "duty": "看護師", "department": "6西病棟"},
    # A house of more than sixty, where not everyone sees every patient.
    *(
        {"user": f"Z{n}", "name": f"総務 {n}", "duty": "事務員", "department": "総務課"}
        for n in range(70)
    ),
]


def test_a_storage_explains_as_lists_do(month: Month) -> None:
    """A visit, a stay and its wards, read from an SS-MIX2 storage, explain; level L1 is reached."""
    root = month.folder / "ssmix2"
    for day in (1, 5, 10, 15, 20, 25, 30):
        put(root, "ADT-12", "0000800", f"202610{day:02d}090000", cls="O", dept="10")
    put(root, "ADT-12", "0000100", "20261010093000", cls="O", dept="01")
    put(root, "ADT-22", "0000200", "20261003140000", ward="5E^501^1^^^N", dept="01")
    put(
        root, "ADT-42", "0000200", "20261012100000", ward="6西^601^1^^^N", prior="5E^501", dept="10"
    )
    put(root, "ADT-52", "0000200", "20261018100000", ward="6西^601^1^^^N", dept="10")
    month.lists(staff=STAFF)
    [report] = care.load([month.folder / "ssmix2"], database=month.database, clock=month.clock)
    assert (report.error, report.refused, report.rows) == (None, [], 11)
    month.approve()
    month.log(
        read("U1", "100", 10),
        read("U2", "0000200", 5),
        read("U3", "0000200", 13),
        read("U4", "0000200", 14),
        read("U4", "0000100", 10),
    )

    run = month.run()

    assert run.summary["level"] == "L1"
    assert (run.summary["accesses"], run.summary["explained"]) == (5, 4)


def test_a_doctor_numbered_otherwise_is_told_by_name(month: Month) -> None:
    """A doctor's number that the staff list does not know yields to a name that one id bears."""
    root = month.folder / "ssmix2"
    put(root, "ADT-22", "0000200", "20261003140000", ward="9N", dept="99", doctor="77^鈴木^花子")
    month.lists(staff=STAFF)
    care.load([root], database=month.database, clock=month.clock)
    assert care.snapshot(month.database)["stays"]["doctor_id"].to_pylist() == ["U3"]


def test_a_number_that_went_into_another_is_the_same_patient(month: Month) -> None:
    """After a merge (A40) an access by the old number is explained by care under the new one."""
    root = month.folder / "ssmix2"
    for day in (1, 5, 10, 15, 20, 25, 30):
        put(root, "ADT-12", "0000800", f"202610{day:02d}090000", cls="O", dept="10")
    put(root, "ADT-12", "0000100", "20261010093000", cls="O", dept="01")
    path = month.folder / "merge.hl7"
    text = message("ADT^A40", "0000100", "20261020090000", old="0000555")
    path.write_bytes(text.encode("iso2022_jp"))
    month.lists(staff=STAFF)
    for report in care.load([root, path], database=month.database, clock=month.clock):
        assert report.error is None
    month.approve()
    month.log(read("U1", "0000555", 10), read("U3", "0000555", 10))

    assert month.run().summary["explained"] == 1
