"""The cells of one sheet of a workbook: what stands in them, and writing into one."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace

from lxml import etree

_EPOCH = dt.date(1899, 12, 30)
_REF = re.compile(r"^([A-Z]{1,3})([0-9]{1,7})$")
_DAYS = frozenset({*range(14, 23), *range(27, 37), *range(50, 59)})
"""Number formats that every program knows as dates (ECMA-376 18.8.30)."""
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
MOST_CELLS = 100_000
"""Of one sheet; a checklist has some hundred."""
MOST_RANGES = 20_000
At = tuple[int, int]
"""Row and column, from 1."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one cell.

    Attributes:
        text: As a person reads it; a date's serial number stays a number.
        value: True or False of a box in the cell, a number, or None for text and nothing.
        formula: It is computed.
        locked: It may not be changed while its sheet is protected.
        dated: Its number format shows a date.
    """

    text: str = ""
    value: bool | float | None = None
    formula: bool = False
    locked: bool = True
    dated: bool = False


@dataclass(slots=True)
class Choice:
    """A list of choices (data validation) with the cells that have it; `source` names where it stands."""

    ranges: tuple[tuple[int, int, int, int], ...]
    kind: str
    words: tuple[str, ...]
    source: str = ""


@dataclass(slots=True)
class Styles:
    """The formats of cells: of each, whether it shows a date and whether it locks."""

    part: str
    root: etree._Element | None
    formats: list[tuple[bool, bool]]
    grown: bool = False

    def dated(self, style: int) -> int:
        """Return a style that is `style` and shows a date."""
        if self.root is None:
            return style
        table = next(one for one in self.root if local(one) == "cellXfs")
        made = deepcopy(table[style])
        made.set("numFmtId", "14")
        made.set("applyNumberFormat", "1")
        table.append(made)
        table.set("count", str(len(table)))
        lock = self.formats[style][1]
        self.formats.append((True, lock))
        self.grown = True
        return len(table) - 1


@dataclass(slots=True)
class Box:
    """One control over the cells of a sheet.

    Attributes:
        at: The cell under its middle.
        label: What stands beside it.
        checks: It is a check box; else it is told of and never changed.
        link: The cell that shows its state, as a formula names it; empty for none.
        locked: It may not be changed while its sheet is protected.
        shape: Its number in the drawing of older programs.
        written: Its state was set.
    """

    at: At
    label: str
    checks: bool
    checked: bool
    link: str
    locked: bool
    shape: int
    part: str
    drawing: str
    linked: tuple[Sheet, At] | None = None
    written: bool = field(default=False)

    def put(self, *, checked: bool) -> None:
        """Set its state, and that of the cell that shows it."""
        self.written = self.written or checked is not self.checked
        self.checked = checked
        if self.linked is not None:
            sheet, at = self.linked
            if sheet.cell(at).value is not checked:
                sheet.put(at, checked)


@dataclass(slots=True)
class Sheet:
    """One sheet: cells by (row, column) from 1.

    Attributes:
        merged: Ranges (top, left, bottom, right) that are one cell.
        protected: Locked cells may not be changed.
        formulas: Some cell is computed.
        looks_out: Some cell is computed from another sheet.
        written: Cells written since it was read.
        boxes: Controls that are drawn over the cells.
    """

    name: str
    part: str
    root: etree._Element
    cells: dict[At, Cell]
    merged: list[tuple[int, int, int, int]]
    choices: list[Choice]
    protected: bool
    hidden: bool
    formulas: bool
    looks_out: bool
    styles: Styles
    written: list[At] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    _covers: dict[At, tuple[int, int, int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Note which range each cell near a text is in.

        Raises:
            ValueError: There are more cells and ranges than a sheet to be filled has.
        """
        if len(self.cells) > MOST_CELLS or len(self.merged) > MOST_RANGES:
            raise ValueError(self.name)
        last = max((at[0] for at in self.cells), default=0), max((at[1] for at in self.cells), default=0)  # fmt: skip
        for one in self.merged:
            rows = range(one[0], min(one[2], last[0]) + 1)
            columns = range(one[1], min(one[3], last[1]) + 1)
            if len(self._covers) + len(rows) * len(columns) > MOST_CELLS:
                raise ValueError(self.name)
            self._covers |= {(row, column): one for row in rows for column in columns}

    def anchor(self, at: At) -> At:
        """Return the top left cell of the merged range that `at` is in, else `at`."""
        top, left, _, _ = self.span(at)
        return top, left

    def span(self, at: At) -> tuple[int, int, int, int]:
        """Return the range that `at` stands for: (top, left, bottom, right)."""
        return self._covers.get(at) or (*at, *at)

    def cell(self, at: At) -> Cell:
        """Return what stands at `at`, through merged ranges."""
        return self.cells.get(self.anchor(at), Cell())

    def choice(self, at: At) -> Choice | None:
        """Return the list of choices of the cell, None where it has none."""
        row, column = self.anchor(at)
        for one in self.choices:
            if any(t <= row <= b and le <= column <= r for t, le, b, r in one.ranges):
                return one
        return None

    def put(self, at: At, value: str | bool | dt.date) -> None:
        """Write into one cell; its format stays, unless a day is put where none would show.

        Args:
            at: The cell; of a merged range the top left one is written.
            value: Text, a box's state, or a day (a serial number if the cell shows dates).
        """
        at = self.anchor(at)
        element = self._element(at)
        known = self.cells.get(at, Cell())
        for child in list(element):
            element.remove(child)
        element.attrib.pop("t", "")
        space = f"{{{etree.QName(self.root).namespace}}}"
        if isinstance(value, bool):
            element.set("t", "b")
            etree.SubElement(element, f"{space}v").text = "1" if value else "0"
            now = Cell(value=value)
        elif isinstance(value, dt.date):
            if not known.dated:
                element.set("s", str(self.styles.dated(int(element.get("s", "0")))))
            serial = (value - _EPOCH).days
            etree.SubElement(element, f"{space}v").text = str(serial)
            now = Cell(str(serial), float(serial))
        else:
            element.set("t", "inlineStr")
            text = etree.SubElement(etree.SubElement(element, f"{space}is"), f"{space}t")
            text.text = value
            if value != value.strip():
                text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            now = Cell(value)
        dated = known.dated or (isinstance(value, dt.date) and not isinstance(value, bool))
        self.cells[at] = replace(now, locked=known.locked, dated=dated)
        self.written.append(at)

    def _element(self, at: At) -> etree._Element:
        """Return the element of a cell; made, in order, where there is none."""
        space = f"{{{etree.QName(self.root).namespace}}}"
        data = self.root.find(f"{space}sheetData")
        assert data is not None
        row = _ordered(data, f"{space}row", at[0], lambda one: int(one.get("r", "0")))
        if row.get("r") is None:
            row.set("r", str(at[0]))
        element = _ordered(row, f"{space}c", at[1], lambda one: place(str(one.get("r")))[1])
        if element.get("r") is None:
            element.set("r", ref(at))
        return element

    def forget_results(self) -> None:
        """Take out what formulas gave before; who opens the sheet computes it."""
        for one in self.root.iter():
            if local(one) == "c" and any(local(child) == "f" for child in one):
                one.attrib.pop("t", "")
                for child in [child for child in one if local(child) == "v"]:
                    one.remove(child)

    def bytes(self) -> bytes:
        """Return the sheet's part."""
        return etree.tostring(self.root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _ordered(parent: etree._Element, tag: str, number: int, of: object) -> etree._Element:
    assert callable(of)
    for at, one in enumerate(parent):
        if one.tag != tag:
            continue
        found = of(one)
        if found == number:
            return one
        if found > number:
            made = etree.Element(tag)
            parent.insert(at, made)
            return made
    return etree.SubElement(parent, tag)


def local(element: etree._Element) -> str:
    """Return an element's name without its namespace."""
    return name_of(element.tag) if isinstance(element.tag, str) else ""


def name_of(tag: str) -> str:
    """Return a name without its namespace."""
    return tag.rpartition("}")[2]


def place(text: str) -> At:
    """Return row and column of ``C12``.

    Raises:
        ValueError: It names no cell.
    """
    found = _REF.match(text)
    if found is None:
        raise ValueError(text)
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]), column


