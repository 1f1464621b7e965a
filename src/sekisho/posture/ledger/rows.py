"""One row of a ledger or an export as a machine or a connection."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sekisho.care.dates import Cell
from sekisho.errors import InvalidInputError
from sekisho.posture import addresses
from sekisho.posture.ledger import cells
from sekisho.posture.records import AssetKind, Machine

_WORDS = ("name", "maker", "product", "model", "version", "place", "network", "clinical_use", "stops", "maintained_by", "contact", "contract", "owner", "note")  # fmt: skip
_LONGEST = 128


class RowError(InvalidInputError):
    """A row that cannot be taken."""


@dataclass(slots=True, kw_only=True)
class Row:
    """One row.

    Attributes:
        cells: Field → its cells that are not empty.
        about: The names of file and sheet.
        running: The list has no number of its own, only a running one.
        unread: Fields whose cell holds something that could not be read; filled while reading.
    """

    cells: Mapping[str, list[Cell]]
    about: str
    zone: ZoneInfo
    running: bool
    unread: list[str]

    def cell(self, field: str) -> Cell:
        """Return the first cell of `field`, None where it is empty."""
        return (self.cells.get(field) or [None])[0]

    def word(self, field: str) -> str | None:
        """Return the text of `field`; None for a dash and for なし too."""
        return cells.word(self.cell(field))

    def day(self, field: str) -> dt.date | None:
        """Return the day of `field`; one that cannot be read is noted in `unread`."""
        try:
            return cells.last_day(self.cell(field))
        except ValueError:
            self.unread.append(field)
            return None

    def at(self, field: str) -> dt.datetime | None:
        """Return the moment of `field` as UTC; one that cannot be read is noted in `unread`."""
        if self.word(field) is None:
            return None
        found = cells.at(self.cell(field), self.zone)
        if found is None:
            self.unread.append(field)
        return found

    def addresses(self, field: str) -> tuple[str, ...]:
        """Return the addresses or names of `field`, in the form to compare with."""
        read = {"ip": addresses.ip, "mac": addresses.mac, "host": addresses.host}[field]
        found: list[str] = []
        for cell in self.cells.get(field, ()):
            written = cells.word(cell)
            parts = addresses.several(written) if written else []
            good = [one for part in parts if (one := read(part))]
            if (
                parts
                and not good
                and not re.search(r"dhcp|自動|動的|可変", str(written), re.IGNORECASE)
            ):
                self.unread.append(field)
            found += good
        return tuple(dict.fromkeys(found))


def asset(row: Row) -> Machine:
    """Return a row of a ledger of machines, or of an asset tool's export.

    Raises:
        RowError: Nothing in it says which machine it is.
    """
    machine = _machine(row, _told(row))
    told = machine.told
    if not (told.get("number") or told.get("serial") or machine.hosts or machine.macs) and not (
        told.get("name") or told.get("model")
    ):
        raise RowError("posture.row_no_machine")
    if row.word("number") and not (
        machine.hosts
        or machine.ips
        or machine.macs
        or any(told.get(f) for f in ("name", "maker", "product", "model", "serial"))
    ):
        raise RowError("posture.row_only_number")
    told["kind"] = _kind(row, told)
    told["state"] = _state(row)
    machine.seen_at = row.at("last_contact")
    machine.key = _key(row, machine)
    if row.word("software") and row.word("software") != told.get("name"):
        machine.software.append(_software(row))
    return machine


def protected(row: Row) -> Machine:
    """Return a row of a scanner's management export.

    Raises:
        RowError: It names no machine.
    """
    machine = _machine(row, _told(row, ("os", "serial", "place", "network")))
    if not (machine.hosts or machine.macs or machine.ips):
        raise RowError("posture.row_no_host")
    machine.seen_at = row.at("last_contact")
    at = {name: row.at(name) for name in ("av_pattern_at", "av_scan_at")}
    machine.facts["antivirus"] = {
        "product": row.word("av_product"),
        "version": row.word("av_version"),
        "pattern": row.word("av_pattern"),
        "engine": row.word("av_engine"),
        "status": row.word("av_status"),
        "realtime": cells.yes_no(row.cell("av_realtime")),
        "pattern_at": _iso(at["av_pattern_at"]),
        "scan_at": _iso(at["av_scan_at"]),
    }
    machine.told["kind"] = cells.kind_of(machine.told.get("os"))
    machine.key = _key(row, machine)
    return machine


def updated(row: Row) -> Machine:
    """Return a row of a WSUS export.

    Raises:
        RowError: It names no machine.
    """
    machine = _machine(row, _told(row, ("os", "maker", "model")))
    if not (machine.hosts or machine.ips):
        raise RowError("posture.row_no_host")
    machine.seen_at = row.at("last_contact")
    machine.facts["updates"] = {
        "needed": _count(row.cell("wsus_needed")),
        "failed": _count(row.cell("wsus_failed")),
        "percent": _count(row.cell("wsus_percent")),
        "group": row.word("wsus_group"),
    }
    machine.told["kind"] = cells.kind_of(machine.told.get("os"))
    machine.key = _key(row, machine)
    return machine


def software(row: Row) -> Machine:
    """Return a row of a software ledger: a piece on a machine that is known, or a system by itself.

    Raises:
        RowError: It names no software.
    """
    piece = _software(row)
    if piece["name"] is None:
        raise RowError("posture.row_no_software")
    machine = _machine(row, {})
    number = _number(row)
    if (number and not row.running) or machine.hosts or machine.ips:
        machine.only_known = True
        machine.software.append(piece)
        machine.told["number"] = number if not row.running else None
        machine.key = _hash("on", str(machine.told["number"]), *machine.hosts[:1], *machine.ips[:1])
        return machine
    machine.told = {
        **_told(row),
        "name": row.word("name") or piece["name"],
        "product": piece["name"],
        "maker": row.word("maker") or piece["publisher"],
        "version": piece["version"],
        "kind": AssetKind.SOFTWARE,
        "state": _state(row),
    }
    machine.key = _hash("software", str(piece["name"]), str(machine.told["maker"] or ""))
    return machine


def connection(row: Row) -> dict[str, Any]:
    """Return a row of a ledger of connections as values of its table, with its key.

    Raises:
        RowError: It has no name.
    """
    party = row.word("line_party")
    name = row.word("line_name") or row.word("name") or party or row.word("purpose")
    if name is None:
        raise RowError("posture.row_no_line")
    number = _clean_number(row.word("line_number")) or _number(row)
    purpose = row.word("purpose")
    owner = row.word("owner") or row.word("maintained_by")
    keyed = number if number and not row.running else None
    return {
        "key": keyed or _hash("line", name, owner or "", row.word("product") or ""),
        "number": number,
        "name": name,
        "kind": cells.line_kind(row.word("kind"), purpose, name, row.word("product")),
        "owner": (party if party != name else None) or owner,
        "purpose": purpose,
        "maker": row.word("maker") or row.word("device_maker"),
        "product": row.word("product"),
        "model": row.word("model"),
        "version": row.word("version"),
        "source_restriction": cells.yes_no(row.cell("source_restriction")),
        "second_factor": cells.yes_no(row.cell("second_factor")),
        "always_on": cells.yes_no(row.cell("always_on")),
        "last_patch": row.day("last_patch"),
        "contact": row.word("contact"),
        "note": row.word("note"),
        "reaches": row.word("reaches") or row.word("network"),
    }


def _told(row: Row, only: tuple[str, ...] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {field: row.word(field) for field in _WORDS}
    found["number"] = _number(row)
    found["maker"] = row.word("maker") or row.word("device_maker")
    found["name"] = found["name"] or row.word("software")
    found["version"] = found["version"] or row.word("display_version")
    found["serial"] = row.word("serial")
    system, of_system = row.word("os"), row.word("os_version")
    found["os"] = " ".join(
        part for part in (system, of_system if of_system not in (system or "") else None) if part
    ) if of_system else system  # fmt: skip
    found["unplug"] = cells.may(row.cell("unplug"))
    found["leased"] = cells.leased(row.cell("leased"))
    if lessor := row.word("lessor"):
        found["owner"], found["leased"] = lessor, found["leased"] or "yes"
    for field in ("eol", "eos"):
        day = row.day(field)
        found[field] = day.isoformat() if day else None
    return {
        field: value
        for field, value in found.items()
        if value is not None and (only is None or field in only)
    }


def _machine(row: Row, told: dict[str, Any]) -> Machine:
    ips, macs, hosts = (row.addresses(field) for field in ("ip", "mac", "host"))
    return Machine(told=told, ips=ips, macs=macs, hosts=hosts)


def _number(row: Row) -> str | None:
    return _clean_number(row.word("number") or row.word("row_number"))


def _clean_number(written: str | None) -> str | None:
    """Return a number as text; its leading zeros stay.

    Raises:
        RowError: It is longer than a number of a ledger can be.
    """
    if written is None:
        return None
    number = " ".join(written.split())
    if len(number) > _LONGEST:
        raise RowError("posture.row_long_number")
    return number


def _kind(row: Row, told: Mapping[str, Any]) -> AssetKind:
    said = cells.kind_of(row.word("kind"))
    if said is not AssetKind.UNKNOWN:
        return said
    # The words 製造販売業者 and クラス分類 are of the law on medical devices.
    if row.word("device_maker") or row.word("class"):
        return AssetKind.MEDICAL_DEVICE
    return cells.kind_of(
        told.get("name"), told.get("product"), told.get("os"), row.about, told.get("model")
    )


def _state(row: Row) -> str:
    if row.word("retired_on"):
        return "retired"
    return cells.state(row.cell("state"))


def _software(row: Row) -> dict[str, str | None]:
    return {
        "name": row.word("software"),
        "publisher": row.word("publisher") or row.word("maker"),
        "version": row.word("version") or row.word("display_version"),
        "purl": None,
        "distribution": None,
    }


def _key(row: Row, machine: Machine) -> str:
    """Return what makes it the same machine in tomorrow's list: the list's number, else what it has."""
    told = machine.told
    if told.get("number") and not row.running:
        return str(told["number"])
    serial = addresses.serial(told.get("serial"))
    if serial:
        return f"serial:{serial}"[:200]
    if machine.hosts:
        return f"host:{machine.hosts[0]}"[:200]
    if machine.macs:
        return f"mac:{machine.macs[0]}"
    return _hash(*(str(told.get(field) or "") for field in ("name", "maker", "model", "place")), *machine.ips)  # fmt: skip


def _hash(*parts: str) -> str:
    return "#" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:31]


def _count(cell: Cell) -> int | None:
    if isinstance(cell, float) and 0 <= cell <= 1:  # 98 % as a workbook keeps it
        return round(cell * 100)
    found = re.search(r"\d+", cells.text(cell) or "")
    return int(found[0]) if found else None


def _iso(at: dt.datetime | None) -> str | None:
    return at.isoformat() if at else None
