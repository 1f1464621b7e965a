"""What every kind of source shares: how a file is read, and what is said about it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from typing import Protocol

from sekisho.collect.mapping import Mapping
from sekisho.errors import Value
from sekisho.terms import Access, Finding

Args = MappingOf[str, Value]
Said = tuple[str, Args]
"""A message id and its values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """A record that could not be read. `raw` may name people: it goes to quarantine only."""

    number: int
    reason: str
    raw: bytes
    digest: str
    key: str
    source: str
    args: Args = field(default_factory=dict)


Item = Access | Bad
_LONGEST = 500


def printable(text: str | None) -> str | None:
    """Return a value of a record as it can be shown, cut at 500 characters; None for an empty one."""
    if not text:
        return None
    if not text.isprintable():
        text = "".join(c for c in text if c.isprintable())
    return text[:_LONGEST] or None


@dataclass(slots=True)
class Tally:
    """What a reader noticed while reading; only counts, forms and words, never a person."""

    ignored: int = 0
    doubts: Counter[str] = field(default_factory=Counter)
    """How many records each doubt concerns, by message id."""
    words: Counter[str] = field(default_factory=Counter)
    """Words for acts that no vocabulary knows."""
    outcomes: Counter[str] = field(default_factory=Counter)
    time_forms: Counter[str] = field(default_factory=Counter)
    patient_lengths: Counter[int] = field(default_factory=Counter)
    patient_zeros: int = 0
    done: int = 0
    """Bytes read so far."""


class Reading(Protocol):
    """One file being read: gives records in the file's order, in constant memory."""

    tally: Tally
    source: str

    def items(self) -> Iterator[Item]:
        """Give each record, read or not."""
        ...


class Recorder(Protocol):
    """What `ledger` gives: appends durably, answers None for keys it already has."""

    def append(self, records: Sequence[Access]) -> list[int | None]:
        """Append `records` and return the index of each."""
        ...

    def prepare(self, records: Sequence[Access]) -> Callable[[], Callable[[], list[int | None]]]:
        """Return what hands `records` over, from another thread, and gives what answers."""
        ...

    def seal(self) -> int:
        """Seal what is not sealed yet and return how many that were."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a file has been read."""

    path: str
    done: int
    total: int
    rows: int


ProgressCall = Callable[[Progress], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """One record of the sample: what was read, and the cells it was read from."""

    number: int
    access: Access | None
    cells: tuple[str, ...]
    reason: str | None = None
    args: Args = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a file seems to be and how it would be read.

    Attributes:
        confidence: 0 to 1; from `CONFIDENT` on, format=auto uses it and says so.
        header: The header cells; columns not in the mapping are not stored.
        missing: What is missing for reading it, as messages; empty when it can be read.
    """

    path: str
    kind: str
    source: str
    confidence: float
    mapping: Mapping
    encoding: str
    delimiter: str | None = None
    header_row: int = 0
    header: tuple[str, ...] = ()
    sample: tuple[Sampled, ...] = ()
    doubts: tuple[Said, ...] = ()
    missing: tuple[Said, ...] = ()


CONFIDENT = 0.8


@dataclass(slots=True, kw_only=True)
class FileReport:
    """What became of one file.

    Attributes:
        read: Records found: added + already + quarantined.
        already: Records that an earlier file had brought.
        doubtful: Records with at least one doubt; every one was kept.
        ignored: Totals, blank rows and repeated headers.
        proposed: Whether the mapping was proposed by Sekisho, not given by a person.
        doubts: How many records each doubt concerns, by message id.
        error: Why the file could not be read at all.
    """

    path: str
    kind: str | None = None
    source: str | None = None
    mapping_confidence: float | None = None
    mapping: Mapping | None = None
    proposed: bool = False
    read: int = 0
    added: int = 0
    already: int = 0
    quarantined: int = 0
    doubtful: int = 0
    ignored: int = 0
    first_at: dt.datetime | None = None
    last_at: dt.datetime | None = None
    doubts: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    error: Said | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """One source as the console shows it."""

    name: str
    kind: str
    files: int
    rows: int
    first_at: dt.datetime | None
    last_at: dt.datetime | None
    last_heard: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """One file that was received."""

    id: int
    path: str
    kind: str | None
    source: str | None
    received_at: dt.datetime
    read: int
    added: int
    already: int
    quarantined: int
    doubtful: int
    ignored: int
    first_at: dt.datetime | None
    last_at: dt.datetime | None
    digest: str | None
    error: Said | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineRow:
    """One record that could not be read; its bytes are not shown here."""

    id: int
    file: str
    file_id: int
    source: str
    row: int
    reason: Said
    digest: str
    state: str
