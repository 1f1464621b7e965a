"""Records that order an erasure: which records may be missing, and by which order.

Written from docs/formats/ledger.md, 13, alone; shares no code with what writes.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Run = tuple[int, int]
"""First and last index, both included."""

_OBJECT = re.compile(r"erasure/\d+/(\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*)/([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Order:
    """One record that orders an erasure.

    Attributes:
        index: Its own.
        runs: The records that it names, ascending, all before its own.
        keys: SHA-256 (hex) of their keys, joined.
    """

    index: int
    runs: tuple[Run, ...]
    keys: str


def read_order(index: int, record: Mapping[str, Any]) -> Order | None:
    """Return what a record orders to be erased; None where it is no such record."""
    what, digest = record["object"], str(record["digest"])
    found = _OBJECT.fullmatch(what)
    if found is None or record["source"] != "sekisho":
        return None
    if digest != hashlib.sha256(what.encode()).hexdigest() or record["key"] != digest[:32]:
        return None
    runs = []
    for part in found[1].split(","):
        first, _, last = part.partition("-")
        runs.append((int(first), int(last or first)))
    flat = [each for run in runs for each in run]
    if any(low > high for low, high in runs) or flat != sorted(flat) or flat[-1] >= index:
        return None
    return Order(index, tuple(runs), found[2])


def without(missing: Iterable[Run], orders: Sequence[Order]) -> int | None:
    """Return the first missing record that no order names; None where each is named."""
    named = merged(run for order in orders for run in order.runs)
    for first, last in missing:
        at = bisect_right(named, first, key=lambda run: run[0]) - 1
        if at < 0 or named[at][1] < first:
            return first
        if named[at][1] < last:
            return named[at][1] + 1
    return None


def common(runs: Sequence[Run], missing: Sequence[Run]) -> int:
    """Return how many of `runs` are among `missing`; both ascending."""
    total = at = 0
    for first, last in runs:
        while at < len(missing) and missing[at][1] < first:
            at += 1
        look = at
        while look < len(missing) and missing[look][0] <= last:
            total += min(last, missing[look][1]) - max(first, missing[look][0]) + 1
            look += 1
    return total


def merged(runs: Iterable[Run]) -> list[Run]:
    """Return runs in order, those that touch or overlap as one."""
    found: list[Run] = []
    for first, last in sorted(runs):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def gaps(indexes: Sequence[int], start: int, stop: int) -> Iterator[Run]:
    """Give the runs from `start` to before `stop` that ascending `indexes` leave out."""
    if indexes and (indexes[0], indexes[-1], len(indexes)) == (start, stop - 1, stop - start):
        return  # they ascend, so that nothing can be missing between
    at = start
    for index in indexes:
        if index > at:
            yield at, index - 1
        at = index + 1
    if at < stop:
        yield at, stop - 1
