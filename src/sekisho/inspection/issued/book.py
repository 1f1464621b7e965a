"""A workbook as it was issued: read cell by cell, changed in single cells, all else kept.

The file is a ZIP of XML parts (ECMA-376). Only the parts of sheets in which a cell is
written are written anew, from the tree that was read; every other part is carried over
byte for byte. openpyxl is not used here: it drops what it does not know (text boxes and
other shapes, form controls, printer settings, readings above the letters).
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from sekisho.errors import InvalidInputError
from sekisho.inspection.issued.boxes import changed as set_boxes
from sekisho.inspection.issued.boxes import read_boxes
from sekisho.inspection.issued.cells import (
    Cell,
    Sheet,
    Styles,
    local,
    name_of,
    read_sheet,
    read_styles,
    text_of,
)

MOST_BYTES: Final = 128 << 20
"""Of all parts together, unpacked."""
MOST_PARTS: Final = 5_000
DAMAGED: Final = (
    zipfile.BadZipFile, zlib.error, etree.XMLSyntaxError, LookupError, ValueError,
    ArithmeticError, EOFError, OSError, NotImplementedError, RuntimeError,
)  # fmt: skip
"""What reading a file that was cut or changed comes to."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MACROS = ("vbaproject.bin", "/macrosheets/", "/dialogsheets/")


@dataclass(slots=True)
class Book:
    """An issued workbook.

    Attributes:
        name: The file's name, for what is said of it.
        sheets: In the order of their tabs; those that are no tables of cells are left out.
    """

    name: str
    sheets: list[Sheet]
    styles: Styles
    _parts: list[tuple[zipfile.ZipInfo, bytes]] = field(repr=False)
    _root: etree._Element = field(repr=False)
    _root_part: str = field(repr=False)

    def save(self) -> bytes:
        """Return the workbook with what was written into its sheets."""
        boxes = [box for one in self.sheets for box in one.boxes]
        held = {info.filename: content for info, content in self._parts}
        changed = set_boxes(boxes, held, _tree)
        changed |= {one.part: one.bytes() for one in self.sheets if one.written}
        if self.styles.grown and self.styles.root is not None:
            changed[self.styles.part] = _bytes(self.styles.root)
        counting = [one for one in self.sheets if (one.written and one.formulas) or one.looks_out]
        if counting:
            self._forget(counting)
            changed[self._root_part] = _bytes(self._root)
            changed |= {one.part: one.bytes() for one in counting}
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
            for info, content in self._parts:
                file.writestr(info, changed.get(info.filename, content))
        return out.getvalue()

    def _forget(self, sheets: list[Sheet]) -> None:
        """Have formulas computed when it is opened: what they counted has changed."""
        for one in sheets:
            one.forget_results()
        space = etree.QName(self._root).namespace
        found = self._root.find(f"{{{space}}}calcPr")
        if found is None:
            found = etree.Element(f"{{{space}}}calcPr")
            before = {
                "oleSize", "customWorkbookViews", "pivotCaches", "smartTagPr", "smartTagTypes",
                "webPublishing", "fileRecoveryPr", "webPublishObjects", "extLst",
            }  # fmt: skip
            place = next(
                (n for n, each in enumerate(self._root) if local(each) in before), len(self._root)
            )
            self._root.insert(place, found)
        found.set("fullCalcOnLoad", "1")


def open_book(content: bytes, name: str) -> Book:
    """Return the workbook in `content`.

    Args:
        content: The file, whole.
        name: What it is called.

    Raises:
        InvalidInputError: It is encrypted, of the old form, holds macros, is signed by its
            maker, is no workbook, or is too large; the message says which.
    """
    if content.startswith(_OLE):
        locked = "EncryptedPackage".encode("utf-16-le") in content
        raise InvalidInputError(
            "inspection.fill.encrypted" if locked else "inspection.fill.old_form", file=name
        )
    try:
        parts = _unpacked(content, name)
        return _read(parts, name)
    except DAMAGED as error:
        raise InvalidInputError("inspection.fill.not_workbook", file=name) from error


