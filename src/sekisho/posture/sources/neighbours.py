"""Who is in the network, as its own tables say: ARP tables, ``ip neigh``, leases of DHCP servers."""

from __future__ import annotations

import re

from sekisho.posture import addresses
from sekisho.posture.records import Kind, Machine, Reading
from sekisho.posture.sources.document import Document

_MAC = r"(?P<mac>[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5})"
_IP = r"(?P<ip>\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:]+)"
FORMS = (
    ("arp", re.compile(rf"^(?P<host>\S+) \({_IP}\) at {_MAC}\b")),
    ("arp", re.compile(rf"^\s*{_IP}\s+{_MAC}\s+(?:動的|静的|dynamic|static)")),
    ("arp", re.compile(rf"^{_IP} dev \S+ lladdr {_MAC}\b")),
    ("arp", re.compile(rf"^{_IP}\s+ether\s+{_MAC}\b")),
    ("dhcp", re.compile(rf"^\d{{9,11}} {_MAC} {_IP} (?P<host>\S+) \S+$")),
)
_LEASE = re.compile(r"^lease (\S+) \{(.*?)^\}", re.MULTILINE | re.DOTALL)
LEAST = 2


def read(document: Document) -> Reading | None:
    """Return a machine for each address that has a MAC address; None where it is no such table."""
    if document.data is not None or document.root is not None:
        return None
    leases = list(_LEASE.finditer(document.text))
    if leases:
        found = [(n, _leased(one[1], one[2])) for n, one in enumerate(leases, 1)]
        return _reading("dhcp", [(n, machine) for n, machine in found if machine])
    lines = [(n, line) for n, line in enumerate(document.text.splitlines(), 1) if line.strip()]
    for source, pattern in FORMS:
        matched = [(n, one) for n, line in lines if (one := pattern.match(line))]
        if len(matched) >= LEAST and len(matched) * 2 >= len(lines):
            made = ((n, _machine(one.groupdict())) for n, one in matched)
            return _reading(source, [(n, machine) for n, machine in made if machine])
    return None


def _reading(source: str, machines: list[tuple[int, Machine]]) -> Reading:
    why = ("posture.taken_for.neighbours", {"form": source.upper()})
    return Reading(kind=Kind.NETWORK, source=source, why=why, machines=machines)


def _machine(found: dict[str, str | None]) -> Machine | None:
    mac, ip = addresses.mac(found["mac"] or ""), addresses.ip(found["ip"] or "")
    if mac is None or ip is None:
        return None
    host = addresses.host((found.get("host") or "").strip("?*"))
    return Machine(ips=(ip,), macs=(mac,), hosts=(host,) if host else (), key=f"mac:{mac}")


def _leased(ip: str, body: str) -> Machine | None:
    mac = re.search(rf"hardware ethernet {_MAC}", body)
    host = re.search(r'client-hostname "([^"]*)"', body)
    return _machine({"mac": mac and mac["mac"], "ip": ip, "host": host and host[1]})
