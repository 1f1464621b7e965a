"""Writes the month as a hospital would hand it over: CP932 CSV and Excel sheets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from sekisho.app.demo.days import DAY, Event, Month
from sekisho.app.demo.names import INSTITUTION, SIMULATED
from sekisho.app.demo.people import Hospital, Post, Staff

LOG_HEADER = "アクセス日時,利用者ID,患者ID,機能名,処理,端末,結果"


def _lines(path: Path, header: str, lines: Iterable[str]) -> Path:
    path.write_bytes("\r\n".join((header, *lines, "")).encode("cp932"))
    return path


def log(path: Path, month: dt.date, events: Sequence[Event]) -> Path:
    """Write the access log; row n of it is the n-th event."""
    days = [f"{month + dt.timedelta(days=day):%Y/%m/%d} " for day in range(32)]
    clock = [f"{m // 60:02d}:{m % 60:02d}:" for m in range(1_440)]
    seconds = [f"{s:02d}," for s in range(60)]
    return _lines(
        path,
        LOG_HEADER,
        (
            f"{days[e[0] // DAY]}{clock[e[0] % DAY // 60]}{seconds[e[0] % 60]}"
            f"{e[1]},{e[2]},{e[3]},{e[4]},{e[5]},{e[6]}"
            for e in events
        ),
    )


def visits(path: Path, month: Month) -> Path:
    """Write the front desk's list."""
    place, first = month.place, month.place.month

    def lines() -> Iterable[str]:
        for v in month.visits:
            patient = place.patients[v.patient]
            day = first + dt.timedelta(days=v.day)
            yield (
                f"{day:%Y/%m/%d},{v.minute // 60}:{v.minute % 60:02d},{patient.id},{patient.name},"
                f"{v.section},{v.doctor.id},{v.doctor.name},{v.booked}"
            )

    header = "受付日,受付時刻,患者番号,患者氏名,診療科,担当医コード,担当医,予約区分"
    return _lines(path, header, lines())


def patients(path: Path, place: Hospital) -> Path:
    """Write the patient list; the last column declares it simulated."""
    header = "患者番号,患者氏名,フリガナ,性別,生年月日,住所,電話番号,備考"
    return _lines(
        path,
        header,
        (
            f"{p.id},{p.name},{p.kana},{p.sex},{p.born:%Y/%m/%d},{p.address},{p.phone},{SIMULATED}"
            for p in place.patients
        ),
    )


def _title(sheet: Worksheet, text: str, below: str, width: int) -> None:
    for row, words in ((1, text), (2, below)):
        sheet.append([words])
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=width)
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    sheet.cell(1, 1).alignment = Alignment(horizontal="center")
    sheet.cell(2, 1).alignment = Alignment(horizontal="right")


def _header(sheet: Worksheet, names: Sequence[str], widths: Sequence[int]) -> None:
    sheet.append(list(names))
    for column, width in enumerate(widths, start=1):
        sheet.cell(3, column).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A4"


def _era(day: dt.date) -> str:
    """Return a date in the Japanese era, as personnel offices write 採用日."""
    start = dt.date(2019, 5, 1)
    name, year = ("令和", day.year - 2018) if day >= start else ("平成", day.year - 1988)
    return f"{name}{year}年{day.month}月{day.day}日"


def staff(path: Path, place: Hospital) -> Path:
    """Write the staff list: title rows, merged 所属 cells, a dated row for each post."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "職員名簿"
    names = (
        ("所属", 20), ("職員番号", 11), ("氏名", 16), ("フリガナ", 20), ("職種", 18),
        ("診療科", 14), ("病棟", 12), ("雇用形態", 10), ("採用日", 20), ("退職日", 12),
        ("有効開始日", 12), ("有効終了日", 12), ("本人患者番号", 14), ("住所", 34), ("備考", 26),
    )  # fmt: skip
    written = place.month.replace(day=28) + dt.timedelta(days=8)
    _title(
        sheet,
        f"職員名簿（{SIMULATED}）",
        f"{INSTITUTION}　{written.replace(day=1):%Y/%m/%d}現在　総務課　　この名簿の人物はすべて架空です",
        len(names),
    )
    _header(sheet, [n for n, _ in names], [w for _, w in names])
    rows = [(post, s) for s in place.staff if s.listed for post in s.posts]
    rows.sort(key=lambda row: row[0].place)
    for office, group in groupby(rows, key=lambda row: row[0].place):
        first = sheet.max_row + 1
        for number, (post, s) in enumerate(group):
            sheet.append(_staff_row(place, post, s, office if number == 0 else None))
        if sheet.max_row > first:
            sheet.merge_cells(start_row=first, start_column=1, end_row=sheet.max_row, end_column=1)
            sheet.cell(first, 1).alignment = Alignment(vertical="top")
    book.save(path)
    return path


def _staff_row(place: Hospital, post: Post, s: Staff, office: str | None) -> list[object]:
    own = place.patients[s.patient].id if s.patient is not None else None
    return [
        office, s.id, s.name, s.kana or None, s.duty, post.section or None, post.ward or None,
        s.contract, _era(s.hired), s.left, post.start, post.end, own, s.address or None,
        post.note or None,
    ]  # fmt: skip


def stays(path: Path, month: Month) -> Path:
    """Write the admission list; a few patient numbers lost their leading zeros, as in Excel."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "入退院一覧"
    names = (
        ("患者番号", 14), ("患者氏名", 18), ("入院日", 12), ("退院日", 12), ("病棟", 12),
        ("診療科", 14), ("主治医コード", 14), ("主治医", 18),
    )  # fmt: skip
    place, first = month.place, month.place.month
    _title(sheet, f"入退院一覧（{SIMULATED}）", INSTITUTION, len(names))
    _header(sheet, [n for n, _ in names], [w for _, w in names])
    for number, stay in enumerate(sorted(month.stays, key=lambda s: (s.first, s.patient))):
        patient = place.patients[stay.patient]
        left = None if stay.last is None else first + dt.timedelta(days=stay.last)
        sheet.append(
            [
                int(patient.id) if number % 41 == 7 else patient.id,
                patient.name,
                first + dt.timedelta(days=stay.first),
                left,
                place.wards[stay.ward][0],
                place.departments[stay.section],
                stay.doctor.id,
                stay.doctor.name,
            ]
        )
        cell = sheet.cell(sheet.max_row, 1)
        if isinstance(cell, Cell) and isinstance(cell.value, str):
            cell.number_format = "@"
    book.save(path)
    return path
