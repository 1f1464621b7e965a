"""One HL7 v2 message, split as far as it is asked (HL7 v2.x chapter 2)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from zoneinfo import ZoneInfo

from sekisho.care.hl7.text import decode
from sekisho.errors import InvalidInputError

LARGEST = 8 << 20
"""Bytes of one message."""
_ESCAPE = {"F": 0, "S": 1, "R": 2, "E": 3, "T": 4}
_TIME = re.compile(
    r"(\d{4})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:\.\d*)?)?)?)?)?)?([+-]\d{4})?$"
)


class Segment:
    """One segment, split when it is first asked for a field."""

    __slots__ = ("_fields", "line", "name", "seps")

    def __init__(self, name: str, line: str, seps: str) -> None:
        """Make it from its line; `seps` are the separators of its message (MSH-1, MSH-2)."""
        self.name = name
        self.line = line
        self.seps = seps
        self._fields: list[str] | None = None

    @property
    def fields(self) -> list[str]:
        """Return its fields; the first is its name. Of MSH, the second is the separator."""
        fields = self._fields
        if fields is None:
            fields = self._fields = self.line.split(self.seps[0])
            if self.name == "MSH":
                fields.insert(1, self.seps[0])
        return fields

    def field(self, number: int) -> str:
        """Return field `number` as it stands, with its separators; empty where there is none."""
        fields = self._fields or self.fields
        return fields[number] if number < len(fields) else ""

    def repetitions(self, number: int) -> list[str]:
        """Return what stands between the repetition marks."""
        text = self.field(number)
        mark = self.seps[2]
        return text.split(mark) if mark in text else [text] if text else []

    def part(self, number: int, component: int = 1) -> str:
        """Return one component (from 1) of the first repetition, escapes undone, trimmed."""
        fields = self._fields or self.fields
        if number >= len(fields) or not fields[number]:
            return ""
        text = fields[number]
        if self.seps[2] in text:
            text = text.split(self.seps[2], 1)[0]
        return self.component(text, component)

    def component(self, text: str, component: int) -> str:
        """Return component `component` (from 1) of one repetition."""
        seps = self.seps
        if seps[1] in text:
            parts = text.split(seps[1], component)
            text = parts[component - 1] if len(parts) >= component else ""
        elif component > 1:
            return ""
        if seps[4] in text:
            text = text.split(seps[4], 1)[0]
        text = text.strip()
        if text == '""':  # "delete what you have": nothing is said
            return ""
        return unescape(text, seps) if seps[3] in text else text


def unescape(text: str, seps: str) -> str:
    """Return `text` with its escape sequences undone (chapter 2.7); `seps` as of MSH."""
    mark = seps[3]
    parts = text.split(mark)
    if len(parts) < 3:
        return text
    out = [parts[0]]
    at = 1
    while at < len(parts):
        code = parts[at]
        last = at == len(parts) - 1
        if not last and len(code) == 1 and code in _ESCAPE:
            out.append(seps[_ESCAPE[code]])
        elif not last and re.fullmatch(r"X(?:[0-9A-Fa-f]{2})+", code):
            out.append(bytes.fromhex(code[1:]).decode("cp932", "replace").replace("\x00", ""))
        elif not last and (code in {"H", "N"} or re.fullmatch(r"\.[a-z]{2}[+-]?\d*", code)):
            out.append(" " if code.startswith(".") else "")
        else:
            out.append(mark + code)
            at += 1
            continue
        if at + 1 < len(parts):
            out.append(parts[at + 1])
        at += 2
    return "".join(out)


@dataclass(slots=True)
class Message:
    """One message.

    Attributes:
        segments: In order, MSH first.
        whole: Every character of it could be read.
    """

    segments: list[Segment]
    whole: bool = True
    zone: ZoneInfo | None = None
    _by_name: dict[str, Segment] = field(default_factory=dict)

    def first(self, name: str) -> Segment | None:
        """Return the first segment `name`."""
        if not self._by_name:
            for segment in reversed(self.segments):
                self._by_name[segment.name] = segment
        return self._by_name.get(name)

    def all(self, name: str) -> Iterator[Segment]:
        """Give every segment `name`."""
        return (segment for segment in self.segments if segment.name == name)

    def part(self, name: str, number: int, component: int = 1) -> str:
        """Return one component of the first segment `name`; empty where there is none."""
        segment = self.first(name)
        return segment.part(number, component) if segment is not None else ""

    def time(self, text: str) -> dt.datetime | None:
        """Return the local time in `text`, see `moment`."""
        return moment(text, self.zone)

    @property
    def kind(self) -> tuple[str, str]:
        """Return MSH-9's message code and trigger event."""
        head = self.segments[0]
        return head.part(9, 1).upper(), (head.part(9, 2) or self.part("EVN", 1)).upper()

    @property
    def number(self) -> str:
        """Return MSH-10, by which an answer names the message."""
        return self.part("MSH", 10)

    @property
    def sender(self) -> str:
        """Return MSH-3 and MSH-4 as one name."""
        return "|".join((self.part("MSH", 3), self.part("MSH", 4)))


