"""Sheets to rows of one kind; what cannot be read is refused with its reason."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sekisho.care import dates
from sekisho.care.dates import Cell
from sekisho.care.duties import proposed_kind
from sekisho.care.headers import (
    Header,
    field_of,
    find_header,
    id_columns,
    squeeze,
    taken_for,
)
from sekisho.care.places import address_key
from sekisho.care.records import Doubt, Kind, Refusal
from sekisho.care.sheets import Sheet, unmangled
from sekisho.care.tables import KEYS
from sekisho.errors import InvalidInputError

_TOTAL = re.compile(
    r"^(?:合計|総計|小計|計|総件数|件数|以上|total|sum)(?:[\s:：\d件名]|$)", re.IGNORECASE
)
_CANCELLED = ("取消", "キャンセル", "中止", "削除", "cancel")
_SYSTEM = "system:"
_YES = ("兼", "○", "〇", "有", "1", "あり", "yes", "true", "y", "従")


@dataclass(slots=True)
class Reading:
    """One sheet, read.

    Attributes:
        rows: (line from 1, values by column name of the table).
        system_ids: The same of ids that people of a staff list have in other systems.
        skipped: Totals and rows that repeat the header: no data, and no refusal.
    """

    kind: Kind
    header: Header
    why: tuple[str, ...]
    rows: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    system_ids: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    skipped: int = 0


def read_sheet(sheet: Sheet) -> Reading:
    """Return what `sheet` holds.

    Raises:
        InvalidInputError: It cannot be decided what it is; the message names the columns found.
    """
    header = find_header(sheet.rows)
    if header is None and _is_garbled(sheet):
        raise InvalidInputError("care.misread")
    if header is None:
        raise InvalidInputError("care.no_header", found=_first_line(sheet))
    decided = taken_for(header.columns)
    if decided is None:
        if "log" in header.columns:
            raise InvalidInputError("care.is_a_log", columns=header.found[:12])
        raise InvalidInputError("care.undecided", columns=header.found[:12])
    kind, told = decided
    if kind is Kind.SYSTEM_IDS:
        header = _of_system_ids(sheet, header)
        told = ("system", "user_id", "staff_id")
    why = tuple(header.names.get(name, name) for name in told)
    reading = Reading(kind, header, why)
    read = {
        Kind.STAFF: _staff,
        Kind.VISITS: _visit,
        Kind.STAYS: _stay,
        Kind.PATIENTS: _patient,
        Kind.SYSTEM_IDS: _system_id,
    }[kind]
    filled = 0
    for line, row, was_filled in _data(sheet, header, kind, reading):
        try:
            for values in read(row):
                reading.rows.append((line, values))
                if kind is Kind.STAFF:
                    reading.system_ids += [(line, one) for one in _by_system(row, values)]
            filled += was_filled
        except _RowError as error:
            reading.refused.append(Refusal(line, error.message, error.values()))
    if filled:
        reading.doubts.append(Doubt("care.filled_down", {"rows": filled}))
    return reading


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


class _RowError(InvalidInputError):
    """A row that cannot be taken; never leaves this module."""


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
        names += [(f"{_SYSTEM}{system}", place) for system, place in header.systems.items()]
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


def _staff(row: Mapping[str, Cell]) -> Iterator[dict[str, Any]]:
    user_id = _id(row.get("user_id"), "care.no_user_id")
    valid_from = _day(row, "valid_from")
    left = _day(row, "left_on")
    try:
        hired = _day(row, "hired_on")
    except _RowError:  # an old day of hiring decides nothing; a day of leaving does
        hired = None
    valid_to = _day(row, "valid_to")
    ends = [end for end in (valid_to, left) if end is not None]
    starts = valid_from or hired
    end = min(ends) if ends else None
    if starts and end and starts > end:
        raise _RowError("care.ends_before_start", start=starts.isoformat(), end=end.isoformat())
    note, employment, said = (_text(row.get(name)) for name in ("note", "employment", "kind"))
    concurrent = _text(row.get("concurrent"))
    duty, name = _text(row.get("duty")), _name(row)
    values = {
        "user_id": user_id,
        "name": name,
        "kana": _text(row.get("kana")),
        "duty": duty,
        "department": _post_place(row),
        "ward": _text(row.get("ward")),
        "employment": employment,
        "valid_from": starts,
        "valid_to": end,
        "left_on": left,
        "concurrent": bool(concurrent and any(word in concurrent.casefold() for word in _YES)),
        "patient_id": _optional_id(row.get("own_patient_id") or row.get("patient_id")),
        "address_key": address_key(_address(row)),
        "proposed": proposed_kind(
            said, employment, name, duty, user_id, note if not duty else None
        ),
    }
    yield values
    # 兼務 written as a place instead of a mark is a second post of its own.
    where = _text(row.get("concurrent_department")) or (
        concurrent
        if concurrent and len(concurrent) > 1 and concurrent[-1] in "科部室課棟東西南北"
        else None
    )
    if where and where != values["department"]:
        values["concurrent"] = False
        yield {**values, "department": where, "ward": None, "concurrent": True}


def _by_system(row: Mapping[str, Cell], post: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the ids that a row of a staff list gives its person in other systems."""
    if post["concurrent"]:
        return
    for name, cell in row.items():
        if not name.startswith(_SYSTEM):
            continue
        for user_id in re.split(r"[\s;、,/]+", _optional_id(cell) or ""):
            if user_id:
                yield _owned(name.removeprefix(_SYSTEM), user_id, post["user_id"], post)


