"""What every listener on a stream has: who may connect, how many, how it ends."""

from __future__ import annotations

import asyncio
import logging
import ssl
from abc import ABC, abstractmethod
from typing import Any

from sekisho.collect.live.config import Door
from sekisho.collect.live.heard import Heard, Way

CONNECTIONS = 256
"""Connections of one listener at most; one more is hung up at once."""
HANDSHAKE = 10.0
CROWDED = "collect.live_crowded"
STRANGER = "collect.live_stranger"
READ = 1 << 16
_PATIENCE = 3.0
_LOG = logging.getLogger(__name__)


class Connections(ABC):
    """One listener on a stream."""

    def __init__(self, door: Door, way: Way, heard: Heard, tls: ssl.SSLContext | None) -> None:
        self.door = door
        self.way = way
        self.heard = heard
        self.tasks: set[asyncio.Task[None]] = set()
        self.ending = asyncio.Event()
        self._tls = tls
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: The address is taken or not ours.
        """
        more: dict[str, Any] = {"ssl_handshake_timeout": HANDSHAKE} if self._tls else {}
        self._server = await asyncio.start_server(
            self._connected,
            self.door.host,
            self.door.port,
            ssl=self._tls,
            limit=READ,
            reuse_address=True,
            **more,
        )

    async def stop(self) -> None:
        """Hang up; what was read is on its way."""
        self.ending.set()
        if self._server is not None:
            loop = asyncio.get_running_loop()
            for each in self._server.sockets:
                loop.remove_reader(each.fileno())
            # Who knocked just now comes in first and is hung up on (transport, protocol, task):
            # asyncio forgets a connection whose server closes before its transport is made.
            for _ in range(4):
                await asyncio.sleep(0)
            self._server.close()
        if not self.tasks:
            return
        _, late = await asyncio.wait(self.tasks, timeout=_PATIENCE)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    @abstractmethod
    async def converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str
    ) -> None:
        """Take what one sender says; `path` names the connection."""

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        address, port = writer.get_extra_info("peername")[:2]
        wrong = self._unwelcome(address, writer.get_extra_info("peercert"))
        if wrong is not None:
            self.heard.doubt(self.way, wrong)
            _LOG.warning("%s: hung up on %s (%s)", self.door.path, address, wrong)
            writer.close()
            return
        self.tasks.add(task)
        ending = asyncio.create_task(self._hang_up(writer))
        try:
            await self.converse(reader, writer, f"{self.door.path}/{address}:{port}")
        except asyncio.CancelledError:
            pass
        finally:
            ending.cancel()
            self.tasks.discard(task)
            writer.close()

    async def _hang_up(self, writer: asyncio.StreamWriter) -> None:
        await self.ending.wait()
        writer.transport.abort()

    def _unwelcome(self, address: str, certificate: dict[str, Any] | None) -> str | None:
        if len(self.tasks) >= CONNECTIONS:
            return CROWDED
        if not self.door.lets_in(address):
            return STRANGER
        if self.door.names and not names_of(certificate or {}) & set(self.door.names):
            return STRANGER
        return None


def names_of(certificate: dict[str, Any]) -> set[str]:
    """Return the names that a certificate vouches for, lower case: DNS names, else the CN."""
    names = {
        value.casefold() for kind, value in certificate.get("subjectAltName", ()) if kind == "DNS"
    }
    if not names:
        pairs = [pair for part in certificate.get("subject", ()) for pair in part]
        names = {value.casefold() for key, value in pairs if key == "commonName"}
    return names
