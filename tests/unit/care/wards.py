"""A hospital whose wards bring their rosters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import sqlalchemy as sa

from sekisho import care
from sekisho.care import LoadReport
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


DAYS = list(range(1, 32))
FOUR = ["日", "夜", "明", "公"]
CYCLE = [FOUR[n % 4] for n in range(31)]


def month(
    *lines: tuple[str, Sequence[str]],
    title: str = "2026年10月 3東 勤務表",
    days: Sequence[Any] = DAYS,
) -> list[list[Any]]:
    return [[title], ["氏名", *days], *[[name, *turns] for name, turns in lines]]