@lru_cache(maxsize=8192)
def moment(text: str, zone: ZoneInfo | None = None) -> dt.datetime | None:
    """Return the local time of an HL7 time (TS, DTM), without zone; None where it is no time.

    A time that names its offset is brought to `zone`. A day alone is its first moment.
    """
    found = _TIME.match(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, offset = found.groups()
    try:
        at = dt.datetime(  # noqa: DTZ001 (a local time, as messages have them)
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0),
            min(int(second or 0), 59),
        )  # fmt: skip
        if offset and hour and zone is not None:
            shift = dt.timedelta(hours=int(offset[1:3]), minutes=int(offset[3:]))
            there = dt.timezone(shift if offset[0] == "+" else -shift)
            at = at.replace(tzinfo=there).astimezone(zone).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
    return at if at.year >= 1900 else None


def parse(raw: bytes, zone: ZoneInfo | None = None) -> Message:
    """Return `raw`, split.

    Raises:
        InvalidInputError: It is no HL7 v2 message; the id says why.
    """
    if len(raw) > LARGEST:
        raise InvalidInputError("care.hl7.too_large", megabytes=LARGEST >> 20)
    start = raw.find(b"MSH")
    if start < 0 or raw[:start].strip(b"\x0b\r\n \t\xef\xbb\xbf\x00"):
        raise InvalidInputError("care.hl7.no_header")
    if start:
        raw = raw[start:]
    text, whole = decode(raw, "" if b"\x1b" in raw or raw.isascii() else _charset(raw))
    if "\n" in text:
        text = text.replace("\r\n", "\r").replace("\n", "\r")
    if "\x00" in text:  # no database keeps it
        text = text.replace("\x00", "")
    lines = text.strip("\x0b\x1c\r").split("\r")
    head = lines[0]
    if len(head) < 8 or head[3].isalnum() or head[3].isspace():
        raise InvalidInputError("care.hl7.no_header")
    sep = head[3]
    # A backslash written twice (a program's source, copied) is one.
    marks = "".join(dict.fromkeys(head[4:].split(sep, 1)[0]))[:4]
    seps = sep + marks + "^~\\&"[len(marks) :]
    if not marks or marks.isalnum() or len(set(seps)) < len(seps):
        raise InvalidInputError("care.hl7.no_separators")
    segments: list[Segment] = []
    for line in lines:
        name = line[:3]
        if (line[3:4] == sep or len(line) == 3) and name.isupper() and name.isalnum():
            segments.append(Segment(name, line, seps))
        elif line.strip() and segments:
            # A line feed inside a field: the rest of it belongs to the segment before.
            segments[-1].line += " " + line
    if len(segments) < 2:
        raise InvalidInputError("care.hl7.only_header")
    return Message(segments, whole, zone)


def _charset(raw: bytes) -> str:
    """Return MSH-18 as its bytes stand; it is ASCII in every character set here."""
    head = re.split(rb"[\r\n]", raw[:2000], maxsplit=1)[0]
    fields = head.split(head[3:4])
    return fields[17].decode("ascii", "replace") if len(fields) > 17 else ""
