"""How well and how fast what is known is matched with what stands here.

``.venv/bin/python bench/posture_match.py`` prints precision and recall on the hand-labelled
ledger, the share of version sentences read exactly, agreement with dpkg on 10,000 random pairs
(a minute), and the time for 5,000 components against 300,000 ranges.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import resource
import subprocess
import tempfile
import time
from pathlib import Path

from tests.unit.posture import advisories as given
from tests.unit.posture.test_packages import _version

from sekisho.posture import Component
from sekisho.posture.knowledge.keep import keep_advisories
from sekisho.posture.knowledge.records import Advisory, Said, Statement
from sekisho.posture.match import Matcher, matches, rules
from sekisho.posture.names.makers import Makers
from sekisho.posture.versions import packages
from sekisho.storage import open_database

NOW = dt.datetime(2026, 11, 29, tzinfo=dt.UTC)


def quality() -> None:
    """Print what the matcher says of the hand-labelled ledger."""
    matcher, hidden = Matcher(given.advisories()), given.unseen()
    for name, wanted in (
        ("200 devices", None),
        ("100 seen while tuning", [d.asset for d in given.devices() if d.asset not in hidden]),
        ("100 unseen", hidden),
    ):
        told = given.figures(
            matcher, [d for d in given.devices() if wanted is None or d.asset in wanted]
        )
        print(
            f"{name}: {told['pairs']} pairs, precision {told['precision']:.3f}, recall {told['recall']:.3f}, "
            f"same status {told['same_status']:.3f}; wrong {len(told['wrong'])}, missed {len(told['missed'])}"
        )


def dpkg(pairs: int) -> None:
    """Print how often the Debian order agrees with `dpkg --compare-versions`."""
    rng, right = random.Random(2026), 0
    for _ in range(pairs):
        one, other = _version(rng), _version(rng)
        told = subprocess.run(["dpkg", "--compare-versions", one, "lt", other], check=False)
        right += packages.below("deb", one, other) is (told.returncode == 0)
    print(f"dpkg: {right} of {pairs} pairs the same")


def speed(ranges: int, components: int) -> None:
    """Print the processor seconds and memory of one run over a full database."""
    rng = random.Random(6)
    makers = [f"Maker{n:04d} Systems" for n in range(3000)]
    here = [_component(rng, makers, n) for n in range(components)]
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'state.db'}")
        start = time.process_time()
        names = Makers()
        for first in range(0, ranges // 3, 2000):
            known = [
                _advisory(rng, makers, n) for n in range(first, min(first + 2000, ranges // 3))
            ]
            with database.write() as c:
                keep_advisories(c, known, names, NOW)
        print(f"kept {ranges:,} ranges in {time.process_time() - start:.1f} s")
        start = time.process_time()
        found = sum(1 for _ in matches(database, here, rules=rules(), now=NOW))
        print(
            f"{components:,} components x {ranges:,} ranges: {found:,} lines in {time.process_time() - start:.2f} s, "
            f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB at most"
        )
        database.close()


def _advisory(rng: random.Random, makers: list[str], place: int) -> Advisory:
    number = f"CVE-2026-{place:06d}"
    return Advisory(
        id=number, source="nvd", title="x", revised=NOW, cves=(number,), score=7.5,
        statements=tuple(_statement(rng, makers) for _ in range(3)),
    )  # fmt: skip


def _statement(rng: random.Random, makers: list[str]) -> Statement:
    low, high = (
        f"{rng.randrange(9)}.{rng.randrange(30)}",
        f"{rng.randrange(9, 14)}.{rng.randrange(30)}",
    )
    if rng.random() < 0.6:
        name = f"package{rng.randrange(40000)}"
        events = (({"introduced": low}, {"fixed": high}),)
        return Statement(
            product=name,
            said=Said.AFFECTED,
            purl=f"pkg:pypi/{name}",
            ecosystem="PyPI",
            events=events,
        )
    maker = rng.choice(makers)
    return Statement(
        product=f"Product{rng.randrange(30)} Suite", said=Said.AFFECTED, maker=maker,
        versions=f"vers:generic/>={low}|<{high}",
    )  # fmt: skip


def _component(rng: random.Random, makers: list[str], place: int) -> Component:
    version = f"{rng.randrange(14)}.{rng.randrange(30)}"
    if rng.random() < 0.6:
        purl = f"pkg:pypi/package{rng.randrange(40000)}@{version}"
        return Component(asset=str(place), kind="software", product="package", purl=purl)
    maker = rng.choice(makers[:300])
    return Component(
        asset=str(place),
        kind="software",
        maker=maker,
        product=f"Product{rng.randrange(30)} Suite",
        version=version,
    )


def main() -> None:
    """Print the figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--ranges", type=int, default=300_000)
    arguments.add_argument("--components", type=int, default=5_000)
    arguments.add_argument("--pairs", type=int, default=10_000)
    asked = arguments.parse_args()
    quality()
    speed(asked.ranges, asked.components)
    dpkg(asked.pairs)


if __name__ == "__main__":
    main()
