"""WebSockets both ways; cut within a second of signing out (Pomerium's users asked for years)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import aiohttp
from aiohttp import WSMsgType, web
from multidict import CIMultiDict
from yarl import URL

from sekisho.errors import UnavailableError

LOOK = 0.5
"""Seconds between two looks whether the person is still signed in."""
GREATEST = 4 << 20
ENDED = 4401
"""Close code for "not signed in any more" (4000-4999 are an application's own)."""


async def bridge(
    request: web.BaseRequest,
    session: aiohttp.ClientSession,
    url: URL,
    headers: CIMultiDict[str],
    alive: Callable[[], Awaitable[bool]],
) -> web.WebSocketResponse:
    """Join the client's WebSocket with the upstream's until one ends or the person signs out.

    Raises:
        UnavailableError: The upstream does not open one.
    """
    wanted = [
        each.strip()
        for each in request.headers.get("Sec-WebSocket-Protocol", "").split(",")
        if each.strip()
    ]
    for name in ("Accept-Encoding", "Content-Type"):
        headers.popall(name, None)
    try:
        inner = await session.ws_connect(
            url, headers=headers, protocols=wanted, max_msg_size=GREATEST, autoping=True
        )
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise UnavailableError("gate.upstream_gone", route=url.host or "") from error
    outer = web.WebSocketResponse(
        protocols=[inner.protocol] if inner.protocol else (), max_msg_size=GREATEST, heartbeat=30
    )
    await outer.prepare(request)
    ways = [
        asyncio.create_task(_pump(outer, inner)),
        asyncio.create_task(_pump(inner, outer)),
        asyncio.create_task(_until_ended(alive)),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended = ways[2].done() and not ways[2].cancelled()
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        code = ENDED if ended else inner.close_code or outer.close_code or 1000
        with contextlib.suppress(Exception):
            await asyncio.wait_for(outer.close(code=code), 2)
        with contextlib.suppress(Exception):
            await asyncio.wait_for(inner.close(), 2)
    return outer


async def _pump(
    source: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
    sink: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
) -> None:
    async for message in source:
        if message.type is WSMsgType.TEXT:
            await sink.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await sink.send_bytes(message.data)
        else:
            return


async def _until_ended(alive: Callable[[], Awaitable[bool]]) -> None:
    while await alive():  # noqa: ASYNC110 (another process may end the session)
        await asyncio.sleep(LOOK)
