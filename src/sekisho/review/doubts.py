"""What a review could not check, or is not sure of, as sentences: for the page, the paper, the terminal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from sekisho.errors import Value
from sekisho.review.clocks import LEAST, stands_apart

SHOWN = 3
"""Wards that are named; the figure counts all."""


def doubts(summary: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Value]]]:
    """Give message id and arguments of each, from the summary of a run; an older run has fewer."""
    known = summary.get("clocks") or []
    yield from (_clock(one) for one in known if stands_apart(one))
    gaps = summary.get("no_roster") or {}
    if gaps.get("accesses"):
        wards = [_ward(one) for one in gaps["wards"][:SHOWN]]
        more = len(gaps["wards"]) - len(wards)
        message = "review.doubt.no_roster" if not more else "review.doubt.no_roster.more"
        yield message, {"accesses": gaps["accesses"], "wards": wards, "more": more}
    nobodys = summary.get("not_attributable") or {}
    if nobodys:
        yield "review.doubt.nobodys", {"accesses": sum(nobodys.values())}
    if summary.get("bedless"):
        yield "review.doubt.bedless", dict(summary["bedless"])
    unknown = [one["source"] for one in known if one["seconds"] is None]
    if unknown:
        yield "review.doubt.clock.unknown", {"sources": unknown, "least": LEAST}


def _clock(one: dict[str, Any]) -> tuple[str, dict[str, Value]]:
    """Return how far a clock stands from the orders', in minutes."""
    seconds, low, high = (abs(one[name]) / 60 for name in ("seconds", "low", "high"))
    which = "ahead" if one["seconds"] > 0 else "behind"
    return f"review.doubt.clock.{which}", {
        "source": one["source"],
        "minutes": f"{seconds:.0f}",
        "low": f"{min(low, high):.0f}",
        "high": f"{max(low, high):.0f}",
        "orders": one["orders"],
    }


def _ward(one: Mapping[str, Any]) -> str:
    first, last = (dt.date.fromisoformat(one[name]) for name in ("first", "last"))
    days = f"{first:%m/%d}" if first == last else f"{first:%m/%d}–{last:%m/%d}"
    return f"{one['ward']} {days}"
