"""`/metrics`: figures for the operators' own monitoring; a token opens it, no session does."""

from __future__ import annotations

import asyncio

from aiohttp import web

from sekisho.app import metrics
from sekisho.console.interface import installation, language
from sekisho.pages import say
from sekisho.terms.tally import Tally

TALLY: web.AppKey[Tally] = web.AppKey("tally", Tally)
"""What this process counted."""


def routes() -> list[web.RouteDef]:
    """Return the address of this page."""
    return [web.get("/metrics", show)]


async def show(request: web.Request) -> web.Response:
    """Return the figures to who bears the token; 401 and what to do to anybody else."""
    here = installation(request)
    shown = request.headers.get("Authorization", "")
    if not await asyncio.to_thread(metrics.opens, here, shown):
        return web.Response(
            status=401,
            text=say(language(request), "console.metrics.token") + "\n",
            headers={"WWW-Authenticate": 'Bearer realm="sekisho metrics"'},
        )
    text = await asyncio.to_thread(metrics.page, here, request.app[TALLY])
    return web.Response(body=text.encode(), headers={"Content-Type": metrics.KIND})
