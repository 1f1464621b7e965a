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

Row = dict[str, Any]
_RANK = {
    "admit": 0,
    "return": 1,
    "transfer": 2,
    "doctor": 3,
    "update": 4,
    "leave": 5,
    "discharge": 6,
}
_INSIDE = frozenset(_RANK)
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
    standing, back = _stand(sorted(events, key=lambda e: (e.sent, e.cancels, e.key)))
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
    inside = [e for e in standing if e.act in _INSIDE]
    return Rows(
        visits=visits,
        stays=_stays(patient_id, inside) if until is None else _once(patient_id, inside, until),
        orders=[_order(patient_id, e) for e in standing if e.act in ORDERS and e.at],
        appointments=[
            row for e in standing if e.act in {"plan", "book"} and e.at
            for row in _appointments(patient_id, e)
        ],
    )  # fmt: skip


ORDERS = frozenset({"order", "result", "given", "problem"})
"""Acts that are rows of orders."""
_OUT = frozenset("OERC")


def _is_out(event: Event) -> bool:
    return (event.what or "")[:1] in _OUT


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


def _moment(e: Event) -> dt.datetime | None:
    """Return the local moment from which what `e` takes back no longer stands; None: nobody says."""
    said = e.retracted_at or e.sent[:14]
    try:
        return dt.datetime.fromisoformat(said if "-" in said else f"{said[:8]}T{said[8:]}")
    except ValueError:
        return None


Back = list[tuple[Event, dt.datetime]]
"""What was taken back, and the local moment."""


def _stand(told: Sequence[Event]) -> tuple[list[Event], Back]:
    """Return what stands of `told` (in the order of sending), the newest word, and what was taken back."""
    back: Back = []

    def aside(by: Event, events: Iterable[Event]) -> None:
        when = _moment(by)
        if when is not None:
            back.extend((e, when) for e in events)

    standing: dict[tuple[Any, ...], Event] = {}
    books: dict[str, list[Event]] = {}
    ended: list[Event] = []
    for e in told:
        if e.flag is not None and e.flag != 1:
            if e.flag == 0 and e.retracted_at and not e.cancels:
                aside(e, [e])
            continue
        if e.act == "gone":
            # The record of a visit, or the whole person, was deleted: what was told before goes.
            aside(e, _forget(standing, e))
            for number in [n for n, one in books.items() if e.number in (None, n) and one]:
                aside(e, books.pop(number))
        elif e.act == "book":
            aside(e, _book(books, e))
        elif e.cancels:
            aside(e, _take_back(standing, e))
            if e.act == "admit":
                ended.append(e)
        else:
            _put(standing, e)
    kept = [*standing.values(), *(one for found in books.values() for one in found)]
    stands = []
    for e in kept:
        gone = next((one for one in ended if _within(e, one)), None)
        if gone is None:
            stands.append(e)
        else:
            aside(gone, [e])
    return stands, back


def _put(standing: dict[tuple[Any, ...], Event], e: Event) -> None:
    if e.act in ORDERS and e.number:
        key: tuple[Any, ...] = (e.act, e.number, e.executor_id, e.at if e.act == "given" else None)
        before = standing.get(key)
        if before is not None and before.at and e.at and before.flag is None:
            # A change or an end of an order does not undo the day on which it was given.
            ended = bool(e.more and e.more.get("ended"))
            until = max(before.until or before.at, e.until or e.at)
            e = replace(e, at=min(before.at, e.at), until=e.at if ended else until)
        standing[key] = e
        return
    if e.act == "visit":
        place = None if e.number is None else e.department
        key = ("visit", e.number or (e.at, e.department, e.doctor_id), place)
        standing[key] = e
        return
    if e.act == "update" and _is_out(e):
        _update_visit(standing, e)
        return
    if e.act == "admit":
        same = [k for k, one in standing.items() if k[0] == "admit" and _same_stay(one, e)]
        for k in same:
            del standing[k]
        standing["admit", e.key] = e
        return
    if e.act == "discharge":
        same = [
            k for k, one in standing.items()
            if k[0] == "discharge" and e.number is not None and one.number == e.number
        ]  # fmt: skip
        for k in same:
            del standing[k]
    standing[e.act, e.at, e.number if e.act == "plan" else None, e.ward, e.what] = e


