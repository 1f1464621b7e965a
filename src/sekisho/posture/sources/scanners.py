"""Reports of scanners that know packages: Trivy, Grype and vuls, as JSON.

What they found is kept as facts of the machine, with the package it was found in; what they list
as installed becomes its software.
"""

from __future__ import annotations

from typing import Any

from sekisho.posture.records import AssetKind, Kind, Machine, Reading
from sekisho.posture.sources.cyclonedx import distribution
from sekisho.posture.sources.document import Document, dicts, piece, said

MOST = 20_000
"""Holes of one report that are kept."""


def read(document: Document) -> Reading | None:
    """Return the machine or image of a report, with its packages and what was found in them."""
    data = document.data
    if not isinstance(data, dict):
        return None
    if "ArtifactName" in data and "Results" in data:
        return _reading(document, "trivy", *_trivy(data))
    if "matches" in data and isinstance(data.get("descriptor"), dict):
        return _reading(document, "grype", *_grype(data))
    if "jsonVersion" in data and "scannedCves" in data:
        return _reading(document, "vuls", *_vuls(data))
    return None


Told = tuple[str | None, bool, str | None, list[dict[str, str | None]], list[dict[str, Any]]]
"""Name, whether it is a machine, operating system, packages, holes."""


def _reading(
    document: Document,
    source: str,
    name: str | None,
    machine: bool,
    system: str | None,
    pieces: list[dict[str, str | None]],
    holes: list[dict[str, Any]],
) -> Reading:
    why = ("posture.taken_for.scan_report", {"form": source.capitalize()})
    reading = Reading(kind=Kind.SCAN_REPORT, source=source, why=why)
    if machine:
        one, doubts = document.machine(name)
        reading.doubts += doubts
        one.told = {"kind": AssetKind.SERVER}
    else:
        shown = name or document.path.name.split(".", 1)[0]
        told = {"name": shown, "product": shown, "kind": AssetKind.SOFTWARE}
        one = Machine(told=told, key=f"image:{shown}"[:200])
    if system:
        one.told["os"] = system
    one.software = [each for each in pieces if each["name"]]
    one.facts["holes"] = holes[:MOST]
    reading.machines.append((1, one))
    return reading


def _trivy(data: dict[str, Any]) -> Told:
    about = data.get("Metadata")
    system = about.get("OS") if isinstance(about, dict) else None
    system = system if isinstance(system, dict) else {}
    family, release = said(system.get("Family")), said(system.get("Name"))
    dist = f"{family}:{release.split('.')[0] if family == 'debian' else release}" if family and release else None  # fmt: skip
    pieces, holes = [], []
    for result in dicts(data.get("Results")):
        of_system = result.get("Class") == "os-pkgs"
        for one in dicts(result.get("Packages")):
            known = one.get("Identifier")
            purl = said(known.get("PURL")) if isinstance(known, dict) else None
            version = "-".join(p for p in (said(one.get("Version")), said(one.get("Release"))) if p)
            pieces.append(piece(one.get("Name"), version, None, purl, dist if of_system else distribution(purl)))  # fmt: skip
        holes += [
            _hole(
                one.get("VulnerabilityID"),
                one.get("PkgName"),
                one.get("InstalledVersion"),
                one.get("FixedVersion"),
            )
            for one in dicts(result.get("Vulnerabilities"))
        ]
    machine = data.get("ArtifactType") in {"filesystem", "vm"}
    return said(data.get("ArtifactName")), machine, _system(family, release), pieces, holes


def _grype(data: dict[str, Any]) -> Told:
    dist = data.get("distro")
    dist = dist if isinstance(dist, dict) else {}
    family, release = said(dist.get("name")), said(dist.get("version"))
    pieces: dict[tuple[str | None, str | None], dict[str, str | None]] = {}
    holes = []
    for match in dicts(data.get("matches")):
        hole, package = match.get("vulnerability"), match.get("artifact")
        if not isinstance(hole, dict) or not isinstance(package, dict):
            continue
        purl = said(package.get("purl"))
        one = piece(package.get("name"), package.get("version"), None, purl, distribution(purl))
        pieces[one["name"], one["version"]] = one
        fix = hole.get("fix")
        fixed = fix.get("versions") if isinstance(fix, dict) else None
        first = fixed[0] if isinstance(fixed, list) and fixed else None
        holes.append(_hole(hole.get("id"), package.get("name"), package.get("version"), first))
    source = data.get("source")
    source = source if isinstance(source, dict) else {}
    target = source.get("target")
    name = target.get("userInput") if isinstance(target, dict) else target
    machine = source.get("type") == "directory"
    return said(name), machine, _system(family, release), list(pieces.values()), holes


def _vuls(data: dict[str, Any]) -> Told:
    family, release = said(data.get("family")), said(data.get("release"))
    packages = data.get("packages")
    packages = packages if isinstance(packages, dict) else {}
    dist = f"{family}:{release}" if family and release else None
    versions: dict[str, str] = {}
    pieces = []
    for one in dicts(list(packages.values())):
        version = "-".join(p for p in (said(one.get("version")), said(one.get("release"))) if p)
        versions[str(one.get("name"))] = version
        pieces.append(piece(one.get("name"), version, None, None, dist))
    found = data.get("scannedCves")
    holes = []
    for identifier, one in found.items() if isinstance(found, dict) else ():
        for package in dicts(one.get("affectedPackages")) if isinstance(one, dict) else []:
            name = str(package.get("name"))
            holes.append(_hole(identifier, name, versions.get(name), package.get("fixedIn")))
    return said(data.get("serverName")), True, _system(family, release), pieces, holes


def _hole(identifier: object, package: object, version: object, fixed: object) -> dict[str, Any]:
    return {
        "id": said(identifier),
        "package": said(package),
        "version": said(version),
        "fixed_in": said(fixed),
    }


def _system(family: str | None, release: str | None) -> str | None:
    return " ".join(part for part in (family, release) if part) or None
