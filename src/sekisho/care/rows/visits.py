"""Rows of visits, stays, appointments and orders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sekisho.care import dates
from sekisho.care.records import What
from sekisho.care.rows import cells
from sekisho.care.rows.cells import CancelledError, Row
from sekisho.care.whats import what_of


def visit(row: Row) -> Iterator[dict[str, Any]]:
    """Yield the visit of a row."""
    patient_id = cells.ident(row.get("patient_id"), "care.no_patient_id")
    if cells.cancelled(row) and not any(row.get(name) for name in _VISIT):
        raise cells.RowError("care.cancelled")
    day, time = cells.moment(row, *_VISIT)
    time = _time(row, "visit_time", "appointment_time") or time
    values = {
        "patient_id": patient_id,
        "day": day,
        "time": cells.clock(time),
        "department": cells.where(row),
        "doctor": cells.text(row.get("doctor")),
        "doctor_id": cells.first_id(row, "doctor_id", "user_id"),
    }
    if cells.cancelled(row):
        raise CancelledError(values | {"retracted_at": cells.cancelled_at(row)})
    yield values


_VISIT = ("visit_at", "booked_day", "day")


def stay(row: Row) -> Iterator[dict[str, Any]]:
    """Yield the stay of a row."""
    patient_id = cells.ident(row.get("patient_id"), "care.no_patient_id")
    day, _ = cells.moment(row, "admitted")
    until = cells.day(row, "discharged")
    cells.in_order(day, until)
    values = {
        "patient_id": patient_id,
        "day": day,
        "until": until,
        "department": cells.where(row),
        "ward": cells.text(row.get("ward")),
        "doctor": cells.text(row.get("doctor")),
        "doctor_id": cells.first_id(row, "doctor_id", "user_id"),
    }
    if cells.cancelled(row):
        raise CancelledError(values | {"retracted_at": cells.cancelled_at(row)})
    yield values


def appointment(row: Row) -> Iterator[dict[str, Any]]:
    """Yield the appointment of a row."""
    patient_id = cells.ident(row.get("patient_id"), "care.no_patient_id")
    day, time = cells.moment(
        row, "appointment_at", "booked_day", "scheduled_at", "day", "start_time", "valid_from"
    )
    time = _time(row, "appointment_time", "visit_time", "start_time") or time
    values = {
        "patient_id": patient_id,
        "day": day,
        "time": cells.clock(time),
        "number": (cells.optional_id(row.get("appointment_no")) or "")[:64] or None,
        "department": cells.where(row),
        "doctor": cells.first_text(row, "doctor", "executor"),
        "doctor_id": cells.first_id(row, "doctor_id", "executor_id", "user_id"),
        "booked_on": cells.day(row, "booked_on") or cells.day(row, "made_at"),
    }
    if cells.cancelled(row, came=False):
        raise CancelledError(values | {"retracted_at": cells.cancelled_at(row)})
    yield values


_ORDERED = ("ordered_at",)
_DONE = ("performed_at", "scheduled_at", "appointment_at", "booked_day")
_ELSE = ("day", "made_at", "start_time", "valid_from", "visit_at")


def order(row: Row) -> Iterator[dict[str, Any]]:
    """Yield the order of a row: from the day it was given, or done, to the later of both."""
    patient_id = cells.ident(row.get("patient_id"), "care.no_patient_id")
    days = [
        cells.moment(row, name)
        for name in (*_ORDERED, *_DONE)
        if cells.text(row.get(name)) not in {None, "-", "－", "―"}
    ]
    if not days:
        days = [cells.moment(row, *_ELSE)]
    elif row.get("valid_from") is not None:
        days.append(cells.moment(row, "valid_from"))
    day, time = min(days, key=lambda one: one[0])
    ends = [end for end in (cells.day(row, name) for name in ("valid_to", "end_time")) if end]
    until = max([one for one, _ in days] + ends)
    what = what_of(
        *(cells.text(row.get(name)) for name in ("order_what", "type", "kind", "executed_in"))
    )
    specialty = cells.where(row)
    by = cells.text(row.get("order_department"))
    where = cells.text(row.get("executed_in"))
    if where is None and by and what is What.CONSULT and specialty != by:
        where = specialty
    doctor = "order_doctor" if row.get("order_doctor") is not None else "doctor"
    ordering = row.get("order_doctor") is not None or row.get("order_doctor_id") is not None
    values = {
        "patient_id": patient_id,
        "day": day,
        "until": until if until != day else None,
        "time": cells.clock(_time(row, "order_time") or time),
        "number": (cells.optional_id(row.get("order_no")) or "")[:64] or None,
        "what": what.value,
        "department": by or specialty,
        "ward": cells.text(row.get("ward")),
        "doctor": cells.text(row.get(doctor)),
        "doctor_id": cells.optional_id(row.get("order_doctor_id"))
        if ordering
        else cells.first_id(row, "doctor_id", "user_id"),
        "entered_by": cells.optional_id(row.get("entered_by")),
        "executor": cells.text(row.get("executor")),
        "executor_id": cells.optional_id(row.get("executor_id")),
        "executed_in": where,
    }
    if cells.cancelled(row):
        raise CancelledError(values | {"retracted_at": cells.cancelled_at(row)})
    yield values


def _time(row: Row, *names: str) -> Any:
    return next((time for name in names if (time := dates.clock_time(row.get(name)))), None)
