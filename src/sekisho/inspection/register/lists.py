"""Lists as hospitals have them: which column is what, which line is there already, and what cannot be read.

Nothing is guessed: a word that is none of the choices, or no day, goes into the note and is said.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from sekisho.care import Doubt, Refusal
from sekisho.care import written as cells
from sekisho.care.dates import Cell
from sekisho.care.headers import squeeze
from sekisho.care.sheets import Sheet, sheets, unmangled
from sekisho.errors import InvalidInputError
from sekisho.inspection.register.field import Field, Kind, Part, Told
from sekisho.inspection.register.held import part as part_of
from sekisho.inspection.register.lines import Line, insert, lines, make_room, overwrite
from sekisho.inspection.register.written import LONGEST, label, value_of
from sekisho.pages.words import LANGUAGES
from sekisho.storage import Database

LOOKED = 40
"""Rows in which the headings are looked for."""
MOST = 5_000
"""Rows of one list."""
_ASIDE = re.compile(r"[（(【\[].*?[)）】\]]|※.*$|[*\uff0a]+")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list, as a line would keep it; `row` counts from 1 as the program shows it."""

    row: int
    told: Told


@dataclass(slots=True, kw_only=True)
class Listed:
    """What a file holds.

    Attributes:
        columns: Field → the heading as written.
        unknown: Headings that name no field: their cells are not taken.
        refused: Rows that are no line, and why.
        doubts: What was read with a doubt.
    """

    sheet: str | None
    columns: Mapping[str, str]
    unknown: Sequence[str]
    rows: list[Row] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A row beside what is there.

    Attributes:
        state: ``new``, ``same`` (nothing to do), ``differs`` (a line of that key says something
            else), ``twice`` (an earlier row of this file has the key).
        line: Of that key.
        fields: What differs.
    """

    row: int
    told: Told
    state: str
    line: Line | None
    fields: tuple[str, ...]


def read_list(path: Path, part: str, today: dt.date) -> Listed:
    """Return what the file at `path` holds for a list, from the sheet that names most of its fields.

    Raises:
        InvalidInputError: It cannot be read, has none of the headings, or is mojibake.
    """
    kept = part_of(part)
    best: tuple[int, Sheet, int, dict[int, str]] | None = None
    read = sheets(path)
    for sheet in read:
        for place, row in enumerate(sheet.rows[:LOOKED]):
            columns = _columns(kept, row, sheet.rows[place - 1] if place else ())
            if columns and (best is None or len(columns) > best[0]):
                best = len(columns), sheet, place, columns
    needed = {one.name for one in kept.typed if one.required}
    if best is None or not needed & set(best[3].values()) or best[0] < 2:
        raise _wrong(kept, read)
    _, sheet, head, columns = best
    names = {place: _heading(sheet, head, place) for place in range(len(sheet.rows[head]))}
    listed = Listed(
        sheet=sheet.name,
        columns={name: names[place] for place, name in columns.items()},
        unknown=[
            text
            for place, text in names.items()
            if place not in columns and text not in {"", "None"}
        ],
    )
    _rows(kept, sheet, head, columns, listed, today)
    return listed


def compare(database: Database, part: str, listed: Listed, today: dt.date) -> list[Compared]:
    """Return every row beside the line of its key, in the order of the file."""
    kept = part_of(part)
    known = {key_of(kept, one.told): one for one in lines(database, part, today=today)}
    seen: set[tuple[str, ...]] = set()
    found = []
    for one in listed.rows:
        key = key_of(kept, one.told)
        line = known.get(key)
        fields = _differing(line.told, one.told) if line is not None else ()
        state = (
            "twice" if key in seen else "new" if line is None else "differs" if fields else "same"
        )
        seen.add(key)
        found.append(Compared(row=one.row, told=one.told, state=state, line=line, fields=fields))
    return found


def keep_list(
    database: Database,
    part: str,
    compared: Sequence[Compared],
    answers: Mapping[int, str],
    *,
    by: str,
    at: dt.datetime,
    file: str,
) -> Counter[str]:
    """Keep the rows: new ones, and of the others what a person answered.

    Args:
        database: Where they are kept.
        part: Name of the list.
        compared: What `compare` said.
        answers: Row → ``ours`` (leave the line), ``theirs`` (take over what the row says) or
            ``both`` (keep a second line). No answer is ``ours``.
        by: Who loads it.
        at: When.
        file: Its name.

    Raises:
        InvalidInputError: The list would be full.

    Returns:
        ``added``, ``changed`` and ``left``: how many rows.
    """
    counted: Counter[str] = Counter()
    with database.write() as c:
        make_room(c, part, len(compared))
        for one in compared:
            answer = "both" if one.state == "new" else answers.get(one.row, "ours")
            if answer == "both" and one.state != "same":
                insert(c, part, one.told, by=by, at=at, source="file", file=file, row=one.row)
                counted["added"] += 1
            elif answer == "theirs" and one.line is not None and one.fields:
                overwrite(c, one.line.id, one.told, by=by, at=at)
                counted["changed"] += 1
            else:
                counted["left"] += 1
    return counted


def key_of(part: Part, told: Told) -> tuple[str, ...]:
    """Return what makes two lines the same: letters as they are compared, without marks."""
    return tuple(squeeze(str(told.get(one.name) or "")) for one in part.fields if one.key)


@cache
def _names(name: str) -> Mapping[str, str]:
    """Return heading as compared → field; a field's own label wins over another's other words."""
    fields = part_of(name).typed
    found = {squeeze(label(lang, one.name)): one.name for lang in LANGUAGES for one in fields}
    for one in fields:
        for word in (one.name, *one.words.split()):
            found.setdefault(squeeze(word), one.name)
    return found


def _columns(part: Part, row: Sequence[Cell], above: Sequence[Cell]) -> dict[int, str]:
    """Return column → field of a row of headings; the first column of each field stands.

    Headings of two rows are read together: 復元試験 over 日 is 復元試験日; a heading that only the
    row above has (its cell goes over both) counts too.
    """
    names, found = _names(part.name), dict[int, str]()
    alone = dict[int, str]()
    top = ""
    for place, cell in enumerate(row):
        over = above[place] if place < len(above) else None
        top = over if isinstance(over, str) else top
        ways = (f"{top}{cell}", cell) if isinstance(cell, str) else (over,) if cell is None else ()
        keys = (key for way in ways if isinstance(way, str) for key in _plain(way))
        name = next((names[key] for key in keys if key in names), None)
        if name is not None and name not in {*found.values(), *alone.values()}:
            (alone if cell is None else found)[place] = name
    # A row below the headings has none of its own: what stands above it is not its heading.
    return dict(sorted({**found, **alone}.items())) if len(found) > 1 else found


def _heading(sheet: Sheet, head: int, place: int) -> str:
    """Return a heading as it is written, of the row above where the row itself has none."""
    cell = sheet.rows[head][place]
    if cell is None and head and place < len(sheet.rows[head - 1]):
        cell = sheet.rows[head - 1][place]
    return "" if cell is None else str(cell).strip()


def _plain(heading: str) -> tuple[str, str]:
    """Return a heading as it is compared, with what stands in brackets and without."""
    return squeeze(heading), squeeze(_ASIDE.sub("", heading))


def _wrong(part: Part, read: Sequence[Sheet]) -> InvalidInputError:
    """Return what is wrong with a file in which the headings were not found."""
    texts = [
        cell
        for sheet in read
        for row in sheet.rows[:LOOKED]
        for cell in row
        if isinstance(cell, str)
    ]
    names = _names(part.name)
    if any("�" in text for text in texts) or any(
        squeeze(before) in names for text in texts for before in unmangled(text)
    ):
        return InvalidInputError("register.list.mojibake")
    needed = [one.name for one in part.typed if one.required]
    return InvalidInputError(
        "register.list.no_headings", field={"message": f"register.field.{needed[0]}"}
    )


def _rows(
    part: Part, sheet: Sheet, head: int, columns: Mapping[int, str], listed: Listed, today: dt.date
) -> None:
    unread: Counter[str] = Counter()
    broken = 0
    for place in range(head + 1, len(sheet.rows)):
        given = {name: _cell(sheet, place, column) for column, name in columns.items()}
        own = [sheet.rows[place][column] for column in columns if column < len(sheet.rows[place])]
        if all(cells.text(cell) is None for cell in own):
            continue
        if len(listed.rows) >= MOST:
            listed.doubts.append(Doubt("register.list.too_long", {"most": MOST}))
            break
        told = _told(part, given, unread, today)
        broken += any("�" in str(value) for value in told.values() if value)
        lacks = next(
            (one.name for one in part.typed if one.required and told[one.name] is None), ""
        )
        if lacks:
            listed.refused.append(
                Refusal(
                    place + 1, "register.needed", {"field": {"message": f"register.field.{lacks}"}}
                )
            )
            continue
        listed.rows.append(Row(place + 1, told))
    for name, count in unread.items():
        listed.doubts.append(
            Doubt("register.list.unread", {"column": listed.columns[name], "rows": count})
        )
    if broken:
        listed.doubts.append(Doubt("register.list.broken_letters", {"rows": broken}))


def _told(
    part: Part, given: Mapping[str, Cell], unread: Counter[str], today: dt.date
) -> dict[str, Any]:
    """Return a row as a line keeps it; what cannot be read goes into the note."""
    told: dict[str, Any] = {one.name: None for one in part.fields}
    notes = []
    for one in part.typed:
        cell = given.get(one.name)
        if isinstance(cell, str) and re.match(r"'[=+\-@]", cell):
            cell = cell[1:]  # as it was given out, so that no program takes it for a formula
        try:
            value = value_of(one, cell)
        except InvalidInputError:
            value = None
        if one.name in {"confirmed_on", "tested_on"} and str(value or "") > today.isoformat():
            value = None
        written = cells.text(cell)
        if value is None and written is not None and _says_something(one, cell):
            unread[one.name] += 1
            notes.append(f"{label('ja', one.name)}: {written[:200]}")
            if one.required and one.choices is not None and "other" in one.choices.words:
                value = "other"
        told[one.name] = value
    if notes:
        told["note"] = " / ".join(filter(None, (told.get("note"), *notes)))[:LONGEST]
    return told


def _says_something(one: Field, cell: Cell) -> bool:
    return one.kind in {Kind.TEXT, Kind.LONG} or cells.word(cell) is not None


def _cell(sheet: Sheet, row: int, column: int) -> Cell:
    """Return a cell; one that a merged range covers says what the range says."""
    row, column = sheet.merged.get((row, column), (row, column))
    cells_ = sheet.rows[row]
    return cells_[column] if column < len(cells_) else None


def _differing(ours: Told, theirs: Told) -> tuple[str, ...]:
    return tuple(name for name, value in theirs.items() if value not in {None, ours.get(name)})
