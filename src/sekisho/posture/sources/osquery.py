"""osquery: its results log (differential and snapshot), and ``osqueryi --json`` of one table.

The tables are told by their columns, not by the names of the queries, which are the hospital's.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from sekisho.posture import addresses
from sekisho.posture.ledger.cells import kind_of
from sekisho.posture.records import Kind, Machine, Reading
from sekisho.posture.sources.document import Document, dicts, piece, said

Columns = dict[str, Any]


def read(document: Document) -> Reading | None:
    """Return the machines of a results log, or the one machine of a table."""
    rows = dicts(document.data)
    if not rows:
        return None
    reading = Reading(kind=Kind.COLLECTED, source="osquery", why=("posture.taken_for.osquery", {}))
    if all("hostIdentifier" in row and "name" in row for row in rows):
        machines: dict[str, Machine] = {}
        for row in rows:
            host = said(row.get("hostIdentifier")) or "?"
            if host not in machines:
                machines[host], doubts = document.machine(host)
                reading.doubts += doubts
            _take(machines[host], row)
        reading.machines = list(enumerate(machines.values(), 1))
        return reading
    table = _table(rows[0])
    if table is None or not all(mark <= row.keys() for row in rows for mark in [_MARKS[table]]):
        return None
    machine, doubts = document.machine(said(rows[0].get("hostname")))
    for row in rows:
        _TABLES[table](machine, row)
    reading.doubts += doubts
    reading.machines.append((1, machine))
    return reading


def _take(machine: Machine, row: dict[str, Any]) -> None:
    """Add a line of the results log; what was removed is taken out."""
    at = row.get("unixTime")
    if isinstance(at, int | str) and str(at).isdigit():
        seen = dt.datetime.fromtimestamp(int(at), dt.UTC)
        machine.seen_at = max(machine.seen_at or seen, seen)
    columns = dicts(row.get("snapshot")) or dicts(row.get("columns"))
    for one in columns:
        table = _table(one)
        if table is None:
            continue
        if row.get("action") == "removed":
            made = _piece(table, one)
            if made in machine.software:
                machine.software.remove(made)
            continue
        _TABLES[table](machine, one)


def _table(columns: Columns) -> str | None:
    return next((table for table, mark in _MARKS.items() if mark <= columns.keys()), None)


def _piece(table: str, one: Columns) -> dict[str, str | None]:
    version = said(one.get("version"))
    if table == "rpm_packages" and version and said(one.get("release")):
        epoch = said(one.get("epoch"))
        version = f"{epoch + ':' if epoch and epoch != '0' else ''}{version}-{one['release']}"
    return piece(one.get("name"), version, one.get("publisher") or one.get("vendor"))


def _software(table: str) -> Callable[[Machine, Columns], None]:
    def add(machine: Machine, one: Columns) -> None:
        made = _piece(table, one)
        if made["name"] and made not in machine.software:
            machine.software.append(made)

    return add


def _system_info(machine: Machine, one: Columns) -> None:
    for name, column in (("serial", "hardware_serial"), ("maker", "hardware_vendor"), ("model", "hardware_model")):  # fmt: skip
        if value := said(one.get(column)):
            machine.told[name] = value
    host = addresses.host(said(one.get("hostname")) or "")
    if host and host not in machine.hosts:
        machine.hosts = (*machine.hosts, host)


def _os_version(machine: Machine, one: Columns) -> None:
    system = " ".join(p for p in (said(one.get("name")), said(one.get("version"))) if p)
    machine.told["os"] = system
    machine.told["kind"] = kind_of(system)


def _interface_addresses(machine: Machine, one: Columns) -> None:
    ip = addresses.ip(said(one.get("address")) or "")
    if ip and ip not in machine.ips:
        machine.ips = (*machine.ips, ip)


def _interface_details(machine: Machine, one: Columns) -> None:
    mac = addresses.mac(said(one.get("mac")) or "")
    if mac and mac not in machine.macs:
        machine.macs = (*machine.macs, mac)


def _security_products(machine: Machine, one: Columns) -> None:
    on = {"on": "yes", "off": "no"}.get(str(one.get("state")).lower(), "unknown")
    if said(one.get("type")) == "Firewall":
        machine.facts.setdefault("firewall", {})[said(one.get("name")) or "?"] = on
    if said(one.get("type")) != "Antivirus":
        return
    machine.facts["antivirus"] = {
        "product": said(one.get("name")),
        "version": None,
        "pattern": None,
        "status": said(one.get("state")),
        "realtime": on,
        "fresh": {"1": "yes", "0": "no"}.get(str(one.get("signatures_up_to_date")), "unknown"),
    }


def _patches(machine: Machine, one: Columns) -> None:
    kept = machine.facts.setdefault("hotfixes", {"ids": [], "last": None})
    if (name := said(one.get("hotfix_id"))) and name not in kept["ids"]:
        kept["ids"] = sorted([*kept["ids"], name])
    if day := _day(said(one.get("installed_on"))):
        kept["last"] = max(kept["last"] or "", day)


def _day(text: str | None) -> str | None:
    """Return osquery's ``installed_on`` (10/11/2023, or hexadecimal 100 ns since 1601) as ISO 8601."""
    try:
        if text and re.fullmatch(r"[0-9a-fA-F]{16}", text):
            at = dt.datetime(1601, 1, 1, tzinfo=dt.UTC) + dt.timedelta(
                microseconds=int(text, 16) // 10
            )
        else:
            at = dt.datetime.strptime(text or "", "%m/%d/%Y").replace(tzinfo=dt.UTC)
    except (ValueError, OverflowError):
        return None
    return at.isoformat()


_MARKS = {
    "windows_security_products": frozenset({"type", "name", "state", "signatures_up_to_date"}),
    "patches": frozenset({"hotfix_id"}),
    "system_info": frozenset({"hostname", "hardware_serial"}),
    "os_version": frozenset({"name", "version", "platform", "build"}),
    "interface_addresses": frozenset({"interface", "address", "mask"}),
    "interface_details": frozenset({"interface", "mac"}),
    "rpm_packages": frozenset({"name", "version", "release", "arch"}),
    "deb_packages": frozenset({"name", "version", "source", "arch"}),
    "programs": frozenset({"name", "version", "publisher"}),
}
"""Table → columns that only it has; the narrower before the wider."""
_TABLES: dict[str, Callable[[Machine, Columns], None]] = {
    "windows_security_products": _security_products,
    "patches": _patches,
    "system_info": _system_info,
    "os_version": _os_version,
    "interface_addresses": _interface_addresses,
    "interface_details": _interface_details,
    "rpm_packages": _software("rpm_packages"),
    "deb_packages": _software("deb_packages"),
    "programs": _software("programs"),
}