def ref(at: At) -> str:
    """Return ``C12`` for row 12, column 3."""
    letters, number = "", at[1]
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{at[0]}"


def text_of(element: etree._Element) -> str:
    """Return the text of a string with its formatted runs; readings above the letters are left out."""
    if any(local(one) == "r" for one in element):
        runs = [one for one in element if local(one) == "r"]
        return "".join(text_of(one) for one in runs)
    return "".join(one.text or "" for one in element if local(one) == "t")


def read_styles(part: str, root: etree._Element) -> Styles:
    """Return the formats in the part of styles."""
    own = {
        int(one.get("numFmtId", "0")): str(one.get("formatCode", ""))
        for one in root.iter()
        if local(one) == "numFmt"
    }
    table = next((one for one in root if local(one) == "cellXfs"), None)
    formats = []
    for one in table if table is not None else ():
        number = int(one.get("numFmtId", "0"))
        code = _QUOTED.sub("", own.get(number, "")).lower()
        shows = number in _DAYS or (
            code not in {"general", "@"} and "0" not in code and bool(re.search(r"[ymdeg]", code))
        )
        lock = next((child for child in one if local(child) == "protection"), None)
        formats.append((shows, lock is None or lock.get("locked", "1") not in {"0", "false"}))
    return Styles(part, root, formats)


