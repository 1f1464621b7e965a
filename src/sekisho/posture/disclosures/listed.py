"""What was disclosed, and which devices it is of."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sekisho.posture.disclosures.tables import DISCLOSURE
from sekisho.posture.names.device import bears, names
from sekisho.posture.names.makers import Makers
from sekisho.posture.names.pattern import patterns
from sekisho.posture.names.text import compact
from sekisho.posture.tables import ASSET
from sekisho.storage import Database
from sekisho.terms import Evidence, Result

SURE = 0.85
"""From here on a device is the product of a disclosure; below nothing is said."""
SUBJECT = "posture.disclosures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """One form as a maker filled it in.

    Attributes:
        form: ``mds2``, ``mds`` or ``sds``.
        answers: (number, question, ``yes``, ``no``, ``none``, ``note`` or "", what is written, note).
        notes: Number → remark.
        devices: What stands here of it: id, number, name.
    """

    id: int
    form: str
    maker: str | None
    product: str | None
    version: str | None
    dated: dt.date | None
    answers: Sequence[Sequence[str]]
    notes: Mapping[str, str]
    at: dt.datetime
    devices: tuple[Mapping[str, Any], ...] = ()

    def count(self, says: str) -> int:
        """Return how many questions are answered so."""
        return sum(one[2] == says for one in self.answers)

    def remark(self, note: str) -> str:
        """Return the remark that a note's number means, the note itself where it is none."""
        number = re.search(r"\d+", note)
        return self.notes.get(number[0], note) if number else note


def disclosures(database: Database) -> list[Disclosure]:
    """Return every disclosure with its devices, by maker and product."""
    order = (DISCLOSURE.c.maker, DISCLOSURE.c.product, DISCLOSURE.c.id)
    with database.read() as c:
        rows = c.execute(sa.select(DISCLOSURE).order_by(*order)).mappings().all()
        return [_disclosure(row, devices_of(c, row["maker"], row["product"])) for row in rows]


def disclosure(database: Database, identifier: int) -> Disclosure | None:
    """Return one disclosure, None where there is none."""
    query = sa.select(DISCLOSURE).where(DISCLOSURE.c.id == identifier)
    with database.read() as c:
        row = c.execute(query).mappings().first()
        if row is None:
            return None
        return _disclosure(row, devices_of(c, row["maker"], row["product"]))


def of_asset(database: Database, told: Mapping[Any, Any]) -> list[Disclosure]:
    """Return what was disclosed of a device."""
    with database.read() as c:
        rows = c.execute(sa.select(DISCLOSURE).order_by(DISCLOSURE.c.id)).mappings().all()
    makers = Makers()
    return [_disclosure(r) for r in rows if _is(told, r["maker"], r["product"], makers)]


def devices_of(c: sa.Connection, maker: str | None, product: str | None) -> list[Mapping[str, Any]]:
    """Return the devices in use that are a maker's product."""
    if not product:
        return []
    columns = (ASSET.c.id, ASSET.c.number, ASSET.c.name, ASSET.c.maker, ASSET.c.product, ASSET.c.model)  # fmt: skip
    rows = c.execute(sa.select(*columns).where(ASSET.c.state == "in_use").order_by(ASSET.c.sort))
    makers = Makers()
    return [dict(row) for row in rows.mappings() if _is(row, maker, product, makers)]


def evidence(database: Database, now: dt.datetime) -> Evidence:
    """Return whether the maker of each medical device and server has disclosed it (R7 2-③)."""
    query = sa.select(ASSET).where(
        ASSET.c.state == "in_use", ASSET.c.kind.in_(("medical_device", "server"))
    )
    with database.read() as c:
        assets = c.execute(query).mappings().all()
        given = c.execute(sa.select(DISCLOSURE.c.maker, DISCLOSURE.c.product)).all()
    makers = Makers()
    seen: dict[tuple[object, ...], bool] = {}
    for one in assets:
        what = (one["maker"], one["product"], one["model"], one["name"])
        if what not in seen:
            seen[what] = any(_is(one, maker, product, makers) for maker, product in given)
    without = sum(
        not seen[one["maker"], one["product"], one["model"], one["name"]] for one in assets
    )
    if not assets or not given:
        result, message = (
            Result.NOT_CHECKED,
            f"posture.proof.disclosures_{'no' if assets else 'un'}",
        )
    else:
        result = Result.NO if without else Result.YES
        message = "posture.proof.disclosures_part" if without else "posture.proof.disclosures"
    return Evidence(
        subject=SUBJECT,
        checked_at=now,
        by="posture",
        result=result,
        message=message,
        args={"total": len(assets), "without": without},
        valid_until=now + dt.timedelta(days=2),
    )


def _is(told: Mapping[Any, Any], maker: str | None, product: str | None, makers: Makers) -> bool:
    """Return whether a device of the ledger is that maker's product."""
    if not product:
        return False
    ours, theirs = makers.named(told["maker"]), makers.named(maker)
    if ours and theirs and not ours.keys() & theirs.keys():
        return False
    own = " ".join(str(told[name]) for name in ("product", "name") if told[name])
    whole = compact(f"{own} {told['model'] or ''}")
    name = compact(product)
    # Short names are part of too many others.
    if len(name) >= 4 and name in whole:
        return True
    device = names(own, told["model"])
    return bool(ours and theirs) and any(bears(device, one) >= SURE for one in patterns(product))


def _disclosure(row: Mapping[Any, Any], devices: Sequence[Mapping[str, Any]] = ()) -> Disclosure:
    told = {name: row[name] for name in Disclosure.__dataclass_fields__ if name != "devices"}
    return Disclosure(**told, devices=tuple(devices))
