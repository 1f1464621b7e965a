"""Check boxes that are drawn over the issued workbook: set where they stand, or told of."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from openpyxl import load_workbook
from tests.peers import issued
from tests.peers.boxes import Drawn, with_boxes
from tests.unit.inspection.test_issued import BOOK, TODAY, answered, filled

from sekisho.inspection import Value
from sekisho.inspection.issued import How, propose

pytestmark = pytest.mark.duty("0")
PART = "xl/worksheets/sheet2.xml"
ANSWER = 4
"""Column of 確認結果, from 0."""
PLAIN = issued.packed(issued.plain())


def row_of(number: str) -> int:
    """Return the row of an item, from 0."""
    sheet = load_workbook(io.BytesIO(PLAIN))["医療機関確認用"]
    return next(row[1].row for row in sheet.iter_rows() if row[1].value == number) - 1


def pair(number: str, yes: str = "", no: str = "", *, ticked: bool = False) -> list[Drawn]:
    """Return two boxes, はい and いいえ, side by side over the answer of an item; `ticked` is the second."""
    row = row_of(number)
    return [
        Drawn(row=row, column=ANSWER, label="はい", link=yes),
        Drawn(row=row, column=ANSWER, label="いいえ", off=500000, link=no, checked=ticked),
    ]  # fmt: skip


def parts(content: bytes) -> dict[str, bytes]:
    """Return what is in a workbook."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {one: file.read(one) for one in file.namelist()}


def test_a_drawn_box_is_set_where_it_stands() -> None:
    """The box that says the answer is ticked, for programs of each age and in its linked cell, the other is not, no word is written below, and it is read back; parts of other boxes stay byte for byte."""
    boxes = [*pair("2-①", "$J$8", "$K$8"), *pair("2-③", ticked=True)]
    content = with_boxes(PLAIN, PART, boxes)
    found = filled(content, answered({"2-①": Value.NO, "2-③": Value.NO}))
    assert found.unplaced == ()
    assert found.content is not None
    before, after = parts(content), parts(found.content)
    anchors = [re.findall(rb"<anchor.*?</anchor>", one[PART]) for one in (before, after)]
    assert anchors[0] == anchors[1]
    assert b"Checked" not in after["xl/ctrlProps/ctrlProp1.xml"]
    assert b'checked="Checked"' in after["xl/ctrlProps/ctrlProp2.xml"]
    for untouched in ("1", "3", "4"):
        name = f"xl/ctrlProps/ctrlProp{untouched}.xml"
        assert after[name] == before[name]
    shapes = re.findall(
        rb"<v:shape .*?</v:shape>",
        b"".join(body for name, body in after.items() if name.endswith(".vml")),
        re.DOTALL,
    )
    assert [b"<x:Checked>1</x:Checked>" in one for one in shapes] == [False, True, False, True]
    sheet = load_workbook(io.BytesIO(found.content))["医療機関確認用"]
    row = row_of("2-①") + 1
    assert (sheet["J8"].value, sheet["K8"].value, sheet.cell(row, ANSWER + 1).value) == (
        False,
        True,
        None,
    )
    (mark,) = [one for one in found.marks if one.number == "2-③" and one.what == "answer"]
    assert (mark.state, mark.stood) == ("same", "☑いいえ")
    read, _ = propose(found.content, "R7.xlsx", BOOK, today=TODAY)
    said = {one.item.number: one.value for one in read}
    assert (said["2-①"], said["2-③"]) == (Value.NO, Value.NO)


def test_a_tick_of_a_hand_is_not_overwritten_silently() -> None:
    """A box that a person ticked otherwise is told and kept; with leave it is changed, and a word that was typed below goes."""
    content = with_boxes(PLAIN, PART, pair("2-①", ticked=True))
    found = filled(content)
    (mark,) = [one for one in found.marks if one.state == "differs"]
    assert (mark.number, mark.stood, mark.wanted) == ("2-①", "☑いいえ", "はい")
    found = filled(content, how=How(replace=True))
    assert found.content is not None
    read, _ = propose(found.content, "R7.xlsx", BOOK, today=TODAY)
    assert {one.item.number: one.value for one in read}["2-①"] is Value.YES


@pytest.mark.parametrize("odd", [
    Drawn(row=0, column=ANSWER, label="はい", kind="Radio"),
    Drawn(row=0, column=ANSWER, label="はい", link="どこか"),
])  # fmt: skip
def test_what_cannot_be_tied_is_named(odd: Drawn) -> None:
    """Boxes without a meaning, other controls and a link to nowhere make the item one that is not placed, so nothing is written; a box over no answer is told and left."""
    row = row_of("2-①")
    for boxes in (
        [Drawn(row=row, column=ANSWER, label=one) for one in ("甲", "乙")],
        [Drawn(row=row, column=ANSWER, label=odd.label, kind=odd.kind, link=odd.link)],
    ):
        found = filled(with_boxes(PLAIN, PART, boxes))
        assert found.content is None
        assert [(one.item.number, one.message) for one in found.unplaced] == [("2-①", "inspection.fill.box")]  # fmt: skip
    found = filled(with_boxes(PLAIN, PART, [Drawn(row=1, column=7, label="確認済")]))
    assert found.content is not None
    (left,) = [one for one in found.left if one.message == "inspection.fill.box_loose"]
    assert left.args == {"where": "医療機関確認用!H2", "box": "確認済"}
