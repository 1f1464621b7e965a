"""The lists of level L2 and L3 as explanations see them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import sqlalchemy as sa

from sekisho import care
from sekisho.care.around import happened, last_before
from sekisho.care.context import COLUMNS, TURNS
from sekisho.care.keep import keep_rows
from sekisho.care.records import Kind
from sekisho.care.tables import MERGE, ROSTER, STAFF
from sekisho.review.explaining import LEAD_DAYS
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


def test_turns_are_read_as_far_as_a_review_reads_accesses() -> None:
    """A night that reaches into the first day of which a review reads records is among the turns read."""
    assert dt.timedelta(days=LEAD_DAYS + 4) <= TURNS


def test_of_some_patients_only_their_rows_are_read(database: Database) -> None:
    """Zeros and merged numbers aside, no other row comes; where care was given is told of everybody."""
    day = dt.date(2026, 10, 1)
    row = {"day": day, "department": "内科", "doctor": None, "doctor_id": None}
    seen = [
        {**row, "patient_id": patient, "time": None} for patient in ("0012", "12", "77", "80", "9")
    ]
    stay = {**row, "patient_id": "9", "until": None, "ward": "3階西病棟"}
    order = {**row, "patient_id": "9", "what": "lab", "number": "1", "executed_in": "検査室"}
    later = {**order, "day": day + dt.timedelta(9), "number": "2"}
    at = dt.datetime.combine(day, dt.time())
    with database.write() as c:
        keep_rows(c, Kind.VISITS, 1, list(enumerate(seen)), at=at)
        keep_rows(c, Kind.STAYS, 1, [(1, stay)], at=at)
        keep_rows(c, Kind.ORDERS, 1, [(1, later)], [(2, {**order, "ward": "東"})], at=at)
        keep_rows(c, Kind.ORDERS, 2, [(1, {**order, "number": "3"})], at=at)
        merged = {"load_id": 1, "row": 1, "origin": "a", "sent": "1"}
        c.execute(MERGE.insert().values(**merged, old_id="77", patient_id="80"))
    whole, some = care.snapshot(database), care.snapshot(database, patients=["012", "0077"])
    assert whole["visits"].num_rows == 5
    assert set(some["visits"]["patient_id"].to_pylist()) == {"0012", "12", "77", "80"}
    assert [some[name].num_rows for name in ("stays", "orders", "appointments")] == [0, 0, 0]
    for name in ("places", "asked", "staff", "merges"):
        assert some[name].equals(whole[name])
    assert some["places"]["place"].to_pylist() == ["3w", "内科", "検査室"]
    assert some["asked"].to_pylist() == [{"what": "lab", "first": day, "last": later["day"]}]
    assert care.snapshot(database, patients=[])["visits"].num_rows == 0


def test_a_days_review_reads_no_list_from_end_to_end(database: Database) -> None:
    """For some patients, and what is kept of them around an access, the long lists are read by an index alone."""
    day = dt.date(2026, 10, 1)
    asked: list[tuple[str, Any]] = []
    seen = lambda conn, cursor, sql, values, *_: asked.append((sql, values))  # noqa: E731
    sa.event.listen(database.engine, "before_cursor_execute", seen)
    post = {"load_id": 1, "row": 1, "user_id": "u1", "concurrent": False, "patient_id": "9"}
    with database.write() as c:
        c.execute(STAFF.insert().values(**post, address_key="緑区中町1-2-3"))
    care.snapshot(database, (day, day), ["0012", "7"])
    happened(database, ["0012"], day, day)
    last_before(database, ["0012"], day)
    sa.event.remove(database.engine, "before_cursor_execute", seen)
    long = {
        "care_patient",
        "care_visit",
        "care_stay",
        "care_order",
        "care_appointment",
        "care_roster",
    }
    read: set[str] = set()
    with database.read() as c:
        if database.kind == "postgresql":
            # Of tables without rows it would read the whole, were it not told to look for another way.
            c.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN " if database.kind == "sqlite" else "EXPLAIN "
        for sql, values in asked:
            tables = {name for name in long if re.search(rf"\b{name}\b", sql)}
            if sql.startswith("SELECT") and tables:
                read |= tables
                plan = "\n".join(str(row) for row in c.exec_driver_sql(explain + sql, values))
                assert not re.search(rf"(SCAN|Seq Scan on) ({'|'.join(long)})\b", plan), plan
    assert read == long
