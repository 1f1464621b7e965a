"""The issued workbook: found by what is written, filled cell by cell, and read back."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping
from dataclasses import replace

import openpyxl
import pytest
from lxml import etree
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from tests.peers import issued

from sekisho.errors import InvalidInputError
from sekisho.inspection import (
    Answer,
    Computed,
    Line,
    Sheet,
    Standing,
    State,
    Value,
    catalogue,
)
from sekisho.inspection.issued import Filled, How, fill, propose
from sekisho.inspection.issued.book import open_book

pytestmark = pytest.mark.duty("0")

BOOK = catalogue("checklist-r7")
NOW = dt.datetime(2026, 2, 10, 3, tzinfo=dt.UTC)
TODAY = dt.date(2026, 2, 10)
CHECKED = dt.date(2026, 2, 9)
TARGET = dt.date(2026, 3, 31)
FIRST = "医療機関確認用"
PLAIN = issued.packed(issued.plain())


def answered(values: Mapping[str, Value | None] | None = None) -> Sheet:
    """Return the sheet with every item answered: yes, unless its number is in `values`."""
    lines = []
    for item in BOOK.asked():
        value = (values or {}).get(item.likely_number, Value.YES)
        said = value and Answer(
            id=1,
            catalogue=BOOK.id,
            item=item.id,
            turn=1,
            value=value,
            checked_on=CHECKED,
            target_on=TARGET if value is Value.NO else None,
            reason=None,
            by="B1",
            at=NOW,
            state=State.PERSON,
            proofs=(),
            carried_from=None,
        )
        lines.append(
            Line(
                item=item,
                computed=Computed(state=State.PERSON, proofs=()),
                answer=said or None,
                standing=Standing(value.value) if value else Standing.OPEN,
            )
        )
    return Sheet(catalogue=BOOK, lines=tuple(lines), at=NOW)


def filled(content: bytes, sheet: Sheet | None = None, how: How | None = None) -> Filled:
    """Fill a workbook."""
    return fill(content, "R7.xlsx", sheet or answered(), how or How(), today=TODAY)


def cells(content: bytes, sheet: str) -> dict[str, object]:
    """Return what stands in each cell of a sheet."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {cell.coordinate: cell.value for row in book[sheet].iter_rows() for cell in row}


@pytest.mark.parametrize("way", issued.WAYS)
def test_what_is_written_is_read_back(way: str) -> None:
    """In every layout all items are placed, and reading the filled sheet gives the same answers and days."""
    wanted = {"2-③": Value.NO, "3-③": Value.NO}
    found = filled(issued.packed(issued.WAYS[way]()), answered(wanted))
    assert found.unplaced == ()
    assert found.content is not None
    assert {mark.state for mark in found.marks} == {"written"}
    proposals, _ = propose(found.content, "R7.xlsx", BOOK, today=TODAY)
    assert len(proposals) == len(BOOK.asked())
    for one in proposals:
        no = one.item.likely_number in wanted
        assert one.value is (Value.NO if no else Value.YES)
        assert one.checked_on == CHECKED
        assert one.target_on == (TARGET if no else None)
        assert one.doubts == ()


def test_only_the_cells_of_answers_change() -> None:
    """Every part of the file but the sheet stays byte for byte, and in the sheet nothing but those cells: shapes, readings, choices, widths, print settings, unknown extensions."""
    before = issued.with_shapes(issued.packed(issued.plain()))
    found = filled(before)
    assert found.content is not None
    old, new = issued.parts_of(before), issued.parts_of(found.content)
    part = "xl/worksheets/sheet2.xml"
    assert list(old) == list(new)
    assert {name for name in old if old[name] != new[name]} == {part, "xl/workbook.xml"}
    written = {mark.where.partition("!")[2] for mark in found.marks}
    trees = [etree.fromstring(tree) for tree in (old[part], new[part])]
    for tree in trees:
        for one in tree.iter("{*}c"):
            if one.get("r") in written or one.find("{*}f") is not None:
                one.attrib.pop("t", "")
                for child in list(one):
                    if not child.tag.endswith("}f"):
                        one.remove(child)
    assert etree.tostring(trees[0], method="c14n") == etree.tostring(trees[1], method="c14n")


def test_days_are_real_days_where_the_cell_shows_days() -> None:
    """A cell with a date's format gets a date; a printed frame is filled in its own calendar."""
    found = filled(issued.packed(issued.plain()), answered({"2-①": Value.NO}))
    assert found.content is not None
    there = cells(found.content, "医療機関確認用")
    assert there["E8"] == "いいえ"
    assert there["F8"] == dt.datetime(2026, 2, 9)  # noqa: DTZ001 (a calendar day)
    assert there["G8"] == dt.datetime(2026, 3, 31)  # noqa: DTZ001 (same)
    assert all(value is None for at, value in cells(found.content, "事業者確認用").items() if at[0] == "E" and at not in {"E5", "E26"})  # fmt: skip
    moved = filled(issued.packed(issued.moved()), answered({"2-①": Value.NO}))
    assert moved.content is not None
    there = cells(moved.content, "薬局確認用")
    assert there["A6"] == "令和8年3月31日"
    assert there["B6"] == "令和8年2月9日"
    assert there["C6"] == "□はい　☑いいえ"


