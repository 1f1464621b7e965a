"""Machines by how they are protected: a page of them, the shares, and one machine's history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sekisho.posture.names.text import fold
from sekisho.posture.protection.state import asked, state
from sekisho.posture.tables import ASSET, PROTECTION, PROTECTION_SEEN
from sekisho.storage import Database

_ASSET = ("id", "number", "name", "kind", "place", "maintained_by", "sort")
_GUARD = tuple(column.name for column in PROTECTION.c if column.name != "asset_id")
_BOTH = ASSET.outerjoin(PROTECTION, PROTECTION.c.asset_id == ASSET.c.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """One machine.

    Attributes:
        told: Values of the asset.
        seen: Values of its protection; None where nothing was seen.
        state: One of `sekisho.posture.protection.STATES`.
    """

    told: Mapping[str, Any]
    seen: Mapping[str, Any]
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of machines; `after` is where the next one begins, "" on the last."""

    rows: tuple[Guarded, ...]
    after: str


def guarded(
    database: Database,
    *,
    of: str,
    now: dt.datetime,
    today: dt.date,
    search: str = "",
    kind: str = "",
    chosen: str = "",
    after: str = "",
    limit: int = 50,
) -> Page:
    """Return a page of machines in use that are asked about `of`, in the order of their numbers.

    Args:
        database: Where they are kept.
        of: ``scanner`` or ``patches``.
        now: Says how old a sighting is.
        today: Says whether an order is in force.
        search: Words that all must stand in number, name, maker, place, address….
        kind: Kind of the machine, "" for all.
        chosen: One of the states, "" for all.
        after: `Page.after` of the page before.
        limit: Machines of a page.
    """
    how = state(of, now, today).label("state")
    query = (
        sa.select(*(ASSET.c[n] for n in _ASSET), *(PROTECTION.c[n] for n in _GUARD), how)
        .select_from(_BOTH)
        .where(asked(of))
        .order_by(ASSET.c.sort, ASSET.c.id)
        .limit(limit + 1)
    )
    for part in fold(search).split()[:8]:
        query = query.where(ASSET.c.text.contains(part, autoescape=True))
    if kind:
        query = query.where(ASSET.c.kind == kind)
    if chosen:
        query = query.where(state(of, now, today) == chosen)
    sort, _, last = after.rpartition("|")
    if last.isdigit():
        query = query.where(sa.tuple_(ASSET.c.sort, ASSET.c.id) > (sort, int(last)))
    with database.read() as c:
        rows = c.execute(query).mappings().all()
    shown = rows[:limit]
    more = f"{shown[-1]['sort']}|{shown[-1]['id']}" if len(rows) > limit else ""
    return Page(rows=tuple(_guarded(row) for row in shown), after=more)


def shares(
    database: Database, *, of: str, now: dt.datetime, today: dt.date
) -> dict[str, dict[str, int]]:
    """Return kind → state → how many machines in use."""
    how = state(of, now, today).label("state")
    query = (
        sa.select(ASSET.c.kind, how, sa.func.count())
        .select_from(_BOTH)
        .where(asked(of))
        .group_by(ASSET.c.kind, how)
    )
    found: dict[str, dict[str, int]] = {}
    with database.read() as c:
        for kind, named, count in c.execute(query):
            found.setdefault(str(kind), {})[str(named)] = int(count)
    return found


def of_asset(
    database: Database, asset: int, *, now: dt.datetime, today: dt.date
) -> tuple[dict[str, Guarded], list[Mapping[str, Any]]]:
    """Return subject → how one machine stands, and how it was, newest first."""
    found = {}
    with database.read() as c:
        for of in ("scanner", "patches"):
            how = state(of, now, today).label("state")
            query = (
                sa.select(*(ASSET.c[n] for n in _ASSET), *(PROTECTION.c[n] for n in _GUARD), how)
                .select_from(_BOTH)
                .where(ASSET.c.id == asset)
            )
            row = c.execute(query).mappings().first()
            if row is not None:
                found[of] = _guarded(row)
        past = (
            sa.select(PROTECTION_SEEN)
            .where(PROTECTION_SEEN.c.asset_id == asset)
            .order_by(PROTECTION_SEEN.c.id.desc())
            .limit(30)
        )
        return found, [dict(row) for row in c.execute(past).mappings()]


def _guarded(row: sa.RowMapping) -> Guarded:
    return Guarded(
        told={name: row[name] for name in _ASSET},
        seen={name: row[name] for name in _GUARD},
        state=str(row["state"]),
    )
