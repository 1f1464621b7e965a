"""Where one syslog message ends and the next begins (RFC 6587; RFC 5425 section 4.3).

Octet counting is told by its count and the ``<`` that must follow; everything else ends at a
line feed. An audit message may hold line feeds: it ends with its own end tag, or where the
next line begins a message. Whatever comes, no more than `LARGEST` bytes are held.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LARGEST = 1 << 20
"""Longest message in bytes; RFC 5425 section 4.3.1 asks for 8,192."""
HEAD = 4096
"""Bytes that are kept of a longer one."""
TOO_LONG = "collect.syslog_too_long"
CUT = "collect.message_cut"

_COUNT = re.compile(rb"([1-9]\d{0,17}) (?=<)")
_MAYBE_COUNT = re.compile(rb"[1-9]\d{0,17} ?\Z")
_BEGINS = re.compile(rb"(?:[1-9]\d{0,17} )?<\d{1,3}>")
_CLOSE = re.compile(rb"</(?:[A-Za-z_][\w.-]*:)?AuditMessage\s*>")
_ENDING = b"\r\n\x00"


@dataclass(frozen=True, slots=True)
class Frame:
    """One message, or what there is of it.

    Attributes:
        wrong: Message id of why it is no whole message; None for a whole one.
    """

    raw: bytes
    wrong: str | None = None


class Framer:
    """Cuts what a connection brings into messages; knows nothing of sockets."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._skip = 0
        """Bytes of a too long counted message that are still to come."""
        self._skip_line = False
        self._looked = 0
        """How far the line that is held was looked through for its end."""
        self._line = 0
        """Where its last line begins; only an audit message has more than one."""

    @property
    def inside(self) -> bool:
        """Return whether a message has begun and not ended."""
        return bool(self._held.strip(_ENDING) or self._skip or self._skip_line)

    @property
    def held(self) -> int:
        """Return how many bytes of a message without an end are held."""
        return len(self._held)

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Give the messages that end within `data`."""
        self._held += data
        while self._held:
            if self._skip or self._skip_line:
                if not self._skipped():
                    return
                continue
            if self._held[0] in _ENDING and not self._line:
                del self._held[: len(self._held) - len(self._held.lstrip(_ENDING))]
                continue
            counted = _COUNT.match(self._held)
            if counted is not None:
                frame = self._counted(counted.end(), int(counted[1]))
            elif len(self._held) < 20 and _MAYBE_COUNT.match(self._held):
                return
            else:
                frame = self._until_line()
            if frame is None:
                return
            if frame.raw:
                yield frame

    def end(self, *, broken: bool = False) -> Iterator[Frame]:
        """Give what is left when the sender hangs up (or the line is `broken`)."""
        rest = bytes(self._held).strip(_ENDING)
        counted = _COUNT.match(rest)
        self._held.clear()
        if not rest or self._skip or self._skip_line:
            return
        if broken or counted is not None or _opened(rest) or not _BEGINS.match(rest):
            yield Frame(rest, CUT)
        else:
            # RFC 6587 section 3.4.2: a last message need not end with a line feed; whether it
            # was cut nobody can tell.
            yield Frame(rest)

    def _skipped(self) -> bool:
        """Drop what is held of a too long message; return whether its end was in it."""
        if self._skip:
            gone = min(self._skip, len(self._held))
            del self._held[:gone]
            self._skip -= gone
            return not self._skip
        end = self._held.find(b"\n")
        if end < 0:
            self._held.clear()
            return False
        del self._held[: end + 1]
        self._skip_line = False
        return True

    def _counted(self, start: int, size: int) -> Frame | None:
        if size > LARGEST:
            if len(self._held) < start + HEAD:
                return None
            head = bytes(self._held[start : start + HEAD])
            del self._held[:start]
            self._skip = size
            return Frame(head, TOO_LONG)
        if len(self._held) < start + size:
            return None
        raw = bytes(self._held[start : start + size]).rstrip(_ENDING)
        del self._held[: start + size]
        return Frame(raw)

    def _until_line(self) -> Frame | None:
        while True:
            ready = self._line and len(self._held) > self._line + 16
            if ready and _BEGINS.match(self._held, self._line):
                # The line after an open audit message begins the next one.
                return self._take(self._line, CUT)
            end = self._held.find(b"\n", max(self._looked, self._line))
            if end < 0:
                self._looked = len(self._held)
                if len(self._held) > LARGEST:
                    self._skip_line = True
                    return self._take(len(self._held), TOO_LONG)
                return None
            if self._line and _BEGINS.match(self._held, self._line):
                return self._take(self._line, CUT)
            first = bytes(self._held[: min(end, HEAD)]) if not self._line else b""
            opened = bool(self._line) or _opened(first)
            # An end tag may itself be broken over two lines.
            if not opened or _CLOSE.search(self._held, max(0, self._line - 64), end):
                return self._take(end + 1, None)
            if end + 1 > LARGEST:
                self._skip_line = True
                return self._take(end + 1, TOO_LONG)
            self._line = self._looked = end + 1
            if self._line >= len(self._held):
                return None

    def _take(self, size: int, wrong: str | None) -> Frame:
        raw = bytes(self._held[:size]).rstrip(_ENDING)
        del self._held[:size]
        self._looked = self._line = 0
        return Frame(raw[:HEAD] if wrong == TOO_LONG else raw, wrong)


def _opened(raw: bytes) -> bool:
    """Return whether `raw` holds the beginning of an audit message and not its end."""
    begun = b"<?xml" in raw or b"AuditMessage" in raw
    return begun and _CLOSE.search(raw) is None
