"""OSV records (https://ossf.github.io/osv-schema/), in JSON or YAML: packages by ecosystem."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sekisho.errors import InvalidInputError
from sekisho.posture.knowledge.fields import instant, short
from sekisho.posture.knowledge.records import Advisory, Said, Statement
from sekisho.posture.versions.packages import scheme_of

SOURCE = "osv"


def is_osv(tree: Any) -> bool:
    """Return whether `tree` is an OSV record."""
    return (
        isinstance(tree, dict)
        and isinstance(tree.get("id"), str)
        and ("affected" in tree or "withdrawn" in tree)
        and ("modified" in tree or "schema_version" in tree or "details" in tree)
    )


def read(tree: Mapping[str, Any]) -> Advisory:
    """Return the advisory of an OSV record.

    Raises:
        InvalidInputError: A part is not of the schema's form.
    """
    try:
        return _read(tree)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InvalidInputError("posture.osv.form", id=str(tree.get("id"))[:60]) from error


def _read(tree: Mapping[str, Any]) -> Advisory:
    number = tree["id"]
    aliases = [one for one in tree.get("aliases") or [] if str(one).startswith("CVE-")]
    cves = [number, *aliases] if number.startswith("CVE-") else aliases
    title = tree.get("summary") or short(str(tree.get("details") or number), 120)
    return Advisory(
        id=number,
        source=SOURCE,
        title=str(title),
        revised=instant(tree.get("modified")),
        published=instant(tree.get("published")),
        cves=tuple(dict.fromkeys(cves)),
        statements=tuple(_statements(tree)),
        url=next(
            (r["url"] for r in tree.get("references") or [] if r.get("type") == "ADVISORY"), None
        ),
        withdrawn=bool(tree.get("withdrawn")),
    )


def _statements(tree: Mapping[str, Any]) -> Iterator[Statement]:
    for one in tree.get("affected") or []:
        package = one.get("package")
        if not package:
            continue  # ranges of a repository only: no package to look for
        ranges = tuple(
            tuple({str(k): str(v) for k, v in event.items()} for event in each["events"])
            for each in one.get("ranges") or []
            if each.get("type") != "GIT"
        )
        ecosystem = str(package["ecosystem"])
        yield Statement(
            product=str(package["name"]),
            said=Said.AFFECTED,
            purl=package.get("purl") or purl_of(ecosystem, str(package["name"])),
            ecosystem=ecosystem,
            events=ranges,
            listed=tuple(str(v) for v in one.get("versions") or ()),
            fixed=next((e["fixed"] for r in ranges for e in reversed(r) if "fixed" in e), None),
        )


def purl_of(ecosystem: str, name: str) -> str | None:
    """Return the package URL of a package, without a version; None for an unknown ecosystem."""
    scheme = scheme_of(ecosystem)
    if scheme is None:
        return None
    if scheme in {"deb", "rpm", "apk"}:
        return f"pkg:{scheme}/{ecosystem.partition(':')[0].strip().lower().replace(' ', '')}/{name}"
    if scheme == "maven":
        return "pkg:maven/" + name.replace(":", "/")
    if scheme == "pypi":
        name = name.lower().replace("_", "-")
    return f"pkg:{scheme}/{name}"
