"""Syslog: RFC 5424 and RFC 3164 messages, from a file or a connection.

A message that carries an audit message (IHE+RFC-3881, IHE+DICOM, DICOM+RFC3881) is read as
`atna` reads it. Any other is a host's own line: who signed in where is told from the data
file; of every line only program, host and hash are kept, never its text.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import BinaryIO

from sekisho.collect.atna import AtnaReading
from sekisho.collect.fhir import event_source, instant
from sekisho.collect.frames import Frame, Framer
from sekisho.collect.interface import Bad, Item, Tally
from sekisho.collect.keys import Occurrences, line_key
from sekisho.collect.times import read_moment
from sekisho.errors import InvalidInputError
from sekisho.terms import Access, Action, Origin, Outcome, TimePrecision, UserKind

_CHUNK = 1 << 16
_LONGEST = 200
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
    rb"(?:<(\d{1,3})>)?([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]{8,15}(?:Z|[+-]\d\d:\d\d)?)"
    rb" (\S{1,255}) ([^\s:\[]{1,128})(?:\[[^\]\s]{0,128}\])?:? ?(.*)\Z",
    re.DOTALL,
)
"""RFC 3164 section 4.1.2, also with the time of rsyslog's forward format, also without PRI."""
_MONTHS = {
    name: n for n, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)
}


@dataclass(frozen=True, slots=True)
class _Line:
    program: re.Pattern[str]
    says: re.Pattern[str]
    action: Action
    outcome: Outcome


@cache
def _lines() -> tuple[_Line, ...]:
    text = (files("sekisho.collect") / "hostlines.toml").read_text(encoding="utf-8")
    return tuple(
        _Line(
            re.compile(one["program"]),
            re.compile(one["says"]),
            Action(one["action"]),
            Outcome(one["outcome"]),
        )
        for one in tomllib.loads(text)["line"]
    )


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
    """Syslog messages of one file or one connection.

    Raises:
        InvalidInputError: The file holds no syslog message.
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
    ) -> None:
        """Read `file`; `around` is when its newest line was written, for times without a year."""
        self.tally = Tally()
        self.path = path
        self.zone = zone
        self.given = source
        self.source = source or ""
        self.number = 0
        self.around = around
        self.kind = "syslog"
        """What the last message was: ``atna`` or ``syslog``."""
        self._connection = connection
        self._file = file
        self._occurrences = Occurrences()
        self._audit = AtnaReading(io.BytesIO(), path=path, source=source, zone=zone)

    def items(self) -> Iterator[Item]:
        """Give each message of the file, read or not."""
        framer = Framer()
        read = 0
        while chunk := self._file.read(_CHUNK):
            self.tally.done += len(chunk)
            for frame in framer.feed(chunk):
                item = self.message(frame)
                read += not isinstance(item, Bad)
                yield item
        for frame in framer.end():
            item = self.message(frame)
            read += not isinstance(item, Bad)
            yield item
        self.close()
        if not read:
            raise InvalidInputError("collect.no_syslog")

    def message(self, frame: Frame) -> Item:
        """Return the next message, read or not."""
        self.number += 1
        raw = frame.raw
        self.kind = "syslog"
        if frame.wrong is not None:
            return self._bad(raw, frame.wrong)
        if b"AuditMessage" in raw:
            self.kind = "atna"
            return self._audited(raw)
        message = self._taken_apart(raw)
        if message is None:
            return self._bad(raw, "collect.syslog_malformed")
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
        return replace(item, origin=self._origin())

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
            day, clock = int(text[4:6]), dt.time.fromisoformat(text[7:15].decode("ascii"))
        except (UnicodeDecodeError, ValueError, OverflowError):
            return None, second
        for year in (
            self.around.year + 1,
            self.around.year,
            *range(self.around.year - 1, self.around.year - 5, -1),
        ):
            try:
                at = instant(dt.datetime.combine(dt.date(year, month, day), clock), self.zone)
            except ValueError:  # the 29th of February of another year
                continue
            if at <= self.around + _AHEAD:
                return at, second
        return None, second

    def _host(self, raw: bytes, message: _Message, at: dt.datetime) -> Access:
        source = self.given or event_source("host", message.host)
        self.source = self.source or source
        again = self._occurrences.number(int(at.timestamp()) // 86400, message.said)
        action, outcome = Action.EXECUTE, Outcome.UNKNOWN
        user = seat = thing = None
        for line in _lines():
            if not line.program.fullmatch(message.program):
                continue
            found = line.says.match(message.text)
            if found is not None:
                action, outcome = line.action, line.outcome
                named = found.groupdict()
                user, seat, thing = named.get("user"), named.get("from"), named.get("object")
                break
        about = [
            message.host,
            message.program,
            thing or (message.kind if message.kind != "-" else ""),
        ]
        return Access(
            occurred_at=at,
            source=source,
            key=line_key(source, message.said, again),
            digest=hashlib.sha256(raw).hexdigest(),
            origin=self._origin(),
            action=action,
            outcome=outcome,
            time_precision=message.precision,
            user_id=_clean(user),
            user_kind=UserKind.UNKNOWN if user else UserKind.SYSTEM,
            terminal=_clean(seat),
            object=_clean("/".join(part for part in about if part)),
        )


def _clean(text: str | None) -> str | None:
    return "".join(c for c in text if c.isprintable())[:_LONGEST] or None if text else None
