"""Sheets to rows of one kind; what cannot be read is refused with its reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sekisho.care.dates import Cell
from sekisho.care.headers import Header, field_of, find_header, id_columns
from sekisho.care.kinds import is_log, named_for, taken_for
from sekisho.care.records import Doubt, Kind, Refusal
from sekisho.care.rows import groups, people, turns, visits
from sekisho.care.rows.cells import CancelledError, Row, RowError
from sekisho.care.rows.people import SYSTEM
from sekisho.care.rows.turns import CALL
from sekisho.care.sheets import Sheet, unmangled
from sekisho.errors import InvalidInputError

_TOTAL = re.compile(
    r"^(?:合計|総計|小計|計|総件数|件数|以上|total|sum)(?:[\s:：\d件名]|$)", re.IGNORECASE
)
READERS: Mapping[Kind, Callable[[Row], Iterator[dict[str, Any]]]] = {
    Kind.STAFF: people.staff,
    Kind.SYSTEM_IDS: people.system_id,
    Kind.PATIENTS: people.patient,
    Kind.VIPS: people.vip,
    Kind.VISITS: visits.visit,
    Kind.STAYS: visits.stay,
    Kind.APPOINTMENTS: visits.appointment,
    Kind.ORDERS: visits.order,
    Kind.ROSTERS: turns.turn,
    Kind.TEAMS: groups.team,
    Kind.ROUNDS: groups.round_,
    Kind.RESEARCH: groups.research,
    Kind.MAINTENANCE: groups.maintenance,
    Kind.TERMINALS: groups.terminal,
}


@dataclass(slots=True)
class Reading:
    """One sheet, read.

    Attributes:
        rows: (line from 1, values by column name of the table).
        others: Kind → the same of rows that a list holds beside its own: the ids that people
            of a staff list have in other systems, the VIPs of a patient list.
        retracted: The same of rows that are taken back: what an earlier load kept of them goes.
        skipped: Totals and rows that repeat the header: no data, and no refusal.
    """

    kind: Kind
    header: Header
    why: tuple[str, ...]
    rows: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    others: dict[Kind, list[tuple[int, dict[str, Any]]]] = field(default_factory=dict)
    retracted: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    skipped: int = 0


def read_sheet(sheet: Sheet, name: str = "") -> Reading:
    """Return what `sheet` holds.

    Args:
        sheet: Its cells.
        name: Of the file; asked only where the headings allow two kinds.

    Raises:
        InvalidInputError: It cannot be decided what it is; the message names the columns found.
    """
    named = named_for(f"{name} {sheet.name or ''}")
    header = find_header(sheet.rows)
    if header is None and Kind.VIPS in named:
        header = find_header(sheet.rows, least=1)
    if header is None and _is_garbled(sheet):
        raise InvalidInputError("care.misread")
    if header is None:
        raise InvalidInputError("care.no_header", found=_first_line(sheet))
    decided = taken_for(header.columns, named)
    if decided is None:
        if is_log(header.columns):
            raise InvalidInputError("care.is_a_log", columns=header.found[:12])
        raise InvalidInputError("care.undecided", columns=header.found[:12])
    kind, told = decided
    if kind is Kind.SYSTEM_IDS:
        header = _of_system_ids(sheet, header)
        told = ("system", "user_id", "staff_id")
    reading = Reading(kind, header, tuple(header.names.get(name, name) for name in told))
    on_call = kind is Kind.ROSTERS and turns.speaks_of_calls(f"{name} {sheet.name or ''}")
    _read(sheet, reading, {"on_call": True} if on_call and not CALLS & set(header.columns) else {})
    return reading


CALLS = {"on_call", "shift", "type"}
"""Columns that say themselves who is on call."""


def _read(sheet: Sheet, reading: Reading, said: Mapping[str, Cell]) -> None:
    """Fill `reading` with the rows of `sheet`; `said` is what its name says of each."""
    filled = 0
    read = READERS[reading.kind]
    for line, row, was_filled in _data(sheet, reading.header, reading.kind, reading):
        try:
            for values in read({**row, **said} if said else row):
                reading.rows.append((line, values))
                for kind, one in _beside(reading.kind, row, values):
                    reading.others.setdefault(kind, []).append((line, one))
            filled += was_filled
        except RowError as error:
            reading.refused.append(Refusal(line, error.message, error.values()))
            if isinstance(error, CancelledError):
                reading.retracted.append((line, error.row))
    if filled:
        reading.doubts.append(Doubt("care.filled_down", {"rows": filled}))


def _beside(
    kind: Kind, row: Row, values: Mapping[str, Any]
) -> Iterator[tuple[Kind, dict[str, Any]]]:
    """Yield what a row says besides what its list is for."""
    if kind is Kind.STAFF:
        for one in people.by_system(row, values):
            yield Kind.SYSTEM_IDS, one
    elif kind is Kind.PATIENTS and people.is_vip(row):
        for one in people.vip(row):
            yield Kind.VIPS, one


def _of_system_ids(sheet: Sheet, header: Header) -> Header:
    """Return `header` with the two columns of ids told apart: the system's, and the staff list's.

    Raises:
        InvalidInputError: Which is which cannot be told.
    """
    places = id_columns(sheet.rows[header.row])
    if places is None:
        raise InvalidInputError("care.which_ids", columns=header.found[:12])
    columns = {**header.columns, "user_id": places[0], "staff_id": places[1]}
    said = {name: str(sheet.rows[header.row][columns[name]]) for name in ("user_id", "staff_id")}
    return Header(header.row, columns, header.found, {**header.names, **said})


def _is_garbled(sheet: Sheet) -> bool:
    """Return whether the first rows name columns once their mojibake is undone."""
    cells = [cell for row in sheet.rows[:10] for cell in row if isinstance(cell, str)]
    lost = sum("\ufffd" in cell or "??" in cell for cell in cells[:40])
    return lost > 1 or any(field_of(text) for cell in cells for text in unmangled(cell))


def _first_line(sheet: Sheet) -> str:
    for row in sheet.rows:
        found = [str(cell) for cell in row if cell is not None]
        if found:
            return f"{len(found)}"
    return "0"


def _data(
    sheet: Sheet, header: Header, kind: Kind, reading: Reading
) -> Iterator[tuple[int, Mapping[str, Cell], bool]]:
    """Yield (line, fields, whether a cell was filled from above) of each data row."""
    names = list(header.columns.items())
    if kind is Kind.STAFF:
        names += [(f"{SYSTEM}{system}", place) for system, place in header.systems.items()]
    elif kind is Kind.ROSTERS:
        names += [(f"{CALL}{called}", place) for called, place in header.calls.items()]
    last: dict[str, Cell] = {}
    for index in range(header.row + 1, len(sheet.rows)):
        cells = sheet.rows[index]
        if all(cell is None for cell in cells):
            continue
        first = next((cell for cell in cells if cell is not None), None)
        row = {name: cells[place] if place < len(cells) else None for name, place in names}
        if (
            _is_total(first, row)
            or [c for c in cells if isinstance(c, str)][:4]
            == [c for c in sheet.rows[header.row] if isinstance(c, str)][:4]
        ):
            reading.skipped += 1
            continue
        filled = False
        for name, place in names:
            source = sheet.merged.get((index, place))
            if row[name] is None and source and source[0] > header.row:
                row[name] = sheet.rows[source[0]][source[1]]
                filled = True
        if kind is Kind.STAFF and row.get("user_id") is not None:
            filled |= _sparse(sheet, header, row, last)
        yield index + 1, row, filled


def _sparse(sheet: Sheet, header: Header, row: dict[str, Cell], last: dict[str, Cell]) -> bool:
    """Fill 所属 from above where the list writes it only on the first row of a group.

    Only where more than half of its cells are empty and no cell is merged: a
    merged cell says exactly how far it reaches.
    """
    place = header.columns.get("department")
    if place is None or sheet.merged:
        return False
    if "sparse" not in last:
        column = [
            r[place] if place < len(r) else None
            for r in sheet.rows[header.row + 1 :]
            if any(c is not None for c in r)
        ]
        empty = sum(cell is None for cell in column)
        last["sparse"] = bool(
            column and column[0] is not None and empty * 2 > len(column) and empty < len(column) - 1
        )
    if not last["sparse"]:
        return False
    if row.get("department") is None and row.get("ward") is None:
        row["department"] = last.get("department")
        return row["department"] is not None
    last["department"] = row.get("department")
    return False


def _is_total(first: Cell, row: Mapping[str, Cell]) -> bool:
    given = sum(cell is not None for cell in row.values())
    return isinstance(first, str) and given <= 2 and _TOTAL.match(first) is not None
