"""What PowerShell wrote with ``ConvertTo-Json``: Defender, hotfixes, installed programs.

Also the file of packaging/collect/sekisho-windows.ps1, which holds all of them of one machine.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from sekisho.care import Doubt
from sekisho.errors import InvalidInputError
from sekisho.posture import addresses
from sekisho.posture.ledger.cells import kind_of
from sekisho.posture.protection.facts import scanner_among
from sekisho.posture.records import Kind, Machine, Reading
from sekisho.posture.sources.document import Document, dicts, piece, said

NEVER = 4294967295
"""How Get-MpComputerStatus says that there was no scan yet (days, as an unsigned 32-bit number)."""
_DATE = re.compile(r"/Date\((-?\d{1,14})(?:[+-]\d{4})?\)/")


def read(document: Document) -> Reading | None:
    """Return the machine of a PowerShell file; None where it is none of the known shapes."""
    data = document.data
    if isinstance(data, dict) and str(data.get("sekisho", "")).startswith("windows"):
        return _whole(document, data)
    rows = dicts(data)
    for form, (mark, add) in _FORMS.items():
        if rows and all(mark(row) for row in rows):
            machine, doubts = document.machine(_host(rows[0]))
            add(machine, rows)
            return _reading(form, machine, doubts)
    return None


def _whole(document: Document, data: dict[str, Any]) -> Reading:
    about = data.get("computer")
    if not isinstance(about, dict) or said(about.get("Name")) is None:
        raise InvalidInputError("posture.collected_cut")
    machine, doubts = document.machine(said(about.get("Name")))
    system = " ".join(p for p in (said(about.get("OS")), said(about.get("OSBuild"))) if p)
    told = {
        "maker": said(about.get("Manufacturer")),
        "model": said(about.get("Model")),
        "serial": said(about.get("SerialNumber")),
        "network": said(about.get("Domain")),
        "os": system or None,
    }
    machine.told = {name: value for name, value in told.items() if value}
    machine.told["kind"] = kind_of(system)
    cards = dicts(data.get("addresses"))
    machine.macs = _each(addresses.mac, [one.get("MACAddress") for one in cards])
    machine.ips = _each(addresses.ip, [ip for one in cards for ip in _list(one.get("IPAddress"))])
    machine.seen_at = moment(data.get("collected_at"))
    for name, add in (
        ("antivirus", _security_center),
        ("defender", _defender),
        ("hotfixes", _hotfixes),
        ("programs", _programs),
        ("firewall", _firewall),
    ):
        if rows := dicts(data.get(name)):
            add(machine, rows)
    if "antivirus" not in machine.facts and machine.software:
        # Windows servers have no SecurityCenter2: a scanner is found by its name, if at all.
        named = scanner_among(one["name"] for one in machine.software)
        machine.facts["antivirus"] = {"product": named, "present": "yes" if named else "no"}
    return _reading("windows", machine, doubts)


def _reading(form: str, machine: Machine, doubts: list[Doubt]) -> Reading:
    why = ("posture.taken_for.collected", {"form": form})
    # Each file of a machine has its own sighting: programs do not take back hotfixes.
    source = "windows" if form == "windows" else f"ps_{form}"
    reading = Reading(kind=Kind.COLLECTED, source=source, why=why, doubts=doubts)
    reading.machines.append((1, machine))
    return reading


def _defender(machine: Machine, rows: list[dict[str, Any]]) -> None:
    row = rows[0]
    updated = moment(row.get("AntivirusSignatureLastUpdated"))
    full = moment(row.get("FullScanEndTime"))
    scanned = full or moment(row.get("QuickScanEndTime"))
    mode = said(row.get("AMRunningMode"))
    mine = {
        "product": "Microsoft Defender",
        "version": said(row.get("AMProductVersion")),
        "pattern": said(row.get("AntivirusSignatureVersion")),
        "engine": said(row.get("AMEngineVersion")),
        "status": mode,
        "service": _state(row.get("AMServiceEnabled")),
        "realtime": _state(row.get("RealTimeProtectionEnabled")),
        "pattern_at": updated and updated.isoformat(),
        "pattern_age": age(row.get("AntivirusSignatureAge")),
        "scan_at": scanned and scanned.isoformat(),
        "full_scan_at": full and full.isoformat(),
        "full_scan_age": age(row.get("FullScanAge")),
        "quick_scan_age": age(row.get("QuickScanAge")),
    }
    other = machine.facts.get("antivirus")
    # Beside another product Defender steps back: that one's word is the machine's.
    if other is None or mode not in {"Passive Mode", "Passive", "Not running"}:
        machine.facts["antivirus"] = mine
    else:
        machine.facts["defender"] = mine


def _security_center(machine: Machine, rows: list[dict[str, Any]]) -> None:
    """Read root/SecurityCenter2: the middle byte of the state is on or off, the last the patterns."""
    others = [one for one in rows if "Defender" not in str(one.get("displayName"))]
    for one in others or rows:
        state = one.get("productState")
        bits = int(state) if isinstance(state, int) else None
        machine.facts["antivirus"] = {
            "product": said(one.get("displayName")),
            "version": None,
            "pattern": None,
            "status": None,
            "realtime": "unknown" if bits is None else "yes" if bits >> 12 & 1 else "no",
            "fresh": "unknown" if bits is None else "no" if bits & 0x10 else "yes",
        }


def _hotfixes(machine: Machine, rows: list[dict[str, Any]]) -> None:
    days = [at for row in rows if (at := moment(row.get("InstalledOn")))]
    machine.facts["hotfixes"] = {
        "ids": sorted({name for row in rows if (name := said(row.get("HotFixID")))}),
        "last": max(days).isoformat() if days else None,
    }


def _firewall(machine: Machine, rows: list[dict[str, Any]]) -> None:
    """Read ``Get-NetFirewallProfile``: each profile on or off."""
    states = {"true": "yes", "1": "yes", "false": "no", "0": "no"}
    machine.facts["firewall"] = {
        name: states.get(str(row.get("Enabled")).casefold(), "unknown")
        for row in rows
        if (name := said(row.get("Name")))
    }


def _programs(machine: Machine, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        made = piece(
            row.get("DisplayName") or row.get("Name"),
            row.get("DisplayVersion") or row.get("Version"),
            row.get("Publisher") or row.get("Vendor"),
        )
        if made["name"] and made not in machine.software:
            machine.software.append(made)


_FORMS: dict[str, tuple[Callable[[dict[str, Any]], bool], Callable[[Machine, list[dict[str, Any]]], None]]] = {
    "defender": (lambda row: "AMServiceEnabled" in row or "AntivirusSignatureAge" in row, _defender),
    "hotfixes": (lambda row: "HotFixID" in row, _hotfixes),
    "programs": (
        lambda row: ("DisplayName" in row and bool({"DisplayVersion", "Publisher", "UninstallString"} & row.keys()))
        or {"Name", "Version", "Vendor", "IdentifyingNumber"} <= row.keys(),
        _programs,
    ),
    "firewall": (lambda row: {"Name", "Enabled", "DefaultInboundAction"} <= row.keys(), _firewall),
    "antivirus": (lambda row: "productState" in row and "displayName" in row, _security_center),
}  # fmt: skip


def moment(value: object) -> dt.datetime | None:
    """Return a time as UTC: ``/Date(ms)/``, ISO 8601, or an object that holds one; else None."""
    if isinstance(value, dict):
        return moment(value.get("value")) or moment(value.get("DateTime"))
    text = said(value)
    if text is None:
        return None
    found = _DATE.fullmatch(text)
    try:
        if found:
            at = dt.datetime.fromtimestamp(int(found[1]) / 1000, dt.UTC)
        else:
            at = dt.datetime.fromisoformat(text).astimezone(dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return at if at.year > 1980 else None  # 0001-01-01 and 1601-01-01 say never


def age(value: object) -> int | None:
    """Return an age in days; None for never and for what is no age."""
    if isinstance(value, bool) or not isinstance(value, int) or value in {NEVER, 65535}:
        return None
    return value if 0 <= value < 100_000 else None


def _state(value: object) -> str:
    return (
        {True: "yes", False: "no"}.get(value, "unknown") if isinstance(value, bool) else "unknown"
    )


def _host(row: dict[str, Any]) -> str | None:
    names = ("PSComputerName", "CSName", "__SERVER", "Source", "ComputerName")
    return next((host for name in names if (host := said(row.get(name)))), None)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _each(read: Callable[[str], str | None], values: list[object]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for one in values if one and (found := read(str(one)))))
