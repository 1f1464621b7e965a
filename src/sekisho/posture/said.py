"""What a person says of assets: whether one may be touched, and whether two are one machine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sekisho.errors import InvalidInputError
from sekisho.posture.anew import make_anew
from sekisho.posture.tables import ADDRESS, ASSET, CONTROL, PAIR, SIGHTING, SOFTWARE
from sekisho.storage import Database

TOUCHES = ("yes", "no", "asked")
LONGEST = dt.timedelta(days=366)
_WORD = ("may_touch", "touch_by", "touch_at", "touch_until")
_MOVED = (SIGHTING, ADDRESS, SOFTWARE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two assets that may be one machine, side by side.

    Attributes:
        why: ``serial``, ``mac``, ``number``, ``host``, ``host_other_ip`` or ``ip``: what is the same.
        one: Values of each asset with its ``addresses``; `other` None where it went into `one`.
    """

    id: int
    why: str
    state: str
    by: str | None
    at: dt.datetime
    one: Mapping[str, Any]
    other: Mapping[str, Any] | None


def say_touch(
    database: Database,
    asset: int,
    said: str,
    *,
    by: str,
    at: dt.datetime,
    until: dt.date | None,
    today: dt.date,
) -> None:
    """Keep whether an asset may be touched: by scripts, by active looks.

    Raises:
        InvalidInputError: There is no such asset; or a yes has no last day, one in the past, or
            one more than a year away.
    """
    if said not in TOUCHES:
        raise InvalidInputError("posture.touch_unknown")
    if said == "yes" and (until is None or not today <= until <= today + LONGEST):
        raise InvalidInputError("posture.touch_until")
    values = {
        "may_touch": said,
        "touch_by": by,
        "touch_at": at,
        "touch_until": until if said == "yes" else None,
    }
    with database.write() as c:
        done = c.execute(sa.update(ASSET).where(ASSET.c.id == asset).values(values))
        if done.rowcount != 1:
            raise InvalidInputError("posture.no_asset")


def pairs(database: Database, *, state: str = "open", limit: int = 50) -> list[Pair]:
    """Return the pairs in `state`, oldest first; those answered newest first."""
    order = PAIR.c.id if state == "open" else PAIR.c.at.desc()
    with database.read() as c:
        query = sa.select(PAIR).where(PAIR.c.state == state, _both_here(state))
        rows = c.execute(query.order_by(order).limit(limit)).mappings().all()
        ids = {row[name] for row in rows for name in ("one_id", "other_id")}
        known = _with_addresses(c, ids)
    return [
        Pair(
            id=row["id"], why=row["why"], state=row["state"], by=row["by"], at=row["at"],
            one=known[row["one_id"]], other=known.get(row["other_id"]),
        )
        for row in rows
        if row["one_id"] in known
    ]  # fmt: skip


def open_pairs(database: Database) -> int:
    """Return how many pairs wait for a person."""
    query = sa.select(sa.func.count()).select_from(PAIR)
    with database.read() as c:
        return int(c.execute(query.where(PAIR.c.state == "open", _both_here("open"))).scalar_one())


def answer(database: Database, pair: int, *, same: bool, by: str, at: dt.datetime) -> None:
    """Keep that the two of a pair are one machine, or two.

    Of one machine, the sightings of the second go to the first. Where either was not to be
    touched, the one that they are now is not either.

    Raises:
        InvalidInputError: Nobody asks that any more.
    """
    with database.write() as c:
        row = _pair(c, pair, ("open",))
        values: dict[str, Any] = {"state": "same" if same else "different", "by": by, "at": at}
        if same:
            values["moved"] = _move(c, row.one_id, row.other_id)
        c.execute(sa.update(PAIR).where(PAIR.c.id == pair).values(values))
        if same:
            make_anew(c, (row.one_id, row.other_id))


def undo(database: Database, pair: int, *, by: str, at: dt.datetime) -> None:
    """Ask a pair again; of one machine that two were called become two, each as it was.

    Raises:
        InvalidInputError: It was not answered.
    """
    with database.write() as c:
        row = _pair(c, pair, ("same", "different"))
        if row.state == "same":
            _move_back(c, row)
        values = {"state": "open", "by": by, "at": at, "moved": []}
        c.execute(sa.update(PAIR).where(PAIR.c.id == pair).values(values))


