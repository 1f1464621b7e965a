"""SPDX bills of materials: 2.2 and 2.3 as JSON and tag-value, 3.0 as JSON-LD (ISO/IEC 5962)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from packageurl import PackageURL

from sekisho.care import Refusal
from sekisho.errors import InvalidInputError
from sekisho.posture.records import AssetKind, Kind, Machine, Reading
from sekisho.posture.sources.cyclonedx import distribution
from sekisho.posture.sources.document import Document, dicts, piece, said

_NOTHING = frozenset({"NOASSERTION", "NONE", ""})


def read(document: Document) -> Reading | None:
    """Return the system that a bill of materials is of, with its packages.

    Raises:
        InvalidInputError: It has no package.
    """
    found = _packages(document)
    if found is None:
        return None
    version, name, packages = found
    why = ("posture.taken_for.sbom", {"form": f"SPDX {version}"})
    reading = Reading(kind=Kind.SBOM, source="spdx", why=why)
    name = name or document.path.name.split(".", 1)[0]
    told = {"name": name, "product": name, "kind": AssetKind.SOFTWARE}
    machine = Machine(told=told, key=f"sbom:{name}"[:200])
    for number, package in enumerate(packages, 1):
        if package["name"] is None:
            reading.refused.append(Refusal(number, "posture.sbom_no_name", {}))
            continue
        purl = package["purl"]
        if purl is not None:
            try:
                PackageURL.from_string(purl)
            except ValueError:
                fault = {"name": str(package["name"]), "purl": purl[:100]}
                reading.refused.append(Refusal(number, "posture.sbom_purl", fault))
                continue
        machine.software.append(package)
    if not machine.software and not reading.refused:
        raise InvalidInputError("posture.sbom_empty")
    reading.machines.append((1, machine))
    return reading


def _packages(
    document: Document,
) -> tuple[str, str | None, list[dict[str, str | None]]] | None:
    data = document.data
    if isinstance(data, dict) and str(data.get("spdxVersion", "")).startswith("SPDX-2"):
        made = [_of_two(one) for one in dicts(data.get("packages"))]
        return str(data["spdxVersion"])[5:10], said(data.get("name")), made
    if isinstance(data, dict) and "spdx.org" in str(data.get("@context", "")):
        graph = dicts(data.get("@graph"))
        named = next((said(one.get("name")) for one in graph if one.get("type") in {"SpdxDocument", "software_Sbom"} and one.get("name")), None)  # fmt: skip
        return "3.0", named, list(_of_three(graph))
    if data is None and document.text.lstrip().startswith("SPDXVersion:"):
        return _tag_value(document.text)
    return None


def _of_two(package: dict[str, Any]) -> dict[str, str | None]:
    purl = next(
        (
            said(one.get("referenceLocator"))
            for one in dicts(package.get("externalRefs"))
            if one.get("referenceType") == "purl"
        ),
        None,
    )
    maker = _who(package.get("supplier")) or _who(package.get("originator"))
    return piece(package.get("name"), _word(package.get("versionInfo")), maker, purl, distribution(purl))  # fmt: skip


def _of_three(graph: list[dict[str, Any]]) -> Iterator[dict[str, str | None]]:
    names = {str(one.get("spdxId")): said(one.get("name")) for one in graph}
    for one in graph:
        if str(one.get("type")).split("/")[-1] not in {"software_Package", "Package"}:
            continue
        purl = said(one.get("software_packageUrl")) or next(
            (
                said(each.get("identifier"))
                for each in dicts(one.get("externalIdentifier"))
                if each.get("externalIdentifierType") == "packageUrl"
            ),
            None,
        )
        supplier = one.get("suppliedBy")
        maker = names.get(supplier) if isinstance(supplier, str) else None
        version = _word(one.get("software_packageVersion"))
        yield piece(one.get("name"), version, maker, purl, distribution(purl))


def _tag_value(text: str) -> tuple[str, str | None, list[dict[str, str | None]]]:
    version, name, packages = "2", None, []
    current: dict[str, str | None] | None = None
    for line in text.splitlines():
        tag, _, value = line.partition(":")
        value = value.strip()
        if tag == "SPDXVersion":
            version = value.removeprefix("SPDX-")[:5]
        elif tag == "DocumentName":
            name = value
        elif tag == "PackageName":
            current = piece(value)
            packages.append(current)
        elif tag == "FileName":
            current = None
        elif current is not None and tag == "PackageVersion":
            current["version"] = _word(value)
        elif current is not None and tag == "PackageSupplier":
            current["publisher"] = _who(value)
        elif current is not None and tag == "ExternalRef" and " purl " in f" {value} ":
            current["purl"] = value.split()[-1]
            current["distribution"] = distribution(current["purl"])
    return version, name, packages


def _word(value: object) -> str | None:
    found = said(value)
    return None if found is None or found.upper() in _NOTHING else found


def _who(value: object) -> str | None:
    found = _word(value)
    if found is None:
        return None
    kind, _, name = found.partition(":")
    if kind == "Person":  # people stand in the staff list and nowhere else
        return None
    return name.split("(")[0].strip() or None if name else found
