"""A review of a few days reads the rows of some patients alone, and finds what it finds in the whole lists."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from tests.unit.review.lists import put
from tests.unit.review.month import CROWD, DOCTOR, ONE_STORE, STAYS, VISIT, WHOLE, Month, read

from sekisho import care, review
from sekisho.care.tables import MERGE, PATIENT, SYSTEM_ID
from sekisho.review import perform
from sekisho.review.looks import looks
from sekisho.review.reasons import explain_record

pytestmark = pytest.mark.store

DAY = dt.date(2026, 10, 10)
FLAT = "模擬市北区北町1-1-1"
"""A house of many homes, of whose patients one alone is opened."""
STAFF: list[Mapping[str, Any]] = [
    {**DOCTOR, "patient": "0031"},
    {"user": "U2", "duty": "看護師", "department": "看護部", "address": "模擬市緑区南町4-5-6"},
    {"user": "U3", "duty": "看護師", "department": "看護部", "address": FLAT},
    {**DOCTOR, "user": "00045"},
    {"user": "00044", "duty": "看護師", "department": "看護部"},
    *({**DOCTOR, "user": f"D{n}", "department": f"第{n}外科"} for n in range(4)),
    *CROWD,
]
PATIENTS: list[dict[str, Any]] = [
    {"patient": "0031", "address": "模擬市緑区中町1-2-3"},
    {"patient": "00501", "address": "模擬市緑区中町１丁目２番３号"},
    {"patient": "601", "address": "模擬市緑区中町1-2-9"},
    {"patient": "602", "address": "模擬市緑区南町4-5-61"},
    *({"patient": f"98{n}", "address": f"模擬市緑区南町4-5-{n}"} for n in range(10, 55)),
    *({"patient": f"{n}", "address": FLAT} for n in range(701, 709)),
    {"patient": "77", "address": "模擬市緑区東町7-7-7"},
    {"patient": "0080", "address": "模擬市緑区南町4-5-6"},
    {"patient": "0012"},
    {"patient": "00012", "address": "模擬市緑区南町4-5-6"},
    {"patient": "901", "name": "模擬 花子"},
    {"patient": "902", "name": "模擬花子"},
    *({"patient": f"5{n}", "name": "模擬 太郎", "address": f"{n}番町8-8-8"} for n in range(100, 150)),
]  # fmt: skip


@pytest.fixture
def house(month: Month) -> Month:
    """One day on which people open relatives, neighbours, the dead, and numbers written otherwise than in the list."""
    visits = [
        *WHOLE,
        {**VISIT, "patient": "902"},
        {**VISIT, "patient": "80"},
        {**VISIT, "patient": "5100"},
        *({**VISIT, "patient": f"51{n}", "department": "眼科"} for n in range(10, 17)),
    ]
    month.lists(staff=STAFF, visits=visits, stays=STAYS, patients=PATIENTS)
    put(month.database, month.clock, vips=[{"patient": "602"}])
    merged = {"load_id": 1, "row": 1, "origin": "a", "sent": "1"}
    with month.database.write() as c:
        mapped = {"system": "ct", "system_key": "ct", "user_id": "k44", "staff_id": "00044"}
        c.execute(SYSTEM_ID.insert().values(load_id=1, row=1, **mapped))
        c.execute(MERGE.insert().values(**merged, old_id="77", patient_id="80"))
        for number, patient in enumerate(("P7", "P6")):
            died = {"deceased_on": dt.date(2026, 9, 20 - 19 * number), "load_id": 1, "row": 90}
            c.execute(PATIENT.insert().values(key=patient, patient_id=patient, **died))
    month.log(
        *(read("U1", patient, 9) for patient in ("602", "12", "5101", "901")),
        *(read("U1", patient, 10, time=f"09:{n:02d}:00") for n, patient in enumerate(
            ("501", "00501", "601", "12", "0012", "5100", "P6", "31"))),
        read("45", "901", 10, time="10:00:00"),
        read("45", "902", 10, time="10:00:40"),
        *(read("U2", patient, 10, time=f"11:{n:02d}:00") for n, patient in enumerate(
            ("77", "602", "00077", "12", "9811"))),
        read("U3", "701", 10),
        *(read(f"D{n}", "P7", 10, time=f"17:0{n}:00") for n in range(4)),
        *(read(f"X{n}", "5102", 10) for n in range(30)),
        *(read("00044", f"51{n}", 10, action="update") for n in range(10, 15)),
        read("00044", "5115", 10, object="Observation/9", terminal="T1"),
        read(None, "5115", 10, object="Observation/9", terminal="T1", source="db"),
        read("k44", "5116", 10, source="ct"),
    )  # fmt: skip
    month.approve()
    return month


def test_a_day_finds_the_same_in_the_lists_of_its_patients(
    house: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relatives, neighbours, merged numbers, lost zeros and the dead: no case, sign or share differs."""
    some = house.run(start=DAY, end=DAY)
    monkeypatch.setattr(perform, "FEW_DAYS", dt.timedelta(0))
    whole = house.run(start=DAY, end=DAY)

    assert list(review.json_lines(some))[:-1] == list(review.json_lines(whole))[:-1]
    # How many numbers had their zeros restored is told of the lists that were read.
    left_out = {"ids": 0, "seconds": 0}
    assert {**some.summary, **left_out} == {**whole.summary, **left_out}
    assert some.summary["ids"]["patients_doubtful"] == 1
    assert {"visit_department", "slip", "conference"} <= set(some.summary["by_explanation"])
    found = {(case.user_id, sign) for case in some.cases for sign in case.signs}
    assert {
        ("U1", "household"), ("U1", "neighbour"), ("U1", "deceased"), ("U1", "own_record"),
        ("U2", "household"), ("U2", "vip"),
    } <= found  # fmt: skip
    # Too many homes for a household, or for neighbours: also where most of them were not read.
    assert not {("U3", "household"), ("U2", "neighbour")} & found


