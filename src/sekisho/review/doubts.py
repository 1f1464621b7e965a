"""What a review could not check, or is not sure of, as sentences: for the page, the paper, the terminal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from sekisho.errors import Value

SHOWN = 3
"""Wards that are named; the figure counts all."""


def doubts(summary: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Value]]]:
    """Give message id and arguments of each, from the summary of a run; an older run has fewer."""
    gaps = summary.get("no_roster") or {}
    if gaps.get("accesses"):
        wards = [_ward(one) for one in gaps["wards"][:SHOWN]]
        more = len(gaps["wards"]) - len(wards)
        message = "review.doubt.no_roster" if not more else "review.doubt.no_roster.more"
        yield message, {"accesses": gaps["accesses"], "wards": wards, "more": more}


def _ward(one: Mapping[str, Any]) -> str:
    first, last = (dt.date.fromisoformat(one[name]) for name in ("first", "last"))
    days = f"{first:%m/%d}" if first == last else f"{first:%m/%d}–{last:%m/%d}"
    return f"{one['ward']} {days}"
