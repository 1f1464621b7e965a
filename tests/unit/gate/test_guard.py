"""Slow, greedy and broken clients: each is given up in its time, and none is taken for whole."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable

import pytest
import uvloop
from aiohttp import web
from tests.unit.gate.hostile.peers import END, Shell, exchange
from tests.unit.gate.hostile.vectors import HOST

from sekisho.gate.guard import GuardedServer, Limits, Pace
from sekisho.gate.hostile import Hostile

GET = f"GET /a HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
POST = f"POST /a HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 9\r\n".encode()
QUICK = Limits(head=1.0, unread=0.3, linger=0.1)


async def _given_up(shell: Shell, *parts: bytes, pause: float = 0.0) -> bytes:
    """Send the parts, wait until the server closes, and return all that it said."""
    async with shell.serving():
        reader, writer = await asyncio.open_connection("127.0.0.1", shell.port)
        for part in parts:
            if writer.is_closing():
                break  # it was given up before all was sent
            writer.write(part)
            await asyncio.sleep(pause)
        try:
            async with asyncio.timeout(20):
                with contextlib.suppress(ConnectionError):
                    return await reader.read()
                return b""
        finally:
            writer.close()


async def _until(done: Callable[[], bool]) -> None:
    for _ in range(2000):
        if done():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


@pytest.mark.parametrize(
    "parts",
    [(), (GET[:20],), (GET, b""), (GET, GET[:20]), (GET + GET[:20],)],
    ids=["silent", "half a head", "silent after an answer", "half a second head", "both at once"],
)
def test_a_head_has_its_time(parts: tuple[bytes, ...]) -> None:
    """A connection whose head does not come whole is closed, the first as well as a later one."""
    shell = Shell(limits=QUICK)

    said = uvloop.run(_given_up(shell, *parts))

    assert (
        said.count(b"HTTP/1.1 200")
        == len(shell.seen)
        == (1 if b"".join(parts)[:40] == GET[:40] else 0)
    )


def test_a_head_in_drops_is_given_up() -> None:
    """A head that comes byte by byte gets no more time than one that does not come."""
    shell = Shell(limits=QUICK)

    async def drops() -> int:
        async with shell.serving():
            reader, writer = await asyncio.open_connection("127.0.0.1", shell.port)
            for sent in range(len(GET)):
                writer.write(GET[sent : sent + 1])
                await asyncio.sleep(0.05)
                # Hung up on in good order, or with a byte of ours unread.
                if reader.at_eof() or reader.exception() is not None:
                    writer.close()
                    return sent
            return len(GET)

    assert uvloop.run(drops()) < len(GET) - 1
    assert shell.seen == []


def test_a_body_has_its_pace() -> None:
    """A body that stops half way is answered 408 and handled by nobody."""
    shell = Shell(limits=QUICK, pace=Pace(grace=0.2, rate=1024))

    said = uvloop.run(_given_up(shell, POST + b"\r\nhalf"))

    assert said.startswith(b"HTTP/1.1 408")
    assert shell.refused == [(408, "gate.hostile.slow")]
    assert shell.seen == []


def test_a_body_in_drops_is_given_up() -> None:
    """A body below the least pace is given up, though each byte of it comes in time."""
    shell = Shell(limits=QUICK, pace=Pace(grace=0.2, rate=1024))

    uvloop.run(_given_up(shell, POST + b"\r\n", *[b"x"] * 9, pause=0.06))

    assert shell.refused == [(408, "gate.hostile.slow")]
    assert shell.seen == []


def test_a_slow_reader_of_the_gate_is_not_blamed() -> None:
    """Time in which the gate itself is busy does not count against the client."""
    from sekisho.gate.guard import body  # noqa: PLC0415 (this test alone reads in pieces)

    got: list[bytes] = []

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        async for chunk in body(request, 100, Pace(grace=0.2, rate=1_000_000)):
            got.append(chunk)
            await asyncio.sleep(0.4)
        return web.Response(text="whole")

    async def run() -> list[int]:
        server = GuardedServer(handle, refuse=Shell().refuse)
        listening = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
        try:
            port = listening.sockets[0].getsockname()[1]
            chunked = POST.replace(b"Content-Length: 9", b"Transfer-Encoding: chunked")
            raw = chunked + b"\r\n4\r\nhell\r\n1\r\no\r\n0\r\n\r\n"
            return await exchange(port, raw + END)
        finally:
            listening.close()
            await server.shutdown(0.1)

    assert uvloop.run(run()) == [200, 200]
    assert b"".join(got) == b"hello"


@pytest.mark.parametrize(
    "rest",
    [b"Content-Length: 9\r\n\r\nhalf", b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"],
    ids=["length", "chunked"],
)
def test_a_broken_off_body_is_no_body(rest: bytes) -> None:
    """A client that leaves in the midst of a body has sent nothing."""
    shell = Shell()

    async def leave() -> None:
        async with shell.serving():
            _, writer = await asyncio.open_connection("127.0.0.1", shell.port)
            writer.write(f"POST /a HTTP/1.1\r\nHost: {HOST}\r\n".encode() + rest)
            await writer.drain()
            await asyncio.sleep(0.1)
            writer.close()
            await _until(lambda: shell.aborted > 0)

    uvloop.run(asyncio.wait_for(leave(), 20))

    assert shell.seen == []


def test_a_body_whose_framing_breaks_later_is_no_body() -> None:
    """A bad chunk that comes after the handler began ends the request at once."""
    shell = Shell()
    head = f"POST /a HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()

    uvloop.run(_given_up(shell, head + b"4\r\nhalf\r\n", b"zz\r\n", pause=0.1))

    assert shell.aborted == 1
    assert shell.seen == []


def test_bad_bytes_after_a_whole_request_do_not_harm_it() -> None:
    """A request that came whole stays answered, whatever is sent behind it."""
    shell = Shell()
    whole = POST + b"\r\nwhole one"

    said = uvloop.run(_given_up(shell, whole, b"\x00\x01\r\n\r\n", pause=0.05))

    assert [body for _, body in shell.seen] == [b"whole one"]
    assert said.startswith(b"HTTP/1.1 200")


def test_too_much_is_refused_as_soon_as_it_is_known() -> None:
    """A body over the limit is refused, by its length or by its chunks."""
    shell = Shell()
    chunked = POST.replace(b"Content-Length: 9", b"Transfer-Encoding: chunked")

    uvloop.run(_given_up(shell, POST.replace(b"9", b"1048577") + b"\r\n"))
    uvloop.run(_given_up(shell, chunked + b"\r\n100001\r\n" + b"a" * 0x100001 + b"\r\n"))

    assert shell.refused == [(413, "gate.hostile.too_large")] * 2
    assert shell.seen == []


def test_an_address_has_a_number_of_connections() -> None:
    """One address gets as many connections as allowed, and gets them back when it ends some."""
    shell = Shell(limits=Limits(connections=2))

    async def many() -> tuple[list[int], int]:
        async with shell.serving() as server:
            first = await asyncio.open_connection("127.0.0.1", shell.port)
            second = await asyncio.open_connection("127.0.0.1", shell.port)
            await _until(lambda: sum(server.from_address.values()) == 2)
            third, writer = await asyncio.open_connection("127.0.0.1", shell.port)
            with contextlib.suppress(ConnectionError):
                assert await third.read() == b""
            writer.close()
            turned_away = server.turned_away
            for _, each in (first, second):
                each.close()
            await _until(lambda: not server.from_address)
            return await exchange(shell.port, END), turned_away

    assert uvloop.run(asyncio.wait_for(many(), 20)) == ([200], 1)


def test_the_edge_is_not_counted() -> None:
    """An exempt address may have any number of connections."""
    shell = Shell(limits=Limits(connections=0, exempt=frozenset({"127.0.0.1"})))

    async def one() -> list[int]:
        async with shell.serving():
            return await exchange(shell.port, END)

    assert uvloop.run(one()) == [200]


def test_ipv6_is_counted_by_network() -> None:
    """Addresses of one IPv6 network count together; an IPv4 address in IPv6 form is itself."""
    from sekisho.gate.guard import _counted  # noqa: PLC0415 (what nobody else asks)

    assert _counted("2001:db8:1:2::5") == _counted("2001:db8:1:2:9::1") == "2001:db8:1:2::/64"
    assert _counted("2001:db8:1:3::5") != _counted("2001:db8:1:2::5")
    assert _counted("::ffff:192.0.2.1") == _counted("192.0.2.1") == "192.0.2.1"
    assert _counted("fe80::1%eth0") == "fe80::/64"
    assert _counted("::1") == "::1"


def test_an_answer_that_nobody_reads_is_given_up() -> None:
    """A client that asks for much and reads nothing loses its connection."""
    gone = asyncio.Event()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        try:
            while True:
                await answer.write(b"a" * 65_536)
        except ConnectionError:
            gone.set()
            raise

    async def run() -> None:
        server = GuardedServer(handle, refuse=Shell().refuse, limits=QUICK)
        listening = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(listening.sockets[0].getsockname())
            client.sendall(GET)
            await asyncio.wait_for(gone.wait(), 20)
        listening.close()
        await server.shutdown(0.1)

    uvloop.run(run())


def test_a_failure_says_nothing_of_the_request(caplog: pytest.LogCaptureFixture) -> None:
    """A handler that fails, and bytes that are no request, leave nothing of them in answer or log."""
    shell = Shell()

    async def fail(request: web.BaseRequest) -> web.StreamResponse:
        raise ValueError(request.raw_path)

    async def run() -> list[bytes]:
        server = GuardedServer(fail, refuse=shell.refuse)
        listening = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
        said = []
        for raw in (GET.replace(b"/a", b"/TARO"), b"GET /TARO HTTP/1.1\r\nX(TARO): 1\r\n\r\n"):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", listening.sockets[0].getsockname()[1]
            )
            writer.write(raw)
            said.append(await reader.read())
            writer.close()
        listening.close()
        await server.shutdown(0.1)
        return said

    with caplog.at_level(logging.DEBUG):
        said = uvloop.run(run())

    assert shell.refused == [(500, "gate.failed"), (400, "gate.hostile.unreadable")]
    assert all(b"TARO" not in each for each in said)
    assert "TARO" not in caplog.text
    assert "ValueError" in caplog.text


def test_hostile_says_no_part_of_the_request() -> None:
    """A refusal carries a status and a message id, and its text is that id."""
    assert str(Hostile(400, "gate.hostile.host")) == "gate.hostile.host"