def _system_id(row: Mapping[str, Cell]) -> Iterator[dict[str, Any]]:
    system = _text(row.get("system"))
    if not system:
        raise _RowError("care.no_system")
    owner = _id(row.get("staff_id"), "care.no_staff_id")
    period = {"valid_from": _day(row, "valid_from"), "valid_to": _day(row, "valid_to")}
    start, end = period["valid_from"], period["valid_to"]
    if start and end and start > end:
        raise _RowError("care.ends_before_start", start=start.isoformat(), end=end.isoformat())
    yield _owned(system, _id(row.get("user_id"), "care.no_user_id"), owner, period)


def _owned(system: str, user_id: str, staff_id: str, period: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "system": system[:100],
        "system_key": squeeze(system)[:100],
        "user_id": user_id,
        "staff_id": staff_id,
        "valid_from": period["valid_from"],
        "valid_to": period["valid_to"],
    }


def _visit(row: Mapping[str, Cell]) -> Iterator[dict[str, Any]]:
    patient_id = _id(row.get("patient_id"), "care.no_patient_id")
    state = _text(row.get("cancelled")) or ""
    if any(word in state.casefold() for word in _CANCELLED):
        raise _RowError("care.cancelled")
    day, time = _moment(row, "visit_at")
    time = dates.clock_time(row.get("visit_time")) or time
    yield {
        "patient_id": patient_id,
        "day": day,
        "time": time.isoformat("seconds") if time else None,
        "department": _where(row),
        "doctor": _text(row.get("doctor")),
        "doctor_id": _optional_id(row.get("doctor_id")),
    }


def _stay(row: Mapping[str, Cell]) -> Iterator[dict[str, Any]]:
    patient_id = _id(row.get("patient_id"), "care.no_patient_id")
    day, _ = _moment(row, "admitted")
    until = _day(row, "discharged")
    if until and until < day:
        raise _RowError("care.ends_before_start", start=day.isoformat(), end=until.isoformat())
    yield {
        "patient_id": patient_id,
        "day": day,
        "until": until,
        "department": _where(row),
        "ward": _text(row.get("ward")),
        "doctor": _text(row.get("doctor")),
        "doctor_id": _optional_id(row.get("doctor_id")),
    }


def _patient(row: Mapping[str, Cell]) -> Iterator[dict[str, Any]]:
    address = _address(row)
    yield {
        "patient_id": _id(row.get("patient_id"), "care.no_patient_id"),
        "name": _name(row),
        "kana": _text(row.get("kana")),
        "born": _day(row, "born"),
        "address": address,
        "address_key": address_key(address),
        "phone": _text(row.get("phone")),
    }


def row_key(kind: Kind, values: Mapping[str, Any]) -> str:
    """Return what makes a row of `kind` the same row in tomorrow's file."""
    if kind is Kind.PATIENTS:
        return str(values["patient_id"])
    text = "\x1f".join("" if values[name] is None else str(values[name]) for name in KEYS[kind])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _where(row: Mapping[str, Cell]) -> str | None:
    """Return the department of a visit or a stay."""
    names = ("specialty", "department", "department_code")
    return next((text for text in (_text(row.get(name)) for name in names) if text), None)


def _post_place(row: Mapping[str, Cell]) -> str | None:
    """Return 所属 and 診療科 of a post, both where they differ."""
    place, specialty = _text(row.get("department")), _text(row.get("specialty"))
    both = [text for text in (place, specialty) if text]
    return " ".join(dict.fromkeys(both)) or _text(row.get("department_code"))


def _id(cell: Cell, missing: str) -> str:
    found = _optional_id(cell)
    if found is None:
        raise _RowError(missing)
    if re.fullmatch(r"\d(?:\.\d+)?[eE]\+\d+", found):
        raise _RowError("care.excel_number", value=found)
    if len(found) > 128:
        raise _RowError("care.id_too_long")
    return found


def _optional_id(cell: Cell) -> str | None:
    if cell is None or isinstance(cell, bool | dt.date | dt.time | dt.timedelta):
        return None
    return unicodedata.normalize("NFKC", str(cell)).strip().lstrip("'") or None


def _text(cell: Cell) -> str | None:
    if cell is None:
        return None
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", str(cell))).strip() or None


def _name(row: Mapping[str, Cell]) -> str | None:
    whole = _text(row.get("name"))
    if whole:
        return whole
    return " ".join(filter(None, (_text(row.get("surname")), _text(row.get("given"))))) or None


def _address(row: Mapping[str, Cell]) -> str | None:
    return "".join(filter(None, (_text(row.get("address")), _text(row.get("address2"))))) or None


def _day(row: Mapping[str, Cell], name: str) -> dt.date | None:
    cell = row.get(name)
    if cell is None or (isinstance(cell, str) and cell.strip(" -－/ー―年月日.") == ""):
        return None
    try:
        return dates.last_day(cell) if name in {"valid_to", "left_on"} else dates.day(cell)
    except ValueError:
        raise _RowError("care.bad_date", value=str(cell)[:40]) from None


def _moment(row: Mapping[str, Cell], name: str) -> tuple[dt.date, dt.time | None]:
    cell = row.get(name)
    if cell is None:
        raise _RowError("care.no_date")
    try:
        return dates.moment(cell)
    except ValueError:
        raise _RowError("care.bad_date", value=str(cell)[:40]) from None
