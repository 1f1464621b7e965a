"""Lynis' report (/var/log/lynis-report.dat): key=value lines of one audit of one machine."""

from __future__ import annotations

import datetime as dt

from sekisho.posture import addresses
from sekisho.posture.records import Kind, Reading
from sekisho.posture.sources.document import Document, piece


def read(document: Document) -> Reading | None:
    """Return the machine of a report, with its packages and what the audit counted."""
    text = document.text
    if document.data is not None or not text.lstrip().startswith(("# Lynis Report", "report_version")):  # fmt: skip
        return None
    values: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            values.setdefault(name.removesuffix("[]"), []).append(value.strip())

    def one(name: str) -> str | None:
        return next((value for value in values.get(name, ()) if value), None)

    machine, doubts = document.machine(one("hostname"))
    reading = Reading(
        kind=Kind.COLLECTED,
        source="lynis",
        why=("posture.taken_for.lynis", {"version": one("lynis_version") or "?"}),
        doubts=doubts,
    )
    system = one("os_fullname") or " ".join(filter(None, (one("os_name"), one("os_version"))))
    machine.told = {"kind": "server"} | ({"os": system} if system else {})
    machine.ips = tuple(filter(None, map(addresses.ip, values.get("network_ipv4_address", ()))))
    machine.macs = tuple(filter(None, map(addresses.mac, values.get("network_mac_address", ()))))
    listed = one("installed_packages_array") or ""
    for entry in filter(None, listed.split("|")):
        name, _, version = entry.partition(",")
        machine.software.append(piece(name, version))
    index = one("hardening_index")
    machine.facts["lynis"] = {
        "hardening_index": int(index) if index and index.isdigit() else None,
        "warnings": len(values.get("warning", ())),
        "suggestions": len(values.get("suggestion", ())),
        "vulnerable_packages": sorted(set(values.get("vulnerable_package", ())))[:200],
        "malware_scanner": one("malware_scanner_installed") == "1",
    }
    if (scanner := one("malware_scanner_installed")) in {"0", "1"}:
        machine.facts["antivirus"] = {"present": "yes" if scanner == "1" else "no"}
    try:
        made = dt.datetime.fromisoformat(one("report_datetime_end") or "")
        machine.seen_at = made.astimezone(dt.UTC)
    except ValueError:
        pass
    reading.machines.append((1, machine))
    return reading
