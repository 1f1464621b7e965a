"""The lists of level L2 and L3 as explanations see them."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho import care
from sekisho.care.context import COLUMNS
from sekisho.care.tables import ROSTER
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
