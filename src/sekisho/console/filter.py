"""What the address of a list of records asks for, and what that means to a search."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sekisho.errors import InvalidInputError
from sekisho.ledger.skip import COLUMNS, PATIENT, Looked
from sekisho.terms import Action, Outcome

LAST = 2**53 - 1
"""Above every index: the place before the first record of a moment."""
LONGEST = 20
"""Digits of a patient's number, leading zeros too."""
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 (the view's times are naive UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)
_PLACES = frozenset({"after", "before"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What the address asks for; empty means all.

    Attributes:
        start: First local day, ``2026-10-01``; `end` the last, included.
        person: Part of a name in the staff list, or of an id: every id that fits.
        patient: A patient's number; leading zeros tell no two apart.
        authority: Who gave the number in `patient`.
        text: Part of the object (screen, function) or the reason.
        after: The last record of the page before: ``<milliseconds>.<index>``.
        before: The first record of the page after it, where one pages back.
    """

    start: str = ""
    end: str = ""
    user: str = ""
    person: str = ""
    patient: str = ""
    authority: str = ""
    action: str = ""
    source: str = ""
    outcome: str = ""
    terminal: str = ""
    class_: str = ""
    text: str = ""
    after: str = ""
    before: str = ""

    def address(self, path: str, **change: str) -> str:
        """Return `path` with what is chosen, changed by `change`.

        A change is another question: it begins at its first page unless it says where.
        """
        other = replace(self, **{"after": "", "before": "", **change})
        chosen = {name: text for name, text in _values(other).items() if text}
        return f"{path}?{urlencode(chosen)}" if chosen else path

    @property
    def chosen(self) -> bool:
        """Whether anything is filtered."""
        return any(text for name, text in _values(self).items() if name not in _PLACES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """A filter as SQL with its values, and what of the sealed files can hold an answer."""

    where: str
    values: Sequence[object]
    looked: Looked


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """An id that is a person's only in some systems, or in all but some, and only for a time."""

    user_id: str
    only: Sequence[str] = ()
    but: Sequence[str] = ()
    start: dt.date | None = None
    end: dt.date | None = None


def read_filter(query: Mapping[str, str]) -> Filter:
    """Return the filter that `query` asks for.

    Raises:
        InvalidInputError: A day, an action or the place to go on is not one.
    """
    chosen = {f.name: query.get(f.name.rstrip("_"), "").strip()[:200] for f in fields(Filter)}
    for name in ("start", "end"):
        if chosen[name]:
            _day(chosen[name])
    if chosen["action"] and chosen["action"] not in set(Action):
        raise InvalidInputError("console.filter.action")
    if chosen["outcome"] and chosen["outcome"] not in set(Outcome):
        raise InvalidInputError("console.filter.outcome")
    for name in _PLACES:
        if chosen[name]:
            place(chosen[name])
    return Filter(**chosen)


def conditions(wanted: Filter, zone: ZoneInfo, ids: Sequence[Own] = ()) -> Conditions:
    """Return what `wanted` asks of the view ``access``.

    Args:
        wanted: The filter.
        zone: Of its days.
        ids: What `wanted.person` stands for.
    """
    parts, values = ["true"], list[object]()
    any_of: dict[str, Sequence[str]] = {}
    low: list[dt.datetime] = []
    high: list[dt.datetime] = []

    def add(sql: str, *bound: object) -> None:
        parts.append(sql)
        values.extend(bound)

    if wanted.start:
        low.append(_utc(_day(wanted.start), zone))
        add("occurred_at >= ?", low[-1])
    if wanted.end:
        high.append(_utc(_day(wanted.end), zone, days=1))
        add("occurred_at < ?", high[-1])
    for name in COLUMNS:
        chosen = {"user_id": wanted.user, "class": wanted.class_}.get(name)
        chosen = getattr(wanted, name) if chosen is None else chosen
        if chosen:
            add(f'"{name}" = ?', chosen)
            any_of[name] = (chosen,)
    if wanted.person:
        each = [_owned(one, zone) for one in ids]
        add(f"({' OR '.join(sql for sql, _ in each)})" if each else "false")
        values.extend(value for _, bound in each for value in bound)
        any_of.setdefault("user_id", tuple(one.user_id for one in ids))
    if wanted.patient:
        numbers = spellings(wanted.patient)
        same = "p.id = ?" if len(numbers) == 1 else "ltrim(p.id, '0') = ltrim(?, '0')"
        authority = " AND p.authority = ?" if wanted.authority else ""
        bound = (wanted.patient, wanted.authority) if wanted.authority else (wanted.patient,)
        add(f"len(list_filter(patient_ids, lambda p: {same}{authority})) > 0", *bound)
        any_of[PATIENT] = numbers
    if wanted.text:
        add(
            "(contains(lower(object), lower(?)) OR contains(lower(reason), lower(?)))",
            *[wanted.text] * 2,
        )
    if wanted.after:
        at, index = place(wanted.after)
        high.append(at)
        add('(occurred_at < ? OR (occurred_at = ? AND "index" < ?))', at, at, index)
    if wanted.before:
        at, index = place(wanted.before)
        low.append(at)
        add('(occurred_at > ? OR (occurred_at = ? AND "index" > ?))', at, at, index)
    looked = Looked(
        low=milliseconds(max(low)) if low else None,
        high=milliseconds(min(high)) if high else None,
        any_of=any_of,
    )
    return Conditions(where=" AND ".join(parts), values=values, looked=looked)


def _owned(one: Own, zone: ZoneInfo) -> tuple[str, list[object]]:
    parts, values = ["user_id = ?"], list[object]([one.user_id])
    for names, word in ((one.only, "IN"), (one.but, "NOT IN")):
        if names:
            parts.append(f"source {word} ({', '.join('?' for _ in names)})")
            values.extend(names)
    if one.start:
        parts.append("occurred_at >= ?")
        values.append(_utc(one.start, zone))
    if one.end:
        parts.append("occurred_at < ?")
        values.append(_utc(one.end, zone, days=1))
    return f"({' AND '.join(parts)})", values


def spellings(patient: str) -> tuple[str, ...]:
    """Return how systems write one patient's number: with leading zeros or without."""
    if not (patient.isascii() and patient.isdecimal()):
        return (patient,)
    bare = patient.lstrip("0") or "0"
    every = (bare.zfill(width) for width in range(len(bare), LONGEST + 1))
    return tuple(dict.fromkeys((patient, *every)))


def milliseconds(at: dt.datetime) -> int:
    """Return a naive UTC time as milliseconds since 1970."""
    return (at - _EPOCH) // _MILLISECOND


def moment(at: int) -> dt.datetime:
    """Return milliseconds since 1970 as an aware UTC time."""
    return (_EPOCH + at * _MILLISECOND).replace(tzinfo=dt.UTC)


def key(at: dt.datetime, index: int) -> str:
    """Return the place of a record in the list, for the address."""
    return f"{milliseconds(at)}.{index}"


def place(text: str) -> tuple[dt.datetime, int]:
    """Return the time and the index that `key` wrote.

    Raises:
        InvalidInputError: It is none.
    """
    try:
        moment, index = (int(part) for part in text.split("."))
        at = _EPOCH + dt.timedelta(milliseconds=moment)
    except (ValueError, OverflowError) as error:
        raise InvalidInputError("console.filter.after") from error
    return at, index


def _values(wanted: Filter) -> dict[str, str]:
    return {f.name.rstrip("_"): getattr(wanted, f.name) for f in fields(wanted)}


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError("console.filter.day") from error


def _utc(day: dt.date, zone: ZoneInfo, days: int = 0) -> dt.datetime:
    try:
        local = dt.datetime.combine(day + dt.timedelta(days=days), dt.time(), zone)
        return local.astimezone(dt.UTC).replace(tzinfo=None)
    except OverflowError as error:
        raise InvalidInputError("console.filter.day") from error
