"""What a list is taken for: by the columns that only one kind has."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sekisho.care.places import plain
from sekisho.care.records import Kind

Told = tuple[Kind, tuple[str, ...]]

ORDER = (
    "order_no", "ordered_at", "order_doctor", "order_doctor_id", "order_department",
)  # fmt: skip
"""Columns that only a list of orders has."""
DONE = ("order_what", "executor", "executor_id", "executed_in", "entered_by", "type")
"""Columns that, beside a day on which something is done, make a list one of orders."""
ORDER_DAYS = (
    "ordered_at", "performed_at", "scheduled_at", "day", "made_at", "valid_from", "start_time", "visit_at",
)  # fmt: skip
BOOKED = ("appointment_no", "appointment_mark", "appointment_time", "booked_on")
POST = ("duty", "department", "specialty", "ward", "hired_on", "left_on", "employment", "kind")
PERSON = ("user_id", "on_call_id", "name", "on_call_person", "member", "worker", "researcher")
PERIOD = ("valid_from", "valid_to", "start_time", "end_time", "day")
HOME = ("born", "address", "phone")
WHERE = ("place", "ward", "department", "specialty", "department_code", "support")

NAMES: tuple[tuple[Kind, str], ...] = (
    (Kind.APPOINTMENTS, r"予約|appointment|appt|booking|reservation|yoyaku"),
    (Kind.ORDERS, r"オーダ|指示一覧|処方一覧|\border|^order"),
    (Kind.VISITS, r"受診|来院|外来|visit|encounter|jushin"),
    (Kind.VIPS, r"vip|要人|著名人|要配慮|特別管理|閲覧制限"),
    (Kind.ROSTERS, r"勤務|当直|宿直|日直|待機|シフト|roster|shift|on.?call|rota|duty"),
    (Kind.MAINTENANCE, r"保守|作業計画|作業予定|mainten"),
    (Kind.STAFF, r"職員|名簿|staff|employee"),
    (Kind.TERMINALS, r"端末|terminal|workstation"),
)
"""What the name of a file or a sheet says, asked only where its columns allow two kinds."""


def named_for(text: str) -> frozenset[Kind]:
    """Return the kinds that the name of a file or a sheet speaks of."""
    words = plain(text)
    return frozenset(kind for kind, pattern in NAMES if re.search(pattern, words))


def taken_for(columns: Iterable[str], named: frozenset[Kind] = frozenset()) -> Told | None:
    """Return the kind of a list with these columns and the fields that say so.

    Args:
        columns: The fields that its headings name.
        named: What the name of the file or the sheet says (`named_for`); it is asked only
            where the columns allow two kinds.

    Returns:
        None where no kind is certain; a list that looks like an access log is none.
    """
    has = set(columns)
    if "log" in has:
        return None
    told = _of_patients(has, named) if "patient_id" in has else _of_others(has, named)
    if told is None and "user_id" in has:
        if {"patient_id", "terminal"} & has:
            return None  # a log: who, on whom, where
        return _staff(has)
    return told


def is_log(columns: Iterable[str]) -> bool:
    """Return whether a list that is of no kind looks like an access log."""
    has = set(columns)
    return "log" in has or ("terminal" in has and bool({"user_id", "patient_id"} & has))


def _of_patients(has: set[str], named: frozenset[Kind]) -> Told | None:
    """Return the kind of a list that has patients."""
    order, done = _of(has, ORDER), _of(has, DONE)
    day = _of(has, ORDER_DAYS)
    if order and day and "admitted" not in has:
        return Kind.ORDERS, ("patient_id", *dict.fromkeys((*order[:2], day[0])))
    if "admitted" in has:
        return Kind.STAYS, ("patient_id", "admitted")
    if "study" in has:
        return Kind.RESEARCH, ("study", "patient_id")
    if "team" in has:
        when = _of(has, ("round_at", "day", "valid_from", "visit_at", "start_time"))
        return (Kind.ROUNDS, ("team", "patient_id", when[0])) if when else None
    if "performed_at" in has and "visit_at" not in has:
        return Kind.ORDERS, ("patient_id", "performed_at", *done[:1])
    return _of_days(has, named, done) or _of_homes(has, named)


def _of_days(has: set[str], named: frozenset[Kind], done: tuple[str, ...]) -> Told | None:
    """Return the kind of a list of patients and days: visits, appointments or orders."""
    if "visit_at" in has:
        return Kind.VISITS, ("patient_id", "visit_at")
    booked = _of(has, BOOKED)
    if "appointment_at" in has:
        return Kind.APPOINTMENTS, ("patient_id", "appointment_at")
    if "booked_day" in has:
        # 予約日 alone is how some hospitals head the day of a visit.
        certain = set(booked) - {"appointment_time"} or Kind.APPOINTMENTS in named
        kind = Kind.APPOINTMENTS if certain else Kind.VISITS
        return kind, ("patient_id", "booked_day", *booked[:1])
    when = _of(has, ("scheduled_at", "day", "start_time", "valid_from"))
    if named == {Kind.VIPS}:
        return None
    if not when or ("user_id" in has and not named and not booked and "order_what" not in has):
        return None
    if booked or named == {Kind.APPOINTMENTS}:
        return Kind.APPOINTMENTS, ("patient_id", when[0], *booked[:1])
    if {"order_what", "executed_in", "executor", "executor_id"} & has or (
        Kind.ORDERS in named and done
    ):
        return Kind.ORDERS, ("patient_id", when[0], *done[:1])
    if "scheduled_at" in has:
        return Kind.APPOINTMENTS, ("patient_id", "scheduled_at")
    if "day" in has and not {"vip", "user_id", "terminal"} & has:
        return Kind.VISITS, ("patient_id", "day")
    return None


def _of_homes(has: set[str], named: frozenset[Kind]) -> Told | None:
    """Return the kind of a list of patients without days: the patients, or the VIPs."""
    if ("vip" in has and not _of(has, HOME)) or (named == {Kind.VIPS} and "user_id" not in has):
        return Kind.VIPS, ("patient_id", *_of(has, ("vip",)))
    if "user_id" in has:
        # With a day, it may as well be a log: who, on whom, when.
        return None if "day" in has or not _of(has, POST) else _staff(has)
    marks = _of(has, (*HOME, "deceased_on", "kana", "name", "surname"))
    if marks:
        return Kind.PATIENTS, ("patient_id", *marks[:2])
    return None


def _of_others(has: set[str], named: frozenset[Kind]) -> Told | None:
    """Return the kind of a list without patients, other than the staff list."""
    person = _of(has, PERSON)
    period = _of(has, PERIOD)
    work = _of(has, ("work_start", "work_no", "work", "work_end", "worker"))
    if person and work and ("work_start" in has or period) and "hired_on" not in has:
        return Kind.MAINTENANCE, (person[0], *work[:2])
    if person and named == {Kind.MAINTENANCE} and period:
        return Kind.MAINTENANCE, (person[0], period[0])
    if "system" in has and "user_id" in has:
        return Kind.SYSTEM_IDS, ("system", "user_id")
    if "study" in has:
        return (Kind.RESEARCH, ("study", person[0])) if person else None
    if "team" in has and person and not {"shift", "hired_on", "employment"} & has:
        return Kind.TEAMS, ("team", person[0])
    turn = _turn(has, named)
    if turn:
        return turn
    if "terminal" in has and not person:
        where = _of(has, (*WHERE, "ip"))
        return (Kind.TERMINALS, ("terminal", where[0])) if where else None
    return None


def _turn(has: set[str], named: frozenset[Kind]) -> Told | None:
    """Return rosters, where each row is one person's turn of one day."""
    if {"hired_on", "left_on", "employment", "terminal"} & has:
        return None
    called = _of(has, ("on_call_id", "on_call_person"))
    if called and {"day", "start_time", "valid_from"} & has:
        return Kind.ROSTERS, ("day" if "day" in has else "start_time", called[0])
    person = _of(has, ("user_id", "name", "doctor_id", "doctor"))
    if not person:
        return None
    marks = _of(has, ("shift", "on_call", "start_time", "support", "end_time", "actual"))
    dated = "day" in has or ("start_time" in has and ("shift" in has or "end_time" in has))
    if dated and marks:
        return Kind.ROSTERS, (person[0], *_of(has, ("day",)), marks[0])
    if {"shift", "on_call"} & has and "valid_from" in has:
        return Kind.ROSTERS, (person[0], "valid_from", marks[0])
    if "day" in has and _of(has, (*WHERE, "valid_from")) and "user_id" in has:
        return Kind.ROSTERS, (person[0], "day", _of(has, (*WHERE, "valid_from"))[0])
    spans = {"valid_from", "valid_to"} <= has and not {"name", "duty"} & has
    if named == {Kind.ROSTERS} and ("day" in has or spans):
        return Kind.ROSTERS, (person[0], "day" if "day" in has else "valid_from")
    return None


def _staff(has: set[str]) -> Told | None:
    told = _of(has, POST)
    if told or "name" in has or "surname" in has:
        return Kind.STAFF, ("user_id", *(told[:2] or ("name",)))
    return None


def _of(has: Iterable[str], fields: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(field for field in fields if field in has)
