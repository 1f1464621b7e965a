"""外から見た姿: what the newest look saw at each address of the list, and what was not looked at."""

from __future__ import annotations

import asyncio
from itertools import groupby

from aiohttp import web

from sekisho.app.installation import Installation
from sekisho.app.network import network_evidence
from sekisho.console.interface import ANYONE, KEEPERS, installation, session
from sekisho.console.posture import tabs
from sekisho.console.reply import only, page
from sekisho.errors import Error


def routes() -> list[web.RouteDef]:
    """Return the addresses of this page."""
    return [web.get("/posture/network", show)]


@only(ANYONE)
async def show(request: web.Request) -> web.StreamResponse:
    """Show what should be open and what is, TLS and archives, and why something was not looked at."""
    from sekisho.posture import look as room  # noqa: PLC0415 (keeps the first page quick)

    here = installation(request)
    seen, (plan, wrong), proof = await asyncio.gather(
        asyncio.to_thread(room.newest, here.database),
        asyncio.to_thread(_plan, here),
        asyncio.to_thread(network_evidence, here),
    )
    places = [
        (place, list(lines))
        for place, lines in groupby(seen, lambda one: (one.number, one.address))
    ]
    return page(
        request,
        "console/posture_network.html",
        tabs=tabs(request, "network"),
        places=places,
        plan=plan,
        wrong=wrong,
        proof=proof,
        keeper=bool(session(request).roles & KEEPERS),
    )


def _plan(here: Installation) -> tuple[object, Error | None]:
    from sekisho.posture import look as room  # noqa: PLC0415 (keeps the first page quick)

    try:
        return room.read_plan(here.data), None
    except Error as error:
        return None, error
