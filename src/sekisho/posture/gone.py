"""What left a ledger: marked when a later one of the same name no longer names it, never deleted.

A person says whether it is gone (then it is retired) or still here; named again, it is back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from pathlib import PurePath
from typing import Any

import sqlalchemy as sa

from sekisho.errors import InvalidInputError
from sekisho.posture.anew import make_anew
from sekisho.posture.tables import GONE, LOAD, SIGHTING
from sekisho.storage import Database

SAID = ("retired", "here")


def mark_gone(
    c: sa.Connection, source: str, load_id: int, keys: Collection[str], at: dt.datetime
) -> list[str]:
    """Mark what the list of `load_id` named before and does not name now; return the newly marked.

    The same list is one of the same file name and sheet. What is named again is back.
    """
    this = c.execute(sa.select(LOAD.c.path, LOAD.c.sheet).where(LOAD.c.id == load_id)).one()
    same = LOAD.c.sheet == this.sheet if this.sheet else LOAD.c.sheet.is_(None)
    name = PurePath(this.path).name
    query = (
        sa.select(SIGHTING.c.id, SIGHTING.c.asset_id, SIGHTING.c.key, SIGHTING.c.told, LOAD.c.path)
        .join(LOAD, LOAD.c.id == SIGHTING.c.load_id)
        .where(SIGHTING.c.source == source, same)
    )
    rows = [row for row in c.execute(query) if PurePath(row.path).name == name]
    known = set(c.scalars(sa.select(GONE.c.sighting_id)))
    left = [row for row in rows if row.key not in keys and row.id not in known]
    back = [row for row in rows if row.key in keys and row.id in known]
    for row in back:
        c.execute(sa.delete(GONE).where(GONE.c.sighting_id == row.id))
    if left:
        new = [{"sighting_id": row.id, "since": at, "state": "open"} for row in left]
        c.execute(sa.insert(GONE), new)
    if back:
        make_anew(c, {row.asset_id for row in back})
    return [str(row.told.get("number") or row.told.get("name") or row.key) for row in left]


def gone_of(database: Database, asset: int) -> Mapping[str, Any] | None:
    """Return since when an asset is in no ledger that named it, and what a person said of it."""
    query = (
        sa.select(GONE.c.since, GONE.c.state, GONE.c.by, GONE.c.at, LOAD.c.path)
        .join(SIGHTING, SIGHTING.c.id == GONE.c.sighting_id)
        .join(LOAD, LOAD.c.id == SIGHTING.c.load_id)
        .where(SIGHTING.c.asset_id == asset)
        .order_by(GONE.c.state != "open", GONE.c.since.desc())
        .limit(1)
    )
    with database.read() as c:
        row = c.execute(query).mappings().first()
    return dict(row) if row else None


def say_gone(database: Database, asset: int, said: str, *, by: str, at: dt.datetime) -> None:
    """Keep whether an asset that left its ledger is retired, or still here; it may be said anew.

    Raises:
        InvalidInputError: Neither is said, or the asset left no ledger.
    """
    if said not in SAID:
        raise InvalidInputError("posture.gone.said")
    with database.write() as c:
        own = sa.select(SIGHTING.c.id).where(SIGHTING.c.asset_id == asset)
        change = sa.update(GONE).where(GONE.c.sighting_id.in_(own))
        if not c.execute(change.values(state=said, by=by, at=at)).rowcount:
            raise InvalidInputError("posture.gone.none")
        make_anew(c, {asset})
