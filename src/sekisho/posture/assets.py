"""What stands where: assets made of their sightings, a page of them, one with all that is known."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sekisho.posture.component import Component
from sekisho.posture.tables import ADDRESS, ASSET, CONNECTION, GONE, LOAD, SIGHTING, SOFTWARE
from sekisho.storage import Database

_TOLD = ("number", "name", "kind", "maker", "product", "model", "version", "os", "serial", "place", "network", "clinical_use", "stops", "unplug", "maintained_by", "contact", "contract", "leased", "owner", "eol", "eos", "state", "note")  # fmt: skip
_DAYS = ("eol", "eos")
_PROMISED = ("eol", "eos", "contact")
"""Of these the newest word of ledger and vendor stands: they are the vendor's to say."""
_LOOKED_IN = ("number", "name", "maker", "product", "model", "serial", "place", "network", "os")
_PART = 900


def derive(c: sa.Connection, assets: Iterable[int]) -> None:
    """Make `assets` anew of their sightings; one that has none left is removed.

    The ledger has the last word, then the newest sighting; of the operating system the newest
    that saw it. What a person said of an asset stays: so does that it is gone.
    """
    wanted = sorted(set(assets))
    for place in range(0, len(wanted), _PART):
        part = wanted[place : place + _PART]
        sighted: dict[int, list[Any]] = {asset: [] for asset in part}
        columns = (SIGHTING.c.asset_id, SIGHTING.c.source, SIGHTING.c.seen_at, SIGHTING.c.told, SIGHTING.c.id)  # fmt: skip
        for row in c.execute(sa.select(*columns).where(SIGHTING.c.asset_id.in_(part))):
            sighted[row.asset_id].append(row)
        addressed: dict[int, list[str]] = {}
        found = sa.select(ADDRESS.c.asset_id, ADDRESS.c.value).where(ADDRESS.c.asset_id.in_(part))
        for asset, value in c.execute(found):
            addressed.setdefault(asset, []).append(value)
        left = (
            sa.select(SIGHTING.c.asset_id)
            .join(GONE, GONE.c.sighting_id == SIGHTING.c.id)
            .where(SIGHTING.c.asset_id.in_(part), GONE.c.state == "retired")
        )
        retired = set(c.scalars(left))
        gone = [asset for asset, rows in sighted.items() if not rows]
        if gone:
            c.execute(sa.delete(ASSET).where(ASSET.c.id.in_(gone)))
        made = [
            {
                "b_id": asset,
                **_derived(rows, addressed.get(asset, [])),
                **({"state": "retired"} if asset in retired else {}),
            }
            for asset, rows in sighted.items()
            if rows
        ]
        if made:
            names = [name for name in made[0] if name != "b_id"]
            c.execute(
                sa.update(ASSET)
                .where(ASSET.c.id == sa.bindparam("b_id"))
                .values({name: sa.bindparam(name) for name in names}),
                made,
            )


def _derived(rows: Sequence[Any], addressed: Sequence[str]) -> dict[str, Any]:
    newest = sorted(rows, key=lambda row: (row.seen_at, row.id), reverse=True)
    ordered = sorted(newest, key=lambda row: row.source != "ledger")
    told: dict[str, Any] = dict.fromkeys(_TOLD)
    for row in ordered:
        for name in _TOLD:
            value = row.told.get(name)
            if value is not None and told[name] in {None, "unknown"}:
                told[name] = value
    told["os"] = next(
        (row.told["os"] for row in newest if row.source != "ledger" and row.told.get("os")),
        told["os"],
    )
    for name in _PROMISED:
        words = (row.told.get(name) for row in newest if row.source in {"ledger", "vendor"})
        told[name] = next(filter(None, words), told[name])
    for name in _DAYS:
        told[name] = dt.date.fromisoformat(told[name]) if told[name] else None
    told["kind"] = told["kind"] or "unknown"
    told["state"] = told["state"] or "in_use"
    told["name"] = told["name"] or told["product"] or told["model"]
    if told["name"] is None and addressed:
        told["name"] = min(addressed, key=lambda one: (not one[0].isalpha(), ":" in one, one))
    looked = [str(told[name]) for name in _LOOKED_IN if told[name]]
    return {
        **told,
        "first_seen": min(row.seen_at for row in rows),
        "last_seen": max(row.seen_at for row in rows),
        "text": plain(" ".join([*looked, *dict.fromkeys(addressed)]))[:4000],
        "sort": order_of(told["number"], told["name"]),
    }


