"""The lines of people beside the days of a grid, as written."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sekisho.care.dates import Cell
from sekisho.care.headers import squeeze
from sekisho.care.places import name_key
from sekisho.care.roster import places as spoken
from sekisho.care.roster.days import Run, are_weekdays, runs, weekday_of
from sekisho.care.roster.grid import Line, Turn, cell_name
from sekisho.care.roster.letters import plain_letter, proposal
from sekisho.care.roster.slots import is_slot, slot_lines
from sekisho.care.roster.words import (
    HEADS,
    LETTER_SAID,
    NOTE,
    TOTAL,
    head_of,
    looks_named,
    mark_word,
    plain_name,
    shown,
)
from sekisho.care.sheets import Sheet


@dataclass(slots=True)
class Block:
    """One head of days with the rows under it."""

    run: Run
    end: int
    dates: tuple[dt.date | None, ...] = ()
    doubt: str | None = None
    top: int = 0


class People:
    """The lines of people under one head of days."""

    def __init__(self, sheet: Sheet, block: Block) -> None:
        self._sheet, self._block = sheet, block
        self._first = block.run.cells[0]
        last, step = block.run.cells[-1], _step(block.run)
        self._spans = [
            (start, (block.run.cells[n + 1] if n + 1 < len(block.run.cells) else last + step))
            for n, start in enumerate(block.run.cells)
        ]
        self._spans = [(start, min(end, start + step)) for start, end in self._spans]
        self._left = self._left_of()
        self._columns = self._heads()
        self._below = self._first_line()

    def _left_of(self) -> int:
        """Return the first column of this block's people: a second table may stand to the left."""
        others = [
            run.cells[-1]
            for run in runs(self._sheet.rows[self._block.run.line], self._block.run.line)
            if run.cells[-1] < self._first
        ]
        return max(others) + 1 if others and self._first - max(others) > 1 else 0

    def text(self, row: int, column: int) -> str:
        """Return a cell's text; a cell under a merged one, below the head, has that one's."""
        value = self._value(row, column)
        return plain_name(value)

    def _value(self, row: int, column: int) -> Cell:
        cells = self._sheet.rows[row]
        value = cells[column] if column < len(cells) else None
        source = self._sheet.merged.get((row, column))
        if value is None and source and source[0] > self._block.run.line:
            origin = self._sheet.rows[source[0]]
            value = origin[source[1]] if source[1] < len(origin) else None
        return value

    def _heads(self) -> dict[str, int]:
        """Return what the columns beside the days hold: by their heads, else by what stands in them."""
        line = self._block.run.line
        found: dict[str, int] = {}
        top = max(self._block.top, line - 3)
        for row in (line, *range(line - 1, top - 1, -1), line + 1, line + 2):
            if not 0 <= row < min(len(self._sheet.rows), self._block.end):
                continue
            for column in range(self._left, self._first):
                cells = self._sheet.rows[row]
                cell = cells[column] if column < len(cells) else None
                head = head_of(cell)
                if head and column not in found.values():
                    found.setdefault(head, column)
            if "name" in found or "user_id" in found:
                break
        if "name" not in found:
            found |= self._guess_name(found)
        return found

    def _guess_name(self, taken: Mapping[str, int]) -> dict[str, int]:
        """Return the column that most looks like names, and one that looks like ids, where no head says it."""
        rows = range(self._block.run.line + 1, self._block.end)
        best: tuple[float, int] | None = None
        found: dict[str, int] = {}
        for column in range(self._left, self._first):
            values = [
                text for row in rows if (text := self.text(row, column)) and not TOTAL.match(text)
            ]
            if column in taken.values() or not values:
                continue
            named = sum(looks_named(text) for text in values)
            ids = sum(
                re.fullmatch(r"[a-z]{0,4}-?\d{3,10}", text.casefold()) is not None
                for text in values
            )
            if ids * 10 >= len(values) * 8:
                found.setdefault("user_id", column)
                continue
            score = named * (len(set(values)) / len(values))
            if named * 2 >= len(values) and (best is None or score > best[0]):
                best = (score, column)
        if best is not None:
            found["name"] = best[1]
        if "user_id" in taken:
            found.pop("user_id", None)
        return found

    def _first_line(self) -> int:
        line = self._block.run.line + 1
        while line < self._block.end and line <= self._block.run.line + 3:
            row = self._sheet.rows[line]
            days = [weekday_of(row[c]) if c < len(row) else None for c in self._block.run.cells]
            head = any(
                head_of(row[self._columns[name]]) is not None
                for name in ("name", "user_id")
                if name in self._columns and self._columns[name] < len(row)
            )
            if not head and not are_weekdays(days):
                break
            line += 1
        return line

    def lines(self) -> Iterable[tuple[str | None, Line]]:
        """Yield (ward or None, line) of each person, the turns dated by their place in the run."""
        if "name" not in self._columns and "user_id" not in self._columns:
            return
        ward: str | None = None
        last: tuple[str | None, str | None, Line] | None = None
        for row in range(self._below, self._block.end):
            cells = self._sheet.rows[row]
            if all(cell is None for cell in cells):
                last = None
                continue
            if self._is_note(row):
                last = None
                continue
            section = self._section(row)
            if section is not None:
                ward, last = section or ward, None
                continue
            name, user_id = self._who(row)
            turns = self._turns(row)
            mark = self._mark(row)
            if name is None and user_id is None:
                if last is None or not turns or not (mark or self._covered(row)):
                    continue
                name, user_id = last[0], last[1]
            if name is not None and is_slot(name) and _are_names(turns):
                last = None
                yield from ((ward, line) for line in slot_lines(name, row + 1, turns))
                continue
            if name is not None and _is_total(name, turns):
                last = None
                continue
            second = last is not None and (name, user_id) == last[:2]
            if second and mark is None and not _is_second(turns):
                continue  # a line of remarks under the person's turns
            line = Line(row + 1, user_id, name, self._optional(row, "calling"), turns=turns)
            line.actual = mark == "actual" or (second and mark is None)
            place = self._optional(row, "place") or ward
            last = (name, user_id, line)
            if turns:
                yield place, line

    def _optional(self, row: int, name: str) -> str | None:
        column = self._columns.get(name)
        return (self.text(row, column) or None) if column is not None else None

    def _who(self, row: int) -> tuple[str | None, str | None]:
        name, user_id = self._optional(row, "name"), self._optional(row, "user_id")
        if user_id is not None and (mark_word(user_id) or head_of(user_id)):
            user_id = None
        if name is not None and (given := self._optional(row, "given")):
            name = f"{name} {given}"
        if name is not None and (mark_word(name) or head_of(name)):
            name = None
        return name, user_id

    def _covered(self, row: int) -> bool:
        column = self._columns.get("name", self._columns.get("user_id", 0))
        return (row, column) in self._sheet.merged

    def _mark(self, row: int) -> str | None:
        for column in range(self._left, self._first):
            cells = self._sheet.rows[row]
            cell = cells[column] if column < len(cells) else None
            if isinstance(cell, str) and (mark := mark_word(cell)):
                return mark
        return None

    def _is_note(self, row: int) -> bool:
        """Return whether a row is no one's: a legend, a remark, 「日：日勤」 where a name would stand."""
        cells = self._sheet.rows[row][: self._first]
        texts = [text for text in map(plain_name, cells) if text]
        return bool(texts) and (
            NOTE.match(texts[0]) is not None or any(LETTER_SAID.match(text) for text in texts)
        )

    def _section(self, row: int) -> str | None:
        """Return the ward of a row that is a heading, "" of another heading; None of other rows."""
        cells = self._sheet.rows[row]
        texts = [cell for cell in cells if cell is not None]
        inside = [
            cells[c]
            for c in range(self._first, min(len(cells), self._spans[-1][1]))
            if cells[c] is not None
        ]
        if len(texts) > 2 or inside or not isinstance(texts[0], str):
            return None
        ward = spoken.ward_in(texts[0])
        if ward and ("看護" not in ward) and squeeze(texts[0]) not in HEADS:
            return ward
        return None

    def _turns(self, row: int) -> list[Turn]:
        turns = []
        for number, (start, end) in enumerate(self._spans):
            texts = []
            for column in range(start, end):
                value = self._inside(row, column)
                text = "" if value is None else shown(value)
                if text and text not in texts:
                    texts.append(text)
            if texts:
                day = dt.date.fromordinal(number + 1)
                turns.append(Turn(day, "/".join(texts), cell_name(row, start)))
        return turns

    def _inside(self, row: int, column: int) -> Cell:
        """Return a cell among the days; a merged one reaches over the days that it covers."""
        cells = self._sheet.rows[row]
        value = cells[column] if column < len(cells) else None
        source = self._sheet.merged.get((row, column))
        if (
            value is None
            and source
            and source[0] > self._block.run.line
            and source[1] >= self._first
        ):
            if source[0] != row and not self._same_person(source[0], row):
                return None
            origin = self._sheet.rows[source[0]]
            value = origin[source[1]] if source[1] < len(origin) else None
        return value

    def _same_person(self, one: int, other: int) -> bool:
        return self._who(one) == self._who(other)


