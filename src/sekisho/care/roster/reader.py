"""Sheets to rosters: where the days stand, who stands beside them, and what each cell says.

Nothing is looked up here and no letter is interpreted: a `Grid` is the sheet as written.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice, pairwise

from sekisho.care.dates import Cell
from sekisho.care.headers import field_of
from sekisho.care.places import place_key
from sekisho.care.roster import places as spoken
from sekisho.care.roster.days import (
    Clue,
    Dated,
    Run,
    are_weekdays,
    clues,
    dates_of,
    plain_text,
    runs,
    weekday_of,
)
from sekisho.care.roster.duties import down, lines_down, weekdays_down
from sekisho.care.roster.grid import Grid, Line
from sekisho.care.roster.legend import legend_of
from sekisho.care.roster.letters import plain_letter
from sekisho.care.roster.lines import Block, People, together
from sekisho.care.sheets import Sheet
from sekisho.errors import InvalidInputError

SCANNED = 60
"""Rows, from the top, in which the first days of a roster must stand."""
MOST_LINES = 3_000
_OF_TURNS = re.compile(
    r"当直|宿直|日直|待機|オンコール|拘束|当番|勤務|シフト|担当|roster|on.?call|duty|shift|schedule"
)
"""Words without one of which a table of days and names is no roster."""


def read_grids(sheet: Sheet, *, around: Sequence[str], today: dt.date) -> list[Grid]:
    """Return the rosters on `sheet`, one for each ward; none where it is no roster.

    Args:
        sheet: As read; what merged cells cover is empty in it.
        around: The sheet's name, the file's and its folders', the nearest first.
        today: Decides a year that is written nowhere.

    Raises:
        InvalidInputError: It is a roster that cannot be read; the message says why.
    """
    blocks = _blocks(sheet)
    if not blocks:
        run = down(sheet)
        return _read_down(sheet, run, around, today) if run is not None else []
    lines: list[tuple[Block, list[tuple[str | None, Line]]]] = []
    for block in blocks:
        people = list(islice(People(sheet, block).lines(), MOST_LINES + 1))
        if len(people) > MOST_LINES:
            raise InvalidInputError("care.roster.too_many_lines", lines=MOST_LINES)
        texts = [turn.text for _, line in people for turn in line.turns if line.slot is None]
        if people and (not texts or _are_letters(texts)):
            lines.append((block, people))
    if not lines:
        if _is_a_month(blocks) and not _numbers_only(sheet, blocks[0]):
            raise InvalidInputError("care.roster.nobody")
        return []
    place = _place_of(sheet, blocks[0].top, blocks[0].run.line, around)
    grids = _Grids()
    for block, people in lines:
        dated = _dated(sheet, block, around, today)
        above = _ward_above(sheet, block) or place
        for ward, line in people:
            _date(line, block.run, dated.dates)
            grids.add(ward or above, line, dated)
    taken = {line.row - 1 for _, people in lines for _, line in people}
    right = max(block.run.cells[-1] for block, _ in lines) + 1
    return grids.done([row[right:] if at in taken else row for at, row in enumerate(sheet.rows)])


class _Grids:
    """Lines on their way into one roster for each ward and month."""

    def __init__(self) -> None:
        self._found: list[Grid] = []

    def add(self, place: str | None, line: Line, dated: Dated) -> None:
        """Put a dated line into the roster of its place: halves of one month are one roster."""
        days = {day for day in dated.dates if day is not None}
        key = place_key(place)
        grid = next(
            (
                one
                for one in self._found
                if place_key(one.place) == key and len(days.union(one.days)) <= 31
            ),
            None,
        )
        if grid is None:
            grid = Grid(place, [], "grid", named=spoken.ward_in(place or "") is not None)
            self._found.append(grid)
            if dated.doubt:
                grid.doubts.append((dated.doubt, {"first": min(days).isoformat()}))
        grid.days = sorted(days.union(grid.days))
        grid.lines.append(line)

    def done(self, rest: Sequence[Sequence[Cell]], layout: str = "grid") -> list[Grid]:
        """Return the rosters; `rest` are the rows that are no one's line."""
        for grid in self._found:
            grid.lines = together(grid.lines)
            grid.legend = legend_of(rest, letters_in(grid))
            slots = all(line.slot is not None for line in grid.lines)
            grid.layout = "duties" if slots else layout
        return [grid for grid in self._found if any(line.turns for line in grid.lines)]


