"""Which line of an issued sheet asks which item: by its number and by its text together.

The catalogue holds each item in own words, and the issued text may differ from edition to
edition, so neither number nor text is trusted alone: a number whose text speaks of
something else is not taken, and a text without its number must be clearly nearest.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sekisho.errors import Value as Said
from sekisho.inspection.catalogue import Catalogue, Item
from sekisho.inspection.issued.book import Book
from sekisho.inspection.issued.cells import Sheet, ref
from sekisho.inspection.issued.layout import Row, rows_of
from sekisho.inspection.issued.words import number_in, plain, year_in

NEAR = 0.16
"""A text that shares this much with the item's own is about the same, where the number agrees."""
SURE = 0.42
"""A text alone decides from here…"""
TITLE = 0.7
"""What the whole title of an item in a text is worth."""
CLEAR = 0.72
"""…if the next item comes to less than this part of it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stands; `by_text` where its number was missing or another one."""

    item: Item
    sheet: Sheet
    row: Row
    by_text: bool


@dataclass(frozen=True, slots=True)
class Unplaced:
    """An item that was not placed, and why."""

    item: Item
    message: str
    args: Mapping[str, Said]


@dataclass(frozen=True, slots=True)
class Placed:
    """What was found of a catalogue in a workbook.

    Attributes:
        years: Fiscal years that the sheets' titles name.
        sheets: Names of those that were read for it.
    """

    places: tuple[Place, ...]
    unplaced: tuple[Unplaced, ...]
    years: tuple[int, ...]
    sheets: tuple[str, ...]


def find_places(book: Book, catalogue: Catalogue, only: str | None = None) -> Placed:
    """Return where each item of `catalogue` that is answered stands in `book`.

    Args:
        book: The workbook.
        catalogue: What is looked for.
        only: Name of the one sheet to look in.
    """
    chosen = _sheets(book, catalogue, only)
    near = Nearness(catalogue.asked())
    best: dict[str, Place] = {}
    doubts: dict[str, Unplaced] = {}
    for sheet in chosen:
        places, unsure = _in_sheet(sheet, catalogue, near)
        # Sheets of one workbook may repeat each other: the fullest is the one that is meant.
        if len(places) > len(best):
            best, doubts = places, unsure
        elif not best:
            doubts |= unsure
    missing = [
        doubts.get(item.id) or Unplaced(item, "inspection.fill.not_found", {})
        for item in catalogue.asked()
        if item.id not in best
    ]
    return Placed(
        tuple(best.values()),
        tuple(missing),
        _years([text for sheet in chosen for text in (sheet.name, *_head(sheet))]),
        tuple(one.name for one in chosen),
    )


def year_of(catalogue: Catalogue) -> int | None:
    """Return the fiscal year of a catalogue's edition, None where it has none."""
    said = [catalogue.edition, *catalogue.title.values()]
    return next((year for text in said if (year := year_in(text))), None)


def kind_of(sheet: Sheet) -> str | None:
    """Return ``hospital``, ``pharmacy`` or ``vendor``, by the sheet's name, else by its head."""
    for text in (sheet.name, *_head(sheet)):
        said = plain(text)
        if "事業者" in said and ("用" in said or "確認" in said) and "医療機関確認用" not in said:
            return "vendor"
        if "医療機関" in said or "病院" in said:
            return "hospital"
        if "薬局" in said:
            return "pharmacy"
    return None


def _years(texts: Sequence[str]) -> tuple[int, ...]:
    """Return the years that titles name; a year in a sentence counts where no title names one."""
    named = [(text, year) for text in texts if (year := year_in(text))]
    titles = [year for text, year in named if "年度版" in text or "チェックリスト" in text]
    return tuple(dict.fromkeys(titles or [year for _, year in named]))


def _head(sheet: Sheet) -> list[str]:
    return [cell.text for at, cell in sorted(sheet.cells.items()) if at[0] <= 8 and cell.text]