def _is_total(name: str, turns: Sequence[Turn]) -> bool:
    key = name_key(name)
    if TOTAL.match(key) or key in HEADS or proposal(plain_letter(key)) is not None:
        return True
    figures = [turn for turn in turns if re.fullmatch(r"[\d.]+", turn.text)]
    return bool(turns) and len(figures) == len(turns) and not looks_named(name)


def _are_names(turns: Sequence[Turn]) -> bool:
    return sum(looks_named(turn.text) for turn in turns) * 2 > len(turns)


def _is_second(turns: Sequence[Turn]) -> bool:
    """Return whether an unmarked second line says turns: most of them are letters."""
    known = sum(proposal(plain_letter(turn.text)) is not None for turn in turns)
    return bool(turns) and known * 10 >= len(turns) * 6


def _step(run: Run) -> int:
    """Return how many columns one day has: the least distance between two days."""
    return min((b - a for a, b in pairwise(run.cells)), default=1)


def together(lines: Sequence[Line]) -> list[Line]:
    """Return `lines` with those of one person joined, where two half months or two blocks have them.

    Two lines of one name that both say something of one day are two people, and numbered.
    """
    kept: list[Line] = []
    for line in lines:
        who = (line.user_id, name_key(line.name or ""), line.slot)
        same = [
            other
            for other in kept
            if (other.user_id, name_key(other.name or ""), other.slot) == who
        ]
        days = {turn.day for turn in line.turns}
        home = next(
            (
                other
                for other in same
                if other.actual == line.actual
                and (line.slot or days.isdisjoint(t.day for t in other.turns))
            ),
            None,
        )
        if home is not None and line.turns:
            home.turns = sorted([*home.turns, *line.turns], key=lambda turn: turn.day)
            continue
        if line.user_id is None:
            line.again = 1 + sum(other.actual == line.actual for other in same)
        kept.append(line)
    return kept
