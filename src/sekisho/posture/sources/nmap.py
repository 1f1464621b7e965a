"""nmap's XML (``-oX``): machines that answered, their addresses, and what they offer."""

from __future__ import annotations

import datetime as dt

from lxml import etree

from sekisho.care import Refusal
from sekisho.posture import addresses
from sekisho.posture.ledger.cells import kind_of
from sekisho.posture.records import Kind, Machine, Reading
from sekisho.posture.sources.document import Document, piece


def read(document: Document) -> Reading | None:
    """Return every machine that was up."""
    root = document.root
    if root is None or root.tag != "nmaprun":
        return None
    reading = Reading(kind=Kind.NETWORK, source="nmap", why=("posture.taken_for.nmap", {}))
    for number, host in enumerate(root.iterfind("host"), 1):
        state = host.find("status")
        if state is not None and state.get("state") != "up":
            continue
        machine = _machine(host)
        if not (machine.ips or machine.macs):
            reading.refused.append(Refusal(number, "posture.row_no_host", {}))
            continue
        reading.machines.append((number, machine))
    return reading


def _machine(host: etree._Element) -> Machine:
    machine = Machine()
    for one in host.iterfind("address"):
        found = str(one.get("addr"))
        if one.get("addrtype") == "mac":
            machine.macs = tuple(filter(None, (addresses.mac(found),)))
            if one.get("vendor"):
                machine.told["maker"] = one.get("vendor")
        elif (good := addresses.ip(found)) is not None:
            machine.ips = (*machine.ips, good)
    names = (addresses.host(str(one.get("name"))) for one in host.iterfind("hostnames/hostname"))
    machine.hosts = tuple(dict.fromkeys(filter(None, names)))
    system = host.find("os/osmatch")
    if system is not None and int(system.get("accuracy") or 0) >= 95:
        machine.told["os"] = system.get("name")
        machine.told["kind"] = kind_of(system.get("name"))
    ports = []
    for port in host.iterfind("ports/port"):
        open_ = port.find("state")
        if open_ is None or open_.get("state") != "open":
            continue
        service = port.find("service")
        about: dict[str, str] = {}
        if service is not None:
            about = {str(name): str(value) for name, value in service.attrib.items()}
        ports.append(
            {
                "port": int(port.get("portid") or 0),
                "protocol": port.get("protocol"),
                "service": about.get("name"),
            }
        )
        if about.get("product"):
            made = piece(about["product"], about.get("version"))
            if made not in machine.software:
                machine.software.append(made)
    machine.facts["ports"] = ports
    began = host.get("starttime")
    if began and began.isdigit():
        machine.seen_at = dt.datetime.fromtimestamp(int(began), dt.UTC)
    machine.key = (
        f"mac:{machine.macs[0]}" if machine.macs else f"ip:{machine.ips[0]}" if machine.ips else ""
    )
    return machine
