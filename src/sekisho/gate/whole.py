"""An answer that is here whole: its head and body leave in one piece, written once."""

from __future__ import annotations

from email.utils import formatdate
from http import HTTPStatus
from typing import Any

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter
from multidict import CIMultiDict

from sekisho.gate.headers import lines

_REASONS = {status.value: status.phrase for status in HTTPStatus}


class Whole(web.StreamResponse):
    """A looked-into answer; never of HEAD, nor of a status without a body."""

    def __init__(self, status: int, fields: CIMultiDict[str], body: bytes) -> None:
        """`fields` are what `headers.downstream` lets pass: nothing of the connection's own."""
        super().__init__(status=status)
        self._fields = fields
        self._content = body

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Write everything; wait while the client does not read."""
        stays = request.keep_alive and self.keep_alive is None
        self._keep_alive = stays
        modern = request.version >= HttpVersion11
        fields = self._fields
        if self._content and "Content-Type" not in fields:
            fields["Content-Type"] = "application/octet-stream"
        if "Date" not in fields:
            fields["Date"] = formatdate(usegmt=True)
        fields["Content-Length"] = str(len(self._content))
        if stays is not modern:
            fields["Connection"] = "keep-alive" if stays else "close"
        version = "HTTP/1.1" if modern else "HTTP/1.0"
        head = lines(f"{version} {self.status} {_REASONS.get(self.status, '')}", fields)
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError
        transport.write(head + self._content)
        await request.writer.drain()
        return None

    async def write_eof(self, data: Any = b"") -> None:
        """Do nothing: all is written."""
        assert not data
