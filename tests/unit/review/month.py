"""A month as tests give it: lists and accesses by a few words each, and the review of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.unit.review.ledger import MemoryLedger
from tests.unit.review.lists import load

from sekisho import review
from sekisho.review import Case, Run
from sekisho.storage import Database
from sekisho.terms import FixedClock

Row = Mapping[str, Any]
ONE_STORE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""For what DuckDB judges: what a store is asked and told is tried on each kind by other tests."""
DOCTOR: Row = {"user": "U1", "name": "佐藤 弥生", "duty": "医師", "department": "内科"}
VISIT: Row = {"patient": "P1", "day": "2026-10-10", "department": "内科"}
WHOLE: list[Row] = [
    {"patient": "P8", "day": "2026-10-01", "department": "外科"},
    {"patient": "P8", "day": "2026-10-05", "department": "外科"},
    {"patient": "P8", "day": "2026-10-10", "department": "外科"},
    {"patient": "P8", "day": "2026-10-15", "department": "外科"},
    {"patient": "P8", "day": "2026-10-20", "department": "外科"},
    {"patient": "P8", "day": "2026-10-25", "department": "外科"},
    {"patient": "P8", "day": "2026-10-31", "department": "外科"},
]
"""Visits that cover October and explain nobody here."""
STAYS: list[Row] = [
    {
        "patient": "P9",
        "day": "2026-10-01",
        "until": "2026-10-31",
        "department": "外科",
        "ward": "6西",
    }
]
CROWD: list[Row] = [
    {"user": f"X{n}", "duty": "看護師", "department": "看護部", "ward": "9北"} for n in range(200)
]
"""So many people that the limit of raised cases leaves room for what a test makes."""
START, END = dt.date(2026, 10, 1), dt.date(2026, 10, 31)


class Month:
    """One institution's lists and log."""

    def __init__(self, database: Database, clock: FixedClock, folder: Path) -> None:
        self.database = database
        self.clock = clock
        self.folder = folder
        self.ledger = MemoryLedger([])

    def lists(self, **lists: Iterable[Row]) -> None:
        """Load lists."""
        for report in load(self.database, self.clock, self.folder, "cp932", **lists):
            assert report.error is None, report.error

    def log(self, *rows: Row) -> None:
        """Let these accesses be the log."""
        self.ledger = MemoryLedger(rows)

    def approve(self) -> None:
        """Approve everything that is shipped."""
        review.approve_shipped(self.database, "U7", self.clock.now())

    def run(self, start: dt.date = START, end: dt.date = END) -> Run:
        """Review October, or what is asked for."""
        return review.run(self.database, self.ledger, self.clock, start=start, end=end)

    def case(self, run: Run, rule: str) -> Case:
        """Return the one raised case of `rule`."""
        (found,) = [case for case in run.cases if case.rule == rule]
        return found


def read(user: str | None, patient: str | None, day: int, **more: Any) -> Row:
    """Return one access in October."""
    return {"user": user, "patient": patient, "day": f"2026-10-{day:02d}", **more}
