"""Listener for HL7 v2 messages: MLLP (HL7 v2.x appendix C), over TLS or within a closed network.

A message is answered ``AA`` when it is durable, ``AE`` where that cannot be now and the sender
shall try again, ``AR`` where it can never be read. What comes again is told by its number and
what it says, so that a sender who missed the answer doubles nothing.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import deque
from dataclasses import dataclass, field

from sekisho.care.hl7.message import LARGEST
from sekisho.care.hl7.receive import Answer, Code, Receiver
from sekisho.collect.live.config import MllpDoor
from sekisho.collect.live.connections import READ, Connections
from sekisho.collect.live.heard import Heard, Way

STALLED = 60.0
"""Seconds that a message which has begun may take to go on."""
REFUSED = "collect.mllp_refused"
GROUP = 200
"""Messages of all connections that are made durable together."""
_START, _END = b"\x0b", b"\x1c"
_LOG = logging.getLogger(__name__)


class Frames:
    """Cuts what a connection brings into messages; holds no more than one of the largest size."""

    def __init__(self) -> None:
        self._held = bytearray()

    @property
    def inside(self) -> bool:
        """Return whether a message has begun and not ended."""
        return bool(self._held)

    @property
    def too_long(self) -> bool:
        """Return whether what has begun is longer than any message may be."""
        return len(self._held) > LARGEST

    def feed(self, data: bytes) -> list[bytes]:
        """Return the messages that end within `data`; what stands between frames falls away."""
        found: list[bytes] = []
        self._held += data
        while self._held:
            start = self._held.find(_START)
            if start < 0:
                self._held.clear()
                break
            end = self._held.find(_END, start)
            again = self._held.rfind(_START, start + 1, end if end >= 0 else len(self._held))
            if again >= 0:  # the one before was never ended
                start = again
            if end < 0:
                del self._held[:start]
                break
            found.append(bytes(self._held[start + 1 : end]))
            del self._held[: end + 1]
            if self._held[:1] == b"\r":
                del self._held[:1]
        return found


@dataclass(slots=True)
class _Waiting:
    raw: bytes
    path: str
    done: asyncio.Future[Answer] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Mllp(Connections):
    """One listener for messages."""

    def __init__(
        self,
        door: MllpDoor,
        receiver: Receiver,
        heard: Heard,
        *,
        zone: str,
        tls: ssl.SSLContext | None,
    ) -> None:
        way = Way(door.path, "hl7v2", door.source or door.name, door.zone or zone)
        super().__init__(door, way, heard, tls)
        self._receiver = receiver
        self._waiting: deque[_Waiting] = deque()
        self._came = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: The address is taken or not ours.
        """
        await super().start()
        self._writer = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Hang up; a message whose answer the sender missed comes again and adds nothing."""
        await super().stop()
        self._came.set()
        if self._writer is not None:
            await self._writer

    async def converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str
    ) -> None:
        """Take one message after the other; each is answered before the next is looked at."""
        frames = Frames()
        try:
            while True:
                async with asyncio.timeout(STALLED if frames.inside else None):
                    data = await reader.read(READ)
                if not data:
                    return
                for raw in frames.feed(data):
                    answer = await self._durable(raw, path)
                    writer.write(_START + answer.message + _END + b"\r")
                    await writer.drain()
                if frames.too_long:
                    self.heard.doubt(self.way, REFUSED)
                    _LOG.warning("%s: a message without an end", path)
                    return
        except (OSError, TimeoutError):
            return

    async def _durable(self, raw: bytes, path: str) -> Answer:
        one = _Waiting(raw, path)
        self._waiting.append(one)
        self._came.set()
        return await one.done

    async def _keep(self) -> None:
        """Make durable what waits, one group after the other."""
        while self._waiting or not self.ending.is_set():
            await self._came.wait()
            self._came.clear()
            while self._waiting:
                group = [self._waiting.popleft() for _ in range(min(GROUP, len(self._waiting)))]
                raws = [one.raw for one in group]
                answers = await asyncio.to_thread(self._receiver.take, raws, self.door.path)
                self._count(answers)
                for one, answer in zip(group, answers, strict=True):
                    if not one.done.done():
                        one.done.set_result(answer)

    def _count(self, answers: list[Answer]) -> None:
        taken = sum(answer.code is Code.ACCEPTED for answer in answers)
        rejected = sum(answer.code is Code.REJECTED for answer in answers)
        if taken:
            self.heard.count(self.way, taken)
        if rejected:
            self.heard.doubt(self.way, REFUSED, rejected)
