"""Where care is given and what is ordered, as the lists say: kept beside them, for they are long."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from sekisho.care.level import Span
from sekisho.care.tables import TOLD
from sekisho.storage import is_one_of

_OF: Mapping[str, Mapping[str, str]] = {
    "visits": {"department": "department"},
    "stays": {"department": "department", "ward": "ward"},
    "orders": {
        "department": "department", "ward": "ward", "executed_in": "ward", "what": "order",
    },
    "appointments": {"department": "department"},
}  # fmt: skip
"""List → its columns of places and of kinds of orders → `what` their words are."""


def tell(c: sa.Connection, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Keep the words of `rows`, which the list `name` just got, and the days they are of.

    What was taken back from the beginning tells nothing; what is taken back later was told.
    """
    new = _of(name, rows)
    known = _read(c, is_one_of(c, TOLD.c.word, {word for _, word in new})) if new else {}
    for (what, word), (first, last) in new.items():
        before = known.get((what, word))
        if before is None:
            c.execute(sa.insert(TOLD).values(what=what, word=word, first=first, last=last))
        elif first < before[0] or last > before[1]:
            c.execute(
                sa.update(TOLD)
                .where(TOLD.c.what == what, TOLD.c.word == word)
                .values(first=min(first, before[0]), last=max(last, before[1]))
            )


def told(c: sa.Connection) -> dict[tuple[str, str], Span]:
    """Return (``department``, ``ward`` or ``order``; its word) → the first and the last day told."""
    return _read(c, sa.true())


def _of(name: str, rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], Span]:
    found: dict[tuple[str, str], Span] = {}
    columns = _OF.get(name, {}).items()
    for row in rows if columns else ():
        if row.get("retracted_at") is not None:
            continue
        day: dt.date = row["day"]
        for column, what in columns:
            word = row.get(column)
            if word:
                first, last = found.get((what, word)) or (dt.date.max, dt.date.min)
                if day < first or day > last:
                    found[what, word] = (min(first, day), max(last, day))
    return found


def _read(c: sa.Connection, which: sa.ColumnElement[bool]) -> dict[tuple[str, str], Span]:
    days = (sa.func.min(TOLD.c.first), sa.func.max(TOLD.c.last))
    query = sa.select(TOLD.c.what, TOLD.c.word, *days).where(which)
    rows = c.execute(query.group_by(TOLD.c.what, TOLD.c.word))
    return {(what, word): (first, last) for what, word, first, last in rows}
