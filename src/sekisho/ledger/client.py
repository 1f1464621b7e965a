"""Clients of the recorder's socket: one that waits, one for asyncio.

When the recorder is gone the call fails with `UnavailableError` and the next call
connects again. Sending the same records again is safe: their keys keep them from
being recorded twice.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from sekisho.errors import UnavailableError
from sekisho.ledger import wire
from sekisho.ledger.record import canonical, plain
from sekisho.terms import Access


class Client:
    """A `Recorder` that asks the recorder process; for one thread."""

    def __init__(self, data: Path, *, timeout: float = 120.0) -> None:
        self._data = data
        self._timeout = timeout
        self._socket: socket.socket | None = None

    def connect(self) -> None:
        """Connect now.

        Raises:
            UnavailableError: No recorder listens.
        """
        if self._socket is not None:
            return
        fresh = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        fresh.settimeout(self._timeout)
        try:
            with wire.address(self._data) as name:
                fresh.connect(name)
        except OSError as error:
            fresh.close()
            raise UnavailableError("ledger.recorder_gone") from error
        self._socket = fresh

    def append(self, records: Sequence[Access]) -> list[int | None]:
        """Record durably before returning; the index of each, None for a known key."""
        given: list[int | None] = []
        for start in range(0, len(records), wire.BATCH):
            part = [canonical(plain(record)) for record in records[start : start + wire.BATCH]]
            given += self._ask(wire.appending(part))
        return given

    def seal(self) -> int:
        """Seal what is not sealed yet."""
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
        self._socket.settimeout(None)
        try:
            return int(self._ask(wire.frame({"do": "erase", "number": number})))
        finally:
            if self._socket is not None:
                self._socket.settimeout(self._timeout)

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _ask(self, question: bytes) -> Any:
        self.connect()
        assert self._socket is not None
        try:
            self._socket.sendall(question)
            (length,) = wire.LENGTH.unpack(self._receive(wire.LENGTH.size))
            answer = orjson.loads(self._receive(length))
        except (OSError, EOFError, ValueError) as error:
            self.close()
            raise UnavailableError("ledger.recorder_gone") from error
        return wire.outcome(answer)

    def _receive(self, count: int) -> bytes:
        assert self._socket is not None
        data = bytearray()
        while len(data) < count:
            part = self._socket.recv(min(count - len(data), 1 << 20))
            if not part:
                raise EOFError
            data += part
        return bytes(data)


class AsyncRecorder:
    """The recorder process for asyncio; many tasks may share one."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._turn = asyncio.Lock()

    async def append(self, records: Sequence[Access]) -> list[int | None]:
        """Record durably before returning; the index of each, None for a known key.

        Raises:
            UnavailableError: The recorder is gone; what it had not answered may or may
                not be recorded, and may be sent again.
        """
        given: list[int | None] = []
        for start in range(0, len(records), wire.BATCH):
            part = [canonical(plain(record)) for record in records[start : start + wire.BATCH]]
            given += await self._ask(wire.appending(part))
        return given

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

    async def _ask(self, question: bytes) -> Any:
        async with self._turn:
            try:
                if self._streams is None:
                    with wire.address(self._data) as name:
                        self._streams = await asyncio.open_unix_connection(name)
                reader, writer = self._streams
                writer.write(question)
                await writer.drain()
                (length,) = wire.LENGTH.unpack(await reader.readexactly(wire.LENGTH.size))
                answer = orjson.loads(await reader.readexactly(length))
            except (OSError, EOFError, ValueError) as error:
                self._drop()
                raise UnavailableError("ledger.recorder_gone") from error
            except BaseException:
                # Cancelled between question and answer: the line is out of step.
                self._drop()
                raise
        return wire.outcome(answer)

    def _drop(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None
