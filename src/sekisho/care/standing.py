"""What stands of what messages told, and what was taken back: by when it was sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sekisho.care.events import Event

RANK = {
    "admit": 0,
    "return": 1,
    "transfer": 2,
    "doctor": 3,
    "update": 4,
    "leave": 5,
    "discharge": 6,
}
"""Acts of a stay, in the order in which those of one moment happened."""
INSIDE = frozenset(RANK)
ORDERS = frozenset({"order", "result", "given", "problem"})
"""Acts that are rows of orders."""
_OUT = frozenset("OERC")


def is_out(event: Event) -> bool:
    """Return whether an event is of an outpatient."""
    return (event.what or "")[:1] in _OUT


def _moment(e: Event) -> dt.datetime | None:
    """Return the local moment from which what `e` takes back no longer stands; None: nobody says."""
    said = e.retracted_at or e.sent[:14]
    try:
        return dt.datetime.fromisoformat(said if "-" in said else f"{said[:8]}T{said[8:]}")
    except ValueError:
        return None


Back = list[tuple[Event, dt.datetime]]
"""What was taken back, and the local moment."""


def stand(told: Sequence[Event]) -> tuple[list[Event], Back]:
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
    if e.act == "update" and is_out(e):
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
    if e.act not in INSIDE or e.act == "admit" or e.sent > gone.sent:
        return False
    if e.number and gone.number:
        return e.number == gone.number
    began = gone.admitted or gone.at
    return e.admitted is not None and e.admitted == began
