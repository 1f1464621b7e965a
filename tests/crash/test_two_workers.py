"""Two workers of the gate: a sign-in that is ended is cut off in both, also where it is open."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from tests.peers.orthanc import free_port
from tests.unit.gate.conftest import adopt, sign_in_at

from sekisho import identity
from sekisho.app.installation import Installation, open_installation
from sekisho.identity import sessions

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


async def _upstream(port: int) -> web.AppRunner:
    async def live(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(f"echo {message.data}")
        return socket

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
        until = time.monotonic() + 90
        while _listeners(port) < 2:
            assert time.monotonic() < until, "both workers listen"
            await asyncio.sleep(0.1)
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
            part.wait(30)
        here.close()
    sys.stdout.write(f"cut in both workers after {took:.2f} s\n")
    assert took <= 2.0


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
