"""The wire to clamd: one session, in which it also shows that it can be believed.

clamd(8): ``zIDSESSION``, numbered answers that end with NUL; INSTREAM takes chunks of a
four-byte length (network order) and ends with a length of zero. Set as it comes, clamd
answers OK for an encrypted archive and for what is over its limits. Therefore every
session first sends two small archives, one encrypted and one too deep: where it calls
them clean, its other OK is worth nothing either.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import re
import select
import socket
import struct
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO, Self

from sekisho.scan.records import Settings

_CHUNK = 1 << 16
_LONGEST = 1 << 14
"""More than clamd ever says at once."""
_DEEPER = 101
"""clamd refuses to be set deeper than 100 (clamd.conf(5), MaxRecursion)."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_VERSION = re.compile(r"(ClamAV [\w.+~-]{1,40})(?:/(\d{1,9})(?:/([\w :]{1,40}))?)?")
_TIME = re.compile(r"\w{3} (\w{3}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})")

VERSION, ENCRYPTED, DEEP, STREAM = 1, 2, 3, 4
"""Numbers of the commands in a session, in the order in which they are sent."""


class Broken(Exception):  # noqa: N818 (a state of the line; it never leaves the room)
    """What was said is no answer of clamd."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What clamd said in one session.

    Attributes:
        engine: Name and version.
        signatures: Version of the daily signatures it has loaded; None where it does not say.
        signatures_at: When these were made; UTC-aware.
        lenient: Whether it called an archive clean that it cannot have looked into.
        reply: Its answer to the file, None where no file was sent.
        sent: Bytes of the file that went to it.
    """

    engine: str
    signatures: int | None
    signatures_at: dt.datetime | None
    lenient: bool
    reply: str | None
    sent: int


def ask(settings: Settings, file: BinaryIO | None) -> Said:
    """Return what clamd says of itself and, where given, of `file`.

    Raises:
        Broken: It made no sense.
        TimeoutError: It did not answer in time.
        OSError: It cannot be reached, or hung up.
    """
    with _Line(settings) as line:
        line.send(b"zIDSESSION\0zVERSION\0")
        for probe in _probes():
            line.send(b"zINSTREAM\0" + struct.pack("!I", len(probe)) + probe + bytes(4))
        # Before the file: a stream that clamd ends by its own limit ends the session with it.
        replies = line.replies(DEEP)
        sent = 0
        if file is not None:
            sent = line.stream(file)
            replies = line.replies(STREAM)
    engine, version, made = _version(replies[VERSION])
    lenient = not (
        replies[ENCRYPTED].startswith("stream: Heuristics.Encrypted.")
        and replies[DEEP].startswith("stream: Heuristics.Limits.Exceeded")
    )
    return Said(
        engine=engine,
        signatures=version,
        signatures_at=made,
        lenient=lenient,
        reply=replies.get(STREAM),
        sent=sent,
    )


class _Line:
    """One connection, with one deadline for everything on it."""

    def __init__(self, settings: Settings) -> None:
        self._ends = time.monotonic() + settings.seconds
        self._replies: dict[int, str] = {}
        self._rest = b""
        where = settings.socket
        self._socket = socket.socket(socket.AF_UNIX if isinstance(where, Path) else socket.AF_INET)
        try:
            self._wait()
            self._socket.connect(str(where) if isinstance(where, Path) else where)
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._socket.sendall(b"zEND\0")
        self._socket.close()

    def _wait(self) -> None:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)

    def send(self, data: bytes) -> None:
        """Send all of `data`."""
        self._wait()
        self._socket.sendall(data)

    def stream(self, file: BinaryIO) -> int:
        """Send `file` as one INSTREAM until it ends or clamd has answered; return its bytes."""
        sent = 0
        # Where clamd ends a stream by itself, its last words are still there to be read.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.send(b"zINSTREAM\0")
            while chunk := file.read(_CHUNK):
                self.send(struct.pack("!I", len(chunk)) + chunk)
                sent += len(chunk)
                if select.select([self._socket], [], [], 0)[0]:
                    self._read()
                    if STREAM in self._replies:
                        return sent
            self.send(bytes(4))
        return sent

    def replies(self, last: int) -> Mapping[int, str]:
        """Return the answers to commands 1 to `last`, in whatever order they come."""
        while not self._replies.keys() >= set(range(1, last + 1)):
            self._read()
        return self._replies

    def _read(self) -> None:
        self._wait()
        got = self._socket.recv(4096)
        if not got:
            raise ConnectionResetError
        *whole, self._rest = (self._rest + got).split(b"\0")
        if len(self._rest) > _LONGEST:
            raise Broken
        for line in whole:
            number, _, text = line.decode("utf-8", "replace").partition(": ")
            if not re.fullmatch(r"[1-4]", number) or int(number) in self._replies:
                raise Broken
            self._replies[int(number)] = text


def _version(text: str) -> tuple[str, int | None, dt.datetime | None]:
    found = _VERSION.fullmatch(text)
    if not found:
        raise Broken
    version = int(found[2]) if found[2] else None
    made = _TIME.fullmatch(found[3] or "")
    if not made or made[1] not in _MONTHS:
        return found[1], version, None
    month = _MONTHS.index(made[1]) + 1
    day, hour, minute, second, year = (int(made[place]) for place in (2, 3, 4, 5, 6))
    try:
        # clamd prints ctime(3): the local time of the machine, which is also ours.
        local = dt.datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 (local)
    except ValueError:
        return found[1], version, None
    return found[1], version, local.astimezone(dt.UTC)


@cache
def _probes() -> tuple[bytes, bytes]:
    """Return an archive that says it is encrypted, and one that is too deep for any clamd."""
    closed = bytearray(_zip(b"sekisho" * 6))
    for head, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        closed[closed.rfind(head) + flags] |= 1  # APPNOTE.TXT 4.4.4: bit 0, encrypted
    deep = b"sekisho"
    for _ in range(_DEEPER):
        deep = _zip(deep)
    return bytes(closed), deep


def _zip(content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo("a"), content)
    return made.getvalue()
