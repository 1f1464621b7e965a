"""Rows of simple rosters and on-call lists: one person's turn of one day."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from sekisho.care.rows import cells
from sekisho.care.rows.cells import CancelledError, Row

CALL = "call:"
"""What the name of a column begins with that says who is on call, for the place that follows."""
_ON_CALL = re.compile(r"当直|宿直|日直|オンコール|on.?call|待機|拘束|当番|stand.?by")
_SUPPORT = re.compile(r"応援|リリーフ|support|float|relief")
_OFF = re.compile(
    r"休|明け|明$|有給|年次|年休|代休|夏季|特休|振替|off\b|^off|holiday|leave|vacation|absent|欠勤|^×$|^x$|^/$|^-$"
)
_WORK = re.compile(r"出勤|休日出勤|日勤|夜勤|準夜|深夜|早番|遅番")
_YES = frozenset("1 ○ 〇 ◯ yes true y t 有 あり on 当 直 待".split())  # noqa: SIM905 (as lists write it)
_PLAN = re.compile(r"予定|計画|plan|sched")
_ACTUAL = re.compile(r"実績|actual|worked")


def speaks_of_calls(name: str) -> bool:
    """Return whether the name of a file or a sheet says that it is an on-call list."""
    return _ON_CALL.search(unicodedata.normalize("NFKC", name).casefold()) is not None


_DAYS = ("day", "start_time", "valid_from")


def turn(row: Row) -> Iterator[dict[str, Any]]:
    """Yield the turn of a row; a row of a 当直表 may name several people."""
    day, start = _when(row, *_DAYS)
    if day is None:
        raise cells.RowError("care.no_date")
    last, end = _when(row, "end_time", "valid_to")
    shift = cells.text(row.get("shift")) or _said(row) or ""
    named = [(place, row[CALL + place]) for place in _places(row)]
    if named:
        for called, who in named:
            for one in _people(who):
                yield _turn(row, day, one, called, "on_call", shift or "当直", start, end)
        return
    duty = _duty(row, shift)
    place = cells.first_text(
        row, *(("support",) if duty == "support" else ()),
        "ward", "place", "department", "specialty", "department_code",
    )  # fmt: skip
    written = next((row[name] for name in _WHO if row.get(name) is not None), cells.name(row))
    people = _people(written)
    if not people:
        raise cells.RowError("care.no_user_id")
    # A row over several days (待機 of a week) is a turn of each.
    days = (last - day).days if last and duty == "on_call" and (end is None or start is None) else 0
    for offset in range(min(max(days, 0), 62) + 1):
        for person in people:
            yield _turn(
                row, day + dt.timedelta(days=offset), person, place, duty, shift or duty, start, end
            )


_WHO = ("user_id", "on_call_id", "on_call_person", "name", "doctor_id", "doctor")


def _turn(
    row: Row,
    day: dt.date,
    person: str,
    place: str | None,
    duty: str,
    shift: str,
    start: dt.time | None,
    end: dt.time | None,
) -> dict[str, Any]:
    values = {
        "user_id": cells.ident(person, "care.no_user_id"),
        "day": day,
        "place": place,
        "shift": shift[:16],
        "start": cells.clock(start),
        "end": cells.clock(end),
        "duty": duty,
        "actual": _actual(row),
    }
    if cells.cancelled(row):
        raise CancelledError(values)
    return values


def _places(row: Row) -> list[str]:
    return [name.removeprefix(CALL) for name in row if name.startswith(CALL)]


def _people(cell: Any) -> list[str]:
    """Return the people whom one cell names: 佐藤、鈴木 are two."""
    found = cells.optional_id(cell) or ""
    return [part.strip() for part in re.split(r"[、,;/／・\n]", found) if part.strip(" -―×")]


def _said(row: Row) -> str | None:
    """Return the word of a column that says whether, or how, somebody is on call."""
    said = cells.text(row.get("on_call"))
    return said if said and said.casefold() not in _YES | {"0", "no", "false", "n"} else None


def _duty(row: Row, shift: str) -> str:
    said = (cells.text(row.get("on_call")) or "").casefold()
    words = " ".join(
        unicodedata.normalize("NFKC", part).casefold()
        for part in (shift, cells.text(row.get("type")), said if said not in _YES else "")
        if part
    )
    called = any(row.get(name) is not None for name in ("on_call_id", "on_call_person"))
    if called or said in _YES or row.get("on_call") is True or _ON_CALL.search(words):
        return "on_call"
    if _SUPPORT.search(words) or row.get("support") is not None:
        return "support"
    if _OFF.search(words) and not _WORK.search(words):
        return "off"
    return "work"


def _actual(row: Row) -> bool:
    mark = row.get("actual")
    said = (cells.text(mark) or "").casefold()
    if mark is True or said in _YES or _ACTUAL.search(said):
        return True
    return bool(
        _ACTUAL.search((cells.text(row.get("type")) or "").casefold())
    ) and not _PLAN.search(said)


def _when(row: Row, *names: str) -> tuple[dt.date | None, dt.time | None]:
    day: dt.date | None = None
    time: dt.time | None = None
    for name in names:
        a_day, a_time = cells.day_or_time(row.get(name))
        day, time = day or a_day, time or a_time
    return day, time
