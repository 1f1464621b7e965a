"""Files that hospitals have, and files that nobody should have."""

from __future__ import annotations

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
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        with archive.open("xl/sharedStrings.xml", "w") as part:
            for _ in range(500):
                part.write(b"A" * (1 << 20))
    assert path.stat().st_size < 1 << 20
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
