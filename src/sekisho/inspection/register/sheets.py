"""The sheet that a vendor answers: asked for, reminded of, read back; its answers are the vendor's word."""

from __future__ import annotations

import datetime as dt
import re
import secrets
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sekisho.care.headers import squeeze
from sekisho.care.sheets import sheets
from sekisho.errors import ConflictError, InvalidInputError
from sekisho.inspection.catalogue import Catalogue, Item
from sekisho.inspection.issued import propose, year_of
from sekisho.inspection.records import Heard, Value
from sekisho.inspection.register.field import Told
from sekisho.inspection.register.lines import Line, add, keep_hidden, line, lines, told_of
from sekisho.inspection.shelf import Shelf
from sekisho.storage import Database

PART = "vendor_sheets"
DAYS = 28
"""Days in which an answer is asked for, unless a person says another day."""
AGAIN = dt.timedelta(days=300)
"""After this a sheet is asked for again: one a year."""
_MARK = re.compile(r"KAKUNIN-(\d{1,9})-([0-9a-f]{8})", re.IGNORECASE)
_DASHES = re.compile("[\u2010-\u2015\u2212\u30fc]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A system of a vendor whose sheet was not asked for within a year."""

    vendor: str
    system: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One item with the vendor's answer; `value` None where there is none."""

    item: Item
    value: str | None
    checked_on: str | None
    target_on: str | None
    stood: str | None
    doubts: tuple[str, ...]


def newest(shelf: Shelf) -> Catalogue:
    """Return the newest sheet for vendors that is at hand, the institution's own among them.

    Raises:
        InvalidInputError: No catalogue is one.
    """
    found = [one for one in shelf.books.values() if one.sheet == "vendor"]
    if not found:
        raise InvalidInputError("register.sheet.no_catalogue")
    return max(found, key=lambda one: (year_of(one) or 0, one.id))


def wanted(database: Database, today: dt.date) -> list[Wanted]:
    """Return the systems of the register whose sheet was not asked for within a year."""
    since = (today - AGAIN).isoformat()
    asked = {
        (squeeze(one["vendor"]), squeeze(one["system"]))
        for one in told_of(database, PART)
        if (one.get("received_on") or one.get("asked_on") or "") >= since
    }
    return [
        Wanted(vendor=one["vendor"], system=one["system"])
        for one in told_of(database, "vendors")
        if (squeeze(one["vendor"]), squeeze(one["system"])) not in asked
    ]


def ask(
    database: Database,
    whom: Iterable[Wanted],
    book: Catalogue,
    *,
    answer_by: dt.date | None,
    by: str,
    at: dt.datetime,
    today: dt.date,
) -> list[int]:
    """Keep that the sheet `book` is asked for; return the lines.

    Raises:
        InvalidInputError: Nobody is asked, or the day is not within a year.
    """
    if answer_by is None or not today <= answer_by <= today + dt.timedelta(days=366):
        raise InvalidInputError("register.sheet.day")
    made = []
    for one in whom:
        told = {
            "vendor": one.vendor, "system": one.system, "edition": book.id,
            "asked_on": today, "answer_by": answer_by, "token": secrets.token_hex(4),
        }  # fmt: skip
        made.append(add(database, PART, told, by=by, at=at, today=today))
    if not made:
        raise InvalidInputError("register.sheet.nobody")
    return made


def remind(database: Database, one: Line, *, by: str, at: dt.datetime, today: dt.date) -> None:
    """Keep that the vendor is reminded today.

    Raises:
        ConflictError: It has answered.
    """
    if one.told.get("received_on"):
        raise ConflictError("register.sheet.received")
    keep_hidden(database, one.id, {"reminded_on": today.isoformat()}, act="remind", by=by, at=at)


def mark_of(one: Line) -> str:
    """Return what the sheet is known by."""
    return f"KAKUNIN-{one.id}-{one.told.get('token') or '0' * 8}"


def read_back(
    database: Database,
    one: Line,
    book: Catalogue,
    path: Path,
    name: str,
    *,
    by: str,
    at: dt.datetime,
    today: dt.date,
) -> list[Answered]:
    """Keep what a workbook that came back answers, and return it.

    Columns may be moved, answers written as ○, yes or はい。, days in 和暦. It may be the sheet that
    was sent or the one as the ministry issued it. What cannot be read is kept without a value.

    Raises:
        InvalidInputError: It is no workbook, answers another letter, or none of its lines is an item.
    """
    mark = _mark_in(path)
    if mark is not None and mark != mark_of(one).lower():
        raise InvalidInputError("register.sheet.other", mark=mark.upper())
    found, _ = propose(path.read_bytes(), name, book, today=today)
    said = {
        each.item.id: {
            "value": each.value.value if each.value else None,
            "checked_on": _iso(each.checked_on),
            "target_on": _iso(each.target_on),
            "stood": each.stood[:200] or None,
            "doubts": list(each.doubts),
        }
        for each in found
    }
    if not any(each["value"] for each in said.values()):
        raise InvalidInputError("register.sheet.nothing", items=len(book.asked()))
    _keep(database, one, book, said, act="receive", by=by, at=at, today=today)
    again = line(database, one.id, today=today)
    assert again is not None
    return answers(again, book)


def type_in(
    database: Database,
    one: Line,
    book: Catalogue,
    said: Mapping[str, Mapping[str, str]],
    *,
    by: str,
    at: dt.datetime,
    today: dt.date,
) -> None:
    """Keep what a person read off a paper sheet: item → ``value``, ``checked_on``, ``target_on``.

    Raises:
        InvalidInputError: A value is none, a day is none, or no item is answered.
    """
    known = {item.id for item in book.asked()}
    found: dict[str, dict[str, Any]] = {}
    for name, told in said.items():
        value = told.get("value", "")
        if name not in known or value not in {"", *Value}:
            raise InvalidInputError("register.sheet.item", item=name[:60])
        days = {n: _day(told.get(n, "")) for n in ("checked_on", "target_on")}
        found[name] = {"value": value or None, **days, "stood": None, "doubts": []}
    if not any(each["value"] for each in found.values()):
        raise InvalidInputError("register.sheet.nothing", items=len(known))
    _keep(database, one, book, found, act="type_in", by=by, at=at, today=today)


def answers(one: Line, book: Catalogue) -> list[Answered]:
    """Return every item of the sheet with what the vendor answered, in the order of the sheet."""
    said: Mapping[str, Told] = one.told.get("answers") or {}
    return [_answered(item, said.get(item.id) or {}) for item in book.asked()]


def heard(database: Database, book: Catalogue, today: dt.date) -> list[Heard]:
    """Return what the vendors answered to the sheet `book`, by vendor and system.

    Of each system the sheet that came back last counts; one that did not come back yet is there
    without answers.
    """
    newest: dict[tuple[str, str], Line] = {}
    for one in lines(database, PART, today=today):
        if one.told.get("edition") == book.id:
            key = (squeeze(one.told["vendor"]), squeeze(one.told["system"]))
            newest[key] = max(newest.get(key, one), one, key=_when)
    return [
        Heard(
            item=each.item.id,
            line=one.id,
            by=f"{one.told['vendor']} {one.told['system']}",
            value=None if each.value is None else Value(each.value),
            checked_on=_date(each.checked_on or one.told.get("received_on")),
            target_on=_date(each.target_on),
        )
        for one in newest.values()
        for each in answers(one, book)
    ]


def _when(one: Line) -> tuple[str, str, int]:
    return one.told.get("received_on") or "", one.told.get("asked_on") or "", one.id


def _date(text: str | None) -> dt.date | None:
    return None if not text else dt.date.fromisoformat(text)


def _answered(item: Item, told: Told) -> Answered:
    days: Sequence[str | None] = [told.get(name) for name in ("checked_on", "target_on")]
    return Answered(
        item=item, value=told.get("value"), checked_on=days[0], target_on=days[1],
        stood=told.get("stood"), doubts=tuple(told.get("doubts") or ()),
    )  # fmt: skip


def _keep(
    database: Database,
    one: Line,
    book: Catalogue,
    said: Mapping[str, Mapping[str, Any]],
    *,
    act: str,
    by: str,
    at: dt.datetime,
    today: dt.date,
) -> None:
    """Keep the answers of every item; those that the sheet does not have stand without a value."""
    empty: dict[str, Any] = {
        "value": None,
        "checked_on": None,
        "target_on": None,
        "stood": None,
        "doubts": [],
    }
    whole = {item.id: dict(said.get(item.id, empty)) for item in book.asked()}
    received = one.told.get("received_on") or today.isoformat()
    keep_hidden(
        database, one.id, {"answers": whole, "received_on": received}, act=act, by=by, at=at
    )


def _mark_in(path: Path) -> str | None:
    """Return the mark of the letter that a workbook answers, small; None where it has none."""
    for sheet in sheets(path):
        for row in sheet.rows[:20]:
            for cell in row:
                plain = unicodedata.normalize("NFKC", cell) if isinstance(cell, str) else ""
                if found := _MARK.search(_DASHES.sub("-", plain)):
                    return found[0].lower()
    return None


def _iso(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str) -> str | None:
    try:
        return dt.date.fromisoformat(text.strip()).isoformat() if text.strip() else None
    except ValueError as error:
        raise InvalidInputError("register.sheet.no_day", text=text[:40]) from error
