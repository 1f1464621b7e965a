"""The recorder is killed while the gate serves: nobody is shown what is not on record."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from tests.peers.orthanc import free_port

from sekisho import access, identity
from sekisho.access.files import shipped
from sekisho.app.installation import open_installation
from sekisho.identity.crossing import issue_crossing, redeem_crossing
from sekisho.identity.sessions import token_hash
from sekisho.ledger import verify

KILLS = int(os.environ.get("SEKISHO_GATE_KILLS", "10"))
pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]
GATE = """[gate]
port = {port}
[route.web]
origin = "http://web.localhost:{port}"
upstream = "http://127.0.0.1:{up}"
adapter = "web"
map = "map.toml"
"""
MAP = """
[[rule]]
path = "/one/[0-9]+"
answer_json = ["/patient"]
"""


def _part(data: Path, name: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "sekisho", "serve", "--only", name, "--data", str(data)],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def _listens(port: int) -> bool:
    import socket  # noqa: PLC0415 (this function alone asks)

    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def _upstream(port: int) -> web.AppRunner:
    async def one(request: web.Request) -> web.Response:
        return web.json_response({"patient": request.match_info["number"]})

    app = web.Application()
    app.router.add_get("/one/{number}", one)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner


async def _browse(
    origin: str, port: int, token: str, ended: asyncio.Event, shown: Counter[str]
) -> None:
    number = random.randrange(10**6)
    headers = {
        "Host": origin.removeprefix("http://"),
        "Cookie": f"__Host-sekisho-gate={token}",
        "Accept": "application/json",
    }
    async with aiohttp.ClientSession() as session:
        while not ended.is_set():
            number += 1
            got, status = b"", None
            try:
                async with session.get(
                    f"http://127.0.0.1:{port}/one/{number}", headers=headers
                ) as answer:
                    status = answer.status
                    async for piece in answer.content.iter_any():
                        got += piece
            except aiohttp.ClientError:
                await asyncio.sleep(0.02)
            shown.update(_ids(got))
            if status != 200:
                await asyncio.sleep(0.02)


async def _cut(
    origin: str, port: int, token: str, ended: asyncio.Event, shown: Counter[str]
) -> None:
    """Ask, take any number of bytes, and hang up without a word."""
    number = random.randrange(10**6)
    while not ended.is_set():
        number += 1
        got = b""
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(
                f"GET /one/{number} HTTP/1.1\r\nHost: {origin.removeprefix('http://')}\r\n"
                f"Cookie: __Host-sekisho-gate={token}\r\nAccept: application/json\r\n"
                "Connection: close\r\n\r\n".encode()
            )
            until = random.randrange(1, 1500)
            while len(got) < until and (piece := await reader.read(until - len(got))):
                got += piece
            writer.transport.abort()
        shown.update(_ids(got))
        await asyncio.sleep(0.01)


def _ids(got: bytes) -> list[str]:
    """Return each patient's number that stands whole in what a client got."""
    return [found.decode() for found in re.findall(rb'"patient": "(\d+)"', got)]


def test_what_was_shown_is_on_record_whenever_the_recorder_dies(data: Path) -> None:
    """Every patient number in the bytes that clients got is on record, however often it was killed."""
    port, up = free_port(), free_port()
    (data / "gate.toml").write_text(GATE.format(port=port, up=up), encoding="utf-8")
    (data / "map.toml").write_text(MAP, encoding="utf-8")
    installation = open_installation(data, create=True)
    now = installation.clock.now()
    change = access.propose(installation.database, shipped(), by="S1", at=now, note="t")
    access.approve(installation.database, change.number, by="S2", at=now, reason="t")
    origin = f"http://web.localhost:{port}"
    account = identity.create_account(
        installation.database,
        installation.clock,
        user_id="N1",
        name="模擬",
        roles={identity.Role.STAFF},
        by="test",
    )
    token = identity.open_session(
        installation.database,
        installation.clock,
        account.id,
        method=identity.Method.PASSWORD,
        address=None,
        browser=None,
    )
    session = identity.session(installation.database, token.reveal(), installation.clock)
    assert session is not None
    code = issue_crossing(
        installation.database, installation.clock, session.id, origin=origin, state=token_hash("s")
    )
    made = redeem_crossing(
        installation.database, installation.clock, code.reveal(), origin=origin, state="s"
    )
    assert made is not None
    recorder, gate = _part(data, "recorder"), _part(data, "gate")
    shown: Counter[str] = Counter()

    async def run() -> None:
        nonlocal recorder
        runner = await _upstream(up)
        ended = asyncio.Event()
        until = time.monotonic() + 60
        while not (_listens(port) and (data / "run" / "recorder.sock").exists()):
            assert time.monotonic() < until, "the gate did not start"
            await asyncio.sleep(0.1)
        clients = [
            asyncio.create_task(way(origin, port, made.reveal(), ended, shown))
            for way in (*[_browse] * 6, _cut, _cut)
        ]
        for _ in range(KILLS):
            before = shown.total()
            until = time.monotonic() + 60
            while shown.total() < before + 20:
                assert time.monotonic() < until, "nothing is shown any more"
                await asyncio.sleep(0.01)
            await asyncio.sleep(random.uniform(0.0, 0.1))
            recorder.send_signal(signal.SIGKILL)
            recorder.wait()
            recorder = _part(data, "recorder")
        ended.set()
        await asyncio.gather(*clients)
        await runner.cleanup()

    try:
        asyncio.run(run())
    finally:
        for process in (gate, recorder):
            process.terminate()
            process.wait(30)
    recorded = Counter(
        one["patient_ids"][0]["id"]
        for one in installation.reader().jsonl()
        if one["source"] == "gate:web" and one["outcome"] == "success" and one["patient_ids"]
    )
    installation.close()
    assert shown.total() >= 20 * KILLS
    assert {number: count for number, count in shown.items() if recorded[number] < count} == {}
    assert verify(data).ok
    assert dt.datetime.now(dt.UTC) > now
