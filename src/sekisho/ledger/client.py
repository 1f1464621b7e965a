"""Clients of the recorder, by its socket or on another machine: one that waits, one for asyncio.

When the recorder is gone the call fails with `UnavailableError` and the next call
connects again. Sending the same records again is safe: their keys keep them from
being recorded twice.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

from sekisho.errors import UnavailableError
from sekisho.ledger import wire
from sekisho.ledger.record import line
from sekisho.ledger.remote import Remote, Streams, gone
from sekisho.terms import Access


class Client:
    """A `Recorder` that asks the recorder process; for one thread."""

    def __init__(self, at: Path | Remote, *, timeout: float = 120.0) -> None:
        """Make it, of the recorder of a data directory or of one on another machine."""
        self._at = at
        self._timeout = timeout
        self._socket: socket.socket | None = None
        # Questions sent and answers received on this line: one thread may send, another wait.
        self._asked = self._answered = 0

    def connect(self) -> None:
        """Connect now.

        Raises:
            UnavailableError: No recorder listens.
        """
        if self._socket is not None:
            return
        self._asked = self._answered = 0
        try:
            if isinstance(self._at, Remote):
                self._socket = self._at.connect(self._timeout)
            else:
                self._socket = _connected(self._at, self._timeout)
        except OSError as error:
            raise gone(error) from error

    def append(self, records: Sequence[Access]) -> list[int | None]:
        """Record durably before returning; the index of each, None for a known key."""
        return [index for frame in _frames(records) for index in self._ask(frame)]

    def prepare(self, records: Sequence[Access]) -> Callable[[], Callable[[], list[int | None]]]:
        """Return what sends `records` when it is called, and gives what waits for the answer.

        They are written down here. Several may be sent before the first answer is waited for;
        answers are waited for in the order of sending, by any thread. To another machine one
        follows the other: OpenSSL lets no thread send on a line on which another one waits.
        """
        frames = _frames(records)

        def hand_over() -> Callable[[], list[int | None]]:
            if isinstance(self._at, Remote):
                given = [index for frame in frames for index in self._ask(frame)]
                return lambda: given
            answers = [self._send(frame) for frame in frames]
            return lambda: [index for answer in answers for index in answer()]

        return hand_over

    def seal(self) -> int:
        """Seal what is not sealed yet; nothing of a recorder elsewhere, which does it by itself."""
        if isinstance(self._at, Remote):
            return 0
        return int(self._ask(wire.frame({"do": "seal"})))

    def size(self) -> int:
        """Return the number of records that are durable."""
        return int(self._ask(wire.frame({"do": "size"})))

    def rotate(self, by: str, second: str) -> str:
        """Replace the signing key in two people's names; the new public key."""
        return str(self._ask(wire.frame({"do": "rotate", "by": by, "with": second})))

    def erase(self, number: int) -> int:
        """Do a confirmed erasure, however long its files take to be written anew."""
        self.connect()
        assert self._socket is not None
        _wait_for(self._socket, 0)
        try:
            return int(self._ask(wire.frame({"do": "erase", "number": number})))
        finally:
            if self._socket is not None:
                _wait_for(self._socket, self._timeout)

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _ask(self, question: bytes | bytearray) -> Any:
        if self._asked != self._answered:
            self.close()  # nobody waits any more for what was asked before
        return self._send(question)()

    def _send(self, question: bytes | bytearray) -> Callable[[], Any]:
        self.connect()
        asked = self._socket
        assert asked is not None
        try:
            asked.sendall(question)
        except OSError as error:
            self.close()
            raise gone(error) from error
        self._asked += 1
        return lambda: self._answer(asked)

    def _answer(self, asked: socket.socket) -> Any:
        try:
            (length,) = wire.LENGTH.unpack(_receive(asked, wire.LENGTH.size))
            answer = orjson.loads(_receive(asked, length))
        except (OSError, EOFError, ValueError) as error:
            self.close()
            raise gone(error) from error
        self._answered += 1
        try:
            return wire.outcome(answer)
        except UnavailableError:
            if isinstance(self._at, Remote):
                self.close()  # a machine that is refused is hung up on
            raise


class AsyncRecorder:
    """The recorder process for asyncio; many tasks may share one."""

    def __init__(self, at: Path | Remote) -> None:
        """Make it, of the recorder of a data directory or of one on another machine."""
        self._at = at
        # The kernel says at once that a process is gone; of a machine nobody says it.
        self._patience = at.patience if isinstance(at, Remote) else None
        self._streams: Streams | None = None
        self._turn = asyncio.Lock()

    async def append(self, records: Sequence[Access]) -> list[int | None]:
        """Record durably before returning; the index of each, None for a known key.

        Raises:
            UnavailableError: The recorder is gone; what it had not answered may or may
                not be recorded, and may be sent again.
        """
        return [index for frame in _frames(records) for index in await self._ask(frame)]

    async def seal(self) -> int:
        """Seal what is not sealed yet."""
        return int(await self._ask(wire.frame({"do": "seal"})))

    async def size(self) -> int:
        """Return the number of records that are durable."""
        return int(await self._ask(wire.frame({"do": "size"})))

    async def close(self) -> None:
        """Hang up."""
        async with self._turn:
            self._drop()

    async def _ask(self, question: bytes | bytearray) -> Any:
        async with self._turn:
            try:
                async with asyncio.timeout(self._patience):
                    answer = orjson.loads(await self._say(question))
            except (OSError, EOFError, ValueError) as error:
                self._drop()
                raise gone(error) from error
            except BaseException:
                # Cancelled between question and answer: the line is out of step.
                self._drop()
                raise
            try:
                return wire.outcome(answer)
            except UnavailableError:
                if isinstance(self._at, Remote):
                    self._drop()
                raise

    async def _say(self, question: bytes | bytearray) -> bytes:
        if self._streams is None:
            self._streams = await _opened(self._at)
        reader, writer = self._streams
        writer.write(question)
        await writer.drain()
        (length,) = wire.LENGTH.unpack(await reader.readexactly(wire.LENGTH.size))
        return await reader.readexactly(length)

    def _drop(self) -> None:
        if self._streams is not None:
            # Nothing that is still to be sent matters to anybody; TLS would wait for a farewell.
            self._streams[1].transport.abort()
            self._streams = None


def _frames(records: Sequence[Access]) -> list[bytearray]:
    return [
        wire.appending(map(line, records[start : start + wire.BATCH]))
        for start in range(0, len(records), wire.BATCH)
    ]


def _connected(data: Path, timeout: float) -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    _wait_for(made, timeout)
    try:
        with wire.address(data) as name:
            made.connect(name)
    except OSError:
        made.close()
        raise
    return made


async def _opened(at: Path | Remote) -> Streams:
    if isinstance(at, Remote):
        return await at.open()
    with wire.address(at) as name:
        return await asyncio.open_unix_connection(name)


def _wait_for(one: socket.socket, seconds: float) -> None:
    """Let the kernel give up after `seconds` (0: never).

    Not `settimeout`: with that Python sends what is large in a hundred pieces and asks for the
    interpreter between them, which a thread that reads a file keeps.
    """
    limit = struct.pack("ll", int(seconds), int(seconds % 1 * 1_000_000))
    for which in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):
        one.setsockopt(socket.SOL_SOCKET, which, limit)


def _receive(asked: socket.socket, count: int) -> bytes:
    data = bytearray()
    flags = 0 if isinstance(asked, ssl.SSLSocket) else socket.MSG_WAITALL
    while len(data) < count:
        part = asked.recv(min(count - len(data), 1 << 20), flags)
        if not part:
            raise EOFError
        data += part
    return bytes(data)
