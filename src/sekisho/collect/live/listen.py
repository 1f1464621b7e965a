"""Listeners for syslog: TLS (RFC 5425), TCP (RFC 6587), UDP (RFC 5426).

Syslog has no acknowledgement. What TCP brings is read only while there is room, so that a
sender's own queue holds the rest; UDP cannot be held back: what finds no room is dropped,
counted, and a finding.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections import OrderedDict, deque
from collections.abc import Iterable
from io import BytesIO
from typing import Any

from sekisho.collect.frames import CUT, Frame, Framer
from sekisho.collect.live.config import SyslogDoor
from sekisho.collect.live.heard import Way
from sekisho.collect.live.intake import Got, Intake
from sekisho.collect.syslog import SyslogReading
from sekisho.terms import Clock

CONNECTIONS = 256
"""Connections of one listener at most; one more is hung up at once."""
HANDSHAKE = 10.0
STALLED = 60.0
"""Seconds that a message which has begun may take to go on."""
DROPPED = "collect.live_dropped"
CROWDED = "collect.live_crowded"
STRANGER = "collect.live_stranger"
_READ = 1 << 16
_PARCEL = 500
_DATAGRAMS = 20_000
_BUFFER = 4 << 20
_SENDERS = 1000
_PATIENCE = 3.0
_LOG = logging.getLogger(__name__)


class Listener:
    """One listener."""

    def __init__(
        self,
        door: SyslogDoor,
        intake: Intake,
        clock: Clock,
        *,
        zone: str,
        tls: ssl.SSLContext | None,
    ) -> None:
        self.door = door
        self.way = Way(door.path, "syslog", door.source, door.zone or zone)
        self._intake = intake
        self._clock = clock
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._ending = asyncio.Event()

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: The address is taken or not ours.
        """
        if self.door.transport == "udp":
            loop = asyncio.get_running_loop()
            sock = socket.socket(
                socket.AF_INET6 if ":" in self.door.host else socket.AF_INET, socket.SOCK_DGRAM
            )
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            sock.bind((self.door.host, self.door.port))
            box = _Box(self.door, self._intake, self.way)
            self._transport, _ = await loop.create_datagram_endpoint(lambda: box, sock=sock)
            self._tasks.add(asyncio.create_task(self._datagrams(box)))
            return
        more: dict[str, Any] = {"ssl_handshake_timeout": HANDSHAKE} if self._tls else {}
        self._server = await asyncio.start_server(
            self._connected,
            self.door.host,
            self.door.port,
            ssl=self._tls,
            limit=_READ,
            reuse_address=True,
            **more,
        )

    async def stop(self) -> None:
        """Hang up; what was read is on its way."""
        if self._server is not None:
            self._server.close()
        self._ending.set()
        if self._transport is not None:
            self._transport.close()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=_PATIENCE)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        address, port = writer.get_extra_info("peername")[:2]
        wrong = self._unwelcome(address, writer.get_extra_info("peercert"))
        if wrong is not None:
            self._intake.heard.doubt(self.way, wrong)
            _LOG.warning("%s: hung up on %s (%s)", self.door.path, address, wrong)
            writer.close()
            return
        self._tasks.add(task)
        ending = asyncio.create_task(self._hang_up(writer))
        try:
            await self._read(reader, f"{self.door.path}/{address}:{port}")
        except asyncio.CancelledError:
            pass
        finally:
            ending.cancel()
            self._tasks.discard(task)
            writer.close()

    async def _hang_up(self, writer: asyncio.StreamWriter) -> None:
        await self._ending.wait()
        writer.transport.abort()

    def _unwelcome(self, address: str, certificate: dict[str, Any] | None) -> str | None:
        if len(self._tasks) >= CONNECTIONS:
            return CROWDED
        if not self.door.lets_in(address):
            return STRANGER
        if self.door.names and not names_of(certificate or {}) & set(self.door.names):
            return STRANGER
        return None

    async def _read(self, reader: asyncio.StreamReader, path: str) -> None:
        framer, reading = Framer(), self._reading(path)
        broken = False
        while True:
            try:
                async with asyncio.timeout(STALLED if framer.inside else None):
                    data = await reader.read(_READ)
            except (OSError, TimeoutError):
                broken = True
                break
            if not data:
                break
            await self._take(reading, framer.feed(data))
        # What has begun and cannot end any more is kept for what it is.
        await self._take(reading, framer.end(broken=broken or self._ending.is_set()))
        reading.close()

    async def _take(self, reading: SyslogReading, frames: Iterable[Frame]) -> None:
        got: list[Got] = []
        for frame in frames:
            got.append(self._got(reading, frame))
            if len(got) >= _PARCEL:
                await self._intake.put(self.way, got)
                got = []
        if got:
            await self._intake.put(self.way, got)

    def _got(self, reading: SyslogReading, frame: Frame) -> Got:
        reading.around = self._clock.now()
        item = reading.message(frame)
        return Got(item, frame.raw, reading.kind)

    def _reading(self, path: str) -> SyslogReading:
        return SyslogReading(
            BytesIO(),
            path=path,
            source=self.door.source,
            zone=self.way.zone,
            around=self._clock.now(),
            connection=True,
        )

    async def _datagrams(self, box: _Box) -> None:
        """Read what came by UDP; each sender's messages are counted by themselves."""
        senders: OrderedDict[str, SyslogReading] = OrderedDict()
        while not self._ending.is_set() or box.held:
            await box.came.wait()
            box.came.clear()
            while box.held:
                got: list[Got] = []
                while box.held and len(got) < _PARCEL:
                    raw, address = box.held.popleft()
                    reading = senders.pop(address, None)
                    if reading is None:
                        reading = self._reading(f"{self.door.path}/{address}")
                    senders[address] = reading
                    if len(senders) > _SENDERS:
                        senders.popitem(last=False)[1].close()
                    got.append(self._got(reading, _datagram(raw)))
                await self._intake.put(self.way, got)


class _Box(asyncio.DatagramProtocol):
    """Holds what came by UDP until it is read."""

    def __init__(self, door: SyslogDoor, intake: Intake, way: Way) -> None:
        self.held: deque[tuple[bytes, str]] = deque()
        self.came = asyncio.Event()
        self._door = door
        self._intake = intake
        self._way = way

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        """Keep one datagram, or count it as dropped."""
        address = str(addr[0])
        if not self._door.lets_in(address):
            self._intake.heard.doubt(self._way, STRANGER)
        elif len(self.held) >= _DATAGRAMS:
            self._intake.heard.doubt(self._way, DROPPED)
        else:
            self.held.append((data, address))
            self.came.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's name)
        """Let the last ones be read."""
        self.came.set()


def _datagram(raw: bytes) -> Frame:
    """Return the one message of a datagram (RFC 5426 section 3.1); the largest may be cut."""
    text = raw.strip(b"\r\n\x00")
    return Frame(text, CUT if len(raw) >= 65_507 else None)


def names_of(certificate: dict[str, Any]) -> set[str]:
    """Return the names that a certificate vouches for, lower case: DNS names, else the CN."""
    names = {
        value.casefold() for kind, value in certificate.get("subjectAltName", ()) if kind == "DNS"
    }
    if not names:
        pairs = [pair for part in certificate.get("subject", ()) for pair in part]
        names = {value.casefold() for key, value in pairs if key == "commonName"}
    return names