@ONE_STORE
def test_one_record_and_one_patient_are_told_the_same(
    house: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What each explanation says of an access, and who looked at a patient, is the same of the whole lists."""
    house.run(start=DAY, end=DAY)

    last = house.ledger.table.num_rows - 1

    def told() -> list[Any]:
        return [
            [
                explain_record(house.database, house.ledger, house.clock, n)
                for n in (12, 14, last - 1, last)
            ],
            [
                looks(house.database, house.ledger, patient=patient, start=DAY, end=DAY)
                for patient in ("501", "80", "12")
            ],
        ]

    some = told()
    snapshot = care.snapshot
    monkeypatch.setattr(care, "snapshot", lambda database, period, _: snapshot(database, period))
    whole = told()

    assert some == whole
    says = [{one.id for one in ones if one.says} for ones in some[0]]
    # The other side of a record, and an id of another system, are the same person's work.
    assert "slip" in says[0]
    assert ["at_work" in one for one in says] == [False, False, True, True]


@ONE_STORE
def test_who_looked_says_what_the_review_said(house: Month) -> None:
    """Each access to each patient has the explanation that the review gave it, also where it follows from what the same person did with others."""
    run = house.run(start=DAY, end=DAY)
    written = {one["id"] for ids in house.ledger.table["patient_ids"].to_pylist() for one in ids}
    found = {}
    for patient in sorted(written):
        one = looks(house.database, house.ledger, patient=patient, start=DAY, end=DAY)
        found[one.patient] = [look.explanation for look in one.looks if look.explanation]
    told = Counter(one.id for explained in found.values() for one in explained)
    assert told == run.summary["by_explanation"]
    assert {"slip", "at_work"} <= told.keys()


def test_the_patients_that_are_read(house: Month) -> None:
    """Of one patient: all of the number, the staff's own and who lives with the staff; of homes, all that there are."""
    whole = care.snapshot(house.database)
    some = care.snapshot(house.database, patients=["012"])
    rows = {row["patient_id"]: row for row in whole["patients"].to_pylist()}

    read_ = some["patients"].to_pylist()
    assert {row["patient_id"] for row in read_} == {
        "0012", "00012", "0031", "00501", "0080", *(str(n) for n in range(701, 709)),
    }  # fmt: skip
    name = {"name_key": None}
    assert all({**row, **name} == {**rows[row["patient_id"]], **name} for row in read_)
    assert some["staff"].equals(whole["staff"])
    assert some["homes"].equals(whole["homes"])
    homes = len([row for row in rows.values() if row["address_key"]])
    assert whole["homes"].to_pylist() == [
        {"block": "模擬市北区北町1-1", "homes": 8, "total": homes},
        {"block": "模擬市緑区中町1-2", "homes": 3, "total": homes},
        {"block": "模擬市緑区南町4-5", "homes": 48, "total": homes},
    ]


def test_what_is_a_home_in_a_block(month: Month) -> None:
    """The store counts exactly the addresses that end in two numbers, however long or odd one is."""
    block = "東京都緑区中町1-2"
    addresses = [
        f"{block}-3", f"{block}-3", f"{block}-10", f"{block}-3-1", block, f"{block}-a", f"{block}-3a",
        "緑区中町番地-5", "-5", "5", "1-5", "a-5", "1--5", f"{block}-", "長" * 3000 + "1-2-3", None,
    ]  # fmt: skip
    with month.database.write() as c:
        c.execute(
            sa.insert(PATIENT),
            [
                {"key": f"{n}", "patient_id": f"{n}", "address_key": one, "load_id": 1, "row": n}
                for n, one in enumerate(addresses)
            ],
        )
    month.lists(
        staff=[{**DOCTOR, "address": f"{block}-8"}, {**DOCTOR, "user": "U2", "patient": "10"}]
    )

    found = care.snapshot(month.database, patients=[])

    assert found["homes"].to_pylist() == [
        {"block": "1", "homes": 1, "total": 7}, {"block": block, "homes": 3, "total": 7},
    ]  # fmt: skip
    assert found["patients"]["patient_id"].to_pylist() == ["10"]
