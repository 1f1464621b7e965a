"""Keeping what was read: each machine once for each source, and its asset made anew."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from sekisho.care import Doubt, Refusal
from sekisho.errors import Value
from sekisho.posture.anew import make_anew
from sekisho.posture.gone import mark_gone
from sekisho.posture.known import Known, Same, differ
from sekisho.posture.records import Kind, Machine, Reading, Report
from sekisho.posture.tables import ADDRESS, ASSET, CONNECTION, PAIR, SIGHTING, SOFTWARE
from sekisho.storage import insert_many

_PIECES = ("name", "publisher", "version", "purl", "distribution")
PART = 5_000


@dataclass(slots=True)
class _One:
    """One machine of the file, all its rows together."""

    key: str
    row: int
    machine: Machine
    digest: str = ""
    same: Same = field(default_factory=Same)


def keep_machines(
    c: sa.Connection, reading: Reading, load_id: int, at: dt.datetime, report: Report
) -> None:
    """Keep the machines of `reading`, and say in `report` what was new."""
    known = Known.read(c)
    keys, fresh, changed = _sorted(known, reading, report)
    report.rows, report.added, report.changed = len(keys), len(fresh), len(changed)
    if reading.kind is Kind.ASSETS and (
        left := mark_gone(c, reading.source, load_id, keys, at) if keys else []
    ):
        told: dict[str, Value] = {"count": len(left), "names": left[:10]}
        report.doubts.append(Doubt("posture.left_ledger", told))
    if not fresh and not changed:
        return
    assets = _with_assets(c, fresh, reading, known, at)
    rows = [_sighting(one, reading, load_id, at) for one in fresh]
    for one, asset, row in zip(fresh, assets, rows, strict=True):
        row["asset_id"] = asset
        one.machine.key = one.key
    ids = _insert(c, SIGHTING, rows)
    touched = set(assets)
    stale: list[int] = []
    for one in changed:
        before = known.sightings[reading.source, one.key]
        values = _sighting(one, reading, load_id, at)
        c.execute(sa.update(SIGHTING).where(SIGHTING.c.id == before.id).values(**values))
        ids.append(before.id)
        assets.append(before.asset_id)
        stale.append(before.id)
        touched.add(before.asset_id)
    for part in _parts(stale):
        for table in (ADDRESS, SOFTWARE):
            c.execute(sa.delete(table).where(table.c.sighting_id.in_(part)))
    _insert_parts(c, reading.source, [*fresh, *changed], ids, assets, at)
    make_anew(c, touched)
    report.asked = _ask(c, zip([*fresh, *changed], assets, strict=True), at)


def keep_connections(
    c: sa.Connection, reading: Reading, load_id: int, at: dt.datetime, report: Report
) -> None:
    """Keep the connections of `reading`; the newest word on each stands."""
    columns = (CONNECTION.c.key, CONNECTION.c.digest, CONNECTION.c.said)
    kept = c.execute(sa.select(*columns)).all()
    known = {row.key: row.digest for row in kept}
    said = {row.key: row.said for row in kept if row.said}
    for row, values in reading.connections:
        report.rows += 1
        digest = _digest(values)
        if known.get(values["key"]) == digest:
            continue
        told = {**values, "load_id": load_id, "row": row, "digest": digest, "seen_at": at}
        if values["key"] in known:
            told.update(_still_said(said.get(values["key"]) or {}, values))
            c.execute(sa.update(CONNECTION).where(CONNECTION.c.key == values["key"]).values(told))
            report.changed += 1
        else:
            c.execute(sa.insert(CONNECTION).values(told))
            report.added += 1
        known[values["key"]] = digest


def _still_said(said: Mapping[str, Mapping[str, str]], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a vendor said where the ledger says nothing; what it says otherwise is newer."""
    stands: dict[str, Any] = {}
    kept = dict(said)
    for name, word in said.items():
        ours = values.get(name)
        if name in values and ours in {None, "unknown"}:
            day = name == "last_patch"
            stands[name] = dt.date.fromisoformat(word["value"]) if day else word["value"]
        elif name in values and str(ours) != word["value"]:
            del kept[name]
    return {**stands, "said": kept} if said else {}


def _sorted(
    known: Known, reading: Reading, report: Report
) -> tuple[set[str], list[_One], list[_One]]:
    """Return the keys of the machines of the file, those that are new and those that say more."""
    groups: dict[str, _One] = {}
    twice: list[str] = []
    for row, machine in reading.machines:
        if machine.only_known and known.numbered(machine) is None:
            which = str(machine.told.get("number") or (*machine.hosts, *machine.ips)[0])
            report.refused.append(Refusal(row, "posture.row_unknown_machine", {"which": which}))
            continue
        key = _key_of(known, reading.source, groups, machine)
        if key != machine.key:
            twice.append(str(machine.told.get("number") or machine.key))
        if key in groups:
            _join(groups[key].machine, machine)
        else:
            groups[key] = _One(key, row, machine)
    fresh, changed = [], []
    for one in groups.values():
        one.digest = _digest_of(one.machine)
        before = known.sightings.get((reading.source, one.key))
        if before is None:
            fresh.append(one)
        elif before.digest != one.digest:
            changed.append(one)
    if twice:
        report.doubts.append(
            Doubt(
                "posture.number_twice",
                {"numbers": list(dict.fromkeys(twice))[:10], "rows": len(twice)},
            )
        )
    return set(groups), fresh, changed


