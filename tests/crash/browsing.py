"""A hospital whose gate is killed: clients that ask all the while, and what they were shown."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import aiohttp
from aiohttp import web

GATE = """[gate]
port = {port}
workers = {workers}
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


async def upstream(port: int) -> web.AppRunner:
    """Start a system that shows one patient at each address."""

    async def one(request: web.Request) -> web.Response:
        return web.json_response({"patient": request.match_info["number"]})

    app = web.Application()
    app.router.add_get("/one/{number}", one)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner


async def browse(
    origin: str, port: int, token: str, ended: asyncio.Event, shown: Counter[str]
) -> None:
    """Ask for one patient after another, and count whom the bytes that came show."""
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
            shown.update(ids(got))
            if status != 200:
                await asyncio.sleep(0.02)


async def cut(
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
        shown.update(ids(got))
        await asyncio.sleep(0.01)


def ids(got: bytes) -> list[str]:
    """Return each patient's number that stands whole in what a client got."""
    return [found.decode() for found in re.findall(rb'"patient": "(\d+)"', got)]


def recorded(records: Iterable[dict[str, Any]]) -> Counter[str]:
    """Count whom the gate's records say it showed."""
    return Counter(
        one["patient_ids"][0]["id"]
        for one in records
        if one["source"] == "gate:web" and one["outcome"] == "success" and one["patient_ids"]
    )
