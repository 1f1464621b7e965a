"""The cells of a row, read: numbers, words, days, times; what cannot be read refuses its row."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from sekisho.care import dates
from sekisho.care.dates import Cell
from sekisho.errors import InvalidInputError

Row = Mapping[str, Cell]

_CANCELLED = re.compile(
    r"取消|取り消し|キャンセル|中止|削除|無効|cancel|entered.in.error"
    r"|revoked|nullified|\bvoid|deleted|discontinued"
)
_STAYED_AWAY = re.compile(r"不来院|来院せず|来院なし|未来院|no.?show|did.?not.?attend")
_NO = frozenset("0 no n false f 無 無し なし いいえ 否 - － ー × x 未 有効 valid active".split())  # noqa: SIM905 (as lists write it)
_OVER = re.compile(r"(?:翌|翌日)?(\d{1,2}):(\d{2})(?::\d{2})?")


class RowError(InvalidInputError):
    """A row that cannot be taken; the reader of the sheet keeps its reason."""


class CancelledError(RowError):
    """A row that says that it was taken back.

    Attributes:
        row: The values that it had, so that an earlier load of it can be retracted.
    """

    def __init__(self, row: dict[str, Any]) -> None:
        super().__init__("care.cancelled")
        self.row = row


def cancelled(row: Row, *, came: bool = True) -> bool:
    """Return whether the row was taken back, by its state or by a mark of its own column.

    With `came` also one that says that nobody came: a visit needs somebody to come, an
    appointment does not. It stands until the hour at which nobody came, and the record was
    rightly prepared for it.
    """
    state = (text(row.get("cancelled")) or "").casefold()
    if _CANCELLED.search(state) or (came and _STAYED_AWAY.search(state)):
        return True
    mark = row.get("cancel_flag")
    said = (text(mark) or "").casefold()
    return bool(said) and mark is not False and said not in _NO


def cancelled_at(row: Row) -> dt.datetime | None:
    """Return the local moment at which the row was taken back, where its mark is a date.

    A date without a time is the end of that day: earlier that day it may have stood.
    """
    try:
        day, time = dates.moment(row.get("cancel_flag"))
    except ValueError:
        return None
    if time is None:
        return dt.datetime.combine(day + dt.timedelta(days=1), dt.time())
    return dt.datetime.combine(day, time)


def where(row: Row) -> str | None:
    """Return the department of a visit or a stay."""
    names = ("specialty", "department", "department_code")
    return next((found for found in (text(row.get(name)) for name in names) if found), None)


def first_text(row: Row, *names: str) -> str | None:
    """Return the first of the fields `names` that is not empty."""
    return next((found for found in (text(row.get(name)) for name in names) if found), None)


def first_id(row: Row, *names: str) -> str | None:
    """Return the first number of the fields `names` that is not empty."""
    return next((found for found in (optional_id(row.get(name)) for name in names) if found), None)


def ident(cell: Cell, missing: str) -> str:
    """Return the number in `cell`, as it is written; `missing` is the reason where there is none."""
    found = optional_id(cell)
    if found is None:
        raise RowError(missing)
    if re.fullmatch(r"\d(?:\.\d+)?[eE]\+\d+", found):
        raise RowError("care.excel_number", value=found)
    if len(found) > 128:
        raise RowError("care.id_too_long")
    return found


def optional_id(cell: Cell) -> str | None:
    """Return the number in `cell`, or None."""
    if cell is None or isinstance(cell, bool | dt.date | dt.time | dt.timedelta):
        return None
    return unicodedata.normalize("NFKC", str(cell)).strip().lstrip("'") or None


def text(cell: Cell) -> str | None:
    """Return the words in `cell`, in one width, or None."""
    if cell is None:
        return None
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", str(cell))).strip() or None


def name(row: Row) -> str | None:
    """Return the name of the person of a row."""
    whole = text(row.get("name"))
    if whole:
        return whole
    return " ".join(filter(None, (text(row.get("surname")), text(row.get("given"))))) or None


def address(row: Row) -> str | None:
    """Return the address of the person of a row."""
    return "".join(filter(None, (text(row.get("address")), text(row.get("address2"))))) or None


def day(row: Row, name: str) -> dt.date | None:
    """Return the day in the field `name`; None where it is empty or says that there is no end."""
    cell = row.get(name)
    if cell is None or (isinstance(cell, str) and cell.strip(" -－/ー―年月日.") == ""):
        return None
    try:
        return dates.last_day(cell) if name in ENDS else dates.day(cell)
    except ValueError:
        raise RowError("care.bad_date", value=str(cell)[:40]) from None


ENDS = frozenset({"valid_to", "left_on", "end_time", "work_end", "round_end"})
"""Fields in which 9999/12/31 says that there is no end."""


def moment(row: Row, *names: str) -> tuple[dt.date, dt.time | None]:
    """Return the day and the time, where there is one, of the first of `names` that is filled."""
    cell = next((row[name] for name in names if row.get(name) is not None), None)
    if cell is None:
        raise RowError("care.no_date")
    try:
        return dates.moment(cell)
    except ValueError:
        raise RowError("care.bad_date", value=str(cell)[:40]) from None


def day_or_time(cell: Cell) -> tuple[dt.date | None, dt.time | None]:
    """Return what a cell that may hold a time, a day or both holds; 25:00 is 01:00."""
    if cell is None or (isinstance(cell, str) and not cell.strip(" -－/ー―")):
        return None, None
    if not isinstance(cell, dt.datetime):
        if isinstance(cell, dt.timedelta):
            return None, dates.clock_time(dt.timedelta(seconds=cell.total_seconds() % 86400))
        if isinstance(cell, str):
            over = _OVER.fullmatch(unicodedata.normalize("NFKC", cell).strip())
            if over and int(over[1]) < 48:
                return None, dates.clock_time(f"{int(over[1]) % 24}:{over[2]}")
        time = dates.clock_time(cell)
        if time is not None:
            return None, time
    try:
        return dates.moment(cell)
    except ValueError:
        raise RowError("care.bad_date", value=str(cell)[:40]) from None


def clock(time: dt.time | None) -> str | None:
    """Return `time` as the tables keep it."""
    return time.isoformat("seconds") if time else None


def in_order(start: dt.date | None, end: dt.date | None) -> None:
    """Refuse a row that ends before it starts."""
    if start and end and start > end:
        raise RowError("care.ends_before_start", start=start.isoformat(), end=end.isoformat())