def _key_of(known: Known, source: str, groups: Mapping[str, _One], machine: Machine) -> str:
    """Return the key of `machine`; another than its own where that is another machine's."""
    mine: list[Mapping[str, Any]] = []
    if machine.key in groups:
        mine.append(groups[machine.key].machine.told)
    if (source, machine.key) in known.sightings:
        mine.append(known.sightings[source, machine.key].told)
    if not any(differ(told, machine.told) for told in mine):
        return machine.key
    what = "\x1f".join(str(machine.told.get(name) or "") for name in ("name", "model", "serial"))
    return f"{machine.key}~{hashlib.sha256(what.encode()).hexdigest()[:16]}"[:200]


def _join(one: Machine, other: Machine) -> None:
    for name, value in other.told.items():
        one.told.setdefault(name, value)
    one.ips = tuple(dict.fromkeys((*one.ips, *other.ips)))
    one.macs = tuple(dict.fromkeys((*one.macs, *other.macs)))
    one.hosts = tuple(dict.fromkeys((*one.hosts, *other.hosts)))
    one.software += [piece for piece in other.software if piece not in one.software]


def _with_assets(
    c: sa.Connection, fresh: Sequence[_One], reading: Reading, known: Known, at: dt.datetime
) -> list[int]:
    """Return the asset of each; where none is known yet, a new one."""
    new: list[_One] = []
    found: list[int | None] = []
    for one in fresh:
        if one.machine.only_known:
            found.append(known.numbered(one.machine))
            continue
        one.same = known.same(one.machine, reading.source)
        found.append(one.same.asset)
        if one.same.asset is None:
            new.append(one)
        else:
            known.add(one.same.asset, reading.source, one.machine.told, _has(one.machine))
    blank = {
        "kind": "unknown",
        "state": "in_use",
        "may_touch": "asked",
        "first_seen": at,
        "last_seen": at,
        "text": "",
        "sort": "",
    }
    made = iter(_insert(c, ASSET, [blank] * len(new)))
    assets = [next(made) if asset is None else asset for asset in found]
    own = dict(zip(map(id, fresh), assets, strict=True))
    # Rows of one source are compared with each other too: a pair that may be one is asked.
    for one in new:
        again = known.same(one.machine, reading.source)
        one.same.asked.update(again.asked)
        if again.asset is not None:
            one.same.asked[again.asset] = "twice"
        known.add(own[id(one)], reading.source, one.machine.told, _has(one.machine))
    return assets


def _sighting(one: _One, reading: Reading, load_id: int, at: dt.datetime) -> dict[str, Any]:
    return {
        "source": reading.source,
        "key": one.key,
        "load_id": load_id,
        "row": one.row,
        "seen_at": one.machine.seen_at or at,
        "told": one.machine.told,
        "facts": one.machine.facts,
        "digest": one.digest,
    }


def _insert_parts(
    c: sa.Connection,
    source: str,
    ones: Sequence[_One],
    ids: Sequence[int],
    assets: Sequence[int],
    at: dt.datetime,
) -> None:
    addressed, pieces = [], []
    for one, sighting, asset in zip(ones, ids, assets, strict=True):
        for kind, values in _has(one.machine).items():
            addressed += [(asset, sighting, kind, value) for value in values]
        pieces += [
            (asset, sighting, *(piece.get(name) for name in _PIECES), source, at)
            for piece in one.machine.software
        ]
    insert_many(c, ADDRESS, ("asset_id", "sighting_id", "kind", "value"), addressed)
    columns = ("asset_id", "sighting_id", *_PIECES, "source", "seen_at")
    insert_many(c, SOFTWARE, columns, pieces)


def _ask(c: sa.Connection, ones: Iterable[tuple[_One, int]], at: dt.datetime) -> int:
    """Keep the pairs that a person is to look at; return how many are new."""
    known = {
        frozenset((row.one_id, row.other_id))
        for row in c.execute(sa.select(PAIR.c.one_id, PAIR.c.other_id))
    }
    asked = []
    for one, asset in ones:
        for other, why in one.same.asked.items():
            pair = frozenset((asset, other))
            if other != asset and pair not in known:
                known.add(pair)
                asked.append(
                    {
                        "one_id": other,
                        "other_id": asset,
                        "why": why,
                        "state": "open",
                        "at": at,
                        "moved": [],
                    }
                )
    if asked:
        c.execute(sa.insert(PAIR), asked)
    return len(asked)


def _has(machine: Machine) -> dict[str, tuple[str, ...]]:
    return {"ip": machine.ips, "mac": machine.macs, "host": machine.hosts}


def _digest_of(machine: Machine) -> str:
    said = {name: value for name, value in machine.told.items() if value is not None}
    seen = machine.seen_at.isoformat() if machine.seen_at else None
    return _digest([said, _has(machine), machine.software, machine.facts, seen])


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _insert(c: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert `rows` and return their ids in the same order."""
    if not rows:
        return []
    made = sa.insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return [int(row[0]) for row in c.execute(made, [dict(row) for row in rows])]


def _parts(found: Sequence[int]) -> Iterable[Sequence[int]]:
    for place in range(0, len(found), PART):
        yield found[place : place + PART]
