"""A package against a statement with rules: by package URL and the distribution's own order."""

from __future__ import annotations

import re
from functools import lru_cache

from packageurl import PackageURL

from sekisho.posture.component import Component
from sekisho.posture.knowledge.keep import bare_purl
from sekisho.posture.knowledge.osv import purl_of
from sekisho.posture.knowledge.records import Statement
from sekisho.posture.match.judge import Status, Verdict
from sekisho.posture.versions import packages


def purls_of(component: Component) -> list[str]:
    """Return the package URLs, without a version, by which a component is looked for."""
    if component.purl:
        return [bare_purl(component.purl)]
    if component.distribution and component.kind == "software":
        made = purl_of(component.distribution, component.product)
        return [made.lower()] if made else []
    return []


def judge_package(component: Component, statement: Statement) -> Verdict | None:
    """Return what `statement` says of a package; None where it is of another release of the distribution."""
    scheme, version, distro = _said(component)
    if _other_release(component.distribution or distro, statement.ecosystem):
        return None
    if version is None:
        return _verdict(Status.UNKNOWN, 0.7, "posture.why.no_version", statement, "")
    if version in statement.listed:
        return _verdict(Status.AFFECTED, 1.0, "posture.why.listed", statement, version)
    if not statement.events:
        if statement.listed:
            return _verdict(Status.NOT_AFFECTED, 0.97, "posture.why.not_listed", statement, version)
        return _verdict(Status.UNKNOWN, 0.7, "posture.why.no_versions", statement, version)
    try:
        inside = any(packages.affected(scheme, version, events) for events in statement.events)
    except packages.Unreadable:
        return _verdict(Status.UNKNOWN, 0.7, "posture.why.not_comparable", statement, version)
    if inside:
        return _verdict(
            Status.AFFECTED,
            0.99,
            "posture.why.package",
            statement,
            version,
            _fix(scheme, version, statement),
        )
    return _verdict(Status.NOT_AFFECTED, 0.99, "posture.why.package_outside", statement, version)


def _said(component: Component) -> tuple[str, str | None, str | None]:
    """Return type of the package URL, version and distribution."""
    if component.purl:
        kind, version, distro = _parts(component.purl)
        return kind, version or component.version, distro
    scheme = packages.scheme_of(component.distribution or "")
    return scheme or "", component.version, component.distribution


@lru_cache(maxsize=1 << 14)
def _parts(purl: str) -> tuple[str, str | None, str | None]:
    try:
        one = PackageURL.from_string(purl)
    except ValueError:
        return "", None, None
    qualifiers = one.qualifiers if isinstance(one.qualifiers, dict) else {}
    return one.type, one.version, qualifiers.get("distro")


def _other_release(distribution: str | None, ecosystem: str | None) -> bool:
    """Return whether both say a release and the two differ (``debian-11`` and ``Debian:12``)."""
    if distribution is None or ecosystem is None or ":" not in ecosystem:
        return False
    mine = re.search(r"\d+(?:\.\d+)?", distribution)
    theirs = re.search(r"\d+(?:\.\d+)?", ecosystem)
    if mine is None or theirs is None:
        return False
    return not (mine[0] == theirs[0] or mine[0].startswith(theirs[0] + "."))


def _fix(scheme: str, version: str, statement: Statement) -> str | None:
    """Return the lowest fix above the version."""
    found = [
        event["fixed"] for events in statement.events or () for event in events if "fixed" in event
    ]
    above = [one for one in found if packages.below(scheme, version, one)]
    lowest = above[0] if above else None
    for one in above[1:]:
        if packages.below(scheme, one, str(lowest)):
            lowest = one
    return lowest


def _verdict(
    status: Status,
    confidence: float,
    message: str,
    statement: Statement,
    version: str,
    fixed: str | None = None,
) -> Verdict:
    return Verdict(
        status=status,
        method="purl",
        confidence=confidence,
        message=message,
        fixed_in=fixed,
        args={"package": statement.product, "version": version},
    )
