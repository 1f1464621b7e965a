"""One worker of the gate with its recorder inside, or a plain aiohttp proxy, until ended.

Usage: worker.py gate DATA | worker.py plain PORT UPSTREAM | worker.py auth PORT
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import aiohttp
import uvloop
from aiohttp import web


async def _until_ended() -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()


async def gate(data: Path) -> None:
    """Serve the gate of `data`; what it records goes straight into the ledger."""
    from sekisho.app.gate import Gate, settle  # noqa: PLC0415 (only this worker's)
    from sekisho.app.installation import open_installation  # noqa: PLC0415
    from sekisho.gate.config import read_gate  # noqa: PLC0415
    from sekisho.ledger.accept import accepted  # noqa: PLC0415
    from sekisho.ledger.append import Ledger  # noqa: PLC0415
    from sekisho.ledger.record import canonical, plain  # noqa: PLC0415
    from sekisho.terms import Access, SystemClock  # noqa: PLC0415

    installation = open_installation(data)
    ledger = Ledger(data, installation.database, SystemClock())
    config = read_gate(data)
    assert config is not None

    # As the recorder's process does: one thread writes, one publishes.
    writing, signing = ThreadPoolExecutor(1, "ledger-append"), ThreadPoolExecutor(1, "publish")
    loop = asyncio.get_running_loop()

    async def append(records: list[Access]) -> list[int | None]:
        lines = [accepted(canonical(plain(record))) for record in records]
        return await loop.run_in_executor(writing, ledger.append_lines, lines)

    async def publish() -> None:
        # A checkpoint follows within a second.
        while True:
            await asyncio.sleep(0.5)
            await loop.run_in_executor(signing, ledger.publish)

    running = Gate(installation, config, append)  # type: ignore[arg-type]
    await running.start()
    settle()
    publishing = asyncio.create_task(publish())
    await _until_ended()
    publishing.cancel()
    await running.stop()


async def plain(port: int, upstream: str) -> None:
    """Serve what people write first: a proxy of aiohttp server and client, nothing checked."""
    session = aiohttp.ClientSession(auto_decompress=False)

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        async with session.request(request.method, upstream + request.path_qs) as answer:
            reply = web.StreamResponse(status=answer.status)
            reply.content_type = answer.content_type
            reply.content_length = answer.content_length
            await reply.prepare(request)
            async for piece in answer.content.iter_any():
                await reply.write(piece)
            await reply.write_eof()
            return reply

    await _serve(handle, port)
    await session.close()


async def auth(port: int) -> None:
    """Answer yes to nginx's auth_request: the least a decision service costs."""

    async def handle(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=204)

    await _serve(handle, port)


async def _serve(handle: object, port: int) -> None:
    runner = web.ServerRunner(web.Server(handle, access_log=None))  # type: ignore[arg-type]
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await _until_ended()
    await runner.cleanup()


if __name__ == "__main__":
    # wrk hangs up in the middle of answers: that is no fault to tell.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    match sys.argv[1:]:
        case ["gate", folder]:
            uvloop.run(gate(Path(folder)))
        case ["plain", number, address]:
            asyncio.run(plain(int(number), address))
        case ["auth", number]:
            asyncio.run(auth(int(number)))
