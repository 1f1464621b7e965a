"""Which outside party's line leads to which network and machine: what the ledger says, and what follows.

A ledger that names where a line ends is taken at its word. Where it names nothing, the machines that
the same party maintains are where it probably leads, and are said to be no more than that.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from sekisho.care.headers import squeeze
from sekisho.posture.assets import connections
from sekisho.posture.findings import open_line, unknown_line, unpatched
from sekisho.posture.tables import ADDRESS, ASSET
from sekisho.storage import Database

_SPLIT = re.compile(r"[、,;\uff1b\n]+")
_COMPANY = re.compile(
    r"株式会社|有限会社|合同会社|\(株\)|\(有\)|co\.,?ltd\.?|inc\.?", re.IGNORECASE
)
_IPV4 = re.compile(r"\d+\.\d+\.\d+\.\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wired:
    """One line and where it leads.

    Attributes:
        line: Values of the connection.
        state: ``ok``, ``bad`` (no second factor or restriction, or an old patch), or ``un``.
        how: ``written``, ``maintained`` (only the same company), or ``unknown``.
        assets: Ids of machines; `networks` names of networks that the ledger names.
        beyond: What the ledger names that is no machine and no network of it.
    """

    line: Mapping[str, Any]
    state: str
    how: str
    assets: tuple[int, ...] = ()
    networks: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """Every line, and what it leads to.

    Attributes:
        lines: In the order of the ledger's numbers.
        machines: Id → number, name, kind, networks of each machine that a line leads to.
        networks: Name → kind → how many machines stand there.
    """

    lines: tuple[Wired, ...]
    machines: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    networks: Mapping[str, Counter[str]] = field(default_factory=dict)


def wiring(database: Database, today: dt.date) -> Wiring:
    """Return every line with where it leads."""
    machines = _machines(database)
    named: dict[str, list[int]] = {}
    kept: dict[str, list[int]] = {}
    nets: dict[str, str] = {}
    for one in machines.values():
        for name in (one["number"], one["name"]):
            if name:
                named.setdefault(squeeze(str(name)), []).append(one["id"])
        if one["maintained_by"]:
            kept.setdefault(_company(one["maintained_by"]), []).append(one["id"])
        for network in one["networks"]:
            nets.setdefault(squeeze(network), network)
    wired = [_wired(line, today, named, kept, nets) for line in connections(database)]
    reached = {asset for one in wired for asset in one.assets}
    counts: dict[str, Counter[str]] = {}
    for one in machines.values():
        for network in one["networks"]:
            counts.setdefault(network, Counter())[one["kind"]] += 1
    return Wiring(
        lines=tuple(wired),
        machines={key: machines[key] for key in machines if key in reached},
        networks=counts,
    )


def lines_of(database: Database, identifier: int, today: dt.date) -> list[tuple[Wired, str]]:
    """Return each line that leads to an asset, and why: ``written``, ``maintained``, or ``network``."""
    found = wiring(database, today)
    own = set(_machines(database).get(identifier, {}).get("networks", ()))
    lines = []
    for one in found.lines:
        if identifier in one.assets:
            lines.append((one, one.how))
        elif own & set(one.networks):
            lines.append((one, "network"))
    return lines


def state_of(line: Mapping[str, Any], today: dt.date) -> str:
    """Return ``bad`` where a line is known to lack a guard, ``un`` where nobody wrote it, else ``ok``."""
    if open_line(line) or unpatched(line, today):
        return "bad"
    return "un" if unknown_line(line) or line["last_patch"] is None else "ok"


def _wired(
    line: Mapping[str, Any],
    today: dt.date,
    named: Mapping[str, Sequence[int]],
    kept: Mapping[str, Sequence[int]],
    nets: Mapping[str, str],
) -> Wired:
    state = state_of(line, today)
    parts = [part.strip() for part in _SPLIT.split(line["reaches"] or "") if part.strip()]
    if parts:
        keys = {part: squeeze(part) for part in parts}
        return Wired(
            line=line,
            state=state,
            how="written",
            assets=tuple(dict.fromkeys(a for key in keys.values() for a in named.get(key, ()))),
            networks=tuple(nets[key] for key in keys.values() if key in nets),
            beyond=tuple(p for p, key in keys.items() if key not in named and key not in nets),
        )
    mine = kept.get(_company(line["owner"]), ()) if line["owner"] else ()
    how = "maintained" if mine else "unknown"
    return Wired(line=line, state=state, how=how, assets=tuple(mine))


def _company(written: str) -> str:
    return squeeze(_COMPANY.sub("", unicodedata.normalize("NFKC", written)))


def _machines(database: Database) -> dict[int, dict[str, Any]]:
    names = ("id", "number", "name", "kind", "network", "maintained_by")
    with database.read() as c:
        query = sa.select(*(ASSET.c[name] for name in names)).where(ASSET.c.state != "retired")
        found = {row["id"]: dict(row) for row in c.execute(query.order_by(ASSET.c.sort)).mappings()}
        told = sa.select(ADDRESS.c.asset_id, ADDRESS.c.value).where(ADDRESS.c.kind == "ip")
        addresses: dict[int, set[str]] = {}
        for asset, value in c.execute(told):
            addresses.setdefault(asset, set()).add(value)
    for one in found.values():
        one["networks"] = networks_of(one["network"], addresses.get(one["id"], ()))
    return found


def networks_of(written: str | None, addresses: Iterable[str]) -> tuple[str, ...]:
    """Return the network as the ledger names it, else the neighbourhoods of the addresses (IPv4 /24)."""
    if written and written.strip():
        return (" ".join(written.split()),)
    near = {one.rpartition(".")[0] + ".0/24" for one in addresses if _IPV4.fullmatch(one)}
    return tuple(sorted(near))
