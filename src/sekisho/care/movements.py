"""Visits, stays, orders and appointments of one patient, from everything that messages told.

Pure, and the same for any order of arrival: what was told is sorted by when it was *sent*,
what was taken back is set aside with the moment, and what stands is sorted by when it *happened*.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sekisho.care.events import Event
from sekisho.care.standing import INSIDE, ORDERS, RANK, is_out, stand

Row = dict[str, Any]
_BEGINS = 100
"""Rows of a stay that an event proves begun before it are numbered from here."""
_LONGEST = 366 * 3
"""Days that a stay may last before a missing discharge is taken for granted."""


@dataclass(slots=True)
class Rows:
    """What stands of a patient, and with `retracted_at` what stood until it was taken back."""

    visits: list[Row]
    stays: list[Row]
    orders: list[Row]
    appointments: list[Row]


def derive(patient_id: str, events: Iterable[Event]) -> Rows:
    """Return the rows of `patient_id` that `events` (of all its numbers) leave, or once left, standing."""
    standing, back = stand(sorted(events, key=lambda e: (e.sent, e.cancels, e.key)))
    rows = _rows(patient_id, standing)
    rows.visits += _discharged_visits(patient_id, standing)
    for when in sorted({when for _, when in back}):
        gone = _rows(patient_id, [e for e, one in back if one == when], until=when.date())
        for name in ("visits", "stays", "orders", "appointments"):
            getattr(rows, name).extend(row | {"retracted_at": when} for row in getattr(gone, name))
    return rows


def _rows(patient_id: str, standing: Sequence[Event], until: dt.date | None = None) -> Rows:
    """Return the rows of `standing`; with `until`, of what was taken back on that day."""
    visits = [
        _visit(patient_id, e, n, d) for e in standing if e.act == "visit" for n, d in _named(e)
    ]
    inside = [e for e in standing if e.act in INSIDE]
    return Rows(
        visits=visits,
        stays=_stays(patient_id, inside) if until is None else _once(patient_id, inside, until),
        orders=[_order(patient_id, e) for e in standing if e.act in ORDERS and e.at],
        appointments=[
            row for e in standing if e.act in {"plan", "book"} and e.at
            for row in _appointments(patient_id, e)
        ],
    )  # fmt: skip


def _once(patient_id: str, inside: Sequence[Event], until: dt.date) -> list[Row]:
    """Return the stays that `inside` told of before they were taken back on the day `until`."""
    if any(e.act == "admit" for e in inside):
        rows = _stays(patient_id, inside)
    else:
        moves = (e for e in inside if e.act == "transfer" and e.at)
        rows = [
            row for e in moves
            for row in _Part(e, e.at or "", e.ward, e.department, e.doctor_id, e.doctor).rows(patient_id)
        ]  # fmt: skip
    for row in rows:
        row["until"] = max(row["day"], min(row["until"] or until, until))
    return rows


def _stays(patient_id: str, events: Sequence[Event]) -> list[Row]:
    parts: list[_Part] = []
    now: _Part | None = None
    ordered = sorted(
        (e for e in events if e.at), key=lambda e: (e.at or "", RANK[e.act], e.sent, e.key)
    )
    begins = {e.at for e in ordered if e.act == "admit"}
    for e in ordered:
        at = e.at or ""
        if now is not None and _days(now.start, at) > _LONGEST:
            now = None
        if e.act == "admit":
            if now is not None:
                now.until = at  # its discharge never came
            now = _Part(e, at, e.ward, e.department, e.doctor_id, e.doctor)
            parts.append(now)
            continue
        if e.act == "discharge":
            if now is None:
                now = _implied(e, begins, parts)
            if now is not None:
                now.until = max(at, now.start)
            now = None
            continue
        if e.act == "update" and e.until and e.until < at:
            # Told of a stay that had ended: proves it where nothing else did.
            if now is None and e.admitted and e.admitted not in begins:
                past = _implied(e, begins, parts)
                if past is not None:
                    past.until = e.until
            continue
        if now is None:
            now = _implied(e, begins, parts)
            if now is None:
                continue
        now = _moved(now, e, parts)
    return [row for part in parts for row in part.rows(patient_id)]


def _implied(e: Event, begins: set[str | None], parts: list[_Part]) -> _Part | None:
    """Begin a stay whose admission was never told, where `e` proves it."""
    if e.admitted and (e.admitted in begins or any(p.start == e.admitted for p in parts)):
        return None
    if e.act == "update" and e.admitted is None:
        return None
    if is_out(e) and e.act != "transfer":
        return None
    start = e.admitted if e.admitted and e.admitted <= (e.at or "") else e.at or ""
    before = (e.more or {}).get("from") if e.act == "transfer" else None
    ward = before if before and start < (e.at or "") else e.ward
    part = _Part(e, start, ward, e.department, e.doctor_id, e.doctor, first=_BEGINS)
    parts.append(part)
    return part


def _moved(now: _Part, e: Event, parts: list[_Part]) -> _Part:
    """Return the part that goes on after `e`: a new one where ward, department or doctor changed."""
    if e.act in {"leave", "return"}:
        return now
    if e.act == "doctor":
        ward, department = now.ward, now.department
    else:
        ward, department = e.ward or now.ward, e.department or now.department
    doctor_id = e.doctor_id or (None if e.doctor else now.doctor_id)
    doctor = e.doctor or (None if e.doctor_id else now.doctor)
    if (ward, department, doctor_id, doctor if doctor_id is None else None) == (
        now.ward, now.department, now.doctor_id, now.doctor if now.doctor_id is None else None,
    ):  # fmt: skip
        return now
    fills = e.act == "update" and all(
        before is None or before == after
        for before, after in (
            (now.ward, ward), (now.department, department), (now.doctor_id or now.doctor, doctor_id or doctor),
        )
    )  # fmt: skip
    if fills:
        now.ward, now.department, now.doctor_id, now.doctor = ward, department, doctor_id, doctor
        return now
    now.until = e.at
    part = _Part(e, e.at or "", ward, department, doctor_id, doctor)
    parts.append(part)
    return part


def _days(start: str, end: str) -> int:
    return (dt.date.fromisoformat(end[:10]) - dt.date.fromisoformat(start[:10])).days


@dataclass(slots=True)
class _Part:
    event: Event
    start: str
    ward: str | None
    department: str | None
    doctor_id: str | None
    doctor: str | None
    until: str | None = None
    first: int = 0

    def rows(self, patient_id: str) -> list[Row]:
        """Return the part, and once more for each further doctor that its message names."""
        return [
            {
                **_common(patient_id, self.event, n),
                "day": _day(self.start),
                "until": _day(self.until) if self.until else None,
                "department": self.department,
                "ward": self.ward,
                "doctor": doctor[1],
                "doctor_id": doctor[0],
            }
            for n, doctor in enumerate(
                [(self.doctor_id, self.doctor), *_others(self.event)], start=self.first
            )
        ]


def _others(e: Event) -> list[tuple[str | None, str | None]]:
    return [(one[0], one[1]) for one in (e.more or {}).get("doctors", ())]


def _named(e: Event) -> list[tuple[int, tuple[str | None, str | None]]]:
    return list(enumerate([(e.doctor_id, e.doctor), *_others(e)]))


def keys_of(e: Event) -> list[str]:
    """Return the key of every row that `e` may ever make."""
    count = max(2, 1 + len(_others(e)))
    begins = range(_BEGINS, _BEGINS + count) if e.act in INSIDE else ()
    return [_key(e, n) for n in (*range(count), *begins)]


def _key(e: Event, n: int) -> str:
    """Return the key of the `n`-th row of `e`; the key of what messages told begins with ``m``."""
    return "m" + (hashlib.sha256(f"{e.key}:{n}".encode()).hexdigest() if n else e.key)[:31]


def _common(patient_id: str, e: Event, n: int = 0) -> Row:
    """Return what every row has."""
    return {
        "key": _key(e, n),
        "load_id": e.load_id,
        "row": e.row,
        "origin": e.origin,
        "patient_id": patient_id,
        "retracted_at": None,
    }


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text[:10])


def _time(text: str) -> str | None:
    clock = text[11:19]
    return clock if clock and clock != "00:00:00" else None


def _visit(patient_id: str, e: Event, n: int, doctor: tuple[str | None, str | None]) -> Row:
    at = e.at or "1900-01-01"
    return {
        **_common(patient_id, e, n),
        "day": _day(at),
        "time": _time(at),
        "department": e.department,
        "doctor": doctor[1],
        "doctor_id": doctor[0],
    }


def _discharged_visits(patient_id: str, standing: Sequence[Event]) -> list[Row]:
    """Return the visits of outpatients that only their end proves (A03 of class O or E)."""
    known = {(e.number, e.at) for e in standing if e.act == "visit"}
    numbers = {number for number, _ in known if number}
    times = {at for _, at in known}
    return [
        _visit(patient_id, replace(e, at=e.admitted), 0, (e.doctor_id, e.doctor))
        for e in standing
        if e.act == "discharge" and is_out(e) and e.admitted and e.ward is None
        and e.number not in numbers and e.admitted not in times
    ]  # fmt: skip


def _order(patient_id: str, e: Event) -> Row:
    at = e.at or "1900-01-01"
    return {
        **_common(patient_id, e),
        "day": _day(at),
        "until": _day(e.until) if e.until and e.until[:10] > at[:10] else None,
        "time": _time(at),
        "number": e.number,
        "what": e.what or "other",
        "department": e.department,
        "ward": e.ward,
        "doctor": e.doctor,
        "doctor_id": e.doctor_id,
        "entered_by": e.entered_by,
        "executor": e.executor,
        "executor_id": e.executor_id,
        "executed_in": e.executed_in,
    }


def _appointments(patient_id: str, e: Event) -> list[Row]:
    """Return the appointment, for each place that expects the patient: a planned ward too."""
    at = e.at or "1900-01-01"
    if e.act == "plan":
        if e.what == "discharge":
            return []
        booked = f"{e.sent[:4]}-{e.sent[4:6]}-{e.sent[6:8]}" if e.sent > "1900" else None
        places = [e.department, e.ward]
    else:
        booked = e.until
        places = [e.department, (e.more or {}).get("place")]
    named: list[str | None] = [place for place in dict.fromkeys(places) if place]
    return [
        {
            **_common(patient_id, e, n),
            "day": _day(at),
            "time": _time(at),
            "number": e.number,
            "department": place,
            "doctor": e.doctor,
            "doctor_id": e.doctor_id,
            "booked_on": _day(booked) if booked else None,
        }
        for n, place in enumerate(named or [None])
    ]
