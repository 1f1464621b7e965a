"""Which machine a sighting is of: what is known, and what makes two sightings one machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from sekisho.care.headers import squeeze
from sekisho.posture import addresses
from sekisho.posture.records import Machine
from sekisho.posture.tables import ADDRESS, SIGHTING

LONG = 7
"""Marks of a serial number that no two makers give by chance; shorter ones need the same model."""


@dataclass(slots=True)
class Sighted:
    """One sighting that is kept."""

    id: int
    asset_id: int
    digest: str
    told: Mapping[str, Any]


@dataclass(slots=True)
class Same:
    """Which asset a machine is.

    Attributes:
        asset: The one that it is for certain, None where it is none that is known.
        asked: Those that it may be, and why: a person says.
    """

    asset: int | None = None
    asked: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class Known:
    """Every sighting that is kept, found by what machines are told apart by."""

    sightings: dict[tuple[str, str], Sighted] = field(default_factory=dict)
    _sources: dict[int, set[str]] = field(default_factory=dict)
    _told: dict[int, list[Mapping[str, Any]]] = field(default_factory=dict)
    _by: dict[str, dict[str, set[int]]] = field(
        default_factory=lambda: {name: {} for name in ("number", "serial", "ip", "mac", "host")}
    )
    _has: dict[int, dict[str, set[str]]] = field(default_factory=dict)

    @classmethod
    def read(cls, c: sa.Connection) -> Known:
        """Return what is kept."""
        known = cls()
        addressed: dict[int, dict[str, list[str]]] = {}
        for row in c.execute(sa.select(ADDRESS.c.sighting_id, ADDRESS.c.kind, ADDRESS.c.value)):
            addressed.setdefault(row.sighting_id, {}).setdefault(row.kind, []).append(row.value)
        for row in c.execute(sa.select(SIGHTING)):
            found = Sighted(row.id, row.asset_id, row.digest, row.told)
            known.sightings[row.source, row.key] = found
            known.add(row.asset_id, row.source, row.told, addressed.get(row.id, {}))
        return known

    def add(
        self, asset: int, source: str, told: Mapping[str, Any], has: Mapping[str, Iterable[str]]
    ) -> None:
        """Note that `asset` is what `source` tells."""
        self._sources.setdefault(asset, set()).add(source)
        self._told.setdefault(asset, []).append(told)
        for name, values in {**has, **_marks(told)}.items():
            for value in values:
                self._by[name].setdefault(value, set()).add(asset)
                self._has.setdefault(asset, {}).setdefault(name, set()).add(value)

    def numbered(self, machine: Machine) -> int | None:
        """Return the one asset that has the number, else the host name, else the address."""
        number = machine.told.get("number")
        named = [("number", (str(number),))] if number else []
        for name, values in (*named, ("host", machine.hosts), ("ip", machine.ips)):
            found = self._with(name, values)
            if len(found) == 1:
                return next(iter(found))
            if found or name == "number":
                return None
        return None

    def same(self, machine: Machine, source: str) -> Same:
        """Return which asset `machine` is, as `source` tells it.

        Two rows of one source are two machines by its own word: such a pair is asked.
        """
        certain: dict[int, str] = {}
        asked: dict[int, str] = {}
        for asset, why in self._alike(machine):
            doubtful = why in {"ip", "host_other_ip"} or self._contradicts(asset, machine)
            if doubtful or source in self._sources[asset]:
                asked.setdefault(asset, why)
            else:
                certain.setdefault(asset, why)
        if len(certain) == 1:
            asset = next(iter(certain))
            asked.pop(asset, None)
            return Same(asset, asked)
        return Same(None, {**asked, **certain})

    def _alike(self, machine: Machine) -> Iterable[tuple[int, str]]:
        """Yield (asset, why it may be this machine), the strongest reasons first."""
        number, serial = machine.told.get("number"), addresses.serial(machine.told.get("serial"))
        if serial:
            for asset in self._with("serial", (serial,)):
                if len(serial) >= LONG or self._same_model(asset, machine):
                    yield asset, "serial"
        for asset in self._with("mac", machine.macs):
            yield asset, "mac"
        if number:
            for asset in self._with("number", (str(number),)):
                yield asset, "number"
        for asset in self._with("host", machine.hosts):
            theirs = self._has[asset].get("ip", set())
            if not theirs or not machine.ips or theirs & set(machine.ips):
                yield asset, "host"
            else:
                yield asset, "host_other_ip"
        for asset in self._with("ip", machine.ips):
            if not (machine.hosts and self._has[asset].get("host")):
                yield asset, "ip"

    def _with(self, name: str, values: Iterable[str]) -> list[int]:
        found: dict[int, None] = {}
        for value in values:
            found.update(dict.fromkeys(sorted(self._by[name].get(value, ()))))
        return list(found)

    def _contradicts(self, asset: int, machine: Machine) -> bool:
        """Return whether both have a serial number, and not the same."""
        serial = addresses.serial(machine.told.get("serial"))
        theirs = self._has.get(asset, {}).get("serial")
        return bool(serial and theirs and serial not in theirs)

    def _same_model(self, asset: int, machine: Machine) -> bool:
        model = squeeze(str(machine.told.get("model") or ""))
        return bool(model) and any(
            squeeze(str(told.get("model") or "")) == model for told in self._told[asset]
        )


def differ(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether one number stands for two machines.

    A serial number that was mended, or a device renamed, is the same machine; where two of
    name, model and serial number are others, it is another.
    """
    different = 0
    for name in ("name", "model", "serial"):
        mine, theirs = one.get(name), other.get(name)
        if mine and theirs and squeeze(str(mine)) != squeeze(str(theirs)):
            different += 1
    return different >= 2


def _marks(told: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    marks: dict[str, tuple[str, ...]] = {}
    if told.get("number"):
        marks["number"] = (str(told["number"]),)
    if serial := addresses.serial(told.get("serial")):
        marks["serial"] = (serial,)
    return marks
