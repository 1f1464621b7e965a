"""Listeners for syslog: TLS (RFC 5425), TCP (RFC 6587), UDP (RFC 5426).

Syslog has no acknowledgement. What TCP brings is read only while there is room, so that a
sender's own queue holds the rest; UDP cannot be held back: what finds no room is dropped,
counted, and a finding.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import OrderedDict, deque
from collections.abc import Iterable
from io import BytesIO
from typing import Any

from sekisho.collect.frames import CUT, Frame, Framer
from sekisho.collect.live.config import SyslogDoor
from sekisho.collect.live.connections import READ, STRANGER, Connections
from sekisho.collect.live.heard import Way
from sekisho.collect.live.intake import Got, Intake
from sekisho.collect.syslog import SyslogReading
from sekisho.terms import Clock

STALLED = 60.0
"""Seconds that a message which has begun may take to go on."""
DROPPED = "collect.live_dropped"
_PARCEL = 500
_DATAGRAMS = 20_000
_BUFFER = 4 << 20
_SENDERS = 1000


class Listener(Connections):
    """One listener."""

    door: SyslogDoor

    def __init__(
        self,
        door: SyslogDoor,
        intake: Intake,
        clock: Clock,
        *,
        zone: str,
        tls: ssl.SSLContext | None,
    ) -> None:
        way = Way(door.path, "syslog", door.source, door.zone or zone)
        super().__init__(door, way, intake.heard, tls)
        self._intake = intake
        self._clock = clock
        self._transport: asyncio.DatagramTransport | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: The address is taken or not ours.
        """
        if self.door.transport != "udp":
            await super().start()
            return
        loop = asyncio.get_running_loop()
        sock = socket.socket(
            socket.AF_INET6 if ":" in self.door.host else socket.AF_INET, socket.SOCK_DGRAM
        )
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        sock.bind((self.door.host, self.door.port))
        box = _Box(self.door, self._intake, self.way)
        self._transport, _ = await loop.create_datagram_endpoint(lambda: box, sock=sock)
        self.tasks.add(asyncio.create_task(self._datagrams(box)))

    async def stop(self) -> None:
        """Hang up; what was read is on its way."""
        if self._transport is not None:
            self.ending.set()
            self._transport.close()
        await super().stop()

    async def converse(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,  # noqa: ARG002 (syslog has no answer)
        path: str,
    ) -> None:
        """Take what one sender says."""
        framer, reading = Framer(), self._reading(path)
        broken = False
        while True:
            try:
                async with asyncio.timeout(STALLED if framer.inside else None):
                    data = await reader.read(READ)
            except (OSError, TimeoutError):
                broken = True
                break
            if not data:
                break
            await self._take(reading, framer.feed(data))
        # What has begun and cannot end any more is kept for what it is.
        await self._take(reading, framer.end(broken=broken or self.ending.is_set()))
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
        while not self.ending.is_set() or box.held:
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
