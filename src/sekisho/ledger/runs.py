"""Sets of indexes as runs: ``12,15-20``, ascending, none touching the next."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from sekisho.errors import InvalidInputError

Run = tuple[int, int]
"""First and last index, both included."""

_TEXT = re.compile(r"\d{1,16}(-\d{1,16})?(,\d{1,16}(-\d{1,16})?)*\Z")


def joined(indexes: Iterable[int]) -> list[Run]:
    """Return ascending, distinct indexes as runs."""
    found: list[Run] = []
    for index in indexes:
        if found and index == found[-1][1] + 1:
            found[-1] = (found[-1][0], index)
        else:
            found.append((index, index))
    return found


def written(runs: Iterable[Run]) -> str:
    """Return runs as text."""
    return ",".join(f"{first}" if first == last else f"{first}-{last}" for first, last in runs)


def read(text: str) -> list[Run]:
    """Return the runs that a person or a record wrote, in their one order.

    Raises:
        InvalidInputError: It is not such a text, or a run ends before it begins.
    """
    text = "".join(text.split())
    if not _TEXT.match(text):
        raise InvalidInputError("ledger.erasure.numbers")
    found: list[Run] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found.append((int(first), int(last or first)))
    found.sort()
    merged: list[Run] = []
    for low, high in found:
        if high < low:
            raise InvalidInputError("ledger.erasure.numbers")
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def count(runs: Iterable[Run]) -> int:
    """Return how many indexes there are."""
    return sum(last - first + 1 for first, last in runs)


def holds(runs: Sequence[Run], index: int) -> bool:
    """Return whether `index` is in ascending `runs`."""
    at = bisect_right(runs, index, key=lambda run: run[0])
    return at > 0 and index <= runs[at - 1][1]


def within(runs: Sequence[Run], first: int, last: int) -> Iterator[Run]:
    """Give the parts of `runs` from `first` to `last`."""
    for low, high in runs:
        if low <= last and high >= first:
            yield max(low, first), min(high, last)
