"""The three answers, and what an institution sets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

DEBIAN_SOCKET = Path("/run/clamav/clamd.ctl")
"""Where Debian's clamav-daemon listens."""


RULES = "rules"
"""Folder of the institution's own YARA rules, in its data directory."""


class Verdict(StrEnum):
    """What the scanner said. Clean is never a promise of safety."""

    CLEAN = "clean"
    FOUND = "found"
    NOT_CHECKED = "not_checked"


class Why(StrEnum):
    """Why something was not checked; words ``scan.why.<value>``."""

    DOWN = "down"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    ENCRYPTED = "encrypted"
    TOO_DEEP = "too_deep"
    UNREADABLE = "unreadable"
    """An archive that cannot be opened, so that nobody knows how much is in it."""
    OLD = "old"
    UNDATED = "undated"
    LENIENT = "lenient"
    """The scanner is set to call clean what it did not look into."""
    NOT_LOADED = "not_loaded"
    """Newer signatures lie on the disk than the scanner has loaded."""
    RULES = "rules"
    """Some of the institution's own rules do not compile, so that not all were asked."""
    MANY = "many"
    """There are more members than are asked about one by one."""
    CHANGED = "changed"
    PROTOCOL = "protocol"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the scanner is reached, and our own limits.

    Attributes:
        socket: clamd's Unix socket, or address and port of a clamd on this machine.
        size: Largest file, and largest file inside an archive, in bytes; as clamd's own
            StreamMaxLength and MaxFileSize (Debian: 25 MB).
        seconds: Longest time for one file.
        days: Age of the signatures past which a clean answer does not stand.
        database: Where freshclam puts signatures; None where that is not known.
        rules: Folder of YARA rules; None where there are none.
        deepest: How many archives one in another are opened.
    """

    socket: Path | tuple[str, int] = DEBIAN_SOCKET
    size: int = 25_000_000
    seconds: float = 60.0
    days: int = 7
    database: Path | None = None
    rules: Path | None = None
    deepest: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is known of one file; also what is not known is a value.

    Attributes:
        name: The scanner's name for what it found.
        why: Why it was not checked.
        args: Values that the sentence of `why` names.
        engine: The scanner's version, None where it did not say.
        signatures_at: When its signatures were made; UTC-aware.
    """

    verdict: Verdict
    name: str | None = None
    why: Why | None = None
    args: Mapping[str, str | int | float] = field(default_factory=dict)
    engine: str | None = None
    signatures_at: dt.datetime | None = None

    @property
    def message(self) -> str:
        """Return the id of the sentence that says the answer."""
        return f"scan.why.{self.why.value}" if self.why else f"scan.{self.verdict.value}"
