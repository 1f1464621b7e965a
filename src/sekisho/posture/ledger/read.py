"""Sheets to machines and connections; what cannot be read is refused with its reason."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from zoneinfo import ZoneInfo

from sekisho.care import Doubt, Refusal
from sekisho.care.dates import Cell
from sekisho.care.sheets import Sheet, unmangled
from sekisho.errors import InvalidInputError
from sekisho.posture.ledger import rows
from sekisho.posture.ledger.cells import last_day, text
from sekisho.posture.ledger.controls import control
from sekisho.posture.ledger.headers import Header, field_of, find_header
from sekisho.posture.ledger.rows import Row, RowError
from sekisho.posture.ledger.sniff import taken_for
from sekisho.posture.records import Kind, Machine, Reading

_TOTAL = re.compile(r"^(?:合計|総計|小計|計|総件数|件数|以上|total|sum)(?:[\s:：\d件台]|$)", re.IGNORECASE)  # fmt: skip
_AS_OF = re.compile(r"(.{4,14}?)\s*(?:現在|時点|更新|作成|as of)|as of\s+(.{8,12})", re.IGNORECASE)
READERS: Mapping[Kind, Callable[[Row], Machine]] = {
    Kind.ASSETS: rows.asset,
    Kind.ASSET_TOOL: rows.asset,
    Kind.ANTIVIRUS: rows.protected,
    Kind.WSUS: rows.updated,
    Kind.SOFTWARE: rows.software,
}


def read_sheet(sheet: Sheet, name: str = "", *, zone: str = "Asia/Tokyo") -> Reading:
    """Return what `sheet` holds.

    Args:
        sheet: Its cells.
        name: Of the file; it tells one product's export from another's, and the kind of machines.
        zone: Of the times in it.

    Raises:
        InvalidInputError: It cannot be decided what it is; the message names the columns found.
    """
    header = find_header(sheet.rows)
    if header is None and _is_garbled(sheet):
        raise InvalidInputError("care.misread")
    if header is None:
        raise InvalidInputError("posture.no_header")
    about = f"{name} {sheet.name or ''}"
    taken = taken_for(header.columns, header.found, about)
    if taken is None:
        raise InvalidInputError("posture.undecided", columns=header.found[:12])
    told = [header.names.get(field, field) for field in taken.told]
    reading = Reading(
        kind=taken.kind,
        source=taken.source,
        why=(f"posture.taken_for.{taken.kind}", {"columns": told}),
        as_of=_as_of(sheet, header),
    )
    if taken.source in {"antivirus", "asset_tool"}:
        reading.doubts.append(Doubt("posture.which_product", {}))
    _read(sheet, header, reading, about, ZoneInfo(zone))
    return reading


def _read(sheet: Sheet, header: Header, reading: Reading, about: str, zone: ZoneInfo) -> None:
    unread: dict[str, int] = {}
    running = "number" not in header.columns and "row_number" in header.columns
    for line, cells in _data(sheet, header):
        row = Row(cells=cells, about=about, zone=zone, running=running, unread=[])
        try:
            if reading.kind is Kind.CONNECTIONS:
                reading.connections.append((line, rows.connection(row)))
            elif reading.kind is Kind.CONTROLS:
                reading.controls.append((line, control(row)))
            else:
                reading.machines.append((line, READERS[reading.kind](row)))
        except RowError as error:
            reading.refused.append(Refusal(line, error.message, error.values()))
        for field in row.unread:
            unread[field] = unread.get(field, 0) + 1
    for field, count in unread.items():
        column = header.names.get(field, field)
        reading.doubts.append(Doubt("posture.cells_unread", {"column": column, "rows": count}))
    if running and reading.kind is Kind.ASSETS:
        reading.doubts.append(
            Doubt("posture.running_numbers", {"column": header.names["row_number"]})
        )


def _data(sheet: Sheet, header: Header) -> Iterator[tuple[int, dict[str, list[Cell]]]]:
    """Yield (line, field → cells) of each data row; what a merged cell covers is filled in."""
    head = [cell for cell in sheet.rows[header.row] if isinstance(cell, str)][:4]
    for index in range(header.row + 1, len(sheet.rows)):
        cells = sheet.rows[index]
        first = next((cell for cell in cells if cell is not None), None)
        given = sum(cell is not None for cell in cells)
        if (
            first is None
            or [cell for cell in cells if isinstance(cell, str)][:4] == head
            or (given <= 2 and isinstance(first, str) and _TOTAL.match(first))
        ):
            continue
        row: dict[str, list[Cell]] = {}
        for field, places in header.columns.items():
            for place in places:
                cell = cells[place] if place < len(cells) else None
                source = sheet.merged.get((index, place))
                if cell is None and source and source[0] > header.row:
                    cell = sheet.rows[source[0]][source[1]]
                if cell is not None:
                    row.setdefault(field, []).append(cell)
        yield index + 1, row


def _as_of(sheet: Sheet, header: Header) -> dt.date | None:
    """Return the day that the lines above the headings say the list is of."""
    for row in sheet.rows[: header.row]:
        for cell in row:
            found = _AS_OF.search(text(cell) or "") if isinstance(cell, str) else None
            if found is None:
                continue
            for start in range(len(written := found[1] or found[2])):
                try:
                    return last_day(written[start:].strip(" （(【：:"))
                except ValueError:
                    continue
    return None


def _is_garbled(sheet: Sheet) -> bool:
    """Return whether the first rows name columns once their mojibake is undone."""
    cells = [cell for row in sheet.rows[:10] for cell in row if isinstance(cell, str)]
    lost = sum("\ufffd" in cell or "??" in cell for cell in cells[:40])
    return lost > 1 or any(field_of(said) for cell in cells for said in unmangled(cell))
