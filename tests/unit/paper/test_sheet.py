"""Lists as workbooks and CSV: nothing in them is a formula, and they print as a page."""

from __future__ import annotations

import datetime as dt
import io

import openpyxl

from sekisho.paper.sheet import list_csv, list_workbook


def test_a_list_prints_as_wide_as_a_page() -> None:
    """However many columns a list has, its workbook prints on landscape pages, one page wide, its headings on each."""
    out = io.BytesIO()
    rows = [["=1+1"] * 12] * 3
    list_workbook(out, "一覧[1]", [("列", 30.0)] * 12, rows, made_at=dt.datetime(2026, 11, 2, tzinfo=dt.UTC))  # fmt: skip
    sheet = openpyxl.load_workbook(out).worksheets[0]
    page = sheet.sheet_properties.pageSetUpPr
    assert page is not None
    assert page.fitToPage
    assert (sheet.page_setup.fitToHeight, sheet.page_setup.orientation) == (0, "landscape")
    assert sheet.print_title_rows == "$1:$1"
    assert (sheet["A2"].data_type, sheet["A2"].value) == ("s", "=1+1")


def test_no_cell_of_a_csv_is_a_formula() -> None:
    """What begins as a formula is written so that a spreadsheet shows it as text."""
    assert list_csv(["a"], [["=1+1"], ["-"]]).decode("utf-8-sig") == "a\r\n'=1+1\r\n'-\r\n"
