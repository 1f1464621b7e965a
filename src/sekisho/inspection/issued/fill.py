"""Filling an issued sheet: what stands there is seen first, and nothing of it is overwritten silently."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sekisho.errors import InvalidInputError
from sekisho.errors import Value as Said
from sekisho.inspection.issued.book import Book, open_book
from sekisho.inspection.issued.cells import ref
from sekisho.inspection.issued.layout import Role
from sekisho.inspection.issued.match import Place, Placed, Unplaced, find_places, year_of
from sekisho.inspection.issued.slots import Slot, blocked, loose, slots_of, turn_of
from sekisho.inspection.records import Line, Sheet, Standing, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What happened to one cell.

    Attributes:
        what: ``answer``, ``checked_on`` or ``target_on``.
        where: Sheet and cell.
        stood: What stood there before, as written.
        wanted: What the register says.
        state: ``written``, ``same``, ``differs`` (left as it is) or ``replaced``.
    """

    item: str
    number: str
    what: str
    where: str
    stood: str
    wanted: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """An item, or a kind of cell, for which nothing was written, and why."""

    number: str
    message: str
    args: Mapping[str, Said] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What came of filling a workbook.

    Attributes:
        content: The filled workbook; None where items could not be placed: nothing is changed then.
        turn: Which of the sheet's times (1回目…) was filled, from 1.
        left: Items that have no answer to write, or no cell for a part of it.
    """

    content: bytes | None
    sheets: tuple[str, ...]
    turn: int
    marks: tuple[Mark, ...]
    unplaced: tuple[Unplaced, ...]
    left: tuple[Left, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a workbook is filled.

    Attributes:
        replace: What differs is overwritten; a named person wanted it.
        only: Name of the one sheet to fill.
        turn: Which of the sheet's times, from 1; else the first that is not full.
        other_edition: A sheet of another edition is filled as far as its texts agree.
        partial: What could be placed is written though other items could not.
    """

    replace: bool = False
    only: str | None = None
    turn: int | None = None
    other_edition: bool = False
    partial: bool = False


def fill(content: bytes, name: str, sheet: Sheet, how: How, *, today: dt.date) -> Filled:
    """Return what comes of writing `sheet`'s answers into the issued workbook.

    Args:
        content: The workbook as issued, perhaps begun by hand.
        name: What the file is called.
        sheet: The answers.
        how: What may be overwritten, and where.
        today: The institution's day; it tells the year of days that were written without one.

    Raises:
        InvalidInputError: It is no workbook that can be filled (see `open_book`), it has no
            such sheet, or it is one of another edition; the message says which.
    """
    book = open_book(content, name)
    if how.only is not None and how.only not in [one.name for one in book.sheets]:
        raise InvalidInputError(
            "inspection.fill.no_sheet", sheet=how.only, known=[one.name for one in book.sheets]
        )
    found = find_places(book, sheet.catalogue, how.only)
    check_edition(found, sheet, name, allowed=how.other_edition)
    turn = turn_of(found.places, how.turn)
    slots = slots_of(found.places, turn)
    unplaced = [*found.unplaced, *blocked(slots)]
    shut = {one.item.id for one in unplaced}
    if unplaced and (not how.partial or len(shut) == len(sheet.every)):
        return Filled(
            content=None, sheets=found.sheets, turn=0, marks=(), unplaced=tuple(unplaced), left=()
        )
    slots = [one for one in slots if one.place.item.id not in shut]
    lines = {line.item.id: line for line in sheet.every}
    marks: list[Mark] = []
    left = [
        Left(
            number="–",
            message="inspection.fill.box_loose",
            args={"where": f"{sheet.name}!{ref(box.at)}", "box": box.label[:100]},
        )
        for sheet, box in loose(
            found.places, [one for one in book.sheets if one.name in found.sheets]
        )
    ]
    for slot in slots:
        _write(slot, lines[slot.place.item.id], how, today, marks, left)
    return Filled(
        content=_saved(book, content, marks),
        sheets=tuple(dict.fromkeys(slot.sheet.name for slot in slots)),
        turn=turn + 1,
        marks=tuple(marks),
        unplaced=tuple(unplaced),
        left=tuple(left),
    )


def check_edition(found: Placed, sheet: Sheet, name: str, *, allowed: bool) -> None:
    """Refuse a sheet whose title names another year than the catalogue's edition.

    Raises:
        InvalidInputError: It does, and that was not allowed.
    """
    ours = year_of(sheet.catalogue)
    if allowed or ours is None or not found.years or ours in found.years:
        return
    raise InvalidInputError(
        "inspection.fill.other_edition",
        file=name,
        year=f"{found.years[0]} (R{found.years[0] - 2018})",
        ours=sheet.catalogue.edition,
    )


def _saved(book: Book, content: bytes, marks: Sequence[Mark]) -> bytes:
    if not any(mark.state in {"written", "replaced"} for mark in marks):
        return content
    return book.save()


def _write(
    slot: Slot, line: Line, how: How, today: dt.date, marks: list[Mark], left: list[Left]
) -> None:
    """Write one item's answer, or say why not."""
    number = line.item.likely_number or line.item.id
    answer = line.answer
    if answer is None or answer.value is None:
        left.append(Left(number=number, message="inspection.fill.not_answered"))
        return
    if line.standing is Standing.CONFIRM:
        left.append(Left(number=number, message="inspection.fill.to_confirm"))
        return
    stood = slot.value()
    if not slot.can_say(answer.value):
        left.append(Left(number=number, message="inspection.fill.no_word"))
        return
    wanted = slot.word(answer.value)
    state = _state(stood is None and not slot.unclear(), stood is answer.value, how)
    before = slot.stands()
    if state in {"written", "replaced"}:
        slot.write_value(answer.value, answer.checked_on)
    marks.append(_mark(slot, line, "answer", slot.answer_cell, before, wanted, state))
    days = [("checked_on", Role.DATE, answer.checked_on)]
    if answer.value is Value.NO:
        days.append(("target_on", Role.TARGET, answer.target_on))
    for what, role, day in days:
        if day is None:
            continue
        at = slot.cells.get(role)
        if at is None:
            if not (role is Role.DATE and Role.BOTH in slot.cells):
                left.append(Left(number=number, message=f"inspection.fill.no_cell.{what}"))
            continue
        before, there = slot.text(at), slot.day(at, today, future=role is Role.TARGET)
        state = _state(slot.is_empty_day(at), there == day, how)
        if state in {"written", "replaced"}:
            slot.write_day(at, day)
        marks.append(_mark(slot, line, what, at, before, day.isoformat(), state))


def _state(empty: bool, same: bool, how: How) -> str:
    if empty:
        return "written"
    if same:
        return "same"
    return "replaced" if how.replace else "differs"


def _mark(
    slot: Slot, line: Line, what: str, at: tuple[int, int], stood: str, wanted: str, state: str
) -> Mark:
    return Mark(
        item=line.item.id,
        number=line.item.likely_number,
        what=what,
        where=f"{slot.sheet.name}!{ref(at)}",
        stood=stood,
        wanted=wanted,
        state=state,
    )


__all__ = ["Filled", "How", "Left", "Mark", "Place", "fill"]
