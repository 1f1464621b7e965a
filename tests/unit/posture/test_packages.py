"""Rules of package managers, against the tools and lists that have the word."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from tests.missing import missing

from sekisho.posture.versions import packages

DATA = Path(__file__).parents[4] / "shared" / "data" / "posture"
PIECES = ("1", "2", "10", "11", "09", "a", "b", "rc1", "beta2", "git20240101", "dfsg", "0")
TAILS = (
    "",
    "-1",
    "-1ubuntu2",
    "-2+deb12u1",
    "-2+deb12u2",
    "-1~bpo11+1",
    "-0.1",
    "+really1.2-3",
    "~rc1-1",
)


def _version(rng: random.Random) -> str:
    epoch = rng.choice(("", "", "", "1:", "2:"))
    body = rng.choice(("0", "1", "2", "7", "12"))
    for _ in range(rng.randrange(4)):
        body += rng.choice((".", "+", "~", ".")) + rng.choice(PIECES)
    return epoch + body + rng.choice(TAILS)


def test_dpkg_agrees_on_random_pairs() -> None:
    """Two Debian versions compare as `dpkg --compare-versions` says (the bench asks 10,000 pairs)."""
    if shutil.which("dpkg") is None:
        missing("dpkg is not here")
    rng = random.Random(6)
    for _ in range(100):
        one, other = _version(rng), _version(rng)
        told = subprocess.run(["dpkg", "--compare-versions", one, "lt", other], check=False)
        assert packages.below("deb", one, other) is (told.returncode == 0), (one, other)


def _records() -> list[dict[str, Any]]:
    found = [orjson.loads(path.read_bytes()) for path in sorted((DATA / "osv-go").glob("*.json"))]
    found += [
        yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        for path in sorted((DATA / "osv-pypi").glob("*.yaml"))[:120]
    ]
    if not found:
        missing("no OSV records in ../shared/data/posture")
    return found


def test_the_lists_of_versions_of_osv_are_in_its_own_ranges() -> None:
    """Every version that an OSV record lists as affected is inside the ranges of the same record."""
    right = wrong = 0
    for record in _records():
        for one in record.get("affected", []):
            scheme = packages.scheme_of(one["package"]["ecosystem"])
            ranges = [r["events"] for r in one.get("ranges", []) if r["type"] != "GIT"]
            if scheme is None or not ranges:
                continue
            for version in one.get("versions", []):
                try:
                    inside = any(packages.affected(scheme, version, events) for events in ranges)
                except packages.Unreadable:
                    continue
                right, wrong = right + inside, wrong + (not inside)

    print(f"\n{right} of {right + wrong} listed versions are in the ranges")  # noqa: T201 (the figure)
    assert right > 1000
    assert wrong <= 0.01 * right


def test_ends_of_a_range_and_the_distribution_hold() -> None:
    """A fix itself is not affected, the last affected is, and before the introduction nothing is."""
    events = [{"introduced": "1.2"}, {"fixed": "1.4-1+deb12u1"}]

    assert not packages.affected("deb", "1.1-1", events)
    assert packages.affected("deb", "1.4-1~bpo1", events)
    assert not packages.affected("deb", "1.4-1+deb12u1", events)
    assert packages.affected("semver", "2.0.0", [{"introduced": "0"}, {"last_affected": "2.0.0"}])
    assert packages.scheme_of("Debian:12") == "deb"
    with pytest.raises(packages.Unreadable):
        packages.parse("generic", "1.0")