def _read_down(sheet: Sheet, run: Run, around: Sequence[str], today: dt.date) -> list[Grid]:
    """Return the roster of a sheet whose days stand one under another."""
    top = sheet.rows[: run.cells[0]]
    said = " ".join([*around, *(cell for row in top for cell in row if isinstance(cell, str))])
    lines = lines_down(sheet, run, said)
    texts = [turn.text for line in lines for turn in line.turns if line.slot is None]
    named = any(line.slot is not None for line in lines)
    if not lines or (named and not _OF_TURNS.search(said.casefold())):
        return []
    if texts and not _are_letters(texts):
        return []
    found = [clue for row in reversed(top) for clue in _row_clues(row)]
    found += [clue for text in around for clue in clues(plain_text(text))]
    dated = dates_of(run, found, weekdays_down(sheet, run), today)
    place = _place_of(sheet, 0, max(run.cells[0] - 1, 0), around)
    grids = _Grids()
    for line in lines:
        _date(line, run, dated.dates)
        grids.add(place, line, dated)
    return grids.done([*top, *sheet.rows[run.cells[-1] + 1 :]], "transposed")


def letters_in(grid: Grid) -> set[str]:
    """Return every letter that a legend may explain: the cells, and the pieces of those with several."""
    texts = {turn.text for line, turn in grid.turns() if line.slot is None}
    found = {plain_letter(text) for text in texts}
    for text in texts:
        found.update(plain_letter(piece) for piece in re.split(r"[/・+,、→\s()]+", text) if piece)
    return found


def _blocks(sheet: Sheet) -> list[Block]:
    first = next((i for i, row in enumerate(sheet.rows[:SCANNED]) if runs(row, i)), None)
    if first is None or any(
        field_of(cell) in {"patient_id", "log"}
        for cell in sheet.rows[first]
        if isinstance(cell, str)
    ):
        return []
    heads = [run for i in range(first, len(sheet.rows)) for run in runs(sheet.rows[i], i)]
    kept: list[Run] = []
    for run in heads:  # a row of dates over a row of day numbers is one head
        if kept and run.line - kept[-1].line <= 2 and run.cells[0] <= kept[-1].cells[-1]:
            if run.dated and not kept[-1].dated and run.cells == kept[-1].cells:
                kept[-1] = replace(run, line=kept[-1].line)
            if run.cells == kept[-1].cells or abs(len(run.cells) - len(kept[-1].cells)) <= 1:
                continue
        kept.append(run)
    lines = sorted({run.line for run in kept})
    blocks = []
    for run in kept:
        later = [line for line in lines if line > run.line]
        earlier = [line for line in lines if line < run.line]
        block = Block(run, (later[0] if later else len(sheet.rows)), top=earlier[-1] + 1 if earlier else 0)  # fmt: skip
        blocks.append(block)
    return blocks


def _is_a_month(blocks: Iterable[Block]) -> bool:
    return any(len(block.run.cells) >= 28 for block in blocks)


def _numbers_only(sheet: Sheet, block: Block) -> bool:
    cells = [
        cell
        for row in sheet.rows[block.run.line + 1 : block.end]
        for cell in row[block.run.cells[0] : block.run.cells[-1] + 1]
        if cell is not None and weekday_of(cell) is None
    ]
    return bool(cells) and all(isinstance(cell, int | float) for cell in cells)


def _are_letters(texts: Iterable[str]) -> bool:
    """Return whether the cells look like turns: not a table of figures, not prose."""
    found = [plain_letter(text) for text in texts]
    if not found:
        return False
    figures = sum(re.fullmatch(r"[\d.,%]+", text) is not None for text in found)
    long = sum(len(text) > 12 for text in found)
    if long * 2 > len(found):
        return False
    # Figures are turns only where other letters stand among them, or a few codes are repeated.
    return figures * 10 < len(found) * 9 or len(set(found)) <= 6 < len(found)


