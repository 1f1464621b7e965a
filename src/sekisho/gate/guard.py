"""Slow, greedy and broken clients: how long and how much the gate waits for them.

aiohttp's server waits an hour for a head and for ever for a body. Here a head has a time,
a body has a pace, an answer that nobody reads is given up, and one address has a number of
connections (counted in each worker). What breaks off is never taken for whole.

Over TLS, pass ``ssl_handshake_timeout`` where the server is made to listen: a connection
is seen here only after its handshake.
"""

from __future__ import annotations

import asyncio
import ipaddress
import sys
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import cast

from aiohttp import HttpVersion11, web
from aiohttp.http_exceptions import HttpProcessingError

from sekisho.gate.hostile import Aborted, Hostile

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Refuse = Callable[[web.BaseRequest, int, str], web.StreamResponse]


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much.

    Attributes:
        head: Seconds from the connection, or from the last answer, to a whole next head.
        unread: Seconds that an answer may lie without the client reading on.
        linger: Seconds in which a body that nobody wants is still read away.
        connections: For one address (of IPv6: one /64).
        exempt: Addresses that are not counted, for instance the edge's.
    """

    head: float = 10.0
    unread: float = 60.0
    linger: float = 5.0
    connections: int = 64
    exempt: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Pace:
    """How slowly a body may come: `grace` seconds, and one more for each `rate` bytes."""

    grace: float = 10.0
    rate: int = 1024


class GuardedServer(web.Server):
    """aiohttp's low-level server, with limits for every connection.

    Args:
        handler: Answers a request.
        refuse: Makes the answer to bytes that are no request (then the request it is given is
            empty, method ``UNKNOWN``) and to a handler's failure, of a status and a message id.
    """

    def __init__(self, handler: Handler, *, refuse: Refuse, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        super().__init__(
            handler,
            access_log=None,
            auto_decompress=False,
            # From the last answer to a whole next head: aiohttp closes even with half of one.
            keepalive_timeout=self.limits.head,
            lingering_time=self.limits.linger,
            max_line_size=16_384,
            timeout_ceil_threshold=3600,
        )
        self.refuse = refuse
        self.from_address: Counter[str] = Counter()
        self.turned_away = 0

    def __call__(self) -> web.RequestHandler:
        """Return the protocol of a new connection."""
        return GuardedHandler(self, loop=self._loop, **self._kwargs)

    def admit(self, address: str) -> bool:
        """Return whether one more connection of `address` is taken, and count it if so."""
        if self.from_address[address] >= self.limits.connections:
            self.turned_away += 1
            return False
        self.from_address[address] += 1
        return True

    def leave(self, address: str) -> None:
        """Count one connection of `address` less."""
        self.from_address[address] -= 1
        if not self.from_address[address]:
            del self.from_address[address]


class GuardedHandler(web.RequestHandler):
    """One connection."""

    __slots__ = ("_address", "_server", "_unread")

    def __init__(self, server: GuardedServer, **more: object) -> None:
        super().__init__(server, **more)  # type: ignore[arg-type]
        self._server = server
        self._address: str | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, unless its address has enough of them."""
        peer = transport.get_extra_info("peername")
        address = _counted(str(peer[0])) if peer else None
        if address is not None and address not in self._server.limits.exempt:
            if not self._server.admit(address):
                self.force_close()
                cast("asyncio.Transport", transport).abort()
                return
            self._address = address
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Give the connection's place back."""
        if self._address is not None:
            self._server.leave(self._address)
            self._address = None
        if self._unread is not None:
            self._unread.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; when the framing breaks, every body still open breaks with it.

        aiohttp answers the broken bytes after the request before them, which would wait for
        the rest of its body for ever.
        """
        super().data_received(data)
        if self._messages and self._messages[-1][1].is_eof() and _broken(self._messages[-1][0]):
            running = self._current_request
            bodies = [payload for _, payload in self._messages]
            for each in [running.content, *bodies] if running is not None else bodies:
                if not each.is_eof():
                    each.set_exception(web.RequestPayloadError())

    def pause_writing(self) -> None:
        """The client does not read: give it up after a time."""
        super().pause_writing()
        self._unread = self._loop.call_later(self._server.limits.unread, self._give_up)

    def resume_writing(self) -> None:
        """The client reads on."""
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        super().resume_writing()

    def _give_up(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 (aiohttp's signature)
    ) -> web.StreamResponse:
        """Answer bytes that are no request, and a failed handler, by the gate's own page.

        aiohttp would write the offending bytes into its answer; they may name a patient.
        """
        unread = isinstance(exc, HttpProcessingError)
        if not unread:
            self.log_exception()
        if request.writer.output_size > 0:
            raise ConnectionResetError
        why = "gate.hostile.unreadable" if unread else "gate.failed"
        answer = self._server.refuse(request, status, why)
        answer.force_close()
        return answer

    def log_exception(self, *_args: object, **_more: object) -> None:
        """Say what failed and where, not with what: an error's text may hold a request's bytes."""
        error = sys.exception()
        place = traceback.extract_tb(error.__traceback__)[-1] if error else None
        self.logger.error(
            "gate: %s at %s",
            type(error).__name__,
            f"{place.filename}:{place.lineno}" if place else "?",
        )


def _broken(message: object) -> bool:
    return isinstance(getattr(message, "exc", None), HttpProcessingError)


def _counted(address: str) -> str:
    """Return what connections are counted by: an IPv4 address, or the /64 of an IPv6 one."""
    known = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(known, ipaddress.IPv4Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    if known.is_loopback:
        return str(known)
    return str(ipaddress.ip_network((known, 64), strict=False))


async def body(
    request: web.BaseRequest, limit: int, pace: Pace | None = None
) -> AsyncIterator[bytes]:
    """Yield a request's body as it comes.

    Only the time in which the gate waits for the client counts against it.

    Args:
        request: Its body not read yet; a client that asked whether to go on is told so.
        limit: Bytes at most.
        pace: 1,024 bytes a second after 10 seconds, unless given.

    Raises:
        Hostile: It is longer than `limit` (413) or comes too slowly (408).
        Aborted: The client left, or the body's framing broke.
    """
    pace = pace or Pace()
    told = request.content_length
    if told is not None and told > limit:
        raise Hostile(413, "gate.hostile.too_large")
    if "Expect" in request.headers and request.body_exists and request.version == HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        # Not a part of the answer: an error may still be told (as aiohttp's own handler does).
        request.writer.output_size = 0
    clock = asyncio.get_running_loop().time
    waited, got = 0.0, 0
    while True:
        began = clock()
        try:
            async with asyncio.timeout(pace.grace + got / pace.rate - waited):
                chunk = await request.content.readany()
        except TimeoutError:
            raise Hostile(408, "gate.hostile.slow") from None
        except (web.RequestPayloadError, HttpProcessingError, ConnectionError, RuntimeError):
            raise Aborted from None
        waited += clock() - began
        if not chunk:
            break
        got += len(chunk)
        if got > limit:
            raise Hostile(413, "gate.hostile.too_large")
        yield chunk
    if told is not None and got != told:
        raise Aborted


async def read_body(request: web.BaseRequest, limit: int, pace: Pace | None = None) -> bytes:
    """Return a request's whole body; see `body`."""
    return b"".join([chunk async for chunk in body(request, limit, pace)])