def _sheets(book: Book, catalogue: Catalogue, only: str | None) -> list[Sheet]:
    seen = [one for one in book.sheets if not one.hidden]
    if only is not None:
        return [one for one in seen if one.name == only]
    kinds = {one.part: kind_of(one) for one in seen}
    wanted = ("vendor",) if catalogue.sheet == "vendor" else ("hospital", "pharmacy")
    for kind in (*wanted, None):
        found = [one for one in seen if kinds[one.part] == kind]
        if any(rows_of(one) for one in found):
            return found
    return [one for one in seen if kinds[one.part] in {*wanted, None}]


def _in_sheet(
    sheet: Sheet, catalogue: Catalogue, near: Nearness
) -> tuple[dict[str, Place], dict[str, Unplaced]]:
    found: dict[str, list[Place]] = {}
    doubts: dict[str, Unplaced] = {}
    by_number = {
        number: item for item in catalogue.asked() if (number := number_in(item.likely_number)[0])
    }
    for row in rows_of(sheet):
        scores = near.of(row.text)
        (first, best), (_, second) = scores[0], scores[1] if len(scores) > 1 else (None, 0.0)
        numbered = by_number.get(row.number or "")
        own = 0.0 if numbered is None else near.with_number(numbered, row.text)
        clear = best >= SURE and second <= best * CLEAR
        if numbered is not None and own >= NEAR and (own >= best * CLEAR or not clear):
            found.setdefault(numbered.id, []).append(Place(numbered, sheet, row, by_text=False))
        elif clear:
            found.setdefault(first.id, []).append(Place(first, sheet, row, by_text=True))
        elif numbered is not None:
            where = f"{sheet.name}!{ref(row.at)}"
            doubts[numbered.id] = Unplaced(
                numbered, "inspection.fill.other_text", {"where": where, "text": row.text[:60]}
            )
    places = {}
    for name, several in found.items():
        # A line with the right number outweighs one that only sounds like it.
        right = [one for one in several if not one.by_text] or several
        if len(right) == 1:
            places[name] = right[0]
            doubts.pop(name, None)
        else:
            cells = [f"{sheet.name}!{ref(one.row.at)}" for one in right]
            doubts[name] = Unplaced(right[0].item, "inspection.fill.twice", {"where": cells})
    return places, doubts


class Nearness:
    """How near a text is to each item: the part of an item's rare letter pairs that it shares."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items
        self.own = [_pairs(f"{item.title['ja']}。{item.text['ja']}") for item in items]
        count = Counter(pair for pairs in self.own for pair in pairs)
        self.weight = {pair: math.log((len(items) + 1) / n) for pair, n in count.items()}
        self.whole = [sum(self.weight[pair] for pair in pairs) or 1.0 for pairs in self.own]

    def of(self, text: str) -> list[tuple[Item, float]]:
        """Return each item with its nearness to `text` (0 to 1), the nearest first."""
        pairs = _pairs(text)
        scores = [
            sum(self.weight[pair] for pair in own & pairs) / whole
            for own, whole in zip(self.own, self.whole, strict=True)
        ]
        return sorted(zip(self.items, scores, strict=True), key=lambda one: one[1], reverse=True)

    def with_number(self, item: Item, text: str) -> float:
        """Return how near `text` is to `item` whose number stands before it: its title alone may show it."""
        titled, pairs = _pairs(item.title["ja"]), _pairs(text)
        whole = sum(self.weight[pair] for pair in titled) or 1.0
        named = sum(self.weight[pair] for pair in titled & pairs) / whole
        return max(named * TITLE, next(score for one, score in self.of(text) if one is item))


_FILLERS = "。、・,.「」()()/をはがのにでとしてたいるす"


def _pairs(text: str) -> frozenset[str]:
    said = "".join(" " if letter in _FILLERS else letter for letter in plain(text))
    return frozenset(
        said[at : at + 2] for at in range(len(said) - 1) if " " not in said[at : at + 2]
    )
