"""Rows of teams, their rounds, research, maintenance and terminals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from sekisho.care.rows import cells
from sekisho.care.rows.cells import CancelledError, Row

_MEMBER = ("user_id", "doctor_id", "executor_id", "member", "name", "doctor", "executor")
_RESEARCHER = ("user_id", "researcher", "name", "doctor_id", "doctor", "member")
_WORKER = ("user_id", "worker", "name", "executor_id", "executor")


def team(row: Row) -> Iterator[dict[str, Any]]:
    """Yield the member of a team that a row names."""
    start, end = _period(row)
    yield {
        "team": _named(row, "team", "care.no_team"),
        "user_id": _person(row, *_MEMBER),
        "valid_from": start,
        "valid_to": end,
    }


def round_(row: Row) -> Iterator[dict[str, Any]]:
    """Yield the patient whom a team looks after, and when."""
    day, _ = cells.moment(row, "round_at", "day", "valid_from", "visit_at", "start_time")
    until = cells.day(row, "round_end") or cells.day(row, "valid_to") or cells.day(row, "end_time")
    cells.in_order(day, until)
    values = {
        "team": _named(row, "team", "care.no_team"),
        "patient_id": cells.ident(row.get("patient_id"), "care.no_patient_id"),
        "day": day,
        "until": until,
    }
    if cells.cancelled(row):
        raise CancelledError(values)
    yield values


def research(row: Row) -> Iterator[dict[str, Any]]:
    """Yield who may read whom for an approved study; a row without a patient means no one in particular."""
    start, end = _period(row)
    values = {
        "study": _named(row, "study", "care.no_study"),
        "user_id": _person(row, *_RESEARCHER),
        "patient_id": cells.optional_id(row.get("patient_id")),
        "valid_from": start,
        "valid_to": end,
    }
    if cells.cancelled(row):
        raise CancelledError(values)
    yield values


def maintenance(row: Row) -> Iterator[dict[str, Any]]:
    """Yield one planned work: who, from when, until when."""
    starts = ("work_start", "start_time", "valid_from", "day", "scheduled_at", "performed_at")
    day, start = _when(row, *starts)
    if day is None:
        raise cells.RowError("care.no_date")
    until, end = _when(row, "work_end", "end_time", "valid_to")
    if until is None:
        # 22:00 to 05:00 ends on the next day.
        over = start is not None and end is not None and end < start
        until = day + dt.timedelta(days=1) if over else day
    cells.in_order(day, until)
    values = {
        "plan": (cells.first_text(row, "work_no", "work") or "")[:64] or None,
        "user_id": _person(row, *_WORKER),
        "system": cells.text(row.get("system")),
        "day": day,
        "start": cells.clock(start),
        "until": until,
        "end": cells.clock(end),
    }
    if cells.cancelled(row):
        raise CancelledError(values)
    yield values


def terminal(row: Row) -> Iterator[dict[str, Any]]:
    """Yield a terminal and where it stands."""
    place = cells.first_text(row, "place", "ward", "department", "specialty", "department_code")
    yield {
        "terminal": _named(row, "terminal", "care.no_terminal"),
        "address": (cells.first_text(row, "ip") or "")[:64] or None,
        "place": place,
    }


def _period(row: Row) -> tuple[dt.date | None, dt.date | None]:
    start = cells.day(row, "valid_from") or cells.day(row, "start_time") or cells.day(row, "day")
    end = cells.day(row, "valid_to") or cells.day(row, "end_time")
    cells.in_order(start, end)
    return start, end


def _when(row: Row, *names: str) -> tuple[dt.date | None, dt.time | None]:
    """Return the first day and the first time that the fields `names` hold."""
    day: dt.date | None = None
    time: dt.time | None = None
    for name in names:
        a_day, a_time = cells.day_or_time(row.get(name))
        day, time = day or a_day, time or a_time
    return day, time


def _named(row: Row, field: str, missing: str) -> str:
    found = cells.text(row.get(field))
    if not found:
        raise cells.RowError(missing)
    return found[:128]


def _person(row: Row, *names: str) -> str:
    """Return the id of the person of a row, or the name, which `context` looks up in the staff list."""
    found = next((row[name] for name in names if row.get(name) is not None), cells.name(row))
    return cells.ident(found, "care.no_user_id")
