"""A book as files: a folder, a matrix as XLSX or CSV, and what Sekisho brings along."""

from __future__ import annotations

import datetime as dt
from functools import cache
from io import BytesIO
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from sekisho.access.book import (
    BOOK,
    LARGEST,
    MATRIX,
    Book,
    Files,
    matrix_csv,
    matrix_rows,
    read_book,
)
from sekisho.access.matrix import LETTERS, WORDS
from sekisho.access.records import Act
from sekisho.care.sheets import sheets
from sekisho.errors import InvalidInputError
from sekisho.pages.words import say

SHIPPED = Path(__file__).with_name("shipped")
_PARTS = ("*.toml", "matrix.csv", "policies/*.cedar", "ALLOW/*.toml", "DENY/*.toml")


@cache
def shipped() -> Files:
    """Return the book that Sekisho proposes; it is in force nowhere by itself."""
    return read_folder(SHIPPED)


def read_folder(folder: Path) -> Files:
    """Return the files of the book in `folder`; ``matrix.xlsx`` may stand for ``matrix.csv``.

    Raises:
        InvalidInputError: A file cannot be read, or there is none.
    """
    files = {
        path.relative_to(folder).as_posix(): _read(path)
        for part in _PARTS
        for path in sorted(folder.glob(part))
    }
    workbook = folder / "matrix.xlsx"
    if workbook.is_file():
        if MATRIX in files:
            raise InvalidInputError("access.two_matrices", folder=str(folder))
        files[MATRIX] = _sheet(workbook)
    if not files:
        raise InvalidInputError("access.empty_folder", folder=str(folder))
    return files


def read_source(path: Path, base: Files) -> Files:
    """Return a book from `path`: a folder holds all of it, a file replaces its part of `base`.

    Raises:
        InvalidInputError: It cannot be read, or is no part of a book.
    """
    if path.is_dir():
        return read_folder(path)
    ending = path.suffix.lower()
    if ending in {".csv", ".xlsx"}:
        return {**base, MATRIX: _sheet(path)}
    if ending == ".cedar":
        return {**base, f"policies/{path.name}": _read(path)}
    if ending == ".toml" and path.parent.name in {"ALLOW", "DENY"}:
        return {**base, f"{path.parent.name}/{path.name}": _read(path)}
    if path.name == BOOK:
        return {**base, BOOK: _read(path)}
    raise InvalidInputError("access.strange_file", file=path.name)


def with_matrix(base: Files, path: Path) -> Files:
    """Return `base` with the matrix of the sheet at `path`, whatever its name ends with.

    Raises:
        InvalidInputError: It cannot be read.
    """
    return {**base, MATRIX: _sheet(path)}


def write_folder(files: Files, folder: Path) -> None:
    """Write a book into a new or empty `folder`; the CSV opens in Excel as it is.

    Raises:
        InvalidInputError: There is something in it already, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise InvalidInputError("access.folder_not_empty", folder=str(folder))
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8-sig" if name == MATRIX else "utf-8", newline="")
    except OSError as error:
        raise InvalidInputError(
            "access.not_written", folder=str(folder), reason=error.strerror or "I/O"
        ) from error


def write_out(files: Files, out: Path, language: str) -> None:
    """Write the whole book to the new folder `out`, or its matrix to an .xlsx or .csv file.

    Raises:
        InvalidInputError: `out` is there already, or cannot be written.
    """
    ending = out.suffix.lower()
    if ending not in {".xlsx", ".csv"}:
        write_folder(files, out)
        return
    book = read_book(files)
    data = (
        matrix_workbook(book, language)
        if ending == ".xlsx"
        else matrix_csv(matrix_rows(book, language)).encode("utf-8-sig")
    )
    try:
        with out.open("xb") as file:
            file.write(data)
    except OSError as error:
        raise InvalidInputError(
            "access.not_written", folder=str(out), reason=error.strerror or "I/O"
        ) from error


def matrix_workbook(book: Book, language: str) -> bytes:
    """Return the matrix as XLSX: first the sheet that is read back, then how to write it."""
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = say(language, "access.sheet.matrix")
    for line in matrix_rows(book, language):
        sheet.append(line)
    for at, row in enumerate(sheet.iter_rows()):
        for number, cell in enumerate(row):
            cell.data_type = "s"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=at < 2 or number < 2)
    for column in range(1, len(book.groups) + 3):
        sheet.column_dimensions[get_column_letter(column)].width = 18
    sheet.freeze_panes = "C3"
    guide = workbook.create_sheet(say(language, "access.sheet.guide"))
    guide.column_dimensions["A"].width = 16
    guide.column_dimensions["B"].width = 90
    for act in Act:
        guide.append([LETTERS[language][act], say(language, f"access.act.{act}")])
    for (column_name, value), word in WORDS[language].items():
        guide.append([f"@{word}", say(language, f"access.when.{column_name}.{value}")])
    for line_ in ("all", "forbid", "or", "and", "silent"):
        guide.append(
            [say(language, f"access.guide.{line_}"), say(language, f"access.guide.{line_}.text")]
        )
    for term in (*book.classes, *book.groups):
        guide.append([term.id, f"{term.name[language]}: {term.text[language]}"])
    for row in guide.iter_rows():
        for cell in row:
            cell.data_type = "s"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    # The same book gives the same bytes.
    workbook.properties.created = workbook.properties.modified = dt.datetime(2026, 1, 1)  # noqa: DTZ001 (the format has no zone)
    out = BytesIO()
    workbook.save(out)
    return out.getvalue()


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise InvalidInputError("access.book_too_large", bytes=LARGEST)
        if path.suffix == ".csv":
            return _sheet(path)
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInputError("access.not_read", file=path.name, reason="UTF-8") from error
    except OSError as error:
        raise InvalidInputError(
            "access.not_read", file=path.name, reason=error.strerror or "I/O"
        ) from error


def _sheet(path: Path) -> str:
    """Return the first sheet of a CSV or XLSX, in any encoding a hospital uses, as plain CSV."""
    rows = [["" if cell is None else str(cell) for cell in row] for row in sheets(path)[0].rows]
    width = max((len(row) for row in rows), default=0)
    return matrix_csv([row + [""] * (width - len(row)) for row in rows])
