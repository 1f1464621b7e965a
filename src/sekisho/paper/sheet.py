"""A long list as a workbook, written row by row: memory does not grow with it."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from typing import IO

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

LONGEST = 32_000
"""A cell holds 32,767 characters."""

Value = str | int | None


def list_workbook(
    out: IO[bytes],
    title: str,
    columns: Sequence[tuple[str, float]],
    rows: Iterable[Sequence[Value]],
    *,
    made_at: dt.datetime,
) -> None:
    """Write `rows` as the one sheet of an XLSX; no text becomes a formula.

    Args:
        out: Where the workbook goes.
        title: Of the sheet; what a sheet's name may not hold becomes a space.
        columns: Title and width in characters of each column.
        rows: Their values.
        made_at: Aware; stands in the file's properties.
    """
    book = Workbook(write_only=True)
    sheet: Worksheet = book.create_sheet()
    sheet.title = "".join(" " if letter in "[]:*?/\\" else letter for letter in title)[:31]
    sheet.freeze_panes = "A2"
    # On paper as wide as a page, its headings on each.
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", Worksheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.print_title_rows = "1:1"
    for number, (_, width) in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    bold = Font(name="Calibri", bold=True)
    head = [_text(sheet, name) for name, _ in columns]
    for cell in head:
        cell.font = bold
    sheet.append(head)
    for row in rows:
        sheet.append([_text(sheet, each) if isinstance(each, str) else each for each in row])
    book.properties.title = title
    book.properties.creator = "Sekisho"
    book.properties.created = book.properties.modified = made_at.replace(tzinfo=None)
    book.save(out)


def list_csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return `rows` as CSV for Excel (UTF-8 with a mark); no cell is taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([f"'{one}" if one[:1] in set("=+-@\t") else one for one in row])
    return text.getvalue().encode("utf-8-sig")


def _text(sheet: Worksheet, value: str) -> Cell:
    cell: Cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value)[:LONGEST])
    cell.data_type = "s"
    cell.quotePrefix = value[:1] in {"=", "+", "-", "@"}
    return cell
