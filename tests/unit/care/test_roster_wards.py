"""Rosters as ten wards make them: the turns that everybody there would read are read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from sekisho import care
from sekisho.care import Kind, LoadReport
from sekisho.care.tables import ROSTER
from sekisho.storage import Database
from sekisho.terms import FixedClock

STAFF = """職員番号,氏名,職種,所属
1001,山田 花子,看護師,3階東病棟
1002,佐藤 一郎,看護師,3階東病棟
1003,佐藤 次郎,看護師,3階東病棟
1004,鈴木 桃子,看護師,4階西病棟
2001,高橋 医,医師,内科
2002,田中 実,医師,外科
"""
OCTOBER = [dt.date(2026, 10, 1) + dt.timedelta(n) for n in range(31)]
WEEKDAYS = ["月火水木金土日"[day.weekday()] for day in OCTOBER]

Rows = Sequence[Sequence[Any]]
Turn = tuple[str, int, str, str]


class Ward:
    """A hospital that is given rosters."""

    def __init__(self, folder: Path, database: Database, clock: FixedClock) -> None:
        self.folder, self.database, self.clock = folder, database, clock
        (folder / "staff.csv").write_text(STAFF, encoding="utf-8")
        care.load([folder / "staff.csv"], database=database, clock=clock)

    def give(
        self,
        rows: Rows,
        *,
        sheet: str = "Sheet1",
        file: str = "roster.xlsx",
        merge: Sequence[str] = (),
    ) -> LoadReport:
        """Load one sheet and return its report."""
        [report] = self.give_all({sheet: rows}, file=file, merge=merge)
        return report

    def give_all(
        self, sheets: dict[str, Rows], *, file: str = "roster.xlsx", merge: Sequence[str] = ()
    ) -> list[LoadReport]:
        """Load a workbook and return its reports."""
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(list(row))
            for area in merge:
                sheet.merge_cells(area)
        path = self.folder / file
        book.save(path)
        return care.load([path], database=self.database, clock=self.clock)

    def turns(self, user: str | None = None, duty: str | None = None) -> list[Any]:
        """Return the turns that are known, by day."""
        query = sa.select(ROSTER).order_by(ROSTER.c.day, ROSTER.c.shift)
        if user:
            query = query.where(ROSTER.c.user_id == user)
        if duty:
            query = query.where(ROSTER.c.duty == duty)
        with self.database.read() as c:
            return list(c.execute(query))


@pytest.fixture
def ward(tmp_path: Path, database: Database, clock: FixedClock) -> Ward:
    """A hospital with a staff list."""
    return Ward(tmp_path, database, clock)


@pytest.mark.store
def test_a_plain_month_of_one_ward(ward: Ward) -> None:
    """Title, weekdays, people down, totals at both edges, a legend: the turns come out, with their hours."""
    night = ["夜", "明", "公", "日"]
    report = ward.give(
        [
            ["令和8年10月分　3階東病棟　勤務予定表"],
            ["職位", "氏名", *range(1, 32), "夜勤回数", "合計"],
            [None, None, *WEEKDAYS],
            ["師長", "山田 花子", *["日"] * 31, 0, 31],
            [None, "佐藤　一郎", *[night[n % 4] for n in range(31)], 8, 24],
            [None, "夜勤", *[1] * 31],
            [],
            ["凡例", "日：8:30～17:15　夜：16:30～9:00"],
        ],
        merge=["A1:AI1"],
    )
    assert report.taken_for is Kind.ROSTERS
    assert (report.first, report.last, report.rows) == (OCTOBER[0], OCTOBER[-1], 62)
    assert report.doubts == []
    assert {turn.user_id for turn in ward.turns()} == {"1001", "1002"}
    first, second, third, fourth, *_ = ward.turns("1002")
    assert (first.shift, first.start, first.end, first.place) == (
        "夜", "16:30:00", "09:00:00", "3階東病棟",
    )  # fmt: skip
    assert (second.shift, second.start, second.end) == ("明", "00:00:00", "09:00:00")
    assert (third.shift, third.duty) == ("公", "off")
    assert (fourth.day, fourth.start, fourth.end) == (OCTOBER[3], "08:30:00", "17:15:00")
    assert first.origin.endswith("roster.xlsx [Sheet1] C5")
