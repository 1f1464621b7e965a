"""The workbook: real types, no formulas from data, readable by the office next door."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import re
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from tests.missing import missing
from tests.unit.paper.conftest import case, month

from sekisho.pages.words import say
from sekisho.paper import Counted, MonthPage
from sekisho.paper.workbook import month_workbook


def read(page: MonthPage) -> dict[str, Worksheet]:
    """Write the workbook and read it back."""
    book = openpyxl.load_workbook(io.BytesIO(month_workbook(page, say=say)))
    return {sheet.title: sheet for sheet in book.worksheets}


def rows(sheet: Worksheet) -> list[tuple[object, ...]]:
    return list(sheet.iter_rows(values_only=True))


def test_all_sheets_are_there(october: MonthPage) -> None:
    """Page, cases, decisions, not judgeable and coverage are sheets, each titled and set up for A4."""
    sheets = read(october)
    assert list(sheets) == ["月次報告", "事案", "決定", "判定できない", "段階と内訳"]
    for sheet in sheets.values():
        assert sheet["A1"].value == october.institution
        assert "【試行】 【模擬データ】" in str(sheet["A2"].value)
        assert str(sheet.page_setup.paperSize) == "9"
        properties = sheet.sheet_properties.pageSetUpPr
        assert properties is not None
        assert properties.fitToPage
        assert sheet.column_dimensions["A"].width > 5


def test_numbers_and_times_are_real(october: MonthPage) -> None:
    """Counts are numbers, shares are fractions and times are local times."""
    sheets = read(october)
    figures = {row[0]: row[1:] for row in rows(sheets["月次報告"])}
    assert figures["閲覧の総数"][0] == 150_000
    share = figures["説明できた"][1]
    assert isinstance(share, float)
    assert share == pytest.approx(139_612 / 150_000)
    table = rows(sheets["事案"])
    assert table[5][5] == dt.datetime(2026, 10, 13, 22, 11)  # noqa: DTZ001 - a sheet's local time
    assert table[5][7] == 4
    assert table[5][10] == pytest.approx(0.97)


def test_the_checkpoint_can_be_copied_out(october: MonthPage) -> None:
    """The checkpoint keeps its lines, so that it can be copied out and verified with."""
    figures = {row[0]: row[1] for row in rows(read(october)["月次報告"])}
    assert figures["チェックポイント"] == october.checkpoint.strip()


def test_every_case_is_there() -> None:
    """All cases stand in the workbook, however many."""
    page = month(cases=tuple(case(n) for n in range(1, 301)), raised=300)
    assert len(rows(read(page)["事案"])) == 5 + 300


def test_masked_workbook_names_nobody(october: MonthPage) -> None:
    """A masked workbook holds no id of staff or patients in any cell."""
    page = dataclasses.replace(october, masked=True, masked_why="運用規程")
    cells = " ".join(
        str(cell) for sheet in read(page).values() for row in rows(sheet) for cell in row
    )
    assert "U01339" not in cells
    assert "0000004127" not in cells
    assert "未登録：運用規程" in cells


@pytest.mark.parametrize(
    "hostile",
    [
        "=1+1",
        "+81-3",
        "-2+3",
        "@SUM(A1)",
        '=HYPERLINK("http://x","y")',
        "\t=1",
        "\uff1d1",
        "a\x00\x0bb",
    ],
)
def test_data_is_never_a_formula(hostile: str) -> None:
    """A text that starts like a formula is kept as text, wherever it stands."""
    page = month(
        institution=hostile,
        cases=(case(1, title=hostile, why=hostile, user=hostile, patients=(hostile,)),),
        not_judgeable_by=(Counted(hostile, 1),),
        by_explanation=(Counted(hostile, 1),),
        unseen=(hostile,),
        checkpoint=hostile,
    )
    for sheet in read(page).values():
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                if isinstance(cell.value, str) and cell.value[:1] in "=+-@":
                    assert cell.quotePrefix


def test_english_sheets(october: MonthPage) -> None:
    """The English workbook has English sheet names and no message id."""
    sheets = read(dataclasses.replace(october, language="en"))
    assert list(sheets) == ["Month", "Cases", "Decisions", "Not judgeable", "Coverage"]
    assert not any(
        isinstance(cell, str) and cell.startswith("paper.")
        for sheet in sheets.values()
        for row in rows(sheet)
        for cell in row
    )


def office(folder: Path, into: str, book: Path) -> None:
    """Let LibreOffice turn `book` into another kind of file beside it."""
    program = shutil.which("soffice")
    if program is None:
        missing("LibreOffice is not here (Debian: libreoffice-calc-nogui)")
    subprocess.run(
        [program, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to",
         into, "--outdir", str(folder), str(book)],
        check=True, capture_output=True, timeout=100,
    )  # fmt: skip


def test_libreoffice_opens_it(october: MonthPage, tmp_path: Path) -> None:
    """LibreOffice reads the workbook and shows its figures."""
    book = tmp_path / "month.xlsx"
    book.write_bytes(month_workbook(october, say=say))
    office(tmp_path, "csv:Text - txt - csv (StarCalc):44,34,76,1", book)
    with (tmp_path / "month.csv").open(encoding="utf-8", newline="") as file:
        table = {row[0]: row for row in csv.reader(file) if row}
    assert table["閲覧の総数"][1] == "150,000"
    assert table["説明できた"][2] == "93.1%"


@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_row_is_lower_than_its_text(october: MonthPage, tmp_path: Path, language: str) -> None:
    """Each row is as high as LibreOffice itself would make it for its text, or as a row may be."""
    long = "届いた記録の中に、この閲覧につながる診療は見つかりません。未着：5東の勤務表。" * 3
    plain = "Far more patients than usual were opened on one day, and none was being treated. " * 2
    cases = [case(1), case(2, title="同じ住所の患者・連番の患者番号・同僚の患者", why=long),
             case(3, title="A patient who is a colleague", why=plain), case(4, why="一行"),
             case(5, why=long * 20)]  # fmt: skip
    page = dataclasses.replace(october, language=language, cases=cases)
    book = openpyxl.load_workbook(io.BytesIO(month_workbook(page, say=say)))
    ours = {(sheet.title, row): sheet.row_dimensions[row].height
            for sheet in book.worksheets for row in range(1, sheet.max_row + 1)}  # fmt: skip
    for sheet in book.worksheets:
        for row in range(1, sheet.max_row + 1):
            sheet.row_dimensions[row].height = None
    book.save(tmp_path / "bare.xlsx")
    # LibreOffice believes the heights of a workbook; of an unknown writer's it fits them itself.
    office(tmp_path, "fods", tmp_path / "bare.xlsx")
    text = (tmp_path / "bare.fods").read_text(encoding="utf-8")
    text = re.sub("<meta:generator>.*?</meta:generator>", "", text)
    text, changed = re.subn(r'style:row-height="[^"]*"', "", text)
    assert changed
    (tmp_path / "fit.fods").write_text(text, encoding="utf-8")
    office(tmp_path, "xlsx", tmp_path / "fit.fods")
    fitted = openpyxl.load_workbook(tmp_path / "fit.xlsx")

    low = [
        (title, row, height, wanted)
        for (title, row), height in ours.items()
        if (wanted := fitted[title].row_dimensions[row].height) is not None
        and (height or 0) < min(wanted, 400)
    ]
    assert fitted["事案" if language == "ja" else "Cases"].row_dimensions[7].height > 60
    assert low == []