def _both_here(state: str) -> sa.ColumnElement[bool]:
    """Return that both assets of a pair are still there; of one that was joined, the first."""
    one = PAIR.c.one_id.in_(sa.select(ASSET.c.id))
    if state == "same":
        return one
    return sa.and_(one, PAIR.c.other_id.in_(sa.select(ASSET.c.id)))


def _pair(c: sa.Connection, pair: int, states: Sequence[str]) -> Any:
    query = sa.select(PAIR).where(PAIR.c.id == pair, PAIR.c.state.in_(states))
    row = c.execute(query.where(_both_here("same"))).first()
    if row is None:
        raise InvalidInputError("posture.pair_gone")
    return row


def _move(c: sa.Connection, one: int, other: int) -> dict[str, Any]:
    """Give the sightings of `other` to `one`; return what undoes it."""
    ids = [int(found) for found in c.scalars(sa.select(SIGHTING.c.id).where(SIGHTING.c.asset_id == other))]  # fmt: skip
    for table in _MOVED:
        c.execute(sa.update(table).where(table.c.asset_id == other).values(asset_id=one))
    query = sa.select(ASSET.c.id, *(ASSET.c[name] for name in _WORD))
    words = {
        row["id"]: dict(row)
        for row in c.execute(query.where(ASSET.c.id.in_((one, other)))).mappings()
    }
    if len(words) < 2:
        raise InvalidInputError("posture.pair_gone")
    rank = {"no": 0, "asked": 1, "yes": 2}
    careful = min(words.values(), key=lambda word: rank[word["may_touch"]])
    if words[one]["may_touch"] == words[other]["may_touch"] == "yes":
        careful = min(words.values(), key=lambda word: word["touch_until"] or dt.date.max)
    c.execute(sa.update(ASSET).where(ASSET.c.id == one).values({n: careful[n] for n in _WORD}))
    kept = [
        {name: None if words[a][name] is None else str(words[a][name]) for name in _WORD}
        for a in (one, other)
    ]
    off = sa.select(CONTROL.c.id).where(CONTROL.c.asset_id == other)
    controls = [int(found) for found in c.scalars(off)]
    c.execute(sa.update(CONTROL).where(CONTROL.c.id.in_(controls)).values(asset_id=one))
    return {"sightings": ids, "words": kept, "controls": controls}


def _move_back(c: sa.Connection, row: Any) -> None:
    ids = row.moved["sightings"]
    held = c.scalars(sa.select(SIGHTING.c.asset_id).where(SIGHTING.c.id.in_(ids)).distinct())
    touched = {*held, row.one_id, row.other_id}
    seen = sa.select(sa.func.min(SIGHTING.c.seen_at)).where(SIGHTING.c.id.in_(ids))
    first = c.execute(seen).scalar_one()
    blank = {"kind": "unknown", "state": "in_use", "first_seen": first, "last_seen": first, "text": "", "sort": ""}  # fmt: skip
    one, other = (_word(word) for word in row.moved["words"])
    c.execute(sa.insert(ASSET).values(id=row.other_id, **blank, **other))
    c.execute(sa.update(ASSET).where(ASSET.c.id == row.one_id).values(one))
    for table in _MOVED:
        whose = table.c.id if table is SIGHTING else table.c.sighting_id
        c.execute(sa.update(table).where(whose.in_(ids)).values(asset_id=row.other_id))
    off = CONTROL.c.id.in_(row.moved.get("controls", ()))
    c.execute(sa.update(CONTROL).where(off).values(asset_id=row.other_id))
    make_anew(c, touched)


def _word(kept: Mapping[str, str | None]) -> dict[str, Any]:
    at, until = kept["touch_at"], kept["touch_until"]
    return {
        "may_touch": kept["may_touch"],
        "touch_by": kept["touch_by"],
        "touch_at": dt.datetime.fromisoformat(at) if at else None,
        "touch_until": dt.date.fromisoformat(until) if until else None,
    }


def _with_addresses(c: sa.Connection, ids: set[int]) -> dict[int, dict[str, Any]]:
    found = {
        row["id"]: {**row, "addresses": []}
        for row in c.execute(sa.select(ASSET).where(ASSET.c.id.in_(ids))).mappings()
    }
    for row in c.execute(sa.select(ADDRESS).where(ADDRESS.c.asset_id.in_(ids))):
        if row.value not in found[row.asset_id]["addresses"]:
            found[row.asset_id]["addresses"].append(row.value)
    return found
