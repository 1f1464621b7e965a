"""The file of packaging/collect/sekisho-linux.sh: parts of a text, each under its heading."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from urllib.parse import quote

from sekisho.errors import InvalidInputError
from sekisho.posture import addresses
from sekisho.posture.protection.facts import scanner_among
from sekisho.posture.records import Kind, Reading
from sekisho.posture.sources.document import Document, piece
from sekisho.scan import loaded_of, newest

HEAD = "# sekisho-linux 1"
_PART = re.compile(r"^## (\w+)$", re.MULTILINE)


def read(document: Document) -> Reading | None:
    """Return the machine that the script looked at.

    Raises:
        InvalidInputError: The file was cut: its last line is missing.
    """
    text = document.text.replace("\r\n", "\n")
    if not text.startswith(HEAD):
        return None
    if not text.rstrip().endswith("## end"):
        raise InvalidInputError("posture.collected_cut")
    pieces = _PART.split(text)
    parts = {name: body.strip("\n") for name, body in zip(pieces[1::2], pieces[2::2], strict=True)}
    machine, doubts = document.machine(parts.get("host"))
    reading = Reading(
        kind=Kind.COLLECTED,
        source="linux",
        why=("posture.taken_for.collected", {"form": "linux"}),
        doubts=doubts,
    )
    system = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', parts.get("os", ""), re.MULTILINE))
    told = {
        "os": system.get("PRETTY_NAME"),
        "maker": parts.get("maker"),
        "model": parts.get("model"),
        "serial": parts.get("serial"),
        "kind": "server",
    }
    machine.told = {name: value for name, value in told.items() if value}
    machine.ips = tuple(filter(None, map(addresses.ip, parts.get("ip", "").split())))
    machine.macs = tuple(filter(None, map(addresses.mac, parts.get("mac", "").split())))
    dist = _distribution(system)
    for form in ("dpkg", "rpm"):
        for line in parts.get(form, "").splitlines():
            name, version, *source = line.split("\t")[:4] if "\t" in line else (line, "")
            if name and version:
                machine.software.append(piece(name, version, None, _source(dist, source), dist))
    try:
        at = dt.datetime.fromisoformat(parts.get("at", ""))
        machine.seen_at = at.astimezone(dt.UTC)
    except ValueError:
        pass
    if found := parts.get("clamav"):
        machine.facts["antivirus"] = _clamav(found, parts)
    elif machine.software:
        named = scanner_among(one["name"] for one in machine.software)
        machine.facts["antivirus"] = {"product": named, "present": "yes" if named else "no"}
    if (patched := parts.get("patched", "").partition(".")[0]).isdigit():
        last = dt.datetime.fromtimestamp(int(patched), dt.UTC)
        machine.facts["patched"] = {"last": last.isoformat()}
    reading.machines.append((1, machine))
    return reading


def _source(distribution: str | None, source: Sequence[str]) -> str | None:
    """Return the package URL of the source a package was built from: advisories of Debian name it."""
    if len(source) != 2 or not all(source) or distribution is None:
        return None
    name, _, release = distribution.partition(":")
    return f"pkg:deb/{name}/{source[0]}@{quote(source[1], safe='')}?distro={name}-{release}"


def _clamav(engine: str, parts: dict[str, str]) -> dict[str, str | None]:
    """Return what ClamAV says of itself, what its clamd has loaded, and what lies on its disk."""
    version, _, rest = engine.partition("/")
    told: dict[str, str | None] = {
        "product": "ClamAV",
        "version": version.removeprefix("ClamAV ").strip(),
        "pattern": rest.split("/")[0] or None,
        "status": parts.get("clamd"),
        "realtime": {"running": "yes", "not running": "no"}.get(
            parts.get("clamonacc", ""), "unknown"
        ),
    }
    if said := loaded_of(parts.get("clamd_says", "")):
        told["loaded"] = said.version
        told["pattern_at"] = _iso(said.made_at)
    daily = newest(
        (name, head, since)
        for line in parts.get("signatures", "").splitlines()
        for name, since, head in [[*line.split("\t", 2), "", ""][:3]]
    )
    if daily is not None:
        told["on_disk"] = daily.version
        told["on_disk_since"] = _iso(daily.since)
        if "loaded" not in told:
            told["pattern_at"] = _iso(daily.made_at)
    return told


def _iso(at: dt.datetime | None) -> str | None:
    return at.isoformat() if at else None


def _distribution(system: dict[str, str]) -> str | None:
    name, version = system.get("ID"), system.get("VERSION_ID")
    return f"{name}:{version}" if name and version else None
