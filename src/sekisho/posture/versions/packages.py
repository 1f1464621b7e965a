"""Versions where a package manager has rules: deb, rpm, PyPI, Go, npm, Maven and the rest.

The comparison is univers'; this module says which rules hold for a package URL
(https://github.com/package-url/purl-spec) or an ecosystem of OSV, and reads OSV's events
(https://ossf.github.io/osv-schema/, "affected[].ranges[]").
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from functools import cmp_to_key, lru_cache
from typing import Any

_CLASS = {
    "deb": "DebianVersion",
    "rpm": "RpmVersion",
    "apk": "AlpineLinuxVersion",
    "alpm": "ArchLinuxVersion",
    "ebuild": "GentooVersion",
    "pypi": "PypiVersion",
    "golang": "GolangVersion",
    "npm": "SemverVersion",
    "cargo": "SemverVersion",
    "hex": "SemverVersion",
    "pub": "SemverVersion",
    "swift": "SemverVersion",
    "semver": "SemverVersion",
    "gem": "RubygemsVersion",
    "maven": "MavenVersion",
    "nuget": "NugetVersion",
    "composer": "ComposerVersion",
    "conan": "ConanVersion",
    "openssl": "OpensslVersion",
    "nginx": "NginxVersion",
}
ECOSYSTEMS = {
    "pypi": "pypi",
    "go": "golang",
    "npm": "npm",
    "crates": "cargo",
    "rubygems": "gem",
    "maven": "maven",
    "nuget": "nuget",
    "packagist": "composer",
    "hex": "hex",
    "pub": "pub",
    "swifturl": "swift",
    "conancenter": "conan",
    "debian": "deb",
    "ubuntu": "deb",
    "alpine": "apk",
    "wolfi": "apk",
    "chainguard": "apk",
    "red hat": "rpm",
    "rocky linux": "rpm",
    "almalinux": "rpm",
    "suse": "rpm",
    "opensuse": "rpm",
    "mageia": "rpm",
    "openeuler": "rpm",
    "photon os": "rpm",
}
"""Ecosystem of OSV (before its colon and its dot, small letters) → type of the package URL."""


class Unreadable(Exception):  # noqa: N818 (a caller turns it into "unknown", it is no failure)
    """A version that the rules of its package manager do not know."""


def scheme_of(ecosystem: str) -> str | None:
    """Return the rules an ecosystem of OSV goes by (``Debian:12`` → ``deb``), or None."""
    return ECOSYSTEMS.get(ecosystem.partition(":")[0].partition(".")[0].strip().casefold())


def knows(scheme: str) -> bool:
    """Return whether there are rules for the package URL type `scheme`."""
    return scheme in _CLASS


@lru_cache(maxsize=1 << 17)
def parse(scheme: str, version: str) -> Any:
    """Return a value that compares as `scheme` says.

    Raises:
        Unreadable: No rules, or the version is none by them.
    """
    name = _CLASS.get(scheme)
    if name is None:
        raise Unreadable(scheme)
    text = version.strip()
    if name == "GolangVersion" and text[:1] not in {"v", ""}:
        text = "v" + text.removeprefix("go")
    try:
        # univers reads a Debian version with an underscore as none; dpkg refuses it too.
        return getattr(importlib.import_module("univers.versions"), name)(text)
    except Exception as error:
        raise Unreadable(version) from error


def below(scheme: str, one: str, other: str) -> bool:
    """Return whether `one` is lower than `other` by the rules of `scheme`.

    Raises:
        Unreadable: One of them is no version by these rules.
    """
    a, b = parse(scheme, one), parse(scheme, other)
    try:
        return bool(a < b)
    except Exception as error:
        raise Unreadable(one) from error


def compare(scheme: str, one: str, other: str) -> int:
    """Return -1, 0 or 1 by the rules of `scheme`.

    Raises:
        Unreadable: One of them is no version by these rules.
    """
    return -1 if below(scheme, one, other) else 1 if below(scheme, other, one) else 0


def affected(scheme: str, version: str, events: Sequence[Mapping[str, str]]) -> bool:
    """Return whether `version` is in an OSV range.

    Args:
        scheme: Type of the package URL.
        version: As installed.
        events: ``introduced``, ``fixed``, ``last_affected`` or ``limit``, one in each.

    Raises:
        Unreadable: A version is none by these rules.
    """
    inside = False
    for event in _sorted(scheme, events):
        if "introduced" in event:
            start = event["introduced"]
            if start == "0" or not below(scheme, version, start):
                inside = True
        elif ("fixed" in event and not below(scheme, version, event["fixed"])) or (
            "last_affected" in event and below(scheme, event["last_affected"], version)
        ):
            inside = False
        elif event.get("limit", "*") != "*" and not below(scheme, version, event["limit"]):
            return False
    return inside


def _sorted(scheme: str, events: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Return events by version, as the schema's evaluation algorithm asks."""
    if len(events) == 2 and events[0].get("introduced") == "0":
        return list(events)

    def order(one: Mapping[str, str], other: Mapping[str, str]) -> int:
        a, b = next(iter(one.values())), next(iter(other.values()))
        if a == b or "*" in {a, b}:
            return (a == "*") - (b == "*")
        if a == "0":
            return -1
        if b == "0":
            return 1
        return compare(scheme, a, b)

    return sorted(events, key=cmp_to_key(order))