def _update_visit(standing: dict[tuple[Any, ...], Event], e: Event) -> None:
    """Let an update of an outpatient's data change the visit that it names, or prove one."""
    visits = [
        k for k, one in standing.items()
        if k[0] == "visit" and ((e.number and one.number == e.number)
                                or (e.admitted and e.admitted == one.at))
    ]  # fmt: skip
    if not visits and e.admitted is None:
        return
    told = replace(e, act="visit", at=e.admitted or (standing[visits[0]].at if visits else e.at))
    if len(visits) == 1:
        before = standing.pop(visits[0])
        told = replace(
            told,
            at=before.at or told.at,
            department=told.department or before.department,
            doctor_id=told.doctor_id or before.doctor_id,
            doctor=told.doctor if told.doctor_id else told.doctor or before.doctor,
        )
    standing[
        "visit", told.number or (told.at, told.department, told.doctor_id), told.department
    ] = told


def _same_stay(a: Event, b: Event) -> bool:
    if a.number and b.number:
        return a.number == b.number
    return a.at == b.at


def _book(books: dict[str, list[Event]], e: Event) -> list[Event]:
    """Let `e` make, move or cancel an appointment; return what no longer stands."""
    number = e.number or f"{e.at}:{e.department}"
    before = books.get(number)
    if e.cancels:
        return books.pop(number, [])
    if before and before[0].sent == e.sent:
        before.append(e)
        return []
    if before and before[0].until:
        e = replace(e, until=min(before[0].until, e.until or before[0].until))
    books[number] = [e]
    # One that is told again as it was is no other appointment.
    return [one for one in before or () if (one.at, one.department) != (e.at, e.department)]


def _take_back(standing: dict[tuple[Any, ...], Event], e: Event) -> list[Event]:
    """Take away and return the newest of what `e` cancels: by number, else by time, else the last one told."""
    acts = {"admit", "visit"} if e.act == "admit" else {e.act}
    if e.act in ORDERS:
        same = [k for k, one in standing.items() if k[0] == e.act and one.number == e.number]
        return [standing.pop(key) for key in same]
    found = [
        (k, one) for k, one in standing.items()
        if one.act in acts and (e.act != "plan" or one.what == e.what)
    ]  # fmt: skip
    if e.act in {"admit", "discharge", "plan"} and e.number:
        numbered = [(k, one) for k, one in found if one.number == e.number]
        found = numbered or [(k, one) for k, one in found if one.number is None]
    times = {t for t in (e.admitted if e.act in {"admit", "plan"} else None, e.at, e.until) if t}
    exact = [(k, one) for k, one in found if one.at in times]
    if exact:
        found = exact
    elif e.act in {"admit", "plan"} and e.admitted and not e.number:
        return []  # it names another stay
    if not found:
        return []
    return [standing.pop(max(found, key=lambda pair: (pair[1].sent, pair[1].key))[0])]


def _forget(standing: dict[tuple[Any, ...], Event], e: Event) -> list[Event]:
    keys = [
        k for k, one in standing.items()
        if e.number in (None, one.number) and (one.act not in ORDERS or e.number is None)
    ]  # fmt: skip
    return [standing.pop(key) for key in keys]


def _within(e: Event, gone: Event) -> bool:
    """Return whether `e` was told of an admission that was taken back afterwards."""
    if e.act not in _INSIDE or e.act == "admit" or e.sent > gone.sent:
        return False
    if e.number and gone.number:
        return e.number == gone.number
    began = gone.admitted or gone.at
    return e.admitted is not None and e.admitted == began


def _stays(patient_id: str, events: Sequence[Event]) -> list[Row]:
    parts: list[_Part] = []
    now: _Part | None = None
    ordered = sorted(
        (e for e in events if e.at), key=lambda e: (e.at or "", _RANK[e.act], e.sent, e.key)
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
    if _is_out(e) and e.act != "transfer":
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
    begins = range(_BEGINS, _BEGINS + count) if e.act in _INSIDE else ()
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
        if e.act == "discharge" and _is_out(e) and e.admitted and e.ward is None
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