def _unpacked(content: bytes, name: str) -> list[tuple[zipfile.ZipInfo, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        infos = file.infolist()
        if len(infos) > MOST_PARTS or sum(one.file_size for one in infos) > MOST_BYTES:
            raise InvalidInputError("inspection.fill.too_large", file=name)
        names = [one.filename.lower() for one in infos]
        if len(set(names)) != len(names):
            raise InvalidInputError("inspection.fill.not_workbook", file=name)
        for one in names:
            if any(mark in f"/{one}" for mark in _MACROS):
                raise InvalidInputError("inspection.fill.macros", file=name, part=one)
            if one.startswith("_xmlsignatures/"):
                raise InvalidInputError("inspection.fill.signed", file=name)
        return [(one, file.read(one)) for one in infos]


def _read(parts: list[tuple[zipfile.ZipInfo, bytes]], name: str) -> Book:
    held = {info.filename: content for info, content in parts}
    if b"macroenabled" in held["[Content_Types].xml"].lower():
        raise InvalidInputError("inspection.fill.macros", file=name, part="[Content_Types].xml")
    main = _main(held)
    root = _tree(held[main])
    if local(root) != "workbook":
        raise InvalidInputError("inspection.fill.not_workbook", file=name)
    related = _related(held, main)
    by_kind = {kind.rsplit("/", 1)[-1]: part for kind, part in related.values()}
    styles = Styles("", None, [])
    if (part := by_kind.get("styles")) in held:
        styles = read_styles(part, _tree(held[part]))
    texts: list[str] = []
    if (part := by_kind.get("sharedStrings")) in held:
        texts = [text_of(one) for one in _tree(held[part]) if local(one) == "si"]
    sheets = []
    for one in root.iter():
        if local(one) != "sheet":
            continue
        link = next((v for k, v in one.attrib.items() if name_of(str(k)) == "id"), "")
        kind, part = related.get(str(link), ("", ""))
        if not kind.endswith("/worksheet") or part not in held:
            continue
        hidden = one.get("state", "visible") != "visible"
        sheet = read_sheet(str(one.get("name", "")), part, _tree(held[part]), texts, styles, hidden)
        sheet.boxes = read_boxes(sheet, _related(held, part), held, _tree)
        sheets.append(sheet)
    if not sheets:
        raise InvalidInputError("inspection.fill.not_workbook", file=name)
    book = Book(name, sheets, styles, parts, root, main)
    _choices(book, root)
    _links(book)
    return book


def _main(held: dict[str, bytes]) -> str:
    for kind, part in _related(held, "").values():
        if kind.endswith("/officeDocument"):
            return part
    raise KeyError("officeDocument")


def _related(held: dict[str, bytes], part: str) -> dict[str, tuple[str, str]]:
    """Return id → (kind, part) of what `part` points to; nothing outside the file."""
    folder, _, name = part.rpartition("/")
    path = posixpath.join(folder, "_rels", f"{name}.rels")
    if path not in held:
        return {}
    found = {}
    for one in _tree(held[path]):
        if one.get("TargetMode") == "External":
            continue
        target = str(one.get("Target", ""))
        full = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
        found[str(one.get("Id"))] = (str(one.get("Type", "")), posixpath.normpath(full))
    return found


def _tree(content: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False
    )
    root = etree.fromstring(content, parser)
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("DTD")
    return root


def _bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


_RANGE = re.compile(r"^(?:'?(?P<sheet>[^'!]+)'?!)?\$?(?P<a>[A-Z]+)\$?(?P<b>\d+)(?::\$?(?P<c>[A-Z]+)\$?(?P<d>\d+))?$")  # fmt: skip


def _choices(book: Book, root: etree._Element) -> None:
    """Give each list of choices that stands in cells, or under a name, its words."""
    names = {
        str(one.get("name")): (one.text or "").strip()
        for one in root.iter()
        if local(one) == "definedName"
    }
    for sheet in book.sheets:
        for choice in sheet.choices:
            if choice.source:
                choice.words = _in_cells(book, sheet, names.get(choice.source, choice.source))


def _links(book: Book) -> None:
    """Give each control the cell that shows its state; one that cannot be found is not to be set."""
    for sheet in book.sheets:
        for box in sheet.boxes:
            if not box.link:
                continue
            found = _RANGE.match(box.link)
            there = [one for one in book.sheets if found and one.name == (found["sheet"] or sheet.name)]  # fmt: skip
            if found is None or not there or found["c"]:
                box.checks = False
            else:
                box.linked = there[0], (int(found["b"]), column_number(found["a"]))


def _in_cells(book: Book, sheet: Sheet, source: str) -> tuple[str, ...]:
    found = _RANGE.match(source)
    if found is None:
        return ()
    there = next((one for one in book.sheets if one.name == found["sheet"]), sheet)
    first, left = int(found["b"]), column_number(found["a"])
    last = min(int(found["d"] or first), first + 100)
    right = min(column_number(found["c"] or found["a"]), left + 20)
    return tuple(
        cell.text.strip()
        for row in range(first, last + 1)
        for column in range(left, right + 1)
        if (cell := there.cells.get((row, column))) is not None and cell.text.strip()
    )


def column_number(letters: str) -> int:
    """Return 1 for ``A``, 27 for ``AA``."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


__all__ = ["Book", "Cell", "Sheet", "column_number", "open_book"]