def plain(text: str) -> str:
    """Return `text` as the search compares it: one width, small letters."""
    return unicodedata.normalize("NFKC", text).casefold()


def order_of(number: str | None, name: str | None) -> str:
    """Return what puts numbers in the order a person expects: 2 before 10, unnumbered last."""
    written = plain(number) if number else f"\uffef{plain(name or '')}"
    return re.sub(r"\d{1,18}", lambda found: found[0].zfill(18), written)[:200]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One asset of a list."""

    id: int
    number: str | None
    name: str | None
    kind: str
    maker: str | None
    model: str | None
    version: str | None
    os: str | None
    place: str | None
    state: str
    eol: dt.date | None
    eos: dt.date | None
    may_touch: str
    touch_until: dt.date | None
    last_seen: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of assets; `after` is where the next one begins, "" on the last."""

    rows: tuple[Listed, ...]
    after: str


_LISTED = tuple(ASSET.c[name] for name in Listed.__dataclass_fields__)


def assets(
    database: Database,
    *,
    search: str = "",
    kind: str = "",
    state: str = "",
    place: str = "",
    after: str = "",
    limit: int = 50,
    today: dt.date | None = None,
) -> Page:
    """Return a page of assets in the order of their numbers.

    Args:
        database: Where they are kept.
        search: Words that all must stand in number, name, maker, model, place, address….
        kind: One of `AssetKind`, "" for all.
        state: ``in_use``, ``stored``, ``retired``, ``ended`` (EOL or EOS before `today`),
            ``touch`` (a person's yes is in force), or ``gone`` (no longer in the ledger, and
            nobody said what of it); "" for all that is not retired.
        place: Exactly there.
        after: `Page.after` of the page before.
        limit: Assets of a page.
        today: For ``ended`` and ``touch``.
    """
    query = sa.select(*_LISTED, ASSET.c.sort).order_by(ASSET.c.sort, ASSET.c.id).limit(limit + 1)
    query = query.where(*_conditions(search, kind, state, place, today))
    if after:
        sort, _, last = after.rpartition("|")
        if last.isdigit():
            query = query.where(sa.tuple_(ASSET.c.sort, ASSET.c.id) > (sort, int(last)))
    with database.read() as c:
        rows = c.execute(query).mappings().all()
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(
        rows=tuple(Listed(**{name: row[name] for name in Listed.__dataclass_fields__}) for row in shown),
        after=f"{shown[-1]['sort']}|{shown[-1]['id']}" if more else "",
    )  # fmt: skip


def exported(
    database: Database,
    *,
    search: str = "",
    kind: str = "",
    state: str = "",
    today: dt.date | None = None,
) -> Iterator[Mapping[str, Any]]:
    """Yield every column of the assets that `assets` would show, in its order."""
    query = sa.select(ASSET).order_by(ASSET.c.sort, ASSET.c.id)
    with database.read() as c:
        for row in c.execute(query.where(*_conditions(search, kind, state, "", today))).mappings():
            yield dict(row)


def _conditions(
    search: str, kind: str, state: str, place: str, today: dt.date | None
) -> Iterator[sa.ColumnElement[bool]]:
    for part in plain(search).split()[:8]:
        yield ASSET.c.text.contains(part, autoescape=True)
    if kind:
        yield ASSET.c.kind == kind
    if place:
        yield ASSET.c.place == place
    if state in {"in_use", "stored", "retired"}:
        yield ASSET.c.state == state
        return
    yield ASSET.c.state != "retired"
    if state == "gone":
        left = sa.select(SIGHTING.c.asset_id).join(GONE, GONE.c.sighting_id == SIGHTING.c.id)
        yield ASSET.c.id.in_(left.where(GONE.c.state == "open"))
    elif state == "ended":
        yield sa.or_(ASSET.c.eol < today, ASSET.c.eos < today)
    elif state == "touch":
        yield sa.and_(
            ASSET.c.may_touch == "yes",
            sa.or_(ASSET.c.touch_until.is_(None), ASSET.c.touch_until >= today),
        )


