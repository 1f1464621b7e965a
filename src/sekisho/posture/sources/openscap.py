"""OpenSCAP's results: XCCDF 1.1 and 1.2 (``--results``), and ARF (``--results-arf``)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

from lxml import etree

from sekisho.posture import addresses
from sekisho.posture.records import Kind, Machine, Reading
from sekisho.posture.sources.document import Document, said

_ROOTS = frozenset({"Benchmark", "TestResult", "asset-report-collection"})
MOST = 200
"""Rules that are named one by one."""


def read(document: Document) -> Reading | None:
    """Return the machine of each test result, with how many rules passed and which grave ones failed."""
    root = document.root
    if root is None or etree.QName(root).localname not in _ROOTS:
        return None
    results = list(root.iter("{*}TestResult"))
    if not results:
        return None
    reading = Reading(
        kind=Kind.COLLECTED, source="openscap", why=("posture.taken_for.openscap", {})
    )
    for number, result in enumerate(results, 1):
        machine, doubts = document.machine(_text(result, "target"))
        _addressed(machine, result)
        machine.facts["openscap"] = _counted(result)
        machine.seen_at = _moment(result.get("end-time") or result.get("start-time"))
        reading.doubts += doubts
        reading.machines.append((number, machine))
    return reading


def _addressed(machine: Machine, result: etree._Element) -> None:
    ips = (addresses.ip(_own(one)) for one in result.iterfind("{*}target-address"))
    machine.ips = tuple(dict.fromkeys(one for one in ips if one and not _loopback(one)))
    for fact in result.iterfind("{*}target-facts/{*}fact"):
        name, value = str(fact.get("name")).rsplit(":", 1)[-1].lower(), _own(fact)
        if name == "mac" and (mac := addresses.mac(value)) and mac != "00:00:00:00:00:00":
            machine.macs = (*machine.macs, mac) if mac not in machine.macs else machine.macs
        elif name in {"fqdn", "host_name", "hostname"} and (host := addresses.host(value)):
            machine.hosts = (*machine.hosts, host) if host not in machine.hosts else machine.hosts


def _counted(result: etree._Element) -> dict[str, object]:
    counts: Counter[str] = Counter()
    grave = []
    for rule in result.iterfind("{*}rule-result"):
        verdict = _text(rule, "result") or "unknown"
        counts[verdict] += 1
        if verdict == "fail" and rule.get("severity") == "high":
            grave.append(str(rule.get("idref")))
    scores = [said(one.text) for one in result.iterfind("{*}score")]
    profile = result.find("{*}profile")
    return {
        "profile": profile.get("idref") if profile is not None else None,
        "score": next(filter(None, scores), None),
        "results": dict(counts),
        "failed_high": grave[:MOST],
    }


def _text(parent: etree._Element, name: str) -> str | None:
    return next(filter(None, _texts(parent, name)), None)


def _texts(parent: etree._Element, name: str) -> Iterator[str | None]:
    for one in parent.iterfind(f"{{*}}{name}"):
        yield said(one.text)


def _own(element: etree._Element) -> str:
    return (element.text or "").strip()


def _loopback(ip: str) -> bool:
    return ip == "::1" or ip.startswith(("127.", "fe80:"))


def _moment(written: str | None) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(written or "")
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
