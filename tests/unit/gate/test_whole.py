"""An answer written in one piece says what aiohttp's own would say of length and connection."""

from __future__ import annotations

import asyncio

import pytest
import uvloop
from aiohttp import web
from multidict import CIMultiDict

from sekisho.gate.whole import Whole


async def _said(request: bytes, answer: Whole, *, more: bytes = b"") -> bytes:
    """Return all bytes that a server gives to `request`, which then goes on with `more`."""

    async def handle(_: web.BaseRequest) -> web.StreamResponse:
        return answer

    server = await asyncio.get_running_loop().create_server(
        web.Server(handle, access_log=None), "127.0.0.1", 0
    )
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
    writer.write(request + more)
    async with asyncio.timeout(20):
        said = await reader.read()
    writer.close()
    server.close()
    return said


def _get(version: str, *fields: str) -> bytes:
    return "\r\n".join([f"GET / HTTP/{version}", "Host: a", *fields, "", ""]).encode()


@pytest.mark.parametrize(
    ("request_", "version", "connection"),
    [
        (_get("1.1", "Connection: close"), "1.1", b"close"),
        (_get("1.0"), "1.0", None),
        (_get("1.0", "Connection: keep-alive"), "1.0", b"keep-alive"),
    ],
)
def test_connection_is_said(request_: bytes, version: str, connection: bytes | None) -> None:
    """Length, version and what becomes of the connection are told once and truly."""
    fields = CIMultiDict({"Content-Type": "text/plain", "Server": "sekisho"})
    end = b"" if connection != b"keep-alive" else _get("1.0")
    said = uvloop.run(_said(request_, Whole(200, fields, b"body"), more=end))
    head, _, body = said.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == f"HTTP/{version} 200 OK".encode()
    assert body[:4] == b"body"
    assert [line for line in lines if line.lower().startswith(b"content-length")] == [
        b"Content-Length: 4"
    ]
    told = [line.partition(b": ")[2] for line in lines if line.startswith(b"Connection")]
    assert told == ([] if connection is None else [connection])


def test_two_requests_get_two_answers() -> None:
    """A kept connection goes on behind an answer, an empty one too."""
    said = uvloop.run(
        _said(_get("1.1"), Whole(404, CIMultiDict(), b""), more=_get("1.1", "Connection: close"))
    )
    assert said.count(b"HTTP/1.1 404 Not Found\r\n") == 2
    assert said.count(b"Content-Length: 0\r\n") == 2
    assert b"Content-Type" not in said


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: b", "a\nb", "a\rb"])
def test_field_cannot_begin_a_line(value: str) -> None:
    """A value with the end of a line in it ends the connection, and nothing of it leaves."""
    said = uvloop.run(_said(_get("1.1"), Whole(200, CIMultiDict({"X": value}), b"")))
    assert said == b""
