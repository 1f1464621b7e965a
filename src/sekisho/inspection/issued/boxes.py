"""Check boxes that are drawn over the cells (form controls): which cell each stands in, and its state.

The state of one is kept up to three times, and each program reads another: `formControlPr`
([MS-XLSX] 2.6.72), the drawing of older programs ([MS-OI29500], VML ``ClientData``) and, where
one is linked, a cell. Only check boxes are set; what else is drawn over an answer is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from lxml import etree

from sekisho.inspection.issued.cells import At, Box, Sheet, local, name_of
from sekisho.inspection.issued.words import value_in
from sekisho.inspection.records import Value

_EMU = 9525
"""Of a pixel."""
_POINT = 12700
MOST = 500
"""Controls of one sheet; a checklist has two for each item."""
_SHAPE = b"<v:shape "
_END = b"</v:shape>"
_NAMED = re.compile(rb'\b(?:sp)?id="[^"]*_s(\d{1,9})"')
_CHECKED = re.compile(rb"\s*<x:Checked>[^<]*</x:Checked>")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&"}


def read_boxes(
    sheet: Sheet,
    related: Mapping[str, tuple[str, str]],
    held: Mapping[str, bytes],
    tree: Callable[[bytes], etree._Element],
) -> list[Box]:
    """Return the controls of a sheet, in the order in which they are drawn.

    Raises:
        ValueError: There are more than a checklist has, or one stands nowhere.

    Args:
        sheet: The sheet.
        related: Id → (kind, part) of what it points to.
        held: Every part of the workbook.
        tree: Reads a part.
    """
    legacy = next((one for one in sheet.root if local(one) == "legacyDrawing"), None)
    drawing = "" if legacy is None else related.get(_id(legacy), ("", ""))[1]
    found: dict[str, Box] = {}
    controls = [one for one in sheet.root.iter() if local(one) == "control"]
    if not controls:
        return []
    if len(controls) > 4 * MOST:
        raise ValueError(sheet.name)
    labels, sizes = _labels(held.get(drawing, b"")), (_heights(sheet), _widths(sheet))
    for one in controls:
        shape = str(one.get("shapeId", ""))
        anchor = next((each for each in one.iter() if local(each) == "anchor"), None)
        if not (shape.isascii() and shape.isdigit()) or anchor is None or shape in found:
            continue
        kind, part = related.get(_id(one), ("", ""))
        told = tree(held[part]) if kind.endswith("/ctrlProp") and part in held else None
        about = next((each for each in one if local(each) == "controlPr"), None)
        found[shape] = Box(
            at=_under(anchor, *sizes),
            label=labels.get(int(shape)) or str(one.get("name", "")),
            checks=told is not None and told.get("objectType") == "CheckBox",
            checked=told is not None and told.get("checked") == "Checked",
            link="" if told is None else str(told.get("fmlaLink", "")),
            locked=about is None or about.get("locked", "1") not in {"0", "false"},
            shape=int(shape),
            part=part,
            drawing=drawing,
        )
    return list(found.values())


def changed(
    boxes: Iterable[Box], held: Mapping[str, bytes], tree: Callable[[bytes], etree._Element]
) -> dict[str, bytes]:
    """Return part → its new bytes, of what was set; the rest of each part stays as it is."""
    found: dict[str, bytes] = {}
    drawn: dict[str, dict[int, bool]] = {}
    for one in boxes:
        if not one.written:
            continue
        root = tree(held[one.part])
        root.attrib.pop("checked", "")
        if one.checked:
            root.set("checked", "Checked")
        found[one.part] = etree.tostring(
            root, xml_declaration=True, encoding="UTF-8", standalone=True
        )
        drawn.setdefault(one.drawing, {})[one.shape] = one.checked
    older = {part: states for part, states in drawn.items() if part in held}
    return found | {part: _drawn(held[part], states) for part, states in older.items()}


def boxes_in(sheet: Sheet, at: At) -> list[Box]:
    """Return the controls that stand in a cell, or in what it is merged with."""
    top, left, bottom, right = sheet.span(at)
    return [one for one in sheet.boxes if top <= one.at[0] <= bottom and left <= one.at[1] <= right]


def meaning(boxes: Iterable[Box]) -> dict[Value, Box] | None:
    """Return what each box of one answer means by its label; None where that cannot be told.

    A box alone that is not labelled is a yes.
    """
    some = list(boxes)
    if not all(one.checks for one in some):
        return None
    if len(some) == 1 and value_in(some[0].label) is None:
        return {Value.YES: some[0]}
    found = {value: one for one in some if (value := value_in(one.label)) is not None}
    return found if len(found) == len(some) and Value.YES in found else None


def _id(one: etree._Element) -> str:
    """Return the id of the part that an element points to."""
    return next((str(v) for k, v in one.attrib.items() if name_of(str(k)) == "id"), "")


def _drawn(older: bytes, states: Mapping[int, bool]) -> bytes:
    """Return the drawing of older programs with the states of its boxes by shape."""
    first, *shapes = older.split(_SHAPE)
    for at, shape in enumerate(shapes):
        known = states.get(_number(shape))
        if known is None or _END not in shape:
            continue
        inner, _, rest = shape.partition(_END)
        inner = _CHECKED.sub(b"", inner)
        if known:
            state = b"<x:Checked>1</x:Checked></x:ClientData>"
            inner = inner.replace(b"</x:ClientData>", state, 1)
        shapes[at] = inner + _END + rest
    return _SHAPE.join([first, *shapes])


def _labels(older: bytes) -> dict[int, str]:
    """Return shape → what is written beside it, from the drawing of older programs."""
    found = {}
    for shape in older.split(_SHAPE)[1:]:
        inner = shape.partition(_END)[0].partition(b"<v:textbox")[2].partition(b"</v:textbox>")[0]
        text = re.sub(rb"<[^<>]*>", b"", b"<" + inner).decode("utf-8", "replace")
        for written, letter in _ENTITIES.items():
            text = text.replace(written, letter)
        found[_number(shape)] = " ".join(text.split())
    return found


def _number(shape: bytes) -> int:
    """Return the number of a shape, of its id or of its id for older programs; 0 where it has none."""
    found = _NAMED.findall(shape.partition(b">")[0])
    return int(found[-1]) if found else 0


def _under(anchor: etree._Element, rows: Mapping[int, int], columns: Mapping[int, int]) -> At:
    """Return the cell under the middle of what is anchored."""
    ends = [_end(one) for one in anchor if local(one) in {"from", "to"}]
    if len(ends) != 2:
        raise ValueError("anchor")
    (left, left_off, top, top_off), (right, right_off, bottom, bottom_off) = ends
    return (
        _middle(top, top_off, bottom, bottom_off, lambda at: rows.get(at, rows[0])),
        _middle(left, left_off, right, right_off, lambda at: columns.get(at, columns[0])),
    )


def _middle(first: int, before: int, last: int, after: int, size: Callable[[int], int]) -> int:
    """Return the row or column, from 1, in which the middle of a stretch lies."""
    if last - first > 50:
        return first + 1
    whole = sum(size(at) for at in range(first + 1, last + 1)) - before + after
    left = before + max(whole, 0) // 2
    for at in range(first + 1, last + 2):
        if left < size(at):
            return at
        left -= size(at)
    return last + 1


def _end(one: etree._Element) -> tuple[int, int, int, int]:
    told = {local(each): int(each.text or "0") for each in one}
    return told["col"], told["colOff"], told["row"], told["rowOff"]


def _heights(sheet: Sheet) -> dict[int, int]:
    """Return row → its height in EMU; of 0 the usual one."""
    usual = next((one for one in sheet.root if local(one) == "sheetFormatPr"), None)
    height = float(usual.get("defaultRowHeight", "15")) if usual is not None else 15.0
    found = {0: round(height * _POINT)}
    for one in sheet.root.iter():
        if local(one) == "row" and one.get("ht"):
            found[int(one.get("r", "0"))] = round(float(one.get("ht", "15")) * _POINT)
    return found


def _widths(sheet: Sheet) -> dict[int, int]:
    """Return column → its width in EMU; of 0 the usual one."""
    usual = next((one for one in sheet.root if local(one) == "sheetFormatPr"), None)
    found = {0: _wide(float(usual.get("defaultColWidth", "8.43")) if usual is not None else 8.43)}
    columns = [one for one in sheet.root.iter() if local(one) == "col" and one.get("width")]
    for one in columns[:MOST]:
        first, last = int(one.get("min", "1")), int(one.get("max", "1"))
        for at in range(first, min(last, first + 200) + 1):
            found[at] = _wide(float(one.get("width", "8.43")))
    return found


def _wide(letters: float) -> int:
    """Return the width of so many digits, with the margins that a cell has."""
    return round(letters * 7 + 5) * _EMU
