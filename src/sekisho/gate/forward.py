"""To the upstream and back: the checked head goes, nothing of the answer leaves unread."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from typing import IO

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from sekisho.errors import UnavailableError
from sekisho.gate.config import Route
from sekisho.gate.interface import Head
from sekisho.gate.paths import address

IN_MEMORY = 1 << 20
"""Of an answer; what is larger waits in a file without a name."""
PIECE = 256 << 10
TIMEOUT = aiohttp.ClientTimeout(total=None, connect=10, sock_connect=10, sock_read=60)


class Upstream:
    """One protected system; connections are kept and shared by all requests."""

    def __init__(self, route: Route) -> None:
        self.route = route
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=200, keepalive_timeout=30),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=TIMEOUT,
            auto_decompress=False,
            raise_for_status=False,
            read_bufsize=PIECE,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        )

    async def send(
        self, head: Head, headers: CIMultiDict[str], body: bytes | AsyncIterator[bytes] | None
    ) -> aiohttp.ClientResponse:
        """Return the upstream's answer; its body is not read yet.

        Raises:
            UnavailableError: It cannot be reached, or does not speak HTTP.
        """
        try:
            return await self._session.request(
                head.method,
                self.url(head),
                headers=headers,
                data=body or None,
                allow_redirects=False,
            )
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise UnavailableError("gate.upstream_gone", route=self.route.name) from error

    def url(self, head: Head) -> URL:
        """Return the upstream's address of a request: the decided path, rebuilt by nobody."""
        return address(self.route.upstream, head.path, head.query)

    @property
    def session(self) -> aiohttp.ClientSession:
        """Return the connections, for a WebSocket."""
        return self._session

    async def close(self) -> None:
        """Hang up."""
        await self._session.close()


class Spool:
    """An answer's body as far as it is looked into."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (closed by `close`)
        self.size = 0
        self.whole = False

    async def fill(self, answer: aiohttp.ClientResponse, cap: int) -> None:
        """Read up to `cap` bytes; `whole` tells whether that was all.

        Raises:
            UnavailableError: The upstream broke off, or lied about the length.
        """
        try:
            while self.size <= cap:
                piece = await answer.content.read(min(PIECE, cap + 1 - self.size))
                if not piece:
                    self.whole = True
                    return
                if self.size + len(piece) > IN_MEMORY:
                    await asyncio.to_thread(self._file.write, piece)
                else:
                    self._file.write(piece)
                self.size += len(piece)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise UnavailableError("gate.upstream_broke_off") from error

    def read(self) -> bytes:
        """Return what was read."""
        self._file.seek(0)
        return self._file.read()

    def close(self) -> None:
        """Let go of it."""
        self._file.close()