# --- the month ---


def _dated(sheet: Sheet, block: Block, around: Sequence[str], today: dt.date) -> Dated:
    run = block.run
    weekdays = _weekdays(sheet, block)
    return dates_of(run, _clues(sheet, block, around), weekdays, today)


def _weekdays(sheet: Sheet, block: Block) -> list[int | None]:
    line = block.run.line
    best: list[int | None] = [None] * len(block.run.cells)
    for near in (line + 1, line - 1, line + 2, line - 2):
        if not 0 <= near < len(sheet.rows):
            continue
        row = sheet.rows[near]
        found = [weekday_of(row[c]) if c < len(row) else None for c in block.run.cells]
        if are_weekdays(found):
            return found
    return best


def _clues(sheet: Sheet, block: Block, around: Sequence[str]) -> Iterable[Clue]:
    run = block.run
    for row in [sheet.rows[i] for i in range(run.line, block.top - 1, -1)]:
        yield from _row_clues(row if row is not sheet.rows[run.line] else row[: run.cells[0]])
    for row in sheet.rows[: min(block.top, 12)]:
        yield from _row_clues(row)
    for text in around:
        yield from clues(plain_text(text))


def _row_clues(row: Sequence[Cell]) -> Iterable[Clue]:
    """Yield what a row says of the month; 「2026」「年」「10」「月」 in four cells is one title."""
    texts = [text for text in (plain_text(cell) for cell in row) if text]
    if len(texts) <= 60:
        for label, value in pairwise(texts):  # 「年」「2026」 and, below, 「月」「10」
            if label in {"年", "年度", "月"} and value.isdecimal():
                text = f"{value}{label}"
                yield from (clue for clue in clues(text) if clue.year or clue.month)
        yield from clues("".join(texts))
        yield from (clue for text in texts if len(texts) > 1 for clue in clues(text))


def _date(line: Line, run: Run, dates: Sequence[dt.date | None]) -> None:
    """Give the turns of `line` their dates; until now each has the place of its day.

    Raises:
        InvalidInputError: Something is written on a day that the month does not have.
    """
    turns = []
    for turn in line.turns:
        day = dates[turn.day.toordinal() - 1]
        if day is None:
            raise InvalidInputError("care.roster.no_such_day", months=[str(run.marks[-1].day)])
        turns.append(replace(turn, day=day))
    line.turns = turns


# --- the ward ---


def _place_of(sheet: Sheet, top: int, line: int, around: Sequence[str]) -> str | None:
    """Return the ward that a label, the title, the sheet's or the file's name says."""
    texts: list[str] = []
    for row in sheet.rows[top:line]:
        cells = [cell for cell in row if isinstance(cell, str)]
        for place, cell in enumerate(cells):
            after = spoken.labelled(cell)
            if after == "" and place + 1 < len(cells):
                after = cells[place + 1]
            if after and len(after) <= 30 and field_of(after) is None:
                return spoken.ward_in(after) or after
        texts += cells
    for text in [*texts, *around[:2]]:
        if ward := spoken.ward_in(text):
            return ward
    # A sheet that is called 地域連携室 is of no ward that a folder above it may name.
    for text in around[:2]:
        if (rest := spoken.rest_of(text)) and spoken.is_unit(rest):
            return rest
    for text in around[2:]:
        if ward := spoken.ward_in(text):
            return ward
    return next((rest for text in around[:2] if (rest := spoken.rest_of(text))), None)


def _ward_above(sheet: Sheet, block: Block) -> str | None:
    """Return the ward in the rows just over a head, where a sheet holds several."""
    if not block.top:
        return None
    for line in range(block.run.line - 1, max(block.top, block.run.line - 4) - 1, -1):
        row = sheet.rows[line]
        if sum(cell is not None for cell in row) > 6:
            return None  # still people of the block before
        for cell in row:
            if isinstance(cell, str) and (ward := spoken.ward_in(cell)):
                return ward
    return None
