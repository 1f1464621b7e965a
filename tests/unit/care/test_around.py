"""What the lists know around an access, found by either spelling of a number."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from sekisho.care.around import happened, last_before, places, turns
from sekisho.care.tables import ORDER, ROSTER, STAY, TERMINAL, VISIT
from sekisho.storage import Database

pytestmark = pytest.mark.store
START, END = dt.date(2026, 10, 1), dt.date(2026, 10, 31)


def put(database: Database, table: sa.Table, key: str, **values: Any) -> None:
    """Put one row as a reader would."""
    with database.write() as c:
        c.execute(sa.insert(table).values(key=key, load_id=1, row=1, **values))


def day(number: int, month: int = 10) -> dt.date:
    """Return a day of 2026."""
    return dt.date(2026, month, number)


def test_care_is_found_around_the_days(database: Database) -> None:
    """Visits, orders and open stays of the days are given in order, of the patient alone, whatever the zeros; the last care before them is told apart."""
    put(database, VISIT, "1", patient_id="0042", day=day(10), department="内科")
    put(database, VISIT, "2", patient_id="42", day=day(1, 8), department="外科")
    put(database, VISIT, "3", patient_id="420", day=day(10), department="眼科")
    put(database, STAY, "4", patient_id="42", day=day(20, 9), department="内科", ward="3東")
    put(database, ORDER, "5", patient_id="00042", day=day(3), what="lab", department="内科")
    found = happened(database, ["042"], START, END)
    assert [(one.kind, one.place, one.what) for one in found] == [
        ("stays", "3東", None),
        ("orders", "内科", "lab"),
        ("visits", "内科", None),
    ]
    assert found[0].last == END
    before = last_before(database, ["042"], START)
    assert before is not None
    assert (before.kind, before.last) == ("visits", day(1, 8))
    assert happened(database, ["999"], START, END) == []


def test_what_was_worked_stands_for_the_plan(database: Database) -> None:
    """Of a day that was told as worked the plan is left out; another person's turns are not given."""
    turn = {"shift": "日", "duty": "work", "start": "08:30:00", "end": "17:15:00"}
    put(database, ROSTER, "1", user_id="00123", day=day(5), actual=False, **turn)
    put(database, ROSTER, "2", user_id="123", day=day(5), actual=True, **{**turn, "shift": "夜"})
    put(database, ROSTER, "3", user_id="123", day=day(6), actual=False, **turn)
    put(database, ROSTER, "4", user_id="1234", day=day(5), actual=True, **turn)
    found = turns(database, "0123", START, END)
    assert [(one.day.day, one.shift, one.actual) for one in found] == [
        (5, "夜", True),
        (6, "日", False),
    ]


def test_a_terminal_is_found_by_name_and_address(database: Database) -> None:
    """A terminal's place is known by either of what logs write."""
    put(database, TERMINAL, "1", terminal="PC-1", address="10.0.0.1", place="3東")
    put(database, TERMINAL, "2", terminal="PC-2", address=None, place=None)
    assert places(database) == {"PC-1": "3東", "10.0.0.1": "3東"}