@pytest.mark.parametrize("way", ["range", "name", "extension"])
def test_the_words_of_the_sheet_are_written(way: str) -> None:
    """Where the choices are other words, in cells of a hidden sheet, under a name, or in an extension, the word that means the answer is written."""
    book = issued.plain()
    lists = book.create_sheet("リスト")
    lists["A1"], lists["A2"], lists["A3"] = "実施済", "未実施", "対象外"
    lists.sheet_state = "hidden"
    book.defined_names.add(DefinedName("回答", attr_text="リスト!$A$1:$A$3"))
    sheet = book[FIRST]
    sheet.data_validations.dataValidation.clear()
    rule = DataValidation(type="list", formula1="回答" if way == "name" else "リスト!$A$1:$A$3")
    rule.add("E6:E24")
    sheet.add_data_validation(rule)
    content = issued.packed(book)
    if way == "extension":
        content = issued.moved_to_extension(content)
    found = filled(content, answered({"2-②": Value.NO, "2-③": Value.NOT_APPLICABLE}))
    assert found.content is not None
    there = next(one for one in open_book(found.content, "R7.xlsx").sheets if one.name == FIRST)
    assert [there.cell((row, 5)).text for row in (8, 9, 10)] == ["実施済", "未実施", "対象外"]


HAND: Mapping[str, Mapping[str, str | int]] = {
    "○": {"E8": "○", "F8": "R8.2.9"},
    "yes": {"E8": "yes", "F8": "令和８年２月９日"},
    "はい。": {"E8": "はい。", "F8": 46062},
    "済": {"E8": "実施済み", "F8": "2/9"},
}


@pytest.mark.parametrize("way", HAND)
def test_what_a_hand_wrote_is_seen(way: str) -> None:
    """○, yes and はい。 are a yes; days in 和暦, without a year or as a number are the same day: nothing is written over them."""
    book = issued.plain()
    for at, value in HAND[way].items():
        book["医療機関確認用"][at] = value
    found = filled(issued.packed(book))
    states = {mark.where: mark.state for mark in found.marks}
    assert states["医療機関確認用!E8"] == "same"
    assert states["医療機関確認用!F8"] == "same"
    assert found.content is not None
    assert cells(found.content, "医療機関確認用")["E8"] == HAND[way]["E8"]


def test_what_differs_is_said_and_kept() -> None:
    """A different answer or day of a hand stays and is named; with `replace` it is overwritten and still named."""
    book = issued.plain()
    sheet = book["医療機関確認用"]
    sheet["E8"], sheet["F8"], sheet["E9"] = "いいえ", "令和7年12月1日", "事業者に確認中"
    content = issued.packed(book)
    kept = filled(content)
    differing = {m.where.partition("!")[2]: m.stood for m in kept.marks if m.state == "differs"}
    assert differing == {"E8": "いいえ", "F8": "令和7年12月1日", "E9": "事業者に確認中"}
    assert kept.content is not None
    there = cells(kept.content, "医療機関確認用")
    assert (there["E8"], there["F8"], there["E9"]) == ("いいえ", "令和7年12月1日", "事業者に確認中")
    assert there["E10"] == "はい"
    over = filled(content, how=How(replace=True))
    assert {m.where.partition("!")[2] for m in over.marks if m.state == "replaced"} == set(
        differing
    )
    assert over.content is not None
    assert cells(over.content, "医療機関確認用")["E8"] == "はい"


def test_the_next_check_column_is_filled() -> None:
    """In a form with 1回目, 2回目 and 3回目 the first column that is not full is filled; the one before stays."""
    first = filled(issued.packed(issued.turns()), answered({"2-③": Value.NO}))
    assert first.content is not None
    second = filled(first.content)
    assert (first.turn, second.turn) == (1, 2)
    assert second.content is not None
    there = cells(second.content, "チェックリスト")
    assert str(there["C10"]).startswith("いいえ")
    assert str(there["E10"]).startswith("はい")
    assert str(there["F10"]).startswith("はい・いいえ")
    proposals, _ = propose(second.content, "R7.xlsx", BOOK, today=TODAY)
    assert {one.value for one in proposals} == {Value.YES}


def test_an_unknown_layout_changes_nothing() -> None:
    """Where items cannot be placed, each is named with why, and nothing is written; with `partial` the others are."""
    book = issued.plain()
    sheet = book["医療機関確認用"]
    sheet["C8"] = "院内の駐車場の管理を行っている。"
    sheet["B9"], sheet["C9"] = None, "別紙のとおり"
    content = issued.packed(book)
    found = filled(content)
    assert found.content is None
    assert {one.item.likely_number: one.message for one in found.unplaced} == {
        "2-①": "inspection.fill.other_text",
        "2-②": "inspection.fill.not_found",
    }
    part = filled(content, how=How(partial=True))
    assert part.content is not None
    assert len(part.unplaced) == 2
    assert cells(part.content, "医療機関確認用")["E10"] == "はい"
    empty = openpyxl.Workbook()
    nothing = filled(issued.packed(empty), how=How(partial=True))
    assert nothing.content is None
    assert len(nothing.unplaced) == len(BOOK.asked())


