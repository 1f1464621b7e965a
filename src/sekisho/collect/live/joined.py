"""Rows of a growing log that are joined with the sign-ins of another: when they may be read.

A row's sign-in was written before it. So a row that stands in the log at some moment may be
read once the log of the sign-ins was read to its end *after* that moment, and is durable. Until
then the bytes stay where they are: nothing is held in memory, and a kill loses nothing. Where the
sign-ins cannot be read for long, the rows are taken all the same and wait in quarantine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

SLACK = 5.0
"""Seconds by which a program may write the sign-in's line later than the first row after it."""
PATIENCE = 1800.0
"""Seconds after which rows are taken without their sign-ins: a log that is rotated is lost."""


class Login(Protocol):
    """The log of the sign-ins.

    Attributes:
        at_end: When (monotonic, seconds) it was last at its end with everything durable.
    """

    at_end: float | None


@dataclass(slots=True)
class Gate:
    """Says how far a log may be read.

    Attributes:
        login: The log of the sign-ins, where this process follows it.
        arrived: Whether the sign-ins of what may be read now are there.
    """

    login: Login | None
    now: Callable[[], float]
    arrived: bool = False
    _mark: tuple[int, float] | None = field(default=None)

    def reach(self, read_to: int, size: int) -> int:
        """Return up to which byte the log may be read; `size` is where it ends now."""
        if self.login is None:
            # The sign-ins come by files: rows later than the newest wait in quarantine.
            self.arrived = False
            return size
        if self._mark is not None and self._mark[0] <= read_to:
            self._mark = None
        if self._mark is None:
            if size <= read_to:
                return read_to
            self._mark = (size, self.now())
        end, since = self._mark
        if end > size:  # written anew meanwhile
            self._mark = None
            return read_to
        seen = self.login.at_end
        self.arrived = seen is not None and seen >= since + SLACK
        if self.arrived or self.now() - since > PATIENCE:
            return end
        return read_to

    def restart(self) -> None:
        """Begin with another file."""
        self._mark = None
