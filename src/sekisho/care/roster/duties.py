"""Days down the sheet: people across with their letters, or duties across with names in the cells (当直表)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from sekisho.care.dates import Cell
from sekisho.care.headers import field_of
from sekisho.care.roster import places as spoken
from sekisho.care.roster.days import Run, are_weekdays, runs, weekday_of
from sekisho.care.roster.grid import Line, Turn, cell_name
from sekisho.care.roster.letters import ON_CALL, WORK, Letters, plain_letter, proposal
from sekisho.care.roster.slots import is_slot, slot_lines
from sekisho.care.roster.words import head_of, looks_named, plain_name, shown
from sekisho.care.sheets import Sheet

LEFTMOST = 12
"""Columns, from the left, in which the days stand."""
DEEPEST = 400
_LETTERS = Letters()


def down(sheet: Sheet) -> Run | None:
    """Return the column in which the days stand one under another; None where there is none.

    A column of bare numbers is the days of a month only with weekdays beside it, or where
    it is exactly a month from 1 on: a list of people is numbered too.
    """
    rows = sheet.rows[:DEEPEST]
    width = max((len(row) for row in rows), default=0)
    for column in range(min(width, LEFTMOST)):
        cells = [row[column] if column < len(row) else None for row in rows]
        for run in runs(cells, column):
            above = [cell for row in rows[: run.cells[0]] for cell in row if isinstance(cell, str)]
            if any(field_of(cell) in {"patient_id", "log", "user_id"} for cell in above):
                return None
            if run.dated or _beside(rows, run) or _whole_month(cells, run):
                return run
    return None


def weekdays_down(sheet: Sheet, run: Run) -> list[int | None]:
    """Return the weekday beside each day, None where none stands there."""
    return _beside(sheet.rows, run) or [None] * len(run.cells)


def _beside(rows: Sequence[Sequence[Cell]], run: Run) -> list[int | None]:
    for column in (run.line + 1, run.line - 1, run.line + 2):
        found = [
            weekday_of(rows[at][column]) if 0 <= column < len(rows[at]) else None
            for at in run.cells
        ]
        if are_weekdays(found):
            return found
    return []


def _whole_month(cells: Sequence[Cell], run: Run) -> bool:
    numbers = [mark.day for mark in run.marks]
    head = next((cell for cell in reversed(cells[: run.cells[0]]) if cell is not None), None)
    named = isinstance(head, str) and re.search(r"日|date|day", head.casefold()) is not None
    return numbers[0] == 1 and 28 <= len(numbers) <= 31 and named


def lines_down(sheet: Sheet, run: Run, title: str) -> list[Line]:
    """Return the lines of a sheet whose days stand down; the turns dated by their place in the run."""
    rows = sheet.rows
    top = _heads_from(sheet, run)
    width = max(len(row) for row in rows[run.cells[0] : run.cells[-1] + 1])
    spans = [
        (start, run.cells[n + 1] if n + 1 < len(run.cells) else start + _step(run))
        for n, start in enumerate(run.cells)
    ]
    labels = _labels(sheet, run, spans, width)
    found: list[Line] = []
    for column in range(run.line + 1, width):
        head = _head(sheet, top, run.cells[0], column)
        if not head or column in labels or head_of(head) in {"number", "mark"}:
            continue
        if re.fullmatch(r"曜日?|祝日?|行事.*|備考.*|日付?|予定.*|摘要|計|合計|人数", head):
            continue
        cells = list(_cells(sheet, spans, column, labels))
        if _is_person(head, [text for _, _, text, _ in cells]):
            turns = [
                Turn(dt.date.fromordinal(n + 1), text, cell_name(row, column))
                for n, row, text, _ in cells
            ]
            if turns:
                found.append(Line(top + 1, None, head, turns=turns))
            continue
        for n, row, text, label in cells:
            turn = Turn(dt.date.fromordinal(n + 1), text, cell_name(row, column))
            found += slot_lines(head + label, row + 1, [turn], title=title)
    return found


def _step(run: Run) -> int:
    return min((b - a for a, b in pairwise(run.cells)), default=1)


def _heads_from(sheet: Sheet, run: Run) -> int:
    """Return the first row of the heads: those over the days that have more than one cell."""
    top = run.cells[0]
    while top > 0 and run.cells[0] - top < 3:
        cells = {
            sheet.merged.get((top - 1, c), (top - 1, c))
            for c, cell in enumerate(sheet.rows[top - 1])
            if cell is not None
        }
        if len(cells) < 2:
            break
        top -= 1
    return top


def _head(sheet: Sheet, top: int, bottom: int, column: int) -> str:
    """Return the head of a column: the texts over it, a merged one over each of its columns."""
    found: list[str] = []
    for row in range(top, bottom):
        at = sheet.merged.get((row, column), (row, column))
        cells = sheet.rows[at[0]]
        text = plain_name(cells[at[1]]) if at[1] < len(cells) else ""
        if re.fullmatch(r"\S(?:\s\S)+", text):  # one letter under another
            text = text.replace(" ", "")
        if text and text not in found:
            found.append(text)
    return " ".join(found)


def _labels(
    sheet: Sheet, run: Run, spans: Sequence[tuple[int, int]], width: int
) -> dict[int, bool]:
    """Return the columns that say which duty a row is: 日直 and 当直 one under another."""
    found = {}
    for column in range(run.line + 1, min(width, run.line + 4)):
        texts = [
            plain_letter(plain_name(sheet.rows[row][column]))
            for start, end in spans
            for row in range(start, min(end, len(sheet.rows)))
            if column < len(sheet.rows[row]) and sheet.rows[row][column] is not None
        ]
        known = [text for text in texts if (m := proposal(text)) and m.duty in {WORK, ON_CALL}]
        if _step(run) > 1 and texts and len(known) == len(texts) and len(set(texts)) <= 4:
            found[column] = True
    return found


def _cells(
    sheet: Sheet, spans: Sequence[tuple[int, int]], column: int, labels: Iterable[int]
) -> Iterator[tuple[int, int, str, str]]:
    """Yield (place of the day, row, text, label of the row) of each cell of a column that has a text."""
    for n, (start, end) in enumerate(spans):
        for row in range(start, min(end, len(sheet.rows))):
            cells = sheet.rows[row]
            value = cells[column] if column < len(cells) else None
            source = sheet.merged.get((row, column))
            if value is None and source and source[0] >= spans[0][0] and source[1] == column:
                origin = sheet.rows[source[0]]
                value = origin[column] if column < len(origin) else None
            text = "" if value is None else shown(value)
            if text:
                label = next((plain_name(cells[c]) for c in labels if c < len(cells)), "")
                yield n, row, text, label


def _is_person(head: str, texts: Sequence[str]) -> bool:
    """Return whether a column is one person's: its cells are letters, not names."""
    if is_slot(head) or not texts:
        return False
    letters = sum(
        all(part.meaning or proposal(part.letter) for part in _LETTERS.parts(text))
        for text in texts
    )
    # A letter that nobody knows is one character, or Latin; two of 漢字 are a surname.
    short = sum(re.fullmatch(r".|[a-z0-9]{1,3}", plain_letter(text)) is not None for text in texts)
    return letters * 2 >= len(texts) or (
        looks_named(head)
        and spoken.ward_in(head) is None
        and short * 10 >= len(texts) * 8
        and len(set(texts)) <= 8
    )