def test_items_in_another_order_are_found_by_their_text() -> None:
    """An item whose number is another one, or missing, goes where its text is, not where its number is."""
    book = issued.plain()
    sheet = book["医療機関確認用"]
    sheet["B13"], sheet["B20"] = "2-⑬", "2-⑥"
    sheet["B12"] = None
    found = filled(issued.packed(book), answered({"2-⑥": Value.NO, "2-⑤": Value.NO}))
    assert found.content is not None
    there = cells(found.content, "医療機関確認用")
    assert there["E13"] == "いいえ"
    assert there["E12"] == "いいえ"
    assert there["E20"] == "はい"


def test_a_sheet_of_another_edition_is_named() -> None:
    """A workbook of another fiscal year is refused by its year; where it is allowed, texts that agree are filled."""
    old = issued.packed(issued.plain(title="令和６年度版　サイバーセキュリティ対策チェックリスト"))
    with pytest.raises(InvalidInputError) as error:
        filled(old)
    assert error.value.message == "inspection.fill.other_edition"
    assert "2024" in str(error.value.args_["year"])
    assert filled(old, how=How(other_edition=True)).content is not None


def test_protection_and_formulas_are_respected() -> None:
    """On a protected sheet open cells are filled and locked ones are named; a cell that is computed is never written."""
    book = issued.plain()
    sheet = book["医療機関確認用"]
    sheet.protection.sheet = True
    found = filled(issued.packed(book))
    assert found.content is None
    assert {one.message for one in found.unplaced} == {"inspection.fill.locked"}
    for row in range(6, 26):
        for column in (6, 7):
            sheet.cell(row, column).protection = openpyxl.styles.Protection(locked=False)
    assert filled(issued.packed(book)).content is not None
    sheet["E8"] = '=IF(F8="","","はい")'
    found = filled(issued.packed(book))
    assert [one.message for one in found.unplaced] == ["inspection.fill.formula"]


def test_an_answer_that_is_to_be_confirmed_is_not_written() -> None:
    """What is open, or has lost its proof since, stays empty on the sheet and is named."""
    sheet = answered({"2-①": None})
    lines = [
        replace(line, standing=Standing.CONFIRM) if line.item.likely_number == "2-②" else line
        for line in sheet.lines
    ]
    found = filled(issued.packed(issued.plain()), Sheet(catalogue=BOOK, lines=tuple(lines), at=NOW))
    assert {(one.number, one.message) for one in found.left} == {
        ("2-①", "inspection.fill.not_answered"),
        ("2-②", "inspection.fill.to_confirm"),
    }
    assert found.content is not None
    assert cells(found.content, "医療機関確認用")["E8"] is None


RANGES = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="900000">'
    b'<c r="XA900000"><v>1</v></c></row></sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells></worksheet>'
)
"""A sheet whose one merged range has more cells than can be."""


def hostile(what: str) -> bytes:
    """Return a file that is no workbook to fill."""
    plain = PLAIN
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    if what == "encrypted":
        return ole + "EncryptedPackage".encode("utf-16-le")
    if what == "old_form":
        return ole + b"Workbook"
    if what == "text":
        return b"not a zip"
    if what == "cut":
        return plain[:-200]
    types = issued.parts_of(plain)["[Content_Types].xml"]
    entity = b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    more = {
        "macros": {"xl/vbaProject.bin": b"x"},
        "xlsm": {"[Content_Types].xml": types.replace(b"openxmlformats-officedocument.spreadsheetml.sheet.main", b"ms-excel.sheet.macroEnabled.main")},
        "excel4": {"xl/macrosheets/sheet1.xml": b"<x/>"},
        "signed": {"_xmlsignatures/sig1.xml": b"<x/>"},
        "entity": {"xl/worksheets/sheet2.xml": entity},
        "ranges": {"xl/worksheets/sheet2.xml": RANGES},
        "parts": {f"xl/media/{n}.png": b"" for n in range(5_001)},
    }  # fmt: skip
    return issued.changed(plain, more[what])


REFUSED = {
    "encrypted": "encrypted", "old_form": "old_form", "text": "not_workbook", "cut": "not_workbook",
    "macros": "macros", "xlsm": "macros", "excel4": "macros", "signed": "signed",
    "entity": "not_workbook", "ranges": "not_workbook", "parts": "too_large",
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_hostile_files_are_refused_by_name(what: str) -> None:
    """Encrypted, old, cut, signed or oversized files, entities and macros are refused, each for its own reason."""
    with pytest.raises(InvalidInputError) as error:
        filled(hostile(what))
    assert error.value.message == f"inspection.fill.{REFUSED[what]}"
