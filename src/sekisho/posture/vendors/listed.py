"""Makers and maintainers: what each has here, when it was asked, and what it answered."""

from __future__ import annotations

import datetime as dt
import secrets
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from sekisho.errors import InvalidInputError
from sekisho.posture.names.text import company
from sekisho.posture.tables import ASSET, CONNECTION, CONTROL, SIGHTING
from sekisho.posture.vendors.tables import VENDOR_LETTER
from sekisho.storage import Database

YEAR = dt.timedelta(days=330)
"""After this a vendor is asked again: one letter a year, and time to write it."""
DAYS = 42
"""Days in which an answer is asked for, unless a person says another day."""
MOST = 2_000
"""Devices of one letter."""
_DEVICE = ("number", "name", "maker", "model", "product", "serial", "version", "eol", "eos")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One letter.

    Attributes:
        rows: ``devices``, ``lines`` and ``controls`` that it asks about, as they were that day.
        answers: ``company``: question → answer; ``devices``, ``lines``, ``controls``: how many.
        before: What stood before the answer, by which it can be taken back; None without one.
    """

    id: int
    name: str
    token: str
    due: dt.date
    rows: Mapping[str, Any]
    by: str
    at: dt.datetime
    answers: Mapping[str, Any]
    answered_at: dt.datetime | None
    path: str | None
    before: Mapping[str, Any] | None = None

    @property
    def mark(self) -> str:
        """Return what the answer sheet is known by."""
        return f"SEKISHO-{self.id}-{self.token}"


@dataclass(slots=True, kw_only=True)
class Vendor:
    """One maker or maintainer.

    Attributes:
        key: Its name as names are compared.
        letters: The newest first.
    """

    key: str
    name: str = ""
    devices: list[Mapping[str, Any]] = field(default_factory=list)
    lines: list[Mapping[str, Any]] = field(default_factory=list)
    controls: list[Mapping[str, Any]] = field(default_factory=list)
    letters: list[Sent] = field(default_factory=list)

    def due(self, now: dt.datetime) -> bool:
        """Return whether it was not asked within a year."""
        return not self.letters or now - self.letters[0].at > YEAR


def vendors(database: Database) -> list[Vendor]:
    """Return who makes or maintains what stands here, those with the most first.

    A device counts with who maintains it, else, where it is a medical device, with its maker; a
    line with whose it is; a control that is off with who ordered it.
    """
    found: dict[str, Vendor] = {}
    spelt: dict[str, Counter[str]] = defaultdict(Counter)

    def of(name: str) -> Vendor:
        key = company(name)[:200]
        spelt[key][name] += 1
        return found.setdefault(key, Vendor(key=key))

    with database.read() as c:
        for row in _devices(c):
            if name := row["maintained_by"] or (row["kind"] == "medical_device" and row["maker"]):
                of(name).devices.append(row)
        for line in c.execute(sa.select(CONNECTION).order_by(CONNECTION.c.id)).mappings():
            if name := line["owner"] or line["maker"]:
                of(name).lines.append(dict(line))
        off = (CONTROL.c.state == "off") & CONTROL.c.ordered_by.is_not(None)
        ordered = off & CONTROL.c.ordered.in_(("maker", "vendor"))
        query = sa.select(CONTROL).where(ordered).order_by(CONTROL.c.id)
        for control in c.execute(query).mappings():
            of(control["ordered_by"]).controls.append(dict(control))
        standing = VENDOR_LETTER.c.withdrawn_at.is_(None)
        query = sa.select(VENDOR_LETTER).where(standing).order_by(VENDOR_LETTER.c.id.desc())
        for letter in c.execute(query).mappings():
            vendor = found.setdefault(letter["vendor"], Vendor(key=letter["vendor"]))
            spelt[vendor.key][letter["name"]] += 0
            vendor.letters.append(_sent(letter))
    for key, vendor in found.items():
        vendor.name = spelt[key].most_common(1)[0][0]
    size = {
        key: len(one.devices) + len(one.lines) + len(one.controls) for key, one in found.items()
    }
    return sorted(found.values(), key=lambda one: (-size[one.key], one.name))


def ask(
    database: Database, name: str, *, due: dt.date | None, by: str, at: dt.datetime, today: dt.date
) -> int:
    """Keep that `name` is asked about all that it has here; return the letter's number.

    Raises:
        InvalidInputError: It has nothing here, or the last day is not within a year from today.
    """
    if due is None or not today <= due <= today + dt.timedelta(days=366):
        raise InvalidInputError("posture.inquiry.due")
    key = company(name)[:200]
    one = next((each for each in vendors(database) if each.key == key), None)
    if one is None or not (one.devices or one.lines or one.controls):
        raise InvalidInputError("posture.vendor.nothing", name=name[:100])
    rows = {
        "devices": [_plain(row, ("sighting", *_DEVICE)) for row in one.devices[:MOST]],
        "lines": [_plain(row, _LINE) for row in one.lines],
        "controls": [_plain(row, _CONTROL) for row in one.controls],
    }
    with database.write() as c:
        targets = _targets(c)
        for row in rows["controls"]:
            row["target"] = (
                targets.get((row.pop("asset_id"), row.pop("connection_id"))) or row["about"]
            )
        made = c.execute(
            sa.insert(VENDOR_LETTER).values(
                vendor=key, name=one.name, token=secrets.token_hex(4), due=due, rows=rows,
                by=by, at=at, answers={},
            )
        )  # fmt: skip
        assert made.inserted_primary_key
        return int(made.inserted_primary_key[0])


_LINE = ("id", "number", "name", "maker", "product", "model", "version", "second_factor", "source_restriction", "always_on", "last_patch")  # fmt: skip
_CONTROL = ("id", "what", "about", "why", "since", "until", "instead", "asset_id", "connection_id")


def sent(database: Database, number: int) -> Sent:
    """Return one letter.

    Raises:
        InvalidInputError: There is none, or it was taken back.
    """
    with database.read() as c:
        query = sa.select(VENDOR_LETTER).where(VENDOR_LETTER.c.id == number)
        row = c.execute(query.where(VENDOR_LETTER.c.withdrawn_at.is_(None))).mappings().first()
    if row is None:
        raise InvalidInputError("posture.inquiry.none")
    return _sent(row)


def withdraw(database: Database, number: int, *, by: str, at: dt.datetime) -> None:
    """Take back a letter that was not sent.

    Raises:
        InvalidInputError: There is none, or it is answered.
    """
    if sent(database, number).answered_at is not None:
        raise InvalidInputError("posture.inquiry.answered")
    with database.write() as c:
        taken = sa.update(VENDOR_LETTER).where(VENDOR_LETTER.c.id == number)
        c.execute(taken.values(withdrawn_by=by, withdrawn_at=at))


def late(database: Database, today: dt.date) -> list[str]:
    """Return who did not answer the newest letter by its day."""
    return [
        one.name
        for one in vendors(database)
        if one.letters and one.letters[0].answered_at is None and one.letters[0].due < today
    ]


def _devices(c: sa.Connection) -> list[dict[str, Any]]:
    """Return what is in use, with the first sighting of each: that goes with it when two are joined."""
    first = sa.select(SIGHTING.c.asset_id, sa.func.min(SIGHTING.c.id).label("sighting"))
    first_of = first.group_by(SIGHTING.c.asset_id).subquery()
    columns = (*(ASSET.c[name] for name in _DEVICE), ASSET.c.kind, ASSET.c.maintained_by)
    query = (
        sa.select(*columns, first_of.c.sighting)
        .join(first_of, first_of.c.asset_id == ASSET.c.id)
        .where(ASSET.c.state != "retired")
        .order_by(ASSET.c.sort, ASSET.c.id)
    )
    return [dict(row) for row in c.execute(query).mappings()]


def _targets(c: sa.Connection) -> dict[tuple[int | None, int | None], str]:
    found: dict[tuple[int | None, int | None], str] = {}
    for table, place in ((ASSET, 0), (CONNECTION, 1)):
        for row in c.execute(sa.select(table.c.id, table.c.number, table.c.name)):
            key = (row.id, None) if place == 0 else (None, row.id)
            found[key] = " ".join(filter(None, (row.number, row.name)))
    return found


def _plain(row: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    values = {name: row[name] for name in names}
    return {n: v.isoformat() if isinstance(v, dt.date) else v for n, v in values.items()}


def _sent(row: Mapping[Any, Any]) -> Sent:
    return Sent(**{name: row[name] for name in Sent.__dataclass_fields__})
