"""To the upstream and back: the checked head goes, nothing of the answer leaves unread."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Mapping
from typing import IO

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from multidict import CIMultiDict
from sqlalchemy.exc import SQLAlchemyError
from yarl import URL

from sekisho.errors import UnavailableError
from sekisho.gate.config import Route
from sekisho.gate.credentials import Credentials
from sekisho.gate.interface import Head
from sekisho.gate.lines import Answer, Lines
from sekisho.gate.paths import address

IN_MEMORY = 1 << 20
"""Of an answer; what is larger waits in a file without a name."""


class Upstream:
    """One protected system; connections are kept and shared by all requests."""

    def __init__(self, route: Route, credentials: Credentials) -> None:
        self.route = route
        self._credentials = credentials
        self._lines = Lines(route.upstream)
        self._session: aiohttp.ClientSession | None = None

    async def send(self, head: Head, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return the upstream's answer; its body is not read yet.

        Raises:
            UnavailableError: It cannot be reached, does not speak HTTP, or does not take the
                credential that is kept for it.
        """
        target = f"{head.path}?{head.query}" if head.query else head.path
        field = self._credentials.field(self.route.name)
        try:
            answer = await self._lines.ask(head.method, target, _with(headers, field), body)
        except (
            aiohttp.ClientError, HttpProcessingError, TimeoutError, OSError, ValueError,
        ) as error:  # fmt: skip
            raise UnavailableError("gate.upstream_gone", route=self.route.name) from error
        if answer.status == 401 and field is not None:
            # It is the gate that was not let in: no client may be asked for a password now.
            answer.close()
            with contextlib.suppress(SQLAlchemyError):
                await asyncio.to_thread(self._credentials.refused, self.route.name, field)
            raise UnavailableError("gate.upstream_refused_us", route=self.route.name)
        return answer

    def dressed(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Return `headers` with what this system is shown to let the gate in, if anything."""
        return _with(headers, self._credentials.field(self.route.name))

    def url(self, head: Head) -> URL:
        """Return the upstream's address of a request: the decided path, rebuilt by nobody."""
        return address(self.route.upstream, head.path, head.query)

    @property
    def session(self) -> aiohttp.ClientSession:
        """Return aiohttp's own client, for a WebSocket."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(
                    total=None, connect=10, sock_connect=10, sock_read=60
                ),
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            )
        return self._session

    async def close(self) -> None:
        """Hang up."""
        await self._lines.close()
        if self._session is not None:
            await self._session.close()


def _with(headers: Mapping[str, str], field: tuple[str, str] | None) -> Mapping[str, str]:
    """Return `headers` with `field`; nothing of the same name that came from elsewhere stays."""
    if field is None:
        return headers
    shown = CIMultiDict(headers)
    shown[field[0]] = field[1]
    return shown


class Spool:
    """An answer's body as far as it is looked into."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._file: IO[bytes] | None = None
        self.size = 0
        self.whole = False

    async def fill(self, answer: Answer, cap: int) -> None:
        """Read until more than `cap` bytes are here; `whole` tells whether that was all.

        Raises:
            UnavailableError: The upstream broke off, or lied about the length.
        """
        try:
            while self.size <= cap:
                piece = await answer.content.readany()
                if not piece:
                    self.whole = True
                    return
                self.size += len(piece)
                if self.size <= IN_MEMORY:
                    self._pieces.append(piece)
                else:
                    await asyncio.to_thread(self._keep, piece)
        except (aiohttp.ClientError, HttpProcessingError, TimeoutError, OSError) as error:
            raise UnavailableError("gate.upstream_broke_off") from error

    def _keep(self, piece: bytes) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `close`)
            self._file.writelines(self._pieces)
            self._pieces.clear()
        self._file.write(piece)

    def read(self) -> bytes:
        """Return what was read."""
        if self._file is None:
            return b"".join(self._pieces)
        self._file.seek(0)
        return self._file.read()

    def close(self) -> None:
        """Let go of it."""
        if self._file is not None:
            self._file.close()
