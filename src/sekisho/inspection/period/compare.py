"""Before and after: what of the sheets and the findings a period changed, and what was done in it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sekisho.inspection.period.tables import MOMENT, WORD
from sekisho.inspection.records import Standing, State
from sekisho.inspection.tables import ANSWER
from sekisho.storage import Database
from sekisho.terms import Gravity


@dataclass(frozen=True, slots=True)
class Sum:
    """How many stood so before, and after; None where nothing was kept of that moment."""

    name: str
    before: int | None
    after: int


@dataclass(frozen=True, slots=True)
class Changed:
    """An item that stands otherwise than before; each a computed state and a standing."""

    catalogue: str
    item: str
    before: tuple[str, str]
    after: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Two moments held against each other.

    Attributes:
        states: Catalogue → how many items the evidence says what of.
        standings: Catalogue → how many items stand how.
        findings: Open ones, by gravity.
    """

    states: Mapping[str, tuple[Sum, ...]]
    standings: Mapping[str, tuple[Sum, ...]]
    findings: tuple[Sum, ...]
    changed: tuple[Changed, ...]


def compare(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> Compared:
    """Return what is otherwise in `after` than in `before`, each a moment's content."""
    sheets: Mapping[str, Mapping[str, list[str]]] = after["sheets"]
    old: Mapping[str, Mapping[str, list[str]]] | None = before["sheets"] if before else None
    states, standings = {}, {}
    for book, items in sheets.items():
        # What is no longer asked of this kind of institution is counted on neither side.
        was = None if old is None else _among(old.get(book, {}), items)
        states[book] = _sums([one.value for one in State], was, items, 0)
        standings[book] = _sums([one.value for one in Standing], was, items, 1)
    found = before["findings"] if before else None
    return Compared(
        states=states,
        standings=standings,
        findings=tuple(
            Sum(g.value, None if found is None else found.get(g.value, 0), after["findings"].get(g.value, 0))
            for g in Gravity
        ),
        changed=tuple(_changed(old or {}, sheets)),
    )  # fmt: skip


def done(database: Database, number: int, start: dt.datetime, stop: dt.datetime) -> dict[str, int]:
    """Return how many answers, confirmations and summaries there were in a period."""
    counts = {
        "answers": (ANSWER.c.at, ANSWER.c.value.is_not(None)),
        "words": (WORD.c.at, sa.and_(WORD.c.period == number, WORD.c.withdrawn_at.is_(None))),
        "days": (MOMENT.c.at, sa.and_(MOMENT.c.period == number, MOMENT.c.kind == "day")),
    }
    with database.read() as c:
        return {
            name: int(
                c.scalar(
                    sa.select(sa.func.count())
                    .select_from(at.table)
                    .where(at >= start, at <= stop, where)
                )
                or 0
            )
            for name, (at, where) in counts.items()
        }


def _among(was: Mapping[str, list[str]], items: Mapping[str, list[str]]) -> Mapping[str, list[str]]:
    return {item: stood for item, stood in was.items() if item in items}


def _sums(
    names: list[str],
    was: Mapping[str, list[str]] | None,
    items: Mapping[str, list[str]],
    place: int,
) -> tuple[Sum, ...]:
    then = None if was is None else Counter(one[place] for one in was.values())
    now = Counter(one[place] for one in items.values())
    return tuple(Sum(name, None if then is None else then[name], now[name]) for name in names)


def _changed(
    old: Mapping[str, Mapping[str, list[str]]], sheets: Mapping[str, Mapping[str, list[str]]]
) -> Iterator[Changed]:
    for book, items in sheets.items():
        for item, (state, standing) in items.items():
            was = old.get(book, {}).get(item)
            if was is not None and (was[0], was[1]) != (state, standing):
                yield Changed(book, item, (was[0], was[1]), (state, standing))
