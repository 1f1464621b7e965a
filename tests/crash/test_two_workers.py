"""Two workers of the gate: a sign-in that is ended is cut off in both, also where it is open."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from tests.ports import free_port
from tests.unit.gate.conftest import adopt, sign_in_at

from sekisho import identity
from sekisho.app.installation import Installation, open_installation
from sekisho.identity import sessions
from sekisho.identity.bans import lift, plan, put_in_force
from sekisho.identity.records import Attack

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]
GATE = """[gate]
port = {port}
[route.web]
origin = "http://web.localhost:{port}"
upstream = "http://127.0.0.1:{up}"
adapter = "web"
map = "map.toml"
"""
MAP = '[[rule]]\npath = "/live"\nclass = "administration"\npatient = "none"\n'
Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]
OPEN = 24
"""Connections: that the kernel gives all of them to one of two workers has a chance of 1 : 8 million."""


def _part(data: Path, name: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "sekisho", "serve", "--only", name, "--data", str(data)],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def _listeners(port: int) -> int:
    """Return how many sockets of this machine listen at `port`."""
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    return sum(x.split()[1].endswith(f":{port:04X}") and x.split()[3] == "0A" for x in lines)


def _held(process: subprocess.Popen[bytes], port: int) -> int:
    """Return how many open connections at `port` belong to `process`."""
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    ours = {
        f"socket:[{x.split()[9]}]"
        for x in lines
        if x.split()[1].endswith(f":{port:04X}") and x.split()[3] == "01"
    }
    return sum(str(one.readlink()) in ours for one in Path(f"/proc/{process.pid}/fd").iterdir())


async def _ready(here: Installation, port: int) -> None:
    """Wait until both workers listen, and the recorder, without which they let nobody through."""
    until = time.monotonic() + 90
    while _listeners(port) < 2 or not here.recorder_answers():
        assert time.monotonic() < until, "both workers and the recorder listen"
        await asyncio.sleep(0.1)


async def _upstream(port: int) -> web.AppRunner:
    async def live(request: web.Request) -> web.WebSocketResponse:
        line = web.WebSocketResponse()
        await line.prepare(request)
        async for message in line:
            await line.send_str(f"echo {message.data}")
        return line

    app = web.Application()
    app.router.add_get("/live", live)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner


def _kill(here: Installation, account: str) -> None:
    (one,) = sessions.list_sessions(here.database, here.clock, account)
    assert sessions.close_session(here.database, one.id)


def _end(here: Installation, account: str) -> None:
    identity.close_account(here.database, here.clock, account, by="test")


@pytest.mark.parametrize("end", [_kill, _end])
def test_what_is_ended_is_cut_in_both_workers(
    data: Path, end: Callable[[Installation, str], None]
) -> None:
    """Every WebSocket of a killed session, or an ended account, is cut in both workers; another's stays."""
    port, up = free_port(), free_port()
    (data / "gate.toml").write_text(GATE.format(port=port, up=up), encoding="utf-8")
    (data / "map.toml").write_text(MAP, encoding="utf-8")
    here = open_installation(data, create=True)
    adopt(here)
    origin = f"http://web.localhost:{port}"
    tokens = {user: sign_in_at(here, user, origin) for user in ("N1", "N2")}
    account = identity.find_account(here.database, "N1")
    assert account is not None
    parts = [_part(data, name) for name in ("recorder", "gate", "gate")]

    async def run() -> float:
        runner = await _upstream(up)
        await _ready(here, port)
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        async with aiohttp.ClientSession(connector=connector) as browser:
            opened = {
                user: [await _open(browser, origin, port, token) for _ in range(OPEN)]
                for user, token in tokens.items()
            }
            assert all(_held(worker, port) >= 2 for worker in parts[1:]), "both have some"
            began = time.monotonic()
            await asyncio.to_thread(end, here, account.id)
            closed = await asyncio.gather(*(one.receive(30) for one in opened["N1"]))
            took = time.monotonic() - began
            codes = Counter(one.close_code for one in opened["N1"])
            assert {one.type for one in closed} <= {
                aiohttp.WSMsgType.CLOSE,
                aiohttp.WSMsgType.CLOSED,
            }
            assert codes == {4401: OPEN}
            for one in opened["N2"]:
                await one.send_str("still")
                assert (await one.receive(30)).data == "echo still"
                await one.close()
        await runner.cleanup()
        return took

    try:
        took = asyncio.run(run())
    finally:
        for part in reversed(parts):
            part.terminate()
            part.wait(60)
        here.close()
    sys.stdout.write(f"cut in both workers after {took:.2f} s\n")
    assert took <= 2.0


