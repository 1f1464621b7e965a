"""The witness as a small HTTP server: `add-checkpoint`, and what it cosigned last."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from http import HTTPStatus

from aiohttp import web

from sekisho.errors import TamperError
from sekisho.witness.keep import LONGEST, Keeper, Reply, log_id

_LOG = logging.getLogger(__name__)
_SECONDS = 10.0
"""Within which a request must have come whole."""


def application(keeper: Keeper) -> web.Application:
    """Return the server of `keeper`.

    ``POST /add-checkpoint`` is C2SP tlog-witness; ``GET /`` gives the verifier key, and
    ``GET /checkpoint/<SHA-256 of the log's name>`` what was cosigned last, for an inspector.
    """

    async def add(request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(_SECONDS):
                body = await request.content.read(LONGEST + 1)
                while len(body) <= LONGEST and not request.content.at_eof():
                    body += await request.content.read(LONGEST + 1 - len(body))
        except TimeoutError:
            return web.Response(status=HTTPStatus.REQUEST_TIMEOUT)
        if len(body) > LONGEST:
            return web.Response(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return await _answered(lambda: keeper.add(body))

    async def last(request: web.Request) -> web.Response:
        def look() -> Reply:
            for log in keeper.logs():
                if log_id(log.origin) == request.match_info["log"] and log.last is not None:
                    return Reply(HTTPStatus.OK, log.last.checkpoint.text)
            return Reply(HTTPStatus.NOT_FOUND)

        return await _answered(look)

    async def key(_: web.Request) -> web.Response:
        return web.Response(text=f"{keeper.verifier}\n")

    made = web.Application()
    made.add_routes(
        [
            web.post("/add-checkpoint", add),
            web.get("/checkpoint/{log:[0-9a-f]{64}}", last),
            web.get("/", key),
        ]
    )
    return made


def run(keeper: Keeper, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is told the address once it is open.

    Raises:
        OSError: The address cannot be taken.
    """

    async def serve() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        runner = web.AppRunner(application(keeper), access_log=None)
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port)
            await site.start()
            at = runner.addresses[0]
            name = f"[{at[0]}]" if ":" in at[0] else at[0]
            ready(f"http://{name}:{at[1]}")
            await stop.wait()
        finally:
            await runner.cleanup()

    asyncio.run(serve())


async def _answered(do: Callable[[], Reply]) -> web.Response:
    """Do it beside the loop (it waits for the disk); what is damaged or cannot be kept is 500."""
    try:
        reply = await asyncio.to_thread(do)
    except (TamperError, OSError) as error:
        _LOG.error("not cosigned: %s", error)
        return web.Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)
    return web.Response(
        status=reply.status, body=reply.text.encode(), headers={"Content-Type": reply.kind}
    )
