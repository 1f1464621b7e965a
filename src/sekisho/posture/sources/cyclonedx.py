"""CycloneDX bills of materials 1.0 to 1.7 (ECMA-424), JSON and XML.

The structure is checked by the clauses that matter for matching, each fault by its name and
place; the whole schema is not asked (docs/posture.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree
from packageurl import PackageURL

from sekisho.care import Doubt, Refusal
from sekisho.errors import InvalidInputError
from sekisho.posture.records import AssetKind, Kind, Machine, Reading
from sekisho.posture.sources.document import Document, dicts, piece, said

VERSIONS = frozenset({"1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7"})
TYPES = frozenset({"application", "framework", "library", "container", "platform", "operating-system", "device", "device-driver", "firmware", "file", "machine-learning-model", "data", "cryptographic-asset"})  # fmt: skip
_NAMESPACE = re.compile(r"^\{http://cyclonedx\.org/schema/bom/(1\.\d)\}bom$")
_SERIAL = re.compile(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def read(document: Document) -> Reading | None:
    """Return the system that a bill of materials is of, with all that is in it.

    Raises:
        InvalidInputError: It says that it is CycloneDX, and is of no known version or has no
            components.
    """
    bom: Any = document.data
    if document.root is not None:
        found = _NAMESPACE.match(str(document.root.tag))
        if found is None:
            return None
        bom = _from_xml(document.root, found[1])
    if not isinstance(bom, dict) or bom.get("bomFormat") != "CycloneDX":
        return None
    if bom.get("specVersion") not in VERSIONS:
        raise InvalidInputError("posture.sbom_version", version=str(bom.get("specVersion"))[:20])
    reading = Reading(
        kind=Kind.SBOM,
        source="cyclonedx",
        why=("posture.taken_for.sbom", {"form": f"CycloneDX {bom['specVersion']}"}),
    )
    machine = system(document, bom.get("metadata"))
    seen: set[str] = set()
    for number, component in enumerate(_components(bom.get("components")), 1):
        fault = _fault(component, seen)
        if fault is not None:
            reading.refused.append(Refusal(number, *fault))
            continue
        machine.software.append(_piece(component))
    _references(bom, seen, reading)
    serial = bom.get("serialNumber")
    if serial is not None and not _SERIAL.fullmatch(str(serial)):
        reading.doubts.append(Doubt("posture.sbom_serial", {}))
    if not machine.software and not reading.refused:
        raise InvalidInputError("posture.sbom_empty")
    reading.machines.append((1, machine))
    return reading


def system(document: Document, metadata: object) -> Machine:
    """Return the system of a bill's metadata; one without a name has the file's."""
    about = metadata.get("component") if isinstance(metadata, dict) else None
    about = about if isinstance(about, dict) else {}
    name = said(about.get("name")) or document.path.name.split(".", 1)[0]
    maker = said(about.get("publisher")) or said(about.get("group"))
    for who in (about.get("supplier"), about.get("manufacturer")):
        maker = maker or (said(who.get("name")) if isinstance(who, dict) else None)
    told = {
        "name": name,
        "product": name,
        "maker": maker,
        "version": said(about.get("version")),
        "kind": AssetKind.MEDICAL_DEVICE
        if about.get("type") in {"device", "firmware"}
        else AssetKind.SOFTWARE,
    }
    return Machine(
        told={n: v for n, v in told.items() if v}, key=f"sbom:{maker or ''}/{name}"[:200]
    )


def distribution(purl: str | None) -> str | None:
    """Return the distribution (``debian:12``) of a package URL that names one."""
    if purl is None:
        return None
    found = re.search(r"[?&]distro=([a-z][\w.]*?)-(\d[\w.]*)", purl, re.IGNORECASE)
    return f"{found[1].lower()}:{found[2]}" if found else None


def _components(value: object) -> Iterator[dict[str, Any]]:
    """Yield each component, and those inside it."""
    waiting = [(one, 0) for one in reversed(dicts(value))]
    while waiting:
        one, depth = waiting.pop()
        yield one
        if depth < 20:
            inside = dicts(one.get("components"))
            waiting += [(each, depth + 1) for each in reversed(inside)]


def _fault(component: dict[str, Any], seen: set[str]) -> tuple[str, dict[str, str]] | None:
    name = said(component.get("name"))
    if name is None:
        return "posture.sbom_no_name", {}
    if component.get("type") not in TYPES:
        return "posture.sbom_type", {"name": name, "type": str(component.get("type"))[:40]}
    reference = component.get("bom-ref")
    if reference is not None:
        if str(reference) in seen:
            return "posture.sbom_twice", {"name": name}
        seen.add(str(reference))
    purl = component.get("purl")
    if purl is not None:
        try:
            PackageURL.from_string(str(purl))
        except ValueError:
            return "posture.sbom_purl", {"name": name, "purl": str(purl)[:100]}
    return None


def _piece(component: dict[str, Any]) -> dict[str, str | None]:
    group, name = said(component.get("group")), str(component["name"]).strip()
    supplier = component.get("supplier")
    maker = said(component.get("publisher")) or (
        said(supplier.get("name")) if isinstance(supplier, dict) else None
    )
    purl = said(component.get("purl"))
    return piece(
        f"{group}/{name}" if group else name,
        component.get("version"),
        maker or said(component.get("author")),
        purl,
        distribution(purl),
    )


def _references(bom: dict[str, Any], seen: set[str], reading: Reading) -> None:
    """Note dependencies on what the bill does not have."""
    about = bom.get("metadata")
    about = about.get("component") if isinstance(about, dict) else None
    own = {str(about.get("bom-ref"))} if isinstance(about, dict) else set()
    named = {str(one.get("ref")) for one in dicts(bom.get("dependencies"))}
    lost = len(named - seen - own)
    if lost:
        reading.doubts.append(Doubt("posture.sbom_references", {"count": lost}))


def _from_xml(root: etree._Element, version: str) -> dict[str, Any]:
    space = f"{{http://cyclonedx.org/schema/bom/{version}}}"

    def component(one: etree._Element) -> dict[str, Any]:
        inside = one.find(f"{space}components")
        supplier = one.find(f"{space}supplier")
        made: dict[str, Any] = {
            name: one.findtext(f"{space}{name}")
            for name in ("name", "version", "group", "publisher", "author", "purl")
        }
        made["type"] = one.get("type")
        made["bom-ref"] = one.get("bom-ref")
        if supplier is not None:
            made["supplier"] = {"name": supplier.findtext(f"{space}name")}
        made["components"] = [] if inside is None else [component(each) for each in inside]
        return {name: value for name, value in made.items() if value is not None}

    about = root.find(f"{space}metadata/{space}component")
    return {
        "bomFormat": "CycloneDX",
        "specVersion": version,
        "serialNumber": root.get("serialNumber"),
        "metadata": {"component": component(about)} if about is not None else {},
        "components": [
            component(one) for one in root.iterfind(f"{space}components/{space}component")
        ],
    }