def test_a_ban_is_in_force_in_both_workers(data: Path) -> None:
    """Every open connection of a banned address, in both workers, is refused within two seconds, and served once it is lifted; its neighbour is served all the while."""
    port, up = free_port(), free_port()
    toml = GATE.format(port=port, up=up).replace("[gate]\n", '[gate]\nedges = ["127.0.0.1/32"]\n')
    (data / "gate.toml").write_text(toml, encoding="utf-8")
    (data / "map.toml").write_text(MAP, encoding="utf-8")
    here = open_installation(data, create=True)
    adopt(here)
    parts = [_part(data, name) for name in ("recorder", "gate", "gate")]

    async def lines_of_both() -> list[Line]:
        """Return open connections of an address that is not shut out, some to either worker."""
        lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(OPEN)]
        # All at once: the gate hangs up on a line that says nothing for ten seconds.
        told = await asyncio.gather(*(_ask(*line, port, "198.51.100.7") for line in lines))
        assert set(told) == {401}
        assert all(_held(worker, port) >= 2 for worker in parts[1:]), "both have some"
        return lines

    async def run() -> float:
        await _ready(here, port)
        ban = plan(
            here.database, here.clock, Attack(rule="stuffing", network="198.51.100.7/32", count=8)
        )
        assert ban is not None
        lines = await lines_of_both()
        began = time.monotonic()
        await asyncio.to_thread(put_in_force, here.database, ban)
        await asyncio.gather(*(_until(line, port, 403) for line in lines))
        took = time.monotonic() - began
        for _ in range(OPEN):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            assert await _ask(reader, writer, port, "198.51.100.8") == 401
            writer.close()
        await asyncio.to_thread(
            lift, here.database, here.clock, ban.id, by="S1", reason="当直の自宅"
        )
        for _, writer in lines:
            writer.close()
        await _lifted(port)
        for _, writer in await lines_of_both():
            writer.close()
        return took

    try:
        took = asyncio.run(run())
    finally:
        for part in reversed(parts):
            part.terminate()
            part.wait(60)
        here.close()
    sys.stdout.write(f"banned in both workers after {took:.2f} s\n")
    assert took <= 2.0


async def _until(line: Line, port: int, status: int) -> None:
    """Ask on an open connection until it is answered with `status`."""
    until = time.monotonic() + 30
    while await _ask(*line, port, "198.51.100.7") != status:
        assert time.monotonic() < until, "the ban comes into force"
        await asyncio.sleep(0.05)


async def _lifted(port: int) -> None:
    """Ask on new connections until none is refused: a ban that is lifted is so a moment later."""
    until, told = time.monotonic() + 30, {403}
    while told != {401}:
        assert time.monotonic() < until, "the ban ends"
        lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(OPEN)]
        told = set(await asyncio.gather(*(_ask(*line, port, "198.51.100.7") for line in lines)))
        for _, writer in lines:
            writer.close()


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, address: str
) -> int:
    """Return the status of one request of a stranger at `address`, on a connection that is open."""
    writer.write(
        f"GET /live HTTP/1.1\r\nHost: web.localhost:{port}\r\nAccept: application/json\r\n"
        f"X-Forwarded-For: {address}\r\n\r\n".encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    assert length is not None
    await reader.readexactly(int(length[1]))
    return int(head.split()[1])


async def _open(
    browser: aiohttp.ClientSession, origin: str, port: int, token: str
) -> aiohttp.ClientWebSocketResponse:
    headers = {
        "Host": origin.removeprefix("http://"),
        "Cookie": f"__Host-sekisho-gate={token}",
    }
    socket = await browser.ws_connect(f"http://127.0.0.1:{port}/live", headers=headers)
    await socket.send_str("hello")
    assert (await socket.receive(30)).data == "echo hello"
    return socket
