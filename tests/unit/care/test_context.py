"""The lists of level L2 and L3 as explanations see them."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho import care
from sekisho.care.context import COLUMNS
from sekisho.care.tables import MERGE, ORDER, ROSTER, STAY, VISIT
from sekisho.storage import Database

pytestmark = pytest.mark.store


def test_every_list_is_there_also_when_it_is_empty(database: Database) -> None:
    """An explanation may name any list before the first file of its kind has arrived."""
    lists = care.snapshot(database)
    for name, columns in COLUMNS.items():
        assert lists[name].column_names == [*columns.split(), "file", "row"]
        assert lists[name].num_rows == 0


def test_the_turn_that_was_worked_stands_before_the_planned_one(database: Database) -> None:
    """Where a person's actual turns of a day are known, the plan of that day is not asked."""
    day = dt.date(2026, 10, 1)
    turn = {"load_id": 1, "row": 5, "user_id": "u1", "place": "3階西病棟", "duty": "work"}
    with database.write() as c:
        c.execute(
            ROSTER.insert(),
            [
                {**turn, "key": "a", "day": day, "shift": "日", "actual": False},
                {**turn, "key": "b", "day": day, "shift": "夜", "actual": True},
                {**turn, "key": "c", "day": day + dt.timedelta(1), "shift": "日", "actual": False},
            ],
        )
    found = care.snapshot(database)["rosters"]
    assert found["shift"].to_pylist() == ["夜", "日"]
    assert set(found["place_key"].to_pylist()) == {"3w"}


def test_of_some_patients_only_their_rows_are_read(database: Database) -> None:
    """Zeros and merged numbers aside, no other row comes; where care was given is told of everybody."""
    day = dt.date(2026, 10, 1)
    row = {"load_id": 1, "row": 1, "day": day, "department": "内科"}
    with database.write() as c:
        for number, patient in enumerate(("0012", "12", "77", "80", "9")):
            c.execute(VISIT.insert().values(**row, key=f"v{number}", patient_id=patient))
        c.execute(STAY.insert().values(**row, key="s", patient_id="9", ward="3階西病棟"))
        c.execute(ORDER.insert().values(**row, key="o", patient_id="9", what="lab"))
        merged = {"load_id": 1, "row": 1, "origin": "a", "sent": "1"}
        c.execute(MERGE.insert().values(**merged, old_id="77", patient_id="80"))
    whole, some = care.snapshot(database), care.snapshot(database, patients=["012", "0077"])
    assert whole["visits"].num_rows == 5
    assert set(some["visits"]["patient_id"].to_pylist()) == {"0012", "12", "77", "80"}
    assert [some[name].num_rows for name in ("stays", "orders", "appointments")] == [0, 0, 0]
    for name in ("places", "asked", "patients", "staff", "merges"):
        assert some[name].equals(whole[name])
    assert some["places"]["place"].to_pylist() == ["3w", "内科"]
    assert some["asked"].to_pylist() == [{"what": "lab", "first": day, "last": day}]
    assert care.snapshot(database, patients=[])["visits"].num_rows == 0
