"""Connections to one upstream, kept and used again.

The parser and the framing of answers are aiohttp's (`ResponseHandler`); here is only what
a proxy needs of a client: one head written as it was decided on, no redirection, no
cookies, no unpacking. Its own client costs four times as much processor for the same bytes.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

from aiohttp import StreamReader
from aiohttp.client_exceptions import ServerDisconnectedError, ServerTimeoutError
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_parser import RawResponseMessage
from multidict import CIMultiDictProxy

from sekisho.gate.headers import lines

PIECE = 256 << 10
"""Bytes of an answer that lie here before the upstream is told to wait."""
MOST = 200
"""Connections at once; further requests wait."""
CONNECT = 10.0
SILENT = 60.0
"""Seconds of an upstream that says nothing while something is asked."""
IDLE = 30.0
"""Seconds after which an unused connection is closed."""
LOOK = 1.0

# RFC 9110 9.2.2: may be sent again where a kept connection turned out to be closed.
_AGAIN = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


class Answer:
    """What the upstream said; its body is not read yet.

    Attributes:
        content: The body; read to its end, or `close`.
    """

    __slots__ = ("_line", "_lines", "content", "headers", "status")

    def __init__(
        self, lines: Lines, line: _Line, message: RawResponseMessage, content: StreamReader
    ) -> None:
        self._lines = lines
        self._line: _Line | None = line
        self.status = message.code
        self.headers: CIMultiDictProxy[str] = message.headers
        self.content = content

    @property
    def content_length(self) -> int | None:
        """Return the length that the upstream announced."""
        told = self.headers.get("Content-Length")
        return None if told is None else int(told)

    def release(self) -> None:
        """Keep the connection for the next request, if the answer was read to its end."""
        if self._line is not None:
            line, self._line = self._line, None
            self._lines.give_back(line)

    def close(self) -> None:
        """Hang up: what follows of the answer is not wanted."""
        if self._line is not None:
            self._line.force_close()
            self.release()


class _Line(ResponseHandler):
    """One connection; `at` is when something last moved on it (the loop's seconds)."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.at = loop.time()

    def data_received(self, data: bytes) -> None:
        """Read on."""
        if data:
            self.at = self._loop.time()
        super().data_received(data)

    def fresh(self) -> bool:
        """Return whether it can take another request."""
        return self.is_connected() and not self.should_close and not self.writing_paused

    def begin(self, *, body: bool) -> None:
        """Expect an answer, with a `body` or (HEAD) without."""
        self.at = self._loop.time()
        self.set_response_params(
            skip_payload=not body, read_until_eof=True, auto_decompress=False, read_bufsize=PIECE
        )

    def silent(self, now: float) -> bool:
        """Return whether the upstream is waited for and says nothing."""
        if self.writing_paused or self._reading_paused:
            self.at = now  # it is we, or the client, who are waited for
        return now - self.at > SILENT

    def give_up(self) -> None:
        """Tell whoever waits that nothing comes any more."""
        error = ServerTimeoutError()
        self.set_exception(error)
        if self._payload is not None:
            self._payload.set_exception(error)
        self.abort()


class Lines:
    """The connections to one upstream (``http://host:port``), made in a running loop."""

    def __init__(self, upstream: str) -> None:
        where = urlsplit(upstream)
        assert where.hostname is not None, "the configuration demands it"
        self._host = where.hostname
        self._tls = ssl.create_default_context() if where.scheme == "https" else None
        self._port = where.port or (80 if self._tls is None else 443)
        self._name = where.netloc
        self._idle: list[_Line] = []
        self._busy: set[_Line] = set()
        self._places = asyncio.Semaphore(MOST)
        self._watching: asyncio.Task[None] | None = None

    async def ask(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        """Send one request and return the head of its answer.

        Args:
            method: Upper case.
            target: Path and query as they were decided on.
            headers: All fields but Host and the length.
            body: The whole body; empty where there is none.

        Raises:
            aiohttp.ClientError, OSError: It cannot be reached or broke off.
            TimeoutError: It does not take the connection, or says nothing.
            aiohttp.http_exceptions.HttpProcessingError: It does not speak HTTP.
            ValueError: The head would have another meaning there.
        """
        sent = _request(method, target, self._name, headers, len(body)) + body
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        await self._places.acquire()
        try:
            line = self._kept()
            if line is not None:
                try:
                    return await self._exchange(line, method, sent)
                except (ServerDisconnectedError, ConnectionError):
                    if method not in _AGAIN:
                        raise
            return await self._exchange(await self._connect(), method, sent)
        except BaseException:
            self._places.release()
            raise

    def give_back(self, line: _Line) -> None:
        """Keep `line`, or close it where it cannot be used again."""
        self._busy.discard(line)
        self._places.release()
        if line.fresh():
            self._idle.append(line)
        else:
            line.close()

    async def close(self) -> None:
        """Hang up everywhere."""
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
        for line in (*self._idle, *self._busy):
            line.close()
        self._idle.clear()
        self._busy.clear()

    def _kept(self) -> _Line | None:
        while self._idle:
            line = self._idle.pop()
            if line.fresh():
                return line
            line.close()
        return None

    async def _connect(self) -> _Line:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT):
            _, line = await loop.create_connection(
                lambda: _Line(loop), self._host, self._port, ssl=self._tls
            )
        return line

    async def _exchange(self, line: _Line, method: str, sent: bytes) -> Answer:
        self._busy.add(line)
        try:
            line.begin(body=method != "HEAD")
            assert line.transport is not None, "it was just looked at"
            line.transport.write(sent)
            while True:
                message, content = await line.read()
                if message.code >= 200:
                    return Answer(self, line, message, content)
                if line.upgraded:
                    line.set_exception(ServerDisconnectedError())  # nobody asked it to
        except BaseException:
            self._busy.discard(line)
            line.abort()
            raise

    async def _watch(self) -> None:
        """End what is silent and what nobody uses: one look a second, no timer a request."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK)
            now = loop.time()
            for line in [line for line in self._busy if line.silent(now)]:
                line.give_up()
            for line in [line for line in self._idle if now - line.at > IDLE]:
                self._idle.remove(line)
                line.close()


def _request(method: str, target: str, host: str, headers: Mapping[str, str], length: int) -> bytes:
    """Return a request's head."""
    first = f"{method} {target} HTTP/1.1\r\nHost: {host}"
    if length or method in {"POST", "PUT", "PATCH"}:
        first += f"\r\nContent-Length: {length}"
    return lines(first, headers)
