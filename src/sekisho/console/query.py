"""Records, filtered and paged by key: a question over years opens only what can answer it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from sekisho.console.filter import (
    LAST,
    Conditions,
    Filter,
    Own,
    conditions,
    key,
    milliseconds,
    moment,
)
from sekisho.ledger import Reader
from sekisho.ledger.skip import Looked, Place
from sekisho.storage import analysis
from sekisho.terms import PatientId

PAGE = 50
FIRST = 200_000
"""Sealed records that are looked through first; each further look takes four times as many."""
EACH = 8_192
"""A place counts as so many records at least: opening a file costs as much as reading them."""
LOOKED = 5_000_000
"""Sealed records that one page looks through; who wants to see further goes on from there."""
CHUNK = 20_000
"""Records of an export that are asked for at once."""
_COLUMNS = (
    '"index", occurred_at, time_precision, user_id, user_kind, patient_ids, action, outcome, '
    "source, terminal, object, reason"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One record in a list; times UTC-aware."""

    index: int
    occurred_at: dt.datetime
    precision: str
    user_id: str | None
    user_kind: str
    patient_ids: tuple[PatientId, ...]
    action: str
    outcome: str
    source: str
    terminal: str | None
    object: str | None
    reason: str | None

    @property
    def patients(self) -> tuple[str, ...]:
        """Return the patients' ids."""
        return tuple(each.id for each in self.patient_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Records, newest first.

    Attributes:
        after: Where the next page begins, "" on the last; `before` where the one before
            it ends, "" on the first.
        until: What is older was not looked through yet (UTC-aware); None: everything was
            that could stand on this page.
    """

    rows: tuple[Row, ...]
    after: str = ""
    before: str = ""
    until: dt.datetime | None = None


def page_of(
    reader: Reader, wanted: Filter, zone: str, size: int = PAGE, *, ids: Sequence[Own] = ()
) -> Page:
    """Return a page of records, newest first.

    Args:
        reader: The log.
        wanted: What is asked; ``after`` and ``before`` say where in it.
        zone: Of the days in it.
        size: Records of a page.
        ids: What `wanted.person` stands for.
    """
    back = bool(wanted.before)
    asked = conditions(wanted, ZoneInfo(zone), ids)
    lines, edge = _found(reader, asked, _COLUMNS, size + 1, oldest=back, most=LOOKED)
    rows, more = [row_of(line) for line in lines[:size]], len(lines) > size
    if edge is not None and not more:
        return Page(
            rows=tuple(rows),
            after=f"{edge}.{LAST}",
            before=_key(rows[0]) if rows and wanted.after else "",
            until=moment(edge),
        )
    if back and not more:
        # The first page is whole, whichever way one comes to it.
        return page_of(reader, replace(wanted, before=""), zone, size, ids=ids)
    if back:
        rows.reverse()
    if not rows:
        return Page(rows=())
    first, last = _key(rows[0]), _key(rows[-1])
    return Page(
        rows=tuple(rows),
        after=last if back or more else "",
        before=first if wanted.after or back else "",
    )


def lines_of(
    reader: Reader, wanted: Filter, zone: str, columns: str = _COLUMNS, *, ids: Sequence[Own] = ()
) -> Iterator[list[tuple[Any, ...]]]:
    """Give every record of an export in groups, newest first, as `columns` of the view.

    The first two columns must be ``"index", occurred_at``.
    """
    while True:
        asked = conditions(wanted, ZoneInfo(zone), ids)
        rows, _ = _found(reader, asked, columns, CHUNK, oldest=False)
        yield rows
        if len(rows) < CHUNK:
            return
        wanted = replace(wanted, after=key(rows[-1][1], rows[-1][0]), before="")


def rows_at(reader: Reader, indexes: list[int]) -> list[Row]:
    """Return the records with these indexes, oldest first."""
    if not indexes:
        return []
    marks = ", ".join("?" for _ in indexes)
    sql = f'SELECT {_COLUMNS} FROM access WHERE "index" IN ({marks}) ORDER BY occurred_at, "index"'  # noqa: S608 (fixed text; values are bound)
    search = reader.search(Looked(indexes=sorted(indexes)))
    with analysis(memory="400MB") as duck:
        search.register(duck, search.places, live=True)
        return [row_of(row) for row in duck.rows(sql, list(indexes))]


def _found(
    reader: Reader,
    asked: Conditions,
    columns: str,
    size: int,
    *,
    oldest: bool,
    most: int | None = None,
) -> tuple[list[tuple[Any, ...]], int | None]:
    """Return the first `size` records that fit, newest first, or oldest first.

    Where newest first `most` records were looked through and it is not enough, also the time
    (milliseconds since 1970) up to which nothing was looked at; all that is younger is there.
    """
    order = "" if oldest else " DESC"
    select = (
        f"SELECT {columns} FROM access WHERE {asked.where} "  # noqa: S608 (fixed text; values are bound)
        f'ORDER BY occurred_at{order}, "index"{order} LIMIT {size:d}'
    )
    search = reader.search(asked.looked)
    todo = sorted(search.places, key=lambda place: _edge(place, oldest=oldest))
    found: list[tuple[Any, ...]] = []
    live, many, looked = True, FIRST, 0
    with analysis(memory="400MB") as duck:
        while live or todo:
            part = _first(todo, many)
            del todo[: len(part)]
            search.register(duck, part, live=live)
            found += duck.rows(select, asked.values)
            found.sort(key=lambda row: (row[1], row[0]), reverse=not oldest)
            del found[size:]
            live, looked = False, looked + _count(part)
            many = many * 4 if most is None else min(many * 4, most)
            if not todo:
                break
            edge = _edge(todo[0], oldest=oldest)
            if len(found) == size:
                at = milliseconds(found[-1][1])
                if (at if oldest else -at) < edge:
                    break
            if most is not None and not oldest and looked >= most and edge > float("-inf"):
                until = -int(edge)
                # Only where that is a step back: the next page must not begin where this one did.
                if asked.looked.high is None or until < asked.looked.high:
                    return [row for row in found if milliseconds(row[1]) > until], until
    return found, None


def _edge(place: Place, *, oldest: bool) -> float:
    """Return how early in the list a record of `place` can stand; what is not known comes first."""
    known = place.low if oldest else place.high
    if known is None:
        return float("-inf")
    return known if oldest else -known


def _count(places: Sequence[Place]) -> int:
    return sum(place.stop - place.first for place in places)


def _first(places: Sequence[Place], many: int) -> list[Place]:
    """Return the first places with about `many` records together (see `EACH`), at least one."""
    count = 0
    for number, place in enumerate(places, 1):
        count += max(EACH, place.stop - place.first)
        if count >= many:
            return list(places[:number])
    return list(places)


def row_of(row: tuple[Any, ...]) -> Row:
    """Return a line of the default columns as a row."""
    return Row(
        index=row[0],
        occurred_at=row[1].replace(tzinfo=dt.UTC),
        precision=row[2],
        user_id=row[3],
        user_kind=row[4],
        patient_ids=tuple(PatientId(each["id"], each["authority"]) for each in row[5] or ()),
        action=row[6],
        outcome=row[7],
        source=row[8],
        terminal=row[9],
        object=row[10],
        reason=row[11],
    )


def _key(row: Row) -> str:
    return key(row.occurred_at.replace(tzinfo=None), row.index)
