"""Reading a sheet that was filled by hand: each answer is a proposal, which a person confirms."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sekisho.inspection.catalogue import Catalogue, Item
from sekisho.inspection.issued.book import open_book
from sekisho.inspection.issued.cells import ref
from sekisho.inspection.issued.layout import Role
from sekisho.inspection.issued.match import Place, Placed, find_places
from sekisho.inspection.issued.slots import Slot
from sekisho.inspection.records import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What stands on the sheet for one item.

    Attributes:
        value: None where nothing is chosen or it cannot be told.
        where: Sheet and cell of the answer.
        stood: The answer as it is written.
        text: The item as the sheet prints it.
        doubts: Ids of what is missing or cannot be read; a person looks at the sheet.
    """

    item: Item
    value: Value | None
    checked_on: dt.date | None
    target_on: dt.date | None
    where: str
    stood: str
    text: str
    doubts: tuple[str, ...]


def propose(
    content: bytes, name: str, catalogue: Catalogue, *, today: dt.date, only: str | None = None
) -> tuple[list[Proposal], Placed]:
    """Return what a filled workbook answers, and where its items were found.

    Of a sheet that is filled several times the last answer counts.

    Args:
        content: The workbook.
        name: What the file is called.
        catalogue: Whose items are looked for.
        today: The institution's day; it tells the year of days that were written without one.
        only: Name of the one sheet to read.

    Raises:
        InvalidInputError: It is no workbook that can be read (see `open_book`).
    """
    found = find_places(open_book(content, name), catalogue, only)
    return [_proposal(_last(place), today) for place in found.places], found


def _last(place: Place) -> Slot:
    slots = [Slot(place, cells) for cells in place.row.rounds]
    return next((slot for slot in reversed(slots) if slot.stands() and _said(slot)), slots[0])


def _said(slot: Slot) -> bool:
    return slot.value() is not None or slot.unclear()


def _proposal(slot: Slot, today: dt.date) -> Proposal:
    value, checked_on = slot.value(), slot.checked_on(today)
    target = slot.cells.get(Role.TARGET)
    target_on = None if target is None else slot.day(target, today, future=True)
    doubts = []
    if value is None:
        doubts.append("unclear" if slot.unclear() else "empty")
    elif checked_on is None:
        dated = slot.cells.get(Role.DATE)
        written = dated is not None and not slot.is_empty_day(dated)
        doubts.append("day_unread" if written else "no_day")
    elif checked_on > today:
        doubts.append("day_ahead")
    if value is Value.NO and target_on is None:
        doubts.append("no_target")
    return Proposal(
        item=slot.place.item,
        value=value,
        checked_on=checked_on,
        target_on=target_on if value is Value.NO else None,
        where=f"{slot.sheet.name}!{ref(slot.answer_cell)}",
        stood=slot.stands(),
        text=slot.place.row.text,
        doubts=tuple(doubts),
    )
