"""Many refusals of one kind from one address are one record a minute, with their number.

Else whoever sends refused requests fast enough could fill the disk with their records.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

EVERY = 60.0
"""Seconds in which the same refusal of the same address is recorded once."""
MOST = 10_000
"""Pairs remembered; when there are more, the oldest tenth is forgotten."""


@dataclass(slots=True)
class _Seen:
    at: float
    more: int = 0


class Floods:
    """What one worker refused lately. KNOWN: what follows the last record is not counted."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds that only grow."""
        self._clock = clock
        self._seen: dict[tuple[str | None, str, str | None], _Seen] = {}

    def tell(self, address: str | None, why: str, whose: str | None = None) -> str | None:
        """Return what to record of this refusal; None where it is only counted.

        The first of an address, a reason and an account is recorded at once, and after a minute the
        next one with how many there were in between: ``why more:37``.
        """
        now = self._clock()
        key = (address, why, whose)
        seen = self._seen.get(key)
        if seen is not None and now - seen.at < EVERY:
            seen.more += 1
            return None
        if len(self._seen) >= MOST:
            for old in sorted(self._seen, key=lambda k: self._seen[k].at)[: MOST // 10]:
                del self._seen[old]
        self._seen[key] = _Seen(now)
        return f"{why} more:{seen.more}" if seen is not None and seen.more else why
