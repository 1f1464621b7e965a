"""The chunks of a Windows event log (EVTX), each read by a process of its own.

An EVTX file is a header of 4,096 bytes and chunks of 65,536, each with its own strings and
templates (libyal, "Windows XML Event Log (EVTX) format", sections 2 to 4). One chunk at a
time goes to the child, so that memory is bounded, damage has a place, and what one chunk does
to the library costs that chunk alone. What the chunk's own list of records names and the
library did not give is counted: nothing is passed over in silence.
"""

from __future__ import annotations

import contextlib
import os
import select
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Self

FILE_SIGN, CHUNK_SIGN = b"ElfFile\x00", b"ElfChnk\x00"
HEADER, CHUNK = 4096, 65536
DAMAGED = "collect.evtx_damaged"
NO_CHUNK = "collect.evtx_no_chunk"
CUT = "collect.evtx_cut"
KILLED = "collect.evtx_killed"
_RECORD = b"**\x00\x00"
_FIRST = 512
_LARGEST_ANSWER = 64 << 20
"""Bytes that are taken of one chunk's answer; 64 KiB of binary XML give less than one MiB."""
PATIENCE = 60.0
"""Seconds of one chunk; it takes milliseconds."""


@dataclass(frozen=True, slots=True)
class Record:
    """One event as JSON, and the bytes it was read from."""

    text: bytes
    raw: bytes


@dataclass(slots=True)
class Chunk:
    """One chunk, read as far as it can be.

    Attributes:
        number: From 1, by its place in the file.
        raw: All of it.
        wrong: Why not all of it was read; None for a whole one.
        lost: How many records its list names and were not given, at least.
        altered: Whether its checksum is not that of its records.
    """

    number: int
    raw: bytes
    records: list[Record] = field(default_factory=list)
    wrong: str | None = None
    lost: int = 0
    altered: bool = False

    @property
    def offset(self) -> int:
        """Return where it begins in the file."""
        return HEADER + (self.number - 1) * CHUNK


def chunks(file: BinaryIO) -> Iterator[Chunk]:
    """Give the chunks of `file` that hold anything, read; room kept empty is left out."""
    head = file.read(HEADER)
    open_ = _was_open(head)
    with Reader() as reader:
        number = 0
        while raw := file.read(CHUNK):
            number += 1
            chunk = Chunk(number, raw)
            if not any(raw):
                continue
            if not raw.startswith(CHUNK_SIGN):
                chunk.wrong = NO_CHUNK
            else:
                _read(chunk, reader, was_open=open_)
            if len(raw) < CHUNK:
                chunk.wrong = CUT
            yield chunk


def rebuilt(raw: bytes) -> bytes:
    """Return a file that holds the chunk `raw` alone."""
    head = struct.pack("<8sQQQIHHHH", FILE_SIGN, 0, 0, 2, 128, 1, 3, HEADER, 1) + bytes(76)
    head += struct.pack("<II", 0, zlib.crc32(head))
    return head.ljust(HEADER, b"\x00") + raw.ljust(CHUNK, b"\x00")


def _was_open(head: bytes) -> bool:
    """Return whether Windows still wrote the file when it was copied: sums may be old then."""
    return len(head) >= 124 and bool(struct.unpack_from("<I", head, 120)[0] & 1)


def _read(chunk: Chunk, reader: Reader, *, was_open: bool) -> None:
    raw = chunk.raw.ljust(CHUNK, b"\x00")
    listed, broken = _listed(raw)
    answer, wrong = reader.read(rebuilt(raw))
    known = dict(listed)
    for number, text in answer:
        place = known.get(number)
        chunk.records.append(Record(text, raw[place] if place is not None else raw))
    chunk.lost = max(0, len(listed) - len(answer))
    if wrong is not None:
        chunk.wrong = wrong
    elif chunk.lost or broken:
        chunk.wrong = DAMAGED
    free, total = struct.unpack_from("<II", raw, 48)
    written = raw[_FIRST:free] if _FIRST <= free <= CHUNK else b""
    sums = (zlib.crc32(written), zlib.crc32(raw[:120] + raw[128:_FIRST]))
    chunk.altered = not was_open and sums != (total, struct.unpack_from("<I", raw, 124)[0])


def _listed(raw: bytes) -> tuple[list[tuple[int, slice]], bool]:
    """Return the records by their numbers, and whether their row ends before its end."""
    free = int(struct.unpack_from("<I", raw, 48)[0])
    listed: list[tuple[int, slice]] = []
    at = _FIRST
    while at + 28 <= min(free, CHUNK):
        sign, size, number = struct.unpack_from("<4sIQ", raw, at)
        if sign != _RECORD or not 28 <= size <= CHUNK - at:
            return listed, True
        listed.append((number, slice(at, at + size)))
        at += size
    return listed, at != free


class Reader:
    """The child; started when it is first asked, and again after it died."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the child."""
        self._end()

    def read(self, content: bytes) -> tuple[list[tuple[int, bytes]], str | None]:
        """Return the records of a file of one chunk, and why there may be more of them."""
        child = self._child or self._start()
        asked = len(content).to_bytes(4, "little") + content
        try:
            answer, whole = self._answer(child, asked)
        except OSError:
            answer, whole = b"", False
        if not whole:
            self._end()
        records: list[tuple[int, bytes]] = []
        wrong = None if whole else KILLED
        lines = answer.split(b"\n")
        # Without its end the last line may be a part of one.
        for line in lines[:-1]:
            if line.startswith(b"R"):
                number, _, text = line[1:].partition(b" ")
                records.append((int(number), text))
            elif wrong is None:
                wrong = DAMAGED
        return records, wrong

    def _answer(self, child: subprocess.Popen[bytes], asked: bytes) -> tuple[bytes, bool]:
        """Ask the child; return what it says, and whether it came to its end in time."""
        assert child.stdin is not None
        assert child.stdout is not None
        to, back = child.stdin.fileno(), child.stdout.fileno()
        said, left = bytearray(), memoryview(asked)
        until = time.monotonic() + PATIENCE
        poll = select.poll()
        poll.register(to, select.POLLOUT)
        poll.register(back, select.POLLIN)
        while len(said) < _LARGEST_ANSWER:
            ready = dict(poll.poll(max(0.0, until - time.monotonic()) * 1000))
            if not ready:
                return bytes(said), False
            if to in ready:
                left = left[os.write(to, left) :]
                if not left:
                    poll.unregister(to)
            if back in ready:
                part = os.read(back, 1 << 20)
                if not part:
                    return bytes(said), False
                said += part
                if said == b".\n" or said.endswith(b"\n.\n"):
                    return bytes(said[:-2]), True
        return bytes(said), False

    def _start(self) -> subprocess.Popen[bytes]:
        script = Path(__file__).with_name("evtx_child.py")
        self._child = subprocess.Popen(  # noqa: S603 (our own interpreter and script)
            [sys.executable, "-I", str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._child.stdin is not None
        # One that does not read would hold up who writes to it for ever.
        os.set_blocking(self._child.stdin.fileno(), False)
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
