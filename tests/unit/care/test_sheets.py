"""Files that hospitals have, and files that nobody should have."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from sekisho.care.sheets import sheets
from sekisho.errors import InvalidInputError

TEXT = "患者番号,受付日\n0001,2026/10/04\n"


@pytest.mark.parametrize(
    "encoding", ["cp932", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "euc_jp"]
)
def test_every_encoding_is_found(tmp_path: Path, encoding: str) -> None:
    """A CSV is read in each encoding that hospitals use, without being asked."""
    path = tmp_path / "a.csv"
    path.write_bytes((TEXT * 40).encode(encoding))
    assert sheets(path)[0].rows[0] == ["患者番号", "受付日"]


@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
def test_every_delimiter_is_found(tmp_path: Path, mark: str) -> None:
    """Commas, tabs, semicolons and bars divide cells."""
    path = tmp_path / "a.csv"
    path.write_text(TEXT.replace(",", mark), encoding="utf-8")
    assert sheets(path)[0].rows[1] == ["0001", "2026/10/04"]


def _refused(path: Path) -> str:
    with pytest.raises(InvalidInputError) as told:
        sheets(path)
    return told.value.message


def test_garbage_is_refused_by_name(tmp_path: Path) -> None:
    """What is no table is refused with what it is."""
    cases = {
        "zeros": (b"\0" * 5000, "care.not_text"),
        "bytes": (bytes(range(128, 256)) * 50, "care.not_text"),
        "empty": (b"", "care.empty"),
        "blank": (b" \n\n", "care.empty"),
        "cut": (b"PK\x03\x04" + b"x" * 100, "care.broken_workbook"),
        "ole": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 3000, "care.broken_workbook"),
    }
    for name, (data, message) in cases.items():
        path = tmp_path / f"{name}.xlsx"
        path.write_bytes(data)
        assert _refused(path) == message, name
    assert _refused(tmp_path / "missing.csv") == "care.cannot_open"


def _archive(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def test_an_archive_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    """A zip of something else is named as such."""
    assert _refused(_archive(tmp_path / "a.zip", {"a.txt": b"x"})) == "care.not_a_workbook"


def test_a_bomb_is_refused_before_it_unpacks(tmp_path: Path) -> None:
    """A workbook that would unpack to half a gigabyte is refused."""
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        with archive.open("xl/sharedStrings.xml", "w") as part:
            for _ in range(500):
                part.write(b"A" * (1 << 20))
    assert path.stat().st_size < 3 << 20
    assert _refused(path) == "care.workbook_too_heavy"


def test_a_cell_at_the_end_of_the_world_is_refused(tmp_path: Path) -> None:
    """Two cells a million rows and sixteen thousand columns apart do not fill the memory."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "職員番号"
    sheet["XFD1048576"] = "x"
    path = tmp_path / "far.xlsx"
    book.save(path)
    assert _refused(path) == "care.workbook_too_heavy"


def test_a_cut_workbook_is_refused(tmp_path: Path) -> None:
    """A workbook whose transfer broke off anywhere is refused or read, never a crash."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in range(50):
        sheet.append([f"{row:04d}", "内科"])
    whole = io.BytesIO()
    book.save(whole)
    data = whole.getvalue()
    path = tmp_path / "cut.xlsx"
    for at in range(0, len(data), 97):
        path.write_bytes(data[:at])
        with pytest.raises(InvalidInputError):
            sheets(path)
        path.write_bytes(data[:at] + b"\xff\x00\xff" + data[at + 3 :])
        try:
            sheets(path)
        except InvalidInputError as error:
            assert error.message.startswith("care.")  # noqa: PT017 (either outcome is right)


def test_merged_cells_are_known(tmp_path: Path) -> None:
    """A merged range tells which cell holds the value of those it covers."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "内科"
    sheet.merge_cells("A1:A3")
    sheet["B3"] = "x"
    path = tmp_path / "m.xlsx"
    book.save(path)
    assert sheets(path)[0].merged == {(1, 0): (0, 0), (2, 0): (0, 0)}


OPEN = (
    "<office:document-content"
    ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body>'
    "<office:spreadsheet>{}</office:spreadsheet></office:body></office:document-content>"
)


def opened(path: Path, *tables: str, about: str = "") -> Path:
    """Write an OpenDocument spreadsheet with the rows of each table, as LibreOffice lays it out."""
    whole = "".join(
        f'<table:table table:name="T{place}">{rows}</table:table>'
        for place, rows in enumerate(tables)
    )
    return _archive(path, {
        "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": f"<m>{about}</m>".encode(),
        "content.xml": OPEN.format(whole).encode(),
    })  # fmt: skip


def cells(*texts: str, more: str = "") -> str:
    """Return a row of words; `more` stands on its first cell."""
    first, *rest = (f'office:value-type="string"><text:p>{one}</text:p>' for one in texts)
    cell = "<table:table-cell {}</table:table-cell>"
    row = cell.format(f"{more} {first}") + "".join(map(cell.format, rest))
    return f'<table:table-row>{row}<table:table-cell table:number-columns-repeated="16380"/></table:table-row>'


def test_an_open_document_is_read_as_a_workbook(tmp_path: Path) -> None:
    """Its tables are read with their days and what is merged, and the million empty rows at the end are no rows."""
    day = '<table:table-row><table:table-cell office:value-type="date" office:date-value="2026-04-01"><text:p>R8.4.1</text:p></table:table-cell></table:table-row>'
    end = '<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    title = cells(
        "体制の一覧", more='table:number-columns-spanned="2" table:number-rows-spanned="1"'
    )
    first, second = sheets(opened(tmp_path / "a", cells("甲"), title + cells("役割", "氏名") + day + end))  # fmt: skip
    assert (first.name, first.rows) == ("T0", [["甲"]])
    assert second.rows == [
        ["体制の一覧", None], ["役割", "氏名"], [dt.date(2026, 4, 1), None],
    ]  # fmt: skip
    assert second.merged == {(0, 1): (0, 0)}


def test_a_hostile_open_document_is_refused(tmp_path: Path) -> None:
    """Cells or rows that say they stand a million times over, a document type, an encrypted or a broken one are refused by name, before anything is laid out."""
    many = 'table:number-columns-repeated="900000000"'
    rows = f'<table:table-row table:number-rows-repeated="9000000">{cells("a", "b", "c")[17:]}'
    far = f"<table:table-row><table:table-cell {many}/>{cells('x')[17:]}"
    for table in (cells("x", more=many), rows, far):
        assert _refused(opened(tmp_path / "h", table)) == "care.workbook_too_heavy"
    odd = cells("x", more='table:number-rows-spanned="-1"')
    assert _refused(opened(tmp_path / "o", odd)) == "care.broken_workbook"
    locked = opened(tmp_path / "l", cells("x"), about="<encryption-data/>")
    assert _refused(locked) == "care.password"
    mime = {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}
    typed = b'<!DOCTYPE x [<!ENTITY a "b">]>' + OPEN.format("").encode()
    for parts in (mime, mime | {"content.xml": b"<a>"}, mime | {"content.xml": typed}):
        assert _refused(_archive(tmp_path / "b", parts)) == "care.broken_workbook"
