"""Time: always aware, always UTC inside; local only where a person reads."""

from __future__ import annotations

import datetime as dt
import time
from typing import Protocol

UTC = dt.UTC


class Clock(Protocol):
    """Gives the present; handed in, so that a test can hold it."""

    def now(self) -> dt.datetime:
        """Return the present as an aware UTC time, to the millisecond."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> dt.datetime:
        """Return the present as an aware UTC time, to the millisecond."""
        return dt.datetime.fromtimestamp(time.time_ns() // 1_000_000 / 1000, UTC)


class FixedClock:
    """A clock that stands until it is moved."""

    def __init__(self, at: dt.datetime) -> None:
        self.at = utc(at)

    def now(self) -> dt.datetime:
        """Return the time it was set to."""
        return self.at

    def move(self, by: dt.timedelta) -> None:
        """Move the clock, backwards too."""
        self.at = utc(self.at + by)


def utc(at: dt.datetime) -> dt.datetime:
    """Return `at` as an aware UTC time cut to the millisecond.

    Raises:
        ValueError: `at` has no zone: a naive time is never guessed here.
    """
    if at.tzinfo is None:
        raise ValueError("naive time")
    at = at.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def iso(at: dt.datetime) -> str:
    """Return RFC 3339 UTC with milliseconds and ``Z``, 24 characters."""
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
