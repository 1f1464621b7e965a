"""Syslog: RFC 5424 and RFC 3164 messages, from a file or a connection.

A message that carries an audit message (IHE+RFC-3881, IHE+DICOM, DICOM+RFC3881) is read as
`atna` reads it. Any other is a host's own line: who signed in where is told by `hostlines`; of
every line only program, host and hash are kept, never its text. A line that a web server, proxy
or the like writes into a file of its own (``hostlog``) has no head of syslog, and is read too.
"""

from __future__ import annotations

import codecs
import datetime as dt
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from msgspec import structs

from sekisho.collect.alarms import ZeekTable
from sekisho.collect.atna import AtnaReading
from sekisho.collect.fhir import event_source, instant
from sekisho.collect.frames import CUT, Frame, Framer
from sekisho.collect.hostlines import LONGEST, Told, passed_by, told, told_alone, told_row
from sekisho.collect.interface import Bad, Item, Tally, printable
from sekisho.collect.keys import Occurrences, line_key
from sekisho.collect.times import read_moment
from sekisho.errors import InvalidInputError
from sekisho.terms import Access, Action, Origin, Outcome, TimePrecision

_CHUNK = 1 << 16
_AHEAD = dt.timedelta(days=2)
_DATA = rb"-|(?:\[(?:[^\]\\\"]|\\.|\"(?:[^\"\\]|\\.)*\")*\])+"
_NEW = re.compile(
    rb"<(\d{1,3})>1 (\S{1,64}) (\S{1,255}) (\S{1,128}) (\S{1,128}) (\S{1,128}) (?:"
    + _DATA
    + rb")(?: (.*))?\Z",
    re.DOTALL,
)
"""RFC 5424 section 6."""
_OLD = re.compile(
    rb"(?:<(\d{1,3})>)?([A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]{8,15}(?:Z|[+-]\d\d:?\d\d)?)"
    rb" (\S{1,255}) ([^\s:\[]{1,128})(?:\[[^\]\s]{0,128}\])?:? ?(.*)\Z",
    re.DOTALL,
)
"""RFC 3164 section 4.1.2, also as rsyslog's file and forward formats and journalctl write it."""
_JOURNAL = re.compile(rb"-- (?:Journal begins|Logs begin|Boot [0-9a-f]{32}|Reboot) ?.*--\Z")
"""What journalctl writes between lines."""
_MONTHS = {
    name: n for n, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)
}


@dataclass(frozen=True, slots=True)
class _Message:
    """A message taken apart; `at` is None where its time cannot be read."""

    at: dt.datetime | None
    precision: TimePrecision
    host: str
    program: str
    kind: str
    text: str
    said: str
    """What makes the message the same one when it comes again."""


