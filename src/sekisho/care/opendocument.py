"""OpenDocument spreadsheets (ISO/IEC 26300-1): how far the cells lie apart, and which are merged.

A few bytes may say that a row stands a million times over. That is counted before the cells are
read, as far as the last cell that holds anything; the library that reads them gives no merges.
"""

from __future__ import annotations

import xml.parsers.expat
import zipfile
from collections.abc import Mapping
from typing import IO

from sekisho.errors import InvalidInputError

TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
Range = tuple[tuple[int, int], tuple[int, int]]
"""First and last cell of what is merged."""
_TABLE, _TEXT, _OFFICE = (
    f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0 " for name in ("table", "text", "office")
)
_CELLS = frozenset({f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"})
_PIECE = 1 << 18


def is_spreadsheet(archive: zipfile.ZipFile) -> bool:
    """Return whether a ZIP calls itself an OpenDocument spreadsheet or its template."""
    try:
        with archive.open("mimetype") as file:
            return file.read(len(TYPE)) == TYPE
    except KeyError:
        return False


def look(archive: zipfile.ZipFile, largest: int) -> dict[str, list[Range]]:
    """Return table → what is merged in it, of a spreadsheet that `is_spreadsheet`.

    Args:
        archive: The file; what it unpacks to was weighed.
        largest: Cells of one table at most, empty ones between others among them.

    Raises:
        InvalidInputError: It is encrypted, broken, or a table is larger.
    """
    names = archive.namelist()
    if "encrypted-package" in names or b"encryption-data" in _read(
        archive, "META-INF/manifest.xml"
    ):
        raise InvalidInputError("care.password")
    if names.count("content.xml") != 1:
        raise InvalidInputError("care.broken_workbook")
    reader = _Reader(largest)
    with archive.open("content.xml") as file:
        reader.read(file)
    return reader.merged


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        return archive.read(name)
    except KeyError:
        return b""


class _Reader:
    """Counts rows and columns as they are repeated."""

    def __init__(self, largest: int) -> None:
        self.largest = largest
        self.merged: dict[str, list[Range]] = {}
        self.table = ""
        self.row = self.column = self.height = self.width = 0
        self.repeated, self.span, self.filled, self.deep = 1, (1, 1), False, 0

    def read(self, file: IO[bytes]) -> None:
        parser = xml.parsers.expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler, parser.EndElementHandler = self.start, self.end
        parser.StartDoctypeDeclHandler = _refuse
        try:
            while piece := file.read(_PIECE):
                parser.Parse(piece)
            parser.Parse(b"", True)  # noqa: FBT003 (expat names no argument)
        except xml.parsers.expat.ExpatError as error:
            raise InvalidInputError("care.broken_workbook") from error

    def start(self, name: str, told: Mapping[str, str]) -> None:
        if name == f"{_TABLE}table":
            self.deep += 1
            if self.deep == 1:
                self.table = told.get(f"{_TABLE}name", "")
                self.merged[self.table] = []
                self.row = self.height = self.width = 0
        elif self.deep != 1:
            return  # a table within a cell, or what is no table
        elif name == f"{_TABLE}table-row":
            self.column, self.repeated = 0, _number(told, "number-rows-repeated")
        elif name in _CELLS:
            formula = f"{_TABLE}formula" in told
            self.filled = formula or any(one.startswith(_OFFICE) for one in told)
            self.span = (
                _number(told, "number-rows-spanned"),
                _number(told, "number-columns-spanned"),
            )
            self.many = _number(told, "number-columns-repeated")
        elif name == f"{_TEXT}p":
            self.filled = True

    def end(self, name: str) -> None:
        if name == f"{_TABLE}table":
            self.deep -= 1
        elif self.deep != 1:
            return
        elif name in _CELLS:
            if self.span != (1, 1):
                last = self.row + self.span[0] - 1, self.column + self.span[1] - 1
                self.merged[self.table].append(((self.row, self.column), last))
            self.column += self.many
            if self.filled:
                self.width = max(self.width, self.column)
                self.height = self.row + self.repeated
                if self.height * self.width > self.largest:
                    raise InvalidInputError("care.workbook_too_heavy")
        elif name == f"{_TABLE}table-row":
            self.row += self.repeated


def _number(told: Mapping[str, str], name: str) -> int:
    text = told.get(f"{_TABLE}{name}", "1")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidInputError("care.broken_workbook")
    return int(text)


def _refuse(*_: object) -> None:
    raise InvalidInputError("care.broken_workbook")
