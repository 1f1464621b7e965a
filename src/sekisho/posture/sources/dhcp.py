"""Leases of a Windows DHCP server: ``Get-DhcpServerv4Lease | Export-Csv``, and the console's list.

The columns of the console's list are recalled, not read from a real one; those of the command are
the properties of its objects.
"""

from __future__ import annotations

import csv
import io
import re

from sekisho.care import Refusal
from sekisho.care.headers import squeeze
from sekisho.posture import addresses
from sekisho.posture.records import Kind, Machine, Reading
from sekisho.posture.sources.document import Document

_FIELDS = {
    squeeze(word): field
    for field, words in {
        "ip": ("IPAddress", "Client IP Address", "クライアント IP アドレス"),
        "mac": ("ClientId", "Unique ID", "一意の ID", "固有の ID"),
        "host": ("HostName", "Name", "名前"),
        "state": ("AddressState",),
        "note": ("Description", "説明"),
        "until": ("LeaseExpiryTime", "Lease Expiration", "リースの有効期限", "リース有効期限"),
    }.items()
    for word in words
}


def read(document: Document) -> Reading | None:
    """Return a machine for each lease that is given out; None where it is no such list."""
    if document.data is not None or document.root is not None:
        return None
    text = re.sub(r"\A#TYPE [^\n]*\n", "", document.text)
    head, _, _ = text.partition("\n")
    rows = csv.reader(io.StringIO(text), delimiter="\t" if "\t" in head else ",")
    columns = [_FIELDS.get(squeeze(cell)) for cell in next(rows, [])]
    if not {"ip", "mac", "until"} <= set(columns):
        return None
    reading = Reading(
        kind=Kind.NETWORK, source="dhcp", why=("posture.taken_for.neighbours", {"form": "DHCP"})
    )
    try:
        for number, row in enumerate(rows, 1):
            told = {field: cell.strip() for field, cell in zip(columns, row, strict=False) if field}
            if not any(told.values()) or not told.get("state", "Active").startswith("Active"):
                continue
            machine = _machine(told)
            if machine is None:
                reading.refused.append(Refusal(number, "posture.row_no_host", {}))
            else:
                reading.machines.append((number, machine))
    except csv.Error:
        reading.refused.append(Refusal(len(reading.machines) + 1, "posture.row_no_host", {}))
    return reading


def _machine(told: dict[str, str]) -> Machine | None:
    ip = addresses.ip(told.get("ip", ""))
    plain = re.sub(r"[^0-9A-Fa-f]", "", told.get("mac", ""))
    mac = addresses.mac(":".join(plain[n : n + 2] for n in range(0, 12, 2))) if len(plain) == 12 else None  # fmt: skip
    if ip is None or mac is None:
        return None
    host = addresses.host(told.get("host", ""))
    return Machine(ips=(ip,), macs=(mac,), hosts=(host,) if host else (), key=f"mac:{mac}")
