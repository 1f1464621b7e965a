"""What is looked for, and what a look saw."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sekisho.errors import Value

Said = tuple[str, Mapping[str, Value]]
"""A message id and its arguments."""


class State(StrEnum):
    """What a look says; the order is the order of a page."""

    BAD = "bad"
    """Open and should not be; or answers otherwise than it should."""
    MISSING = "missing"
    """Should be open, and is not."""
    NOT_LOOKED = "not_looked"
    GOOD = "good"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dicom:
    """An archive that may be asked whether it answers (DICOM C-ECHO, PS3.7 9.1.5)."""

    port: int
    called: str
    calling: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One address of one asset, as ``look.toml`` lists it.

    Attributes:
        number: The ledger's own number.
        open: Ports that should be open; `also` those looked at that should not.
        tls: Port → profile.
    """

    number: str
    address: str
    open: tuple[int, ...]
    also: tuple[int, ...]
    tls: Mapping[int, str] = field(default_factory=dict)
    dicom: Dicom | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The list of what may be looked at, and when.

    Attributes:
        begins: Local time of day at which looking may begin; it must end by `ends`.
        sslyze: The program, where it stands elsewhere than usual.
    """

    begins: dt.time
    ends: dt.time
    targets: Sequence[Target]
    sslyze: str | None = None

    def holds(self, time: dt.time) -> bool:
        """Return whether `time` is in the window, which may pass midnight."""
        if self.begins <= self.ends:
            return self.begins <= time < self.ends
        return time >= self.begins or time < self.ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen of one port, or why nothing was looked at.

    Attributes:
        kind: ``tcp``, ``tls``, ``dicom``, or ``asset``.
        said: The sentence.
        departures: Of TLS: each departure from the profile.
    """

    kind: str
    port: int | None
    wanted: bool
    state: State
    said: Said
    departures: tuple[Said, ...] = ()
