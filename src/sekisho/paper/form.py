"""A workbook to be filled in by somebody else and sent back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from sekisho.paper.workbook import FONT, fit_row, lines_in, put

_LINE = Side(style="thin", color="FF808080")
_HEAD = PatternFill("solid", fgColor="FFD9D9D9")
_TO_FILL = PatternFill("solid", fgColor="FFFFF9DB")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormColumn:
    """One column.

    Attributes:
        width: In characters.
        fill: It is to be filled in; such a cell is coloured.
        choices: What may be chosen; anything may be written all the same.
    """

    title: str
    width: float
    fill: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSheet:
    """One sheet: lines above, headings, rows; an empty cell is left to be filled in."""

    title: str
    lines: Sequence[str]
    columns: Sequence[FormColumn]
    rows: Sequence[Sequence[str]]


def form_workbook(sheets: Sequence[FormSheet], *, title: str, made_at: dt.datetime) -> bytes:
    """Return the sheets as XLSX; no text becomes a formula, and nothing is locked."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for one in sheets:
        _sheet(book.create_sheet(), one)
    book.properties.title = title
    book.properties.creator = "Sekisho"
    book.properties.created = book.properties.modified = made_at.replace(tzinfo=None)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet(sheet: Worksheet, one: FormSheet) -> None:
    sheet.title = one.title
    whole = sum(column.width for column in one.columns)
    for row, line in enumerate(one.lines, start=1):
        put(sheet, row, 1, line)
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(one.columns))
        sheet.cell(row, 1).font = Font(name=FONT, bold=row == 1, size=14 if row == 1 else 11)
        fit_row(sheet, row, lines_in(line, whole) * (1.3 if row == 1 else 1))
    head = len(one.lines) + 1
    border = Border(bottom=_LINE, top=_LINE, left=_LINE, right=_LINE)
    for place, column in enumerate(one.columns, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = column.width
        put(sheet, head, place, column.title)
        titled = sheet.cell(head, place)
        titled.font, titled.fill, titled.border = Font(name=FONT, bold=True), _HEAD, border
    fit_row(sheet, head, max(lines_in(one.title, one.width * 6 / 7) for one in one.columns))
    for row, values in enumerate(one.rows, start=head + 1):
        for place, (value, column) in enumerate(zip(values, one.columns, strict=True), start=1):
            put(sheet, row, place, value)
            sheet.cell(row, place).border = border
            if column.fill:
                sheet.cell(row, place).fill = _TO_FILL
        fit_row(
            sheet, row, max(lines_in(v, c.width) for v, c in zip(values, one.columns, strict=True))
        )
    last = head + len(one.rows)
    for place, column in enumerate(one.columns, start=1):
        if column.choices and one.rows:
            choice = DataValidation(
                type="list", formula1=f'"{",".join(column.choices)}"', allow_blank=True
            )
            choice.showErrorMessage = False
            letter = get_column_letter(place)
            choice.add(f"{letter}{head + 1}:{letter}{last}")
            sheet.add_data_validation(choice)
    sheet.freeze_panes = f"A{head + 1}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = "9"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{head}:{head}"