class SyslogReading:
    """Syslog messages, or lines of a host's programs, of one file or one connection.

    Raises:
        InvalidInputError: The file holds none.
    """

    def __init__(
        self,
        file: BinaryIO,
        *,
        path: str,
        source: str | None,
        zone: str,
        around: dt.datetime,
        connection: bool = False,
        kind: str = "syslog",
        year: int | None = None,
    ) -> None:
        """Read `file`; `around` is when its newest line was written, for times without a year.

        A `year` that somebody named counts instead. Lines without syslog's head are read where
        `kind` is ``hostlog``.
        """
        self.tally = Tally()
        self.path = path
        self.zone = zone
        self.given = source
        self.source = source or ""
        self.number = 0
        self.around = around
        self.year = year
        self.form = kind
        self.kind = kind
        """What the last message was: ``atna``, ``syslog`` or ``hostlog``."""
        self._connection = connection
        self._file = file
        self._occurrences = Occurrences()
        self._table = ZeekTable()
        self._audit = AtnaReading(io.BytesIO(), path=path, source=source, zone=zone)

    def items(self) -> Iterator[Item]:
        """Give each message of the file, read or not."""
        framer = Framer()
        read = 0
        while chunk := self._file.read(_CHUNK):
            if not self.tally.done:
                chunk = chunk.removeprefix(codecs.BOM_UTF8)
            self.tally.done += len(chunk)
            for frame in framer.feed(chunk):
                if item := self._item(frame):
                    read += not isinstance(item, Bad)
                    yield item
        for frame in framer.end():
            if item := self._item(frame):
                read += not isinstance(item, Bad)
                yield item
        self.close()
        if not read and not self.tally.ignored:
            raise InvalidInputError(f"collect.no_{self.form}")

    def _item(self, frame: Frame) -> Item | None:
        """Return what a line of the file is, None where it is no record."""
        raw = frame.raw
        passed = bool(_JOURNAL.match(raw)) or (self.form == "hostlog" and passed_by(raw))
        if self.form == "hostlog" and frame.wrong in {None, CUT}:
            if self._table.is_head(raw):
                passed = True
            elif self._table.begun:
                return self._row(raw)
        if passed:
            self.tally.ignored += 1
            return None
        return self.message(frame)

    def _row(self, raw: bytes) -> Item | None:
        """Return what a row of Zeek's table says, None where it is no alarm."""
        self.number += 1
        tree = self._table.row(raw)
        if tree is None:
            return self._bad(raw, "collect.hostlog_malformed")
        said = told_row(tree)
        if said is None:
            self.tally.ignored += 1
            return None
        return self._of(raw, said)

    def message(self, frame: Frame) -> Item:
        """Return the next message, read or not."""
        self.number += 1
        raw = frame.raw
        self.kind = self.form
        if frame.wrong is not None:
            whole = self._last(raw) if frame.wrong == CUT else None
            return whole or self._bad(raw, frame.wrong)
        if b"AuditMessage" in raw:
            self.kind = "atna"
            return self._audited(raw)
        message = self._taken_apart(raw)
        if message is None:
            alone = self._alone(raw) if self.form == "hostlog" else None
            return alone or self._bad(raw, f"collect.{self.form}_malformed")
        if message.at is None:
            return self._bad(raw, "collect.row_no_time")
        return self._host(raw, message, message.at)

    def close(self) -> None:
        """Drop what was kept to count equal messages."""
        self._occurrences.close()
        self._audit.close()

    def _origin(self) -> Origin:
        if self._connection:
            return Origin(connection=self.path, message=self.number)
        return Origin(file=self.path, message=self.number)

    def _audited(self, raw: bytes) -> Item:
        item = self._audit.read(self.number, raw)
        if isinstance(item, Bad):
            # The whole message is kept: retried, it is read as one.
            return replace(item, raw=raw, digest=hashlib.sha256(raw).hexdigest(), args=self._args())
        return structs.replace(item, origin=self._origin())

    def _args(self) -> dict[str, str | int | float]:
        return {"connection": self.path} if self._connection else {}

    def _bad(self, raw: bytes, reason: str) -> Bad:
        content = hashlib.sha256(raw).hexdigest()
        source = self.given or "syslog-unknown"
        return Bad(
            number=self.number,
            reason=reason,
            raw=raw,
            digest=content,
            key=line_key(source, content, self._occurrences.number(-1, content)),
            source=source,
            args=self._args(),
        )

    def _taken_apart(self, raw: bytes) -> _Message | None:
        new = _NEW.match(raw)
        if new is not None:
            _, when, host, program, _, kind, text = new.groups()
        else:
            old = _OLD.match(raw)
            if old is None:
                return None
            _, when, host, program, text = old.groups()
            kind = b"-"
        at, precision = self._when(when)
        said = raw.partition(b">")[2] if raw.startswith(b"<") else raw
        return _Message(
            at=at,
            precision=precision,
            host=host.decode("utf-8", "replace"),
            program=program.decode("utf-8", "replace"),
            kind=kind.decode("utf-8", "replace"),
            text=(text or b"").removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace"),
            # A time without a year is the same one in one year only.
            said=f"{at:%Y}{hashlib.sha256(said).hexdigest()}" if at is not None else "",
        )

    def _when(self, text: bytes) -> tuple[dt.datetime | None, TimePrecision]:
        second = TimePrecision.SECOND
        month = _MONTHS.get(text[:3])
        try:
            if month is None:
                moment = read_moment(text.decode("ascii"))
                if moment is None:
                    return None, second
                return instant(moment.at, self.zone), moment.precision
            _, days, time = text.split()
            day, clock = int(days), dt.time.fromisoformat(time.decode("ascii"))
        except (UnicodeDecodeError, ValueError, OverflowError):
            return None, second
        near = self.around.year
        for year in (self.year,) if self.year else (near + 1, near, *range(near - 1, near - 5, -1)):
            try:
                at = instant(dt.datetime.combine(dt.date(year, month, day), clock), self.zone)
            except ValueError:  # the 29th of February of another year
                continue
            if self.year or at <= self.around + _AHEAD:
                return at, second
        return None, second

    def _host(self, raw: bytes, message: _Message, at: dt.datetime) -> Access:
        source = self.given or event_source("host", message.host)
        said = told(message.program, message.text) or _UNKNOWN
        inner = said.moment
        if inner is not None and inner.at.tzinfo is not None:
            # A web server's line behind the head of syslog knows its own time, with the year.
            at, message = instant(inner.at, self.zone), replace(message, precision=inner.precision)
        thing = said.thing or (message.kind if message.kind != "-" else "")
        place = "/".join(part for part in (message.host, message.program, said.host) if part)
        return self._access(raw, said, at, message.precision, source, message.said, place, thing)

    def _last(self, raw: bytes) -> Item | None:
        """Return a host's last line without a line feed, where what it says is known to its end."""
        if self.form != "hostlog" or self._connection:
            return None
        message = self._taken_apart(raw)
        if message is None:
            return self._alone(raw)
        if message.at is None or told(message.program, message.text) is None:
            return None
        return self._host(raw, message, message.at)

    def _alone(self, raw: bytes) -> Item | None:
        """Return what a line without a head says; None where it has none of the known forms."""
        said = told_alone(raw[:LONGEST].decode("utf-8", "replace"))
        return None if said is None else self._of(raw, said)

    def _of(self, raw: bytes, said: Told) -> Item:
        if said.moment is None:
            return self._bad(raw, "collect.row_no_time")
        source = self.given or event_source("hostlog", said.form)
        content = hashlib.sha256(raw).hexdigest()
        place = said.host or said.form
        at = instant(said.moment.at, self.zone)
        return self._access(
            raw, said, at, said.moment.precision, source, content, place, said.thing
        )

    def _access(
        self,
        raw: bytes,
        said: Told,
        at: dt.datetime,
        precision: TimePrecision,
        source: str,
        content: str,
        place: str,
        thing: str | None,
    ) -> Access:
        self.source = self.source or source
        again = self._occurrences.number(int(at.timestamp()) // 86400, content)
        return Access(
            occurred_at=at,
            source=source,
            key=line_key(source, content, again),
            digest=hashlib.sha256(raw).hexdigest(),
            origin=self._origin(),
            action=said.action,
            outcome=said.outcome,
            time_precision=precision,
            user_id=printable(said.user),
            user_kind=said.kind,
            terminal=printable(said.seat),
            object=printable(f"{place}/{thing.removeprefix('/')}" if thing else place),
            reason=f"repeated:{said.times}" if said.times > 1 else None,
        )


_UNKNOWN = Told(Action.EXECUTE, Outcome.UNKNOWN)