def counts(database: Database) -> dict[str, int]:
    """Return kind → how many assets that are not retired."""
    query = (
        sa.select(ASSET.c.kind, sa.func.count())
        .where(ASSET.c.state != "retired")
        .group_by(ASSET.c.kind)
    )
    with database.read() as c:
        return {str(kind): int(count) for kind, count in c.execute(query)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One source's word on an asset."""

    source: str
    path: str
    sheet: str | None
    row: int
    seen_at: dt.datetime
    told: Mapping[str, Any]
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """One asset with all that is known of it.

    Attributes:
        values: Column → value of the asset.
        addresses: (kind, value), each once.
        software: Name, publisher, version, source of each piece.
    """

    values: Mapping[str, Any]
    addresses: tuple[tuple[str, str], ...]
    software: tuple[Mapping[str, Any], ...]
    sightings: tuple[Sighting, ...]


def asset(database: Database, identifier: int) -> Whole | None:
    """Return one asset, None where there is none of that id."""
    with database.read() as c:
        values = c.execute(sa.select(ASSET).where(ASSET.c.id == identifier)).mappings().first()
        if values is None:
            return None
        found = sa.select(ADDRESS.c.kind, ADDRESS.c.value).where(ADDRESS.c.asset_id == identifier)
        addressed = dict.fromkeys((row.kind, row.value) for row in c.execute(found))
        pieces = c.execute(
            sa.select(SOFTWARE)
            .where(SOFTWARE.c.asset_id == identifier)
            .order_by(sa.func.lower(SOFTWARE.c.name), SOFTWARE.c.version)
        ).mappings()
        software = tuple(dict(row) for row in pieces)
        sighted = c.execute(
            sa.select(SIGHTING, LOAD.c.path, LOAD.c.sheet)
            .join(LOAD, LOAD.c.id == SIGHTING.c.load_id)
            .where(SIGHTING.c.asset_id == identifier)
            .order_by(SIGHTING.c.seen_at.desc(), SIGHTING.c.id)
        )
        sightings = tuple(
            Sighting(
                source=row.source, path=row.path, sheet=row.sheet, row=row.row,
                seen_at=row.seen_at, told=row.told, facts=row.facts,
            )
            for row in sighted
        )  # fmt: skip
    return Whole(values=dict(values), addresses=tuple(addressed), software=software, sightings=sightings)  # fmt: skip


def connections(database: Database) -> list[Mapping[str, Any]]:
    """Return every connection, in the order of numbers and names."""
    with database.read() as c:
        found = [dict(row) for row in c.execute(sa.select(CONNECTION)).mappings()]
    return sorted(found, key=lambda one: order_of(one["number"], one["name"]))


def components(database: Database) -> Iterator[Component]:
    """Yield every device, operating system, piece of software and line, for the matcher.

    What is retired is left out. `Component.asset` is the ledger's own number, else ``#`` and
    the id here.
    """
    with database.read() as c:
        numbered = {}
        for row in c.execute(sa.select(ASSET).where(ASSET.c.state != "retired")):
            number = numbered[row.id] = row.number or f"#{row.id}"
            product = row.product or row.name or row.model
            if (product and row.kind not in {"terminal", "server"}) or (product and row.model):
                yield Component(
                    asset=number,
                    product=product,
                    kind=row.kind,
                    maker=row.maker,
                    model=row.model,
                    version=row.version,
                )
            if row.os:
                yield Component(asset=number, product=row.os, kind="os")
        for row in c.execute(sa.select(SOFTWARE)):
            if row.asset_id in numbered:
                yield Component(
                    asset=numbered[row.asset_id],
                    product=row.name,
                    kind="software",
                    maker=row.publisher,
                    version=row.version,
                    purl=row.purl,
                    distribution=row.distribution,
                )
        for row in c.execute(sa.select(CONNECTION)):
            if row.product or row.model:
                yield Component(
                    asset=row.number or row.name,
                    product=row.product or row.model,
                    kind="connection",
                    maker=row.maker,
                    model=row.model,
                    version=row.version,
                )
