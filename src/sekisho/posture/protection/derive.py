"""Of all sightings of a machine, what stands: its scanner, its patches, and since when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import sqlalchemy as sa

from sekisho.posture.protection.facts import (
    Patches,
    Word,
    firewall_of,
    judged,
    judged_patches,
    patches_of,
    scanner_of,
)
from sekisho.posture.protection.state import OLD
from sekisho.posture.tables import PROTECTION, PROTECTION_SEEN, SIGHTING
from sekisho.storage import Database

_PART = 900
_STATES = ("present", "running", "realtime", "fresh", "loaded")


@dataclass(slots=True)
class _Was:
    """The stretch that lasts, of one asset and subject."""

    id: int
    verdict: str
    reasons: list[str]
    first_at: dt.datetime
    last_at: dt.datetime


class _Past:
    """How it was, stretch by stretch, of some assets: what is new is kept together."""

    def __init__(self, lasting: dict[tuple[int, str], _Was]) -> None:
        self._lasting = lasting
        self._longer: list[dict[str, Any]] = []
        self._new: list[dict[str, Any]] = []

    def since(
        self, asset: int, of: str, verdict: str, reasons: list[str], word: Word | Patches
    ) -> dt.datetime:
        """Note that it is so, and return since when."""
        was = self._lasting.get((asset, of))
        if was is not None and (was.verdict, was.reasons) == (verdict, reasons):
            if word.seen_at > was.last_at:
                self._longer.append({"b_id": was.id, "b_at": word.seen_at})
            return was.first_at
        self._new.append(
            {
                "asset_id": asset, "of": of, "verdict": verdict, "reasons": reasons,
                "source": word.source, "product": getattr(word, "product", None),
                "first_at": word.seen_at, "last_at": word.seen_at,
            }
        )  # fmt: skip
        return word.seen_at

    def keep(self, c: sa.Connection) -> None:
        """Write what was noted."""
        if self._longer:
            same = PROTECTION_SEEN.c.id == sa.bindparam("b_id")
            longer = sa.update(PROTECTION_SEEN).where(same).values(last_at=sa.bindparam("b_at"))
            c.execute(longer, self._longer)
        if self._new:
            c.execute(sa.insert(PROTECTION_SEEN), self._new)


def derive_stale(database: Database) -> None:
    """Make anew what stands of every machine that has no line here: sightings from before there was one."""
    lacking = sa.select(SIGHTING.c.asset_id).where(
        SIGHTING.c.asset_id.not_in(sa.select(PROTECTION.c.asset_id))
    )
    with database.write() as c:
        derive_protection(c, c.scalars(lacking.distinct()).all())


def derive_protection(c: sa.Connection, assets: Iterable[int]) -> None:
    """Make anew what stands of `assets`, from their sightings; how it was is kept, stretch by stretch."""
    wanted = sorted(set(assets))
    for place in range(0, len(wanted), _PART):
        part = wanted[place : place + _PART]
        sighted: dict[int, list[Any]] = {}
        columns = (SIGHTING.c.asset_id, SIGHTING.c.source, SIGHTING.c.seen_at, SIGHTING.c.facts)
        for row in c.execute(sa.select(*columns).where(SIGHTING.c.asset_id.in_(part))):
            sighted.setdefault(row.asset_id, []).append(row)
        lasting = _lasting(c, part)
        c.execute(sa.delete(PROTECTION).where(PROTECTION.c.asset_id.in_(part)))
        past = _Past(lasting)
        made = [_line(asset, rows, past) for asset, rows in sighted.items()]
        if made:
            c.execute(sa.insert(PROTECTION), made)
        past.keep(c)


def _line(asset: int, rows: Sequence[Any], past: _Past) -> dict[str, Any]:
    newest = sorted(rows, key=lambda row: row.seen_at, reverse=True)
    line: dict[str, Any] = {column.name: None for column in PROTECTION.c}
    line |= {"asset_id": asset, "reasons": [], "patch_reasons": [], "firewall": "unknown"}
    line |= dict.fromkeys(("present", "running", "realtime", "fresh"), "unknown")
    word = standing([w for row in newest for name in ("antivirus", "defender") if (w := scanner_of(row.source, row.seen_at, row.facts, name))])  # fmt: skip
    if word is not None:
        verdict, reasons = judged(word)
        line |= {
            "product": word.product, "version": word.version, "pattern": word.pattern,
            "pattern_at": word.pattern_at, "loaded": word.loaded_pattern,
            "on_disk": word.disk_pattern, "scan_at": word.scan_at, "present": word.present,
            "running": word.running, "realtime": word.realtime, "fresh": word.fresh,
            "verdict": verdict, "reasons": reasons, "source": word.source, "seen_at": word.seen_at,
        }  # fmt: skip
        line["since"] = past.since(asset, "scanner", verdict, reasons, word)
    found = _patched([p for row in newest if (p := patches_of(row.source, row.seen_at, row.facts))])
    if found is not None:
        verdict, reasons = judged_patches(found)
        line |= {
            "patch_at": found.last, "needed": found.needed, "failed": found.failed,
            "patch_verdict": verdict, "patch_reasons": reasons, "patch_source": found.source,
            "patch_seen_at": found.seen_at,
        }  # fmt: skip
        line["patch_since"] = past.since(asset, "patches", verdict, reasons, found)
    for row in newest:
        if (state := firewall_of(row.facts)) is not None:
            line |= {"firewall": state, "firewall_source": row.source}
            line["firewall_seen_at"] = row.seen_at
            break
    return line


def standing(words: Sequence[Word]) -> Word | None:
    """Return the word that stands, of words newest first; None where there is none.

    What one source leaves open, an earlier word on the same product says, where it is no older
    than a month before. Where another product is there, Defender's own word counts only if it
    protects: it is switched off by the other one.
    """
    products: dict[str, Word] = {}
    for word in sorted(words, key=lambda one: one.seen_at, reverse=True):
        name = _product(word)
        before = products.get(name)
        products[name] = word if before is None else _filled(before, word)
    if not products:
        return None
    newest = max(one.seen_at for one in products.values())
    recent = {n: w for n, w in products.items() if newest - w.seen_at <= OLD} or products
    good = [word for word in recent.values() if judged(word)[0] == "good"]
    others = [word for name, word in recent.items() if name != "defender" and word.present != "no"]
    return max(good or others or list(recent.values()), key=lambda one: one.seen_at)


def _product(word: Word) -> str:
    name = (word.product or "").casefold()
    if "defender" in name:
        return "defender"
    # An export names its product by its own name; what nobody named is the source's.
    return next((mark for mark in ("clamav", "eset", "apex") if mark in name), name or word.source)


def _filled(newer: Word, older: Word) -> Word:
    """Return the newer word with what it leaves open from the older one."""
    if newer.seen_at - older.seen_at > OLD:
        return newer
    found: dict[str, Any] = {}
    for field in fields(Word):
        mine = getattr(newer, field.name)
        if mine is None or (field.name in _STATES and mine == "unknown"):
            found[field.name] = getattr(older, field.name)
    return replace(newer, **found)


def _patched(found: Sequence[Patches]) -> Patches | None:
    """Return the newest day of all, and the newest counts that are no older than a month before."""
    if not found:
        return None
    newest = found[0]
    counted = next((p for p in found if p.needed is not None or p.failed is not None), None)
    if counted is not None and newest.seen_at - counted.seen_at > OLD:
        counted = None
    return replace(
        newest,
        last=max((one.last for one in found if one.last), default=None),
        needed=counted.needed if counted else None,
        failed=counted.failed if counted else None,
    )


def _lasting(c: sa.Connection, assets: Sequence[int]) -> dict[tuple[int, str], _Was]:
    seen = PROTECTION_SEEN.c
    newest = (
        sa.select(sa.func.max(seen.id))
        .where(seen.asset_id.in_(assets))
        .group_by(seen.asset_id, seen.of)
    )
    return {
        (row.asset_id, row.of): _Was(row.id, row.verdict, row.reasons, row.first_at, row.last_at)
        for row in c.execute(sa.select(PROTECTION_SEEN).where(seen.id.in_(newest)))
    }
