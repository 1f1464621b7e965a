"""What a roster says once its letters and names are looked up: turns, and what stays open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sekisho.care.roster.grid import Grid, Line, Turn
from sekisho.care.roster.letters import (
    LONGEST,
    OFF,
    ON_CALL,
    SUPPORT,
    WORK,
    Letters,
    Meaning,
    Part,
)
from sekisho.care.roster.people import Staff, Whose, asked_as

MORNING = dt.time().isoformat()


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as understood.

    Attributes:
        parts: The turns it names, each with its meaning; None where nobody knows it.
        state: ``known``; ``time``: work, from when until when is not certain; ``letter``:
            it is not certain what it means.
    """

    turn: Turn
    parts: tuple[tuple[str, Meaning | None], ...]
    state: str


@dataclass(slots=True)
class Understood:
    """A roster, looked up.

    Attributes:
        whose: For each line of the grid, whose it is.
        cells: For each line, its cells.
        letters: Letter that is to be asked → (cells, ``duty`` or ``time``).
        names: `asked_as` of a line whose person is not certain → (first line of the sheet, cells).
        unlisted: Lines whose id is in no staff list; `other_names` whose name is another's.
        rows: (line of the sheet, values of the table of rosters).
    """

    whose: list[Whose] = field(default_factory=list)
    cells: list[list[Cell]] = field(default_factory=list)
    letters: dict[str, tuple[int, str]] = field(default_factory=dict)
    names: dict[str, tuple[int, int]] = field(default_factory=dict)
    unlisted: list[int] = field(default_factory=list)
    other_names: list[int] = field(default_factory=list)
    rows: list[tuple[int, dict[str, Any]]] = field(default_factory=list)


def understand(
    grid: Grid, letters: Letters, staff: Staff, answers: Mapping[str, str], origin: str
) -> Understood:
    """Return what `grid` says.

    Args:
        grid: As written.
        letters: What its letters mean.
        staff: Of the days of the grid.
        answers: Written name → id that a person gave.
        origin: What a row says before the name of its cell.
    """
    found = Understood()
    for line in grid.lines:
        whose = staff.whose(line, grid.place, answers)
        cells = [_cell(letters, line, turn) for turn in line.turns]
        found.whose.append(whose)
        found.cells.append(cells)
        _note(found, line, whose, cells)
        if whose.user_id is None:
            continue
        for row in _rows(grid, line, cells):
            row |= {"user_id": whose.user_id, "actual": line.actual}
            row["origin"] = f"{origin} {row.pop('cell')}"
            found.rows.append((line.row, row))
    return found


def _note(found: Understood, line: Line, whose: Whose, cells: list[Cell]) -> None:
    if whose.user_id is None and cells:
        first, count = found.names.get(asked_as(line), (line.row, 0))
        found.names[asked_as(line)] = (first, count + len(cells))
    if whose.doubt == "unlisted":
        found.unlisted.append(line.row)
    if whose.doubt == "other_name":
        found.other_names.append(line.row)
    for cell in cells:
        for letter, meaning in cell.parts:
            if meaning is None or not meaning.sure:
                why = "duty"
            elif asks_times(meaning):
                why = "time"
            else:
                continue
            count, _ = found.letters.get(letter, (0, ""))
            found.letters[letter] = (count + 1, why)


def asks_times(meaning: Meaning) -> bool:
    """Return whether the times of a letter are worth a question and not known."""
    return meaning.asks and meaning.said == "usual" and meaning.duty in {WORK, ON_CALL}


def _cell(letters: Letters, line: Line, turn: Turn) -> Cell:
    parts = []
    for part in _parts(letters, line, turn):
        meaning = part.meaning or letters.meaning(part.letter)
        if turn.start and turn.end and meaning is None:
            meaning = Meaning(duty=WORK)
        if turn.start and turn.end and meaning is not None and meaning.duty != OFF:
            meaning = Meaning(
                duty=meaning.duty, start=turn.start, end=turn.end, place=meaning.place,
                away=meaning.away, said="cell",
            )  # fmt: skip
        parts.append((part.letter, meaning))
    if any(meaning is None or not meaning.sure for _, meaning in parts):
        state = "letter"
    elif any(meaning is not None and asks_times(meaning) for _, meaning in parts):
        state = "time"
    else:
        state = "known"
    return Cell(turn, tuple(parts), state)


def _parts(letters: Letters, line: Line, turn: Turn) -> tuple[Part, ...]:
    if line.slot is None:
        return letters.parts(turn.text)
    return tuple(
        part
        if part.meaning or letters.meaning(part.letter)
        else Part(part.letter, Meaning(duty=WORK))
        for part in letters.parts(line.slot)
    )  # a name under a head stands there, whatever the head is called


def _rows(grid: Grid, line: Line, cells: list[Cell]) -> Iterator[dict[str, Any]]:
    ends: dict[dt.date, str] = {}
    for cell in cells:
        for letter, meaning in cell.parts:
            if meaning is None or not meaning.sure:
                continue
            day, start, end = cell.turn.day, meaning.start, meaning.end
            if meaning.said == "usual":
                start = end = None
            if start and end and end <= start:
                ends[day + dt.timedelta(1)] = end
            if meaning.after and start is None and day in ends:
                start, end = MORNING, ends[day]
            yield {
                "day": day,
                "place": _place(grid, line, meaning),
                "shift": letter[:LONGEST],
                "start": start,
                "end": end,
                "duty": meaning.duty,
                "cell": cell.turn.cell,
            }


def _place(grid: Grid, line: Line, meaning: Meaning) -> str | None:
    if meaning.duty == SUPPORT:
        return meaning.place
    if meaning.away or meaning.duty == OFF:
        return None
    return line.place if line.slot is not None else line.place or grid.place
