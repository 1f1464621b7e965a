"""The hospital's ledger, its key and the advisories of ../shared/data, for tests and the bench."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sekisho.posture import Component
from sekisho.posture.knowledge.records import Advisory
from sekisho.posture.knowledge.sniff import take
from sekisho.posture.match import Matcher

OWN = Path(__file__).parent / "data"
SHARED = Path(__file__).parents[4] / "shared" / "data" / "posture"
NEWS = frozenset({"affected", "unknown"})


def advisories(folder: str = "csaf-icsma") -> list[Advisory]:
    """Return the advisories of one folder of the shared data."""
    return [
        advisory
        for path in sorted((SHARED / folder).glob("*.json"))
        for advisory in take(path.read_bytes()).advisories
    ]


def devices() -> list[Component]:
    """Return the 200 devices of the ledger."""
    with (OWN / "ledger.csv").open(encoding="utf-8-sig", newline="") as file:
        return [
            Component(
                asset=row["管理番号"],
                product=row["機器名"],
                kind="medical_device",
                maker=row["製造販売業者"] or None,
                model=row["型式"] or None,
                version=row["バージョン"] or None,
            )
            for row in csv.DictReader(file)
        ]


def unseen() -> frozenset[str]:
    """Return the numbers of the 100 devices that nobody looked at while tuning (data/README.md)."""
    numbers = sorted(
        (d.asset for d in devices()), key=lambda n: hashlib.sha256(n.encode()).hexdigest()
    )
    return frozenset(numbers[:100])


def key() -> dict[tuple[str, str], str]:
    """Return device and advisory → status, as a person labelled them."""
    with (OWN / "key.csv").open(encoding="utf-8", newline="") as file:
        return {(row["number"], row["advisory"]): row["status"] for row in csv.DictReader(file)}


def figures(matcher: Matcher, given: Iterable[Component]) -> dict[str, Any]:
    """Return precision, recall and agreement of the matcher on `given` devices.

    A pair counts where the answer is that it concerns the device: affected, or cannot be told.
    """
    listed = list(given)
    numbers = {one.asset for one in listed}
    wanted = {pair: status for pair, status in key().items() if pair[0] in numbers}
    got = {
        (hit.component.asset, hit.advisory.id): hit.verdict.status.value
        for hit in matcher.hits(listed)
    }
    news = {pair for pair, status in wanted.items() if status in NEWS}
    told = {pair for pair, status in got.items() if status in NEWS}
    both = news & told
    return {
        "devices": len(listed),
        "pairs": len(news),
        "found": len(both),
        "wrong": sorted(told - news),
        "missed": sorted(news - told),
        "precision": len(both) / len(told) if told else 0.0,
        "recall": len(both) / len(news) if news else 0.0,
        "same_status": sum(wanted[pair] == got[pair] for pair in both) / len(both) if both else 0.0,
        "answers": Counter(got.values()),
    }
