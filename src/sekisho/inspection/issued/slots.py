"""The cells of one item: what a person wrote there, and writing an answer in the sheet's own way."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sekisho.errors import Value as Said
from sekisho.inspection.issued.boxes import boxes_in, meaning
from sekisho.inspection.issued.cells import At, Box, Sheet, ref
from sekisho.inspection.issued.layout import ANSWERS, Role
from sekisho.inspection.issued.match import Place, Unplaced
from sekisho.inspection.issued.words import (
    day_in,
    is_blank_day,
    is_choice,
    option,
    plain,
    value_in,
)
from sekisho.inspection.records import Value

WORDS = {Value.YES: "はい", Value.NO: "いいえ", Value.NOT_APPLICABLE: "該当なし"}
_BRACKET = re.compile(r"\(([^()]*)\)$")


@dataclass(frozen=True, slots=True)
class Slot:
    """Where one item is answered.

    Attributes:
        place: Which line of the sheet.
        cells: Role → cell, of the time that is filled.
    """

    place: Place
    cells: dict[Role, At]

    @property
    def sheet(self) -> Sheet:
        """The sheet it stands on."""
        return self.place.sheet

    @property
    def answer_cell(self) -> At:
        """The cell that stands for the answer, in what is said of it."""
        return next(self.cells[role] for role in ANSWERS if role in self.cells)

    def drawn(self) -> list[Box]:
        """Return the controls that are drawn over its answer."""
        return [
            one
            for role in ANSWERS
            if role in self.cells
            for one in boxes_in(self.sheet, self.cells[role])
        ]

    def boxes(self) -> dict[Value, Box] | None:
        """Return what each drawn box means; empty where none is, None where that cannot be told."""
        if not (Role.YES in self.cells or Role.NO in self.cells):
            found = self.drawn()
            return meaning(found) if found else {}
        said: dict[Value, Box] = {}
        for role, value in ((Role.YES, Value.YES), (Role.NO, Value.NO)):
            here = boxes_in(self.sheet, self.cells[role]) if role in self.cells else []
            if len(here) > 1 or any(not one.checks for one in here):
                return None
            if here:
                said[value] = here[0]
        return said if not said or Value.YES in said else None

    def _ticked(self) -> list[Value]:
        return [value for value, one in (self.boxes() or {}).items() if one.checked]

    def text(self, at: At) -> str:
        """Return what a cell shows; of a box its state."""
        cell = self.sheet.cell(at)
        if isinstance(cell.value, bool):
            return "☑" if cell.value else "☐"
        return cell.text.strip()

    def stands(self) -> str:
        """Return what is written as the answer."""
        if ticked := self._ticked():
            return "・".join(f"☑{WORDS[value]}" for value in ticked)
        if Role.YES in self.cells or Role.NO in self.cells:
            marks = [
                f"{WORDS[value]} {self.text(self.cells[role])}".strip()
                for role, value in ((Role.YES, Value.YES), (Role.NO, Value.NO))
                if role in self.cells and self._marked(role)
            ]
            return "・".join(marks)
        return self.text(self.answer_cell)

    def _marked(self, role: Role) -> bool:
        said = plain(self.text(self.cells[role]))
        return bool(said) and said not in {"□", "☐", "はい", "いいえ"}

    def value(self) -> Value | None:
        """Return what the answer means; None where nothing is chosen or it cannot be told."""
        if ticked := self._ticked():
            return ticked[0] if len(ticked) == 1 else None
        if Role.YES in self.cells or Role.NO in self.cells:
            yes = Role.YES in self.cells and self._marked(Role.YES)
            no = Role.NO in self.cells and self._marked(Role.NO)
            return None if yes == no else Value.YES if yes else Value.NO
        at = self.answer_cell
        cell = self.sheet.cell(at)
        if isinstance(cell.value, bool):
            return Value.YES if cell.value else None
        return value_in(cell.text)

    def unclear(self) -> bool:
        """Whether something is written that is neither an answer nor the printed choice."""
        if self.value() is not None:
            return False
        if self._ticked():
            return True
        if Role.YES in self.cells or Role.NO in self.cells:
            return bool(self.stands())
        said = self.text(self.answer_cell)
        return bool(plain(said)) and not is_choice(said) and plain(said) not in {"□", "☐"}

    def _options(self, at: At) -> tuple[str, ...]:
        choice = self.sheet.choice(at)
        return () if choice is None or choice.kind not in {"list", ""} else choice.words

    def can_say(self, value: Value) -> bool:
        """Whether the sheet has a way to say `value`."""
        if drawn := self.boxes():
            return value in drawn
        if Role.YES in self.cells or Role.NO in self.cells:
            return (Role.YES if value is Value.YES else Role.NO) in self.cells and (
                value is not Value.NOT_APPLICABLE
            )
        at = self.answer_cell
        if isinstance(self.sheet.cell(at).value, bool):
            return value is Value.YES
        options = self._options(at)
        if options:
            return option(options, value) is not None
        if is_choice(self.text(at)):
            return value is not Value.NOT_APPLICABLE or "該当なし" in plain(self.text(at))
        return True

    def word(self, value: Value) -> str:
        """Return how the sheet says `value`."""
        if self.boxes() or Role.YES in self.cells or Role.NO in self.cells:
            return WORDS[value]
        return option(self._options(self.answer_cell), value) or WORDS[value]

    def write_value(self, value: Value, day: dt.date | None) -> None:
        """Write the answer; where boxes are drawn over it they are set, and no word stands beside them."""
        if drawn := self.boxes():
            for mine, box in drawn.items():
                box.put(checked=mine is value)
            for at in {self.cells[role] for role in ANSWERS if role in self.cells}:
                if value_in(self.text(at)) is not None:
                    self.sheet.put(at, "")
            return
        if Role.YES in self.cells or Role.NO in self.cells:
            self._write_marks(value)
            return
        at = self.answer_cell
        said = self.text(at)
        if isinstance(self.sheet.cell(at).value, bool):
            self.sheet.put(at, value is Value.YES)
            return
        word = self.word(value)
        if is_choice(said) and re.search(f"[□☐]{word}", plain(said)):
            word = re.sub(rf"[□☐](\s*){word}", rf"☑\1{word}", said)
        elif is_choice(said) and "(" in plain(said):
            word = f"{word}（{day.month}/{day.day}）" if day else word
        elif Role.BOTH in self.cells and day is not None:
            word = f"{word}（{day:%Y/%m/%d}）"
        self.sheet.put(at, word)

    def _write_marks(self, value: Value) -> None:
        for role, mine in ((Role.YES, Value.YES), (Role.NO, Value.NO)):
            at = self.cells.get(role)
            if at is None:
                continue
            cell = self.sheet.cell(at)
            if isinstance(cell.value, bool):
                self.sheet.put(at, value is mine)
            elif value is mine:
                boxed = plain(cell.text) in {"□", "☐"}
                mark = option(self._options(at), Value.YES) or ("☑" if boxed else "○")
                self.sheet.put(at, mark)
            elif self._marked(role):
                self.sheet.put(at, "□" if "☑" in cell.text else "")

    def day(self, at: At, near: dt.date, *, future: bool) -> dt.date | None:
        """Return the day that is written in a cell."""
        return day_in(self.sheet.cell(at).text, near=near, future=future)

    def checked_on(self, near: dt.date) -> dt.date | None:
        """Return the day of the answer, of its own cell or behind the answer in brackets."""
        if Role.DATE in self.cells:
            return self.day(self.cells[Role.DATE], near, future=False)
        found = _BRACKET.search(plain(self.text(self.answer_cell)))
        return day_in(found[1], near=near) if found else None

    def is_empty_day(self, at: At) -> bool:
        """Whether nothing but its printed frame stands in a cell of a day."""
        return is_blank_day(self.sheet.cell(at).text)

    def write_day(self, at: At, day: dt.date) -> None:
        """Write a day as the cell wants it: a real date, or in the frame that is printed."""
        cell = self.sheet.cell(at)
        choice = self.sheet.choice(at)
        frame = plain(cell.text)
        if cell.dated or (choice is not None and choice.kind == "date"):
            self.sheet.put(at, day)
        elif "令和" in frame:
            self.sheet.put(at, f"令和{day.year - 2018}年{day.month}月{day.day}日")
        elif frame.startswith("(") and "/" in frame:
            self.sheet.put(at, f"（{day.month}/{day.day}）")
        elif "年" in frame:
            self.sheet.put(at, f"{day.year}年{day.month}月{day.day}日")
        elif "月" in frame:
            told = f"{day.month}月{day.day}日"
            self.sheet.put(at, f"（{told}）" if frame.startswith("(") else told)
        else:
            self.sheet.put(at, f"{day:%Y/%m/%d}")


def turn_of(places: Sequence[Place], wanted: int | None) -> int:
    """Return which of the times (1回目…) is filled, from 0: the first that is not full."""
    most = max((len(one.row.rounds) for one in places), default=1)
    if wanted is not None:
        return min(max(wanted, 1), most) - 1
    for turn in range(most):
        slots = slots_of(places, turn)
        if any(slot.value() is None and not slot.unclear() for slot in slots):
            return turn
    return most - 1


def slots_of(places: Sequence[Place], turn: int) -> list[Slot]:
    """Return the cells of each place for one of its times."""
    return [Slot(one, one.row.rounds[min(turn, len(one.row.rounds) - 1)]) for one in places]


def blocked(slots: Sequence[Slot]) -> list[Unplaced]:
    """Return the items whose cells or boxes may not be written, and why."""
    found = []
    for slot in slots:
        why = _why_not(slot)
        if why is not None:
            found.append(Unplaced(slot.place.item, *why))
    return found


def _why_not(slot: Slot) -> tuple[str, dict[str, Said]] | None:
    sheet, drawn = slot.sheet, slot.boxes()
    if slot.place.row.several:
        return "inspection.fill.several", {"where": f"{sheet.name}!{ref(slot.place.row.at)}"}
    answer = f"{sheet.name}!{ref(slot.answer_cell)}"
    if drawn is None:
        labels = ", ".join(one.label for one in slot.drawn())
        return "inspection.fill.box", {"where": answer, "boxes": labels[:200]}
    if sheet.protected and any(one.locked for one in drawn.values()):
        return "inspection.fill.locked", {"where": answer}
    own = [
        (sheet, at)
        for role, at in slot.cells.items()
        if role is not Role.NOTE and not (drawn and role in ANSWERS)
    ]
    for there, at in [*own, *(one.linked for one in drawn.values() if one.linked)]:
        cell, where = there.cell(at), {"where": f"{there.name}!{ref(at)}"}
        if there.protected and cell.locked:
            return "inspection.fill.locked", dict(where)
        if cell.formula:
            return "inspection.fill.formula", dict(where)
    return None


def loose(places: Sequence[Place], sheets: Sequence[Sheet]) -> list[tuple[Sheet, Box]]:
    """Return the controls of `sheets` that stand over no cell in which an item is answered."""
    tied = {
        id(box)
        for place in places
        for cells in place.row.rounds
        for box in Slot(place, cells).drawn()
    }
    return [(sheet, box) for sheet in sheets for box in sheet.boxes if id(box) not in tied]
