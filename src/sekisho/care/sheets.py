"""Files to sheets: CSV in any encoding a hospital uses, XLSX, XLS and ODS; hostile ones refused.

A workbook is weighed before it is read: what it would unpack to, and how far its
cells lie apart. What is too heavy is refused by name, never half read.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import python_calamine

from sekisho.care import opendocument
from sekisho.care.dates import Cell
from sekisho.errors import InvalidInputError

LARGEST_FILE = 512 * 1024 * 1024
LARGEST_WORKBOOK = 400 * 1024 * 1024
LARGEST_AREA = 20_000_000
ENCODINGS = ("utf-8-sig", "cp932", "euc_jp")
MISREADINGS = (
    ("cp932", "utf-8"),
    ("cp1252", "utf-8"),
    ("latin-1", "utf-8"),
    ("latin-1", "cp932"),
    ("euc_jp", "utf-8"),
)
"""Taken for the first, written in the second: how text becomes mojibake here."""
DELIMITERS = ",\t;|"
Merged = Mapping[str, Sequence[opendocument.Range]]
"""By table."""
_REFERENCE = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"')
_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="(\d{1,9})"')
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(slots=True)
class Sheet:
    """One sheet, as cells; row 0 is the first line of the sheet.

    Attributes:
        name: None for a CSV.
        merged: Cells that a merged range covers → the cell that holds its value.
    """

    name: str | None
    rows: list[list[Cell]]
    merged: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)


def sheets(path: Path) -> list[Sheet]:
    """Return the sheets of the file at `path`.

    Raises:
        InvalidInputError: It cannot be read; the message says why.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise InvalidInputError("care.file_too_large", megabytes=size // 2**20)
        with path.open("rb") as file:
            head = file.read(8)
            if head.startswith(b"PK"):
                return _workbook(path, _weigh(path))
            if head == _OLE:
                return _workbook(path)
            return [Sheet(None, list(_csv(head + file.read())))]
    except OSError as error:
        raise InvalidInputError("care.cannot_open", reason=error.strerror or "I/O") from error


def decode(data: bytes) -> str:
    """Return the text of a CSV; the encoding is found, not asked for.

    Raises:
        InvalidInputError: It is no text in an encoding that hospitals use.
    """
    for mark, name in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            return _strict(data, name)
    if data[1:200:2].count(0) > 60 or data[0:200:2].count(0) > 60:
        return _strict(data, "utf-16-le" if data[1:200:2].count(0) > 60 else "utf-16-be")
    if b"\0" in data[:100_000]:
        raise InvalidInputError("care.not_text")
    for name in ENCODINGS:
        try:
            return data.decode(name)
        except UnicodeDecodeError:
            continue
    text = data.decode("cp932", errors="replace")
    if text.count("�") > max(3, len(text) // 500):
        raise InvalidInputError("care.not_text")
    return text


def unmangled(text: str) -> Iterator[str]:
    """Yield what `text` may have been before a program read it in a wrong encoding."""
    if text.isascii():
        return
    for wrong, right in MISREADINGS:
        before = text.encode(wrong, "ignore").decode(right, "ignore")
        if not before.isascii():
            yield before


def _strict(data: bytes, name: str) -> str:
    try:
        text = data.decode(name)
    except UnicodeDecodeError as error:
        raise InvalidInputError("care.not_text") from error
    if "\0" in text:
        raise InvalidInputError("care.not_text")
    return text


def _csv(data: bytes) -> Iterator[list[Cell]]:
    text = decode(data)
    if not text.strip():
        raise InvalidInputError("care.empty")
    head = text[:20_000]
    delimiter = max(DELIMITERS, key=lambda mark: (head.count(mark), -DELIMITERS.index(mark)))
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            yield [cell.strip() or None for cell in row]
    except csv.Error as error:
        raise InvalidInputError("care.broken_csv") from error


def _weigh(path: Path) -> Merged | None:
    """Refuse a workbook that would unpack to too much, whatever its directory claims.

    Returns what is merged in the tables of an OpenDocument; None of others.
    """
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as raw:
            names = archive.infolist()
            if len(names) > 5_000:
                raise InvalidInputError("care.workbook_too_heavy")
            free = opendocument.is_spreadsheet(archive)
            if not free and not any(n.filename.lower().endswith("workbook.xml") for n in names):
                raise InvalidInputError("care.not_a_workbook")
            left = LARGEST_WORKBOOK
            for name in names:
                left -= _weigh_part(raw, name, left)
            return opendocument.look(archive, LARGEST_AREA) if free else None
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, ValueError, EOFError) as error:
        raise InvalidInputError("care.broken_workbook") from error


def _weigh_part(raw: io.BufferedReader, part: zipfile.ZipInfo, left: int) -> int:
    sheet = "worksheets/" in part.filename
    raw.seek(part.header_offset)
    header = raw.read(30)
    if len(header) < 30 or part.flag_bits & 1:
        raise InvalidInputError("care.broken_workbook")
    raw.seek(
        part.header_offset
        + 30
        + int.from_bytes(header[26:28], "little")
        + int.from_bytes(header[28:30], "little")
    )
    inflate = zlib.decompressobj(-15) if part.compress_type == zipfile.ZIP_DEFLATED else None
    if inflate is None and part.compress_type != zipfile.ZIP_STORED:
        raise InvalidInputError("care.broken_workbook")
    total = rows = columns = 0
    waiting, tail = part.compress_size, b""
    while waiting > 0 and (piece := raw.read(min(waiting, 1 << 18))):
        waiting -= len(piece)
        while piece:
            out = inflate.decompress(piece, 1 << 22) if inflate else piece
            piece = inflate.unconsumed_tail if inflate else b""
            total += len(out)
            if total > left:
                raise InvalidInputError("care.workbook_too_heavy")
            if sheet:
                text = tail + out
                for letters, row in _REFERENCE.findall(text):
                    rows, columns = max(rows, int(row)), max(columns, _column(letters))
                rows = max([rows, *map(int, _ROW.findall(text))])
                tail = text[-200:]
            if not out:
                break
    if rows * max(columns, 1) > LARGEST_AREA:
        raise InvalidInputError("care.workbook_too_heavy")
    return total


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _workbook(path: Path, merged: Merged | None = None) -> list[Sheet]:
    try:
        with python_calamine.load_workbook(str(path)) as book:
            read: list[Sheet] = []
            for about in book.sheets_metadata:
                if about.typ != python_calamine.SheetTypeEnum.WorkSheet:
                    continue
                sheet = book.get_sheet_by_name(about.name)
                cells: Sequence[Sequence[Cell]] = sheet.to_python(skip_empty_area=False)
                ranges = sheet.merged_cell_ranges or (merged or {}).get(about.name, ())
                read.append(
                    Sheet(
                        about.name,
                        [[_clean(cell) for cell in row] for row in cells],
                        _covered(ranges, len(cells)),
                    )
                )
            return read
    except python_calamine.PasswordError as error:
        raise InvalidInputError("care.password") from error
    except (
        python_calamine.CalamineError,
        python_calamine.XmlError,
        python_calamine.ZipError,
        ValueError,
        OSError,
    ) as error:
        raise InvalidInputError("care.broken_workbook") from error
    except BaseException as error:
        # A panic inside the reader is no Exception; anything else goes on up.
        if type(error).__name__ != "PanicException":
            raise
        raise InvalidInputError("care.broken_workbook") from error


def _clean(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return cell.strip() or None
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return int(cell)
    return cell


def _covered(
    ranges: Sequence[tuple[tuple[int, int], tuple[int, int]]], height: int
) -> dict[tuple[int, int], tuple[int, int]]:
    covered: dict[tuple[int, int], tuple[int, int]] = {}
    for (top, left), (bottom, right) in ranges:
        if right - left > 200:
            continue
        for row in range(top, min(bottom, height - 1) + 1):
            for column in range(left, right + 1):
                if (row, column) != (top, left) and len(covered) < LARGEST_AREA // 10:
                    covered[row, column] = (top, left)
    return covered
