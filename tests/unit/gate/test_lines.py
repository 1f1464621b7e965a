"""The gate's connections to an upstream, against servers that misbehave on purpose."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import uvloop
from aiohttp.client_exceptions import ServerDisconnectedError
from aiohttp.http_exceptions import HttpProcessingError

from sekisho.errors import UnavailableError
from sekisho.gate import lines as module
from sekisho.gate.forward import Spool
from sekisho.gate.lines import Answer, Lines

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@asynccontextmanager
async def upstream(serve: Serve) -> AsyncIterator[Lines]:
    """Give connections to a server whose every connection is answered by `serve`."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    lines = Lines(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    try:
        yield lines
    finally:
        await lines.close()
        server.close()


async def get(lines: Lines, method: str = "GET", body: bytes = b"") -> bytes:
    """Return a whole answer's body."""
    answer = await lines.ask(method, "/a?b=c", {"X": "y"}, body)
    return await whole(answer)


async def whole(answer: Answer) -> bytes:
    """Return the body and give the connection back."""
    spool = Spool()
    try:
        await spool.fill(answer, 1 << 20)
        return spool.read()
    finally:
        spool.close()
        answer.release()


def test_head_is_what_was_decided() -> None:
    """The upstream gets exactly the decided target, its own host, the fields, one length."""
    got: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(2))
        writer.write(OK)

    async def run() -> None:
        async with upstream(serve) as lines:
            assert await get(lines, "POST", b"hi") == b"ok"

    uvloop.run(run())
    first, host, *rest = got[0].split(b"\r\n")
    assert first == b"POST /a?b=c HTTP/1.1"
    assert host.startswith(b"Host: 127.0.0.1:")
    assert rest == [b"Content-Length: 2", b"X: y", b"", b"hi"]


@pytest.mark.parametrize("value", ["a\r\nHost: b", "a\nb", "a\rb", "a\0b"])
def test_field_cannot_begin_a_line(value: str) -> None:
    """A value with the end of a line in it never reaches the upstream."""

    async def run() -> None:
        with pytest.raises(ValueError, match="end of a line"):
            await Lines("http://127.0.0.1:9").ask("GET", "/", {"X": value}, b"")

    uvloop.run(run())


def test_kept_connection_is_used_again_and_a_closed_one_replaced() -> None:
    """Two answers come over one connection; where it was closed meanwhile, a read is asked again."""
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        for _ in range(2):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(OK)
        await reader.readuntil(b"\r\n\r\n")  # the third is not answered

    async def run() -> None:
        async with upstream(serve) as lines:
            for _ in range(4):
                assert await get(lines) == b"ok"

    uvloop.run(run())
    assert connections == 2


def test_write_is_never_sent_twice() -> None:
    """A POST on a kept connection that breaks is told as broken, not sent again."""
    asked = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await reader.readuntil(b"\r\n\r\n")
        asked += 1

    async def run() -> None:
        async with upstream(serve) as lines:
            assert await get(lines) == b"ok"
            with pytest.raises((ServerDisconnectedError, ConnectionError)):
                await get(lines, "POST", b"x")

    uvloop.run(run())
    assert asked == 1


@pytest.mark.parametrize(
    "said",
    [
        OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmore",  # an answer nobody asked for
        OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
    ],
)
def test_doubtful_connection_is_not_used_again(said: bytes) -> None:
    """After an answer too many, or one that ends the connection, the next request gets a new one."""
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(said)

    async def run() -> None:
        async with upstream(serve) as lines:
            for _ in range(3):
                assert await get(lines) == b"ok"

    uvloop.run(run())
    assert connections == 3


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok",  # a lie about the length
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",  # no last chunk
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n",
    ],
)
def test_broken_answer_is_no_answer(said: bytes) -> None:
    """What breaks off or breaks its framing is never taken for whole."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)

    async def run() -> None:
        async with upstream(serve) as lines:
            with pytest.raises((UnavailableError, HttpProcessingError)):
                await get(lines)

    uvloop.run(run())


def test_protocol_switch_that_nobody_asked_for_is_broken() -> None:
    """A 101 to a plain request is refused; an early 100 or 103 is passed over."""

    async def run(said: bytes) -> bytes:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(said)
            await reader.read(1)

        async with upstream(serve) as lines:
            return await asyncio.wait_for(get(lines), 20)

    early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    assert uvloop.run(run(early + OK)) == b"ok"
    with pytest.raises(ServerDisconnectedError):
        uvloop.run(
            run(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"
            )
        )


def test_silent_upstream_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """An upstream that says nothing, before or in the middle of its answer, is not waited for."""
    monkeypatch.setattr(module, "SILENT", 0.3)
    monkeypatch.setattr(module, "LOOK", 0.05)

    async def run(said: bytes) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(said)
            await reader.read(1)

        async with upstream(serve) as lines:
            await asyncio.wait_for(get(lines), 20)

    with pytest.raises(TimeoutError):
        uvloop.run(run(b""))
    with pytest.raises(UnavailableError, match="broke_off"):
        uvloop.run(run(OK.replace(b"2", b"3")))


def test_large_answer_waits_in_a_file_and_comes_whole() -> None:
    """Past a MiB an answer is kept in a file without a name; past the cap it is not whole."""
    body = bytes(range(256)) * 12_000

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        await reader.read(1)

    async def run(cap: int) -> tuple[bool, bytes]:
        async with upstream(serve) as lines:
            answer = await lines.ask("GET", "/", {}, b"")
            spool = Spool()
            await spool.fill(answer, cap)
            found = spool.read()
            spool.close()
            answer.close()
            return spool.whole, found

    assert uvloop.run(run(8 << 20)) == (True, body)
    kept_back, found = uvloop.run(run(2 << 20))
    assert not kept_back
    assert body.startswith(found)
