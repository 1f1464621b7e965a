"""Records, filtered and paged by key: what the address says becomes one quick question."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sekisho.errors import InvalidInputError
from sekisho.ledger import Reader
from sekisho.storage import analysis
from sekisho.terms import Action, Outcome

PAGE = 50
WINDOWS = (2, 40)
"""Days before the newest record that are looked at first."""
EXPORT = 200_000
"""Records in one exported file at most."""
COLUMNS = (
    '"index", occurred_at, time_precision, user_id, user_kind, '
    "list_transform(patient_ids, lambda p: p.id), action, outcome, source, terminal, object, reason"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What the address asks for; empty means all.

    Attributes:
        start: First local day, ``2026-10-01``; `end` the last, included.
        text: Part of the object (screen, function) or the reason.
        after: Where the page before ended: ``<milliseconds>.<index>``.
    """

    start: str = ""
    end: str = ""
    user: str = ""
    patient: str = ""
    action: str = ""
    source: str = ""
    outcome: str = ""
    terminal: str = ""
    text: str = ""
    after: str = ""

    def address(self, path: str, **change: str) -> str:
        """Return `path` with what is chosen, changed by `change`."""
        other = replace(self, **change)
        chosen = {f.name: getattr(other, f.name) for f in fields(other) if getattr(other, f.name)}
        return f"{path}?{urlencode(chosen)}" if chosen else path

    @property
    def chosen(self) -> bool:
        """Whether anything is filtered."""
        return any(getattr(self, f.name) for f in fields(self) if f.name != "after")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One record in a list; times UTC-aware."""

    index: int
    occurred_at: dt.datetime
    precision: str
    user_id: str | None
    user_kind: str
    patients: tuple[str, ...]
    action: str
    outcome: str
    source: str
    terminal: str | None
    object: str | None
    reason: str | None


def read_filter(query: Mapping[str, str]) -> Filter:
    """Return the filter that `query` asks for.

    Raises:
        InvalidInputError: A day, an action or the place to go on is not one.
    """
    chosen = {f.name: query.get(f.name, "").strip()[:200] for f in fields(Filter)}
    for name in ("start", "end"):
        if chosen[name]:
            _day(chosen[name])
    if chosen["action"] and chosen["action"] not in set(Action):
        raise InvalidInputError("console.filter.action")
    if chosen["outcome"] and chosen["outcome"] not in set(Outcome):
        raise InvalidInputError("console.filter.outcome")
    if chosen["after"]:
        _after(chosen["after"])
    return Filter(**chosen)


def page_of(reader: Reader, wanted: Filter, zone: str, size: int = PAGE) -> tuple[list[Row], str]:
    """Return a page of records, newest first, and where the next begins ("" for the last)."""
    where, values = _where(wanted, ZoneInfo(zone))
    select = f"SELECT {COLUMNS} FROM access WHERE {where}"  # noqa: S608 (fixed text; values are bound)
    order = f'ORDER BY occurred_at DESC, "index" DESC LIMIT {size + 1:d}'
    found: list[tuple[Any, ...]] = []
    with analysis(memory="400MB") as duck:
        reader.register(duck)
        bounds, bound = _bounds(wanted, ZoneInfo(zone))
        edge = f"SELECT min(occurred_at), max(occurred_at) FROM access WHERE {bounds}"  # noqa: S608 (same)
        ((first, last),) = duck.rows(edge, bound)
        if last is None:
            return [], ""
        # The newest page mostly lies in few days: look there first, and only then everywhere.
        for days in WINDOWS:
            begin = max(first, last - dt.timedelta(days=days))
            found = duck.rows(f"{select} AND occurred_at >= ? {order}", [*values, begin])
            if len(found) > size or begin == first:
                break
        else:
            found = duck.rows(f"{select} {order}", values)
    rows = [_row(row) for row in found[:size]]
    return rows, (_key(rows[-1]) if len(found) > size else "")


def pages_of(reader: Reader, wanted: Filter, zone: str) -> Iterator[list[Row]]:
    """Return every page of an export, at most `EXPORT` records in all."""
    left, after = EXPORT, wanted.after
    while left > 0:
        rows, after = page_of(reader, replace(wanted, after=after), zone, min(left, 20_000))
        yield rows
        left -= len(rows)
        if not after:
            return


def rows_at(reader: Reader, indexes: list[int]) -> list[Row]:
    """Return the records with these indexes, oldest first."""
    if not indexes:
        return []
    marks = ", ".join("?" for _ in indexes)
    sql = f'SELECT {COLUMNS} FROM access WHERE "index" IN ({marks}) ORDER BY occurred_at, "index"'  # noqa: S608 (fixed text; values are bound)
    with analysis(memory="400MB") as duck:
        reader.register(duck)
        return [_row(row) for row in duck.rows(sql, list(indexes))]


def _bounds(wanted: Filter, zone: ZoneInfo) -> tuple[str, list[object]]:
    parts, values = ["true"], list[object]()
    if wanted.start:
        parts.append("occurred_at >= ?")
        values.append(_utc(_day(wanted.start), zone))
    if wanted.end:
        parts.append("occurred_at < ?")
        values.append(_utc(_day(wanted.end) + dt.timedelta(days=1), zone))
    if wanted.after:
        parts.append("occurred_at <= ?")
        values.append(_after(wanted.after)[0])
    return " AND ".join(parts), values


def _where(wanted: Filter, zone: ZoneInfo) -> tuple[str, list[object]]:
    bounds, values = _bounds(wanted, zone)
    parts = [bounds]

    def add(sql: str, *bound: object) -> None:
        parts.append(sql)
        values.extend(bound)

    for name in ("action", "outcome", "source", "terminal"):
        if value := getattr(wanted, name):
            add(f"{name} = ?", value)
    if wanted.user:
        add("user_id = ?", wanted.user)
    if wanted.patient:
        add("list_contains(list_transform(patient_ids, lambda p: p.id), ?)", wanted.patient)
    if wanted.text:
        add(
            "(contains(lower(object), lower(?)) OR contains(lower(reason), lower(?)))",
            wanted.text,
            wanted.text,
        )
    if wanted.after:
        at, index = _after(wanted.after)
        add('(occurred_at < ? OR (occurred_at = ? AND "index" < ?))', at, at, index)
    return " AND ".join(parts), values


def _row(row: tuple[Any, ...]) -> Row:
    return Row(
        index=row[0],
        occurred_at=row[1].replace(tzinfo=dt.UTC),
        precision=row[2],
        user_id=row[3],
        user_kind=row[4],
        patients=tuple(row[5] or ()),
        action=row[6],
        outcome=row[7],
        source=row[8],
        terminal=row[9],
        object=row[10],
        reason=row[11],
    )


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError("console.filter.day") from error


def _utc(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    try:
        return dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC).replace(tzinfo=None)
    except OverflowError as error:
        raise InvalidInputError("console.filter.day") from error


def _key(row: Row) -> str:
    moment = row.occurred_at.replace(tzinfo=None) - dt.datetime(1970, 1, 1)  # noqa: DTZ001 (naive is UTC here)
    return f"{moment // dt.timedelta(milliseconds=1)}.{row.index}"


def _after(text: str) -> tuple[dt.datetime, int]:
    try:
        milliseconds, index = (int(part) for part in text.split("."))
        at = dt.datetime(1970, 1, 1) + dt.timedelta(milliseconds=milliseconds)  # noqa: DTZ001 (same)
    except (ValueError, OverflowError) as error:
        raise InvalidInputError("console.filter.after") from error
    return at, index