def read_sheet(
    name: str,
    part: str,
    root: etree._Element,
    texts: Sequence[str],
    styles: Styles,
    hidden: bool,
) -> Sheet:
    """Return the sheet in a part."""
    cells: dict[At, Cell] = {}
    merged: list[tuple[int, int, int, int]] = []
    choices: list[Choice] = []
    protected = formulas = looks_out = False
    row = 0
    for one in root.iter():
        kind = local(one)
        if kind == "row":
            parent = one.getparent()
            if parent is None or local(parent) != "sheetData":
                continue  # that of an anchor of something drawn
            row = int(one.get("r", str(row + 1)))
            one.set("r", str(row))
            _name_cells(one, row)
        elif kind == "c":
            cell = _cell(one, texts, styles)
            formulas = formulas or cell.formula
            cells[place(str(one.get("r")))] = cell
            if len(cells) > MOST_CELLS:
                raise ValueError(name)
        elif kind == "f":
            looks_out = looks_out or "!" in (one.text or "")
        elif kind == "mergeCell":
            merged.append(_range(str(one.get("ref"))))
        elif kind == "sheetProtection":
            protected = one.get("sheet", "0") in {"1", "true"}
        elif kind == "dataValidation":
            choices.append(_choice(one))
    return Sheet(
        name, part, root, cells, merged, choices, protected, hidden, formulas, looks_out, styles
    )


def _name_cells(row: etree._Element, number: int) -> None:
    """Give cells without an address theirs: it may be left out where they follow each other."""
    column = 0
    for one in row:
        if local(one) == "c":
            column = place(str(one.get("r")))[1] if one.get("r") else column + 1
            one.set("r", ref((number, column)))


def _cell(one: etree._Element, texts: Sequence[str], styles: Styles) -> Cell:
    style = int(one.get("s", "0"))
    dated, locked = styles.formats[style] if style < len(styles.formats) else (False, True)
    formula = any(local(child) == "f" for child in one)
    kind = one.get("t", "n")
    raw = next((child.text or "" for child in one if local(child) == "v"), "")
    if kind == "s" and raw:
        return Cell(texts[int(raw)], None, formula, locked, dated)
    if kind == "inlineStr":
        inner = next((child for child in one if local(child) == "is"), None)
        return Cell("" if inner is None else text_of(inner), None, formula, locked, dated)
    if kind == "b" and raw:
        return Cell("", raw.strip() in {"1", "true"}, formula, locked, dated)
    if kind == "n" and raw:
        number = float(raw)
        return Cell(f"{number:g}" if number % 1 else str(int(number)), number, formula, locked, dated)  # fmt: skip
    return Cell(raw, None, formula, locked, dated)


def _range(text: str) -> tuple[int, int, int, int]:
    first, _, last = text.replace("$", "").partition(":")
    top, left = place(first)
    bottom, right = place(last or first)
    return top, left, bottom, right


def _choice(one: etree._Element) -> Choice:
    said = {local(child): (child.text or "") for child in one.iter()}
    inner = [child for child in one.iter() if local(child) in {"f", "sqref"}]
    formula = said.get("formula1", "").strip() or next(
        ((c.text or "").strip() for c in inner if local(c) == "f"), ""
    )
    where = one.get("sqref") or said.get("sqref", "")
    ranges = tuple(_range(part) for part in where.split() if re.match(r"^\$?[A-Z]+\$?\d", part))
    if formula.startswith('"'):
        words = tuple(part.strip() for part in formula.strip('"').split(",") if part.strip())
        return Choice(ranges, one.get("type", ""), words)
    return Choice(ranges, one.get("type", ""), (), formula)
