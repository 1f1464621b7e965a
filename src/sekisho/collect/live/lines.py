"""Logs that grow, kind by kind: what is read of the bytes that came since the last look."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from sekisho.collect.encoding import LIMIT, Lines
from sekisho.collect.fhir import FhirReading
from sekisho.collect.frames import Frame, Framer
from sekisho.collect.join import Users
from sekisho.collect.keys import Occurrences
from sekisho.collect.live.config import TailWatch
from sekisho.collect.live.intake import Got
from sekisho.collect.mapping import Mapping
from sekisho.collect.sniff import sniff_csv
from sekisho.collect.syslog import SyslogReading
from sekisho.collect.vendor_csv import CsvReading
from sekisho.errors import InvalidInputError
from sekisho.terms import Clock

Whose = Callable[[], Users]
JOINED = frozenset({"collect.doubt_joined", "collect.doubt_join_many", "collect.doubt_join_none"})
"""What is counted of rows without a user."""


class Growing(Protocol):
    """One file that grows, from its beginning or from where it was left.

    Attributes:
        number: Records given so far.
        mapping: How CSV is read, as TOML.
        header: The cells of its header.
        users: Gives whose rows without a user are, anew for each `feed`; where CSV is joined.
        doubts: How many rows were joined, or could not be, since it was last emptied.
    """

    number: int
    mapping: str | None
    header: tuple[str, ...] | None
    users: Whose | None
    doubts: Counter[str]

    @property
    def pending(self) -> int:
        """Return how many bytes of a line without an end are held."""
        ...

    def skip_head(self) -> None:
        """Begin in the middle of the file."""
        ...

    def feed(self, data: bytes) -> list[Got]:
        """Return the records that end within `data`."""
        ...

    def end(self) -> list[Got]:
        """Return what is left where nothing comes any more."""
        ...


def growing(watch: TailWatch, path: Path, *, zone: str, clock: Clock) -> Growing | None:
    """Return the reader of `path`, a file of the log `watch`; None before its header is whole.

    Raises:
        InvalidInputError: CSV whose columns or encoding cannot be followed line by line.
    """
    if watch.format == "csv":
        return _csv(watch, path, zone)
    if watch.format == "fhir":
        return _Fhir(watch, zone)
    return _Syslog(watch, zone, clock)


class _Plain:
    """What has no header."""

    mapping: str | None = None
    header: tuple[str, ...] | None = None
    users: Whose | None = None

    def __init__(self) -> None:
        self.doubts: Counter[str] = Counter()

    def skip_head(self) -> None:
        """Skip nothing."""


class _Syslog(_Plain):
    """Lines of syslog or of a host's programs; an audit message may have several."""

    def __init__(self, watch: TailWatch, zone: str, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._framer = Framer()
        self._reading = SyslogReading(
            io.BytesIO(),
            path=str(watch.path),
            source=watch.source,
            zone=zone,
            around=clock.now(),
            kind=watch.format,
        )

    @property
    def number(self) -> int:
        """Return how many messages were given."""
        return self._reading.number

    @number.setter
    def number(self, number: int) -> None:
        self._reading.number = number

    @property
    def pending(self) -> int:
        """Return how many bytes are held."""
        return self._framer.held

    def feed(self, data: bytes) -> list[Got]:
        """Return the messages that end within `data`."""
        return self._read(self._framer.feed(data))

    def end(self) -> list[Got]:
        """Return the last message, where it has no line feed."""
        got = self._read(self._framer.end())
        self._reading.close()
        return got

    def _read(self, frames: Iterator[Frame]) -> list[Got]:
        self._reading.around = self._clock.now()
        return [
            Got(self._reading.message(frame), frame.raw, self._reading.kind) for frame in frames
        ]


class _Split:
    """Holds back what has no line feed yet; a line longer than `LIMIT` is given by its head."""

    def __init__(self) -> None:
        self._held = b""
        self._skip = False

    @property
    def held(self) -> int:
        """Return how many bytes are held."""
        return len(self._held)

    def whole(self, data: bytes) -> bytes:
        """Return the whole lines of what is held and `data`."""
        if self._skip:
            _, found, data = data.partition(b"\n")
            if not found:
                return b""
            self._skip = False
        lines, found, self._held = (self._held + data).rpartition(b"\n")
        if not found and len(self._held) > LIMIT:
            head, self._held, self._skip = self._held[:LIMIT], b"", True
            return head + b"\n"
        return lines + found

    def rest(self) -> bytes:
        """Return what is held."""
        held, self._held = self._held, b""
        return held


class _Fhir(_Plain):
    """NDJSON of AuditEvents."""

    def __init__(self, watch: TailWatch, zone: str) -> None:
        super().__init__()
        self.number = 0
        self._split = _Split()
        self._reading = FhirReading(
            io.BytesIO(), path=str(watch.path), source=watch.source, zone=zone
        )

    @property
    def pending(self) -> int:
        """Return how many bytes are held."""
        return self._split.held

    def feed(self, data: bytes) -> list[Got]:
        """Return the events of the lines that end within `data`."""
        return self._read(self._split.whole(data))

    def end(self) -> list[Got]:
        """Return the events of a last line without a line feed."""
        return self._read(self._split.rest())

    def _read(self, text: bytes) -> list[Got]:
        got = []
        for line in text.splitlines(keepends=True):
            if line.strip():
                for item in self._reading.line(self.number + 1, line):
                    self.number += 1
                    got.append(Got(item, line, "fhir"))
        return got


class _Csv:
    """CSV with its header at the top of the file, by a mapping that a person gave."""

    def __init__(self, watch: TailWatch, head: bytes, mapping: Mapping, zone: str) -> None:
        self.number = 0
        self.users: Whose | None = None
        self.doubts: Counter[str] = Counter()
        self._watch = watch
        self._zone = zone
        self._mapping = mapping
        self._head = head
        self._after = len(head)
        """Bytes of the head that are still to come by `feed`."""
        self._occurrences = Occurrences()
        self._split = _Split()
        self._quoted = b""
        """Lines of a row whose quote is still open."""
        self.mapping: str | None = mapping.to_toml()
        self.header: tuple[str, ...] | None = tuple(self._reading(b"").header)

    @property
    def pending(self) -> int:
        """Return how many bytes are held."""
        return self._split.held + len(self._quoted)

    def skip_head(self) -> None:
        """Take what is fed next for rows."""
        self._after = 0

    def feed(self, data: bytes) -> list[Got]:
        """Return the rows that end within `data`."""
        passed = min(self._after, len(data))
        self._after -= passed
        text = self._quoted + self._split.whole(data[passed:])
        rows, self._quoted = _whole_rows(text)
        return self._read(rows)

    def end(self) -> list[Got]:
        """Return the last row, where it has no line feed."""
        rest, self._quoted = self._quoted + self._split.rest(), b""
        return self._read(rest)

    def _read(self, rows: bytes) -> list[Got]:
        if not rows:
            return []
        users = self.users() if self.users else None
        reading = self._reading(rows, users)
        try:
            got = [Got(item, b"", "csv") for item in reading.items()]
        finally:
            if users is not None:
                users.close()
        self.number = reading.number
        for doubt, count in reading.tally.doubts.items():
            if doubt in JOINED:
                self.doubts[doubt] += count
        return got

    def _reading(self, rows: bytes, users: Users | None = None) -> CsvReading:
        return CsvReading(
            io.BytesIO(self._head + rows),
            path=str(self._watch.path),
            mapping=self._mapping,
            source=self._watch.source,
            zone=self._zone,
            occurrences=self._occurrences,
            number=self.number,
            users=users,
        )


def _csv(watch: TailWatch, path: Path, zone: str) -> _Csv | None:
    """Return the reader of a CSV; None while its header is being written."""
    assert watch.mapping is not None, "the configuration asks for it"
    proposal = sniff_csv(path, str(path), zone=zone, mapping=watch.mapping)
    if proposal.missing:
        message, args = proposal.missing[0]
        raise InvalidInputError(message, **args)
    if proposal.encoding.startswith(("utf-16", "iso2022")):
        # Their line feeds cannot be told byte by byte.
        raise InvalidInputError("collect.tail_encoding", encoding=proposal.encoding)
    with path.open("rb") as file:
        rows = [file.readline(LIMIT) for _ in range(proposal.mapping.header_row)]
    if not all(row.endswith(b"\n") for row in rows):
        return None
    return _Csv(watch, b"".join(rows), proposal.mapping, zone)


def _whole_rows(text: bytes) -> tuple[bytes, bytes]:
    """Return the rows that end in `text`, and lines after them whose quote is still open.

    Past `Lines.MAX_LINES` lines an open quote is no row, and is given to be read as it is.
    """
    if text.count(b'"') % 2 == 0:
        return text, b""
    lines = text.splitlines(keepends=True)
    quotes, whole = 0, 0
    for number, line in enumerate(lines, 1):
        quotes += line.count(b'"')
        if quotes % 2 == 0:
            whole = number
    if len(lines) - whole >= Lines.MAX_LINES:
        return text, b""
    return b"".join(lines[:whole]), b"".join(lines[whole:])
