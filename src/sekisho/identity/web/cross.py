"""Crossing over to the host of a protected system, with the session of this one."""

from __future__ import annotations

import asyncio
import functools
import re
from urllib.parse import quote

from aiohttp import web

from sekisho.errors import InvalidInputError
from sekisho.identity.crossing import issue_crossing
from sekisho.identity.web.door import Identity, page, safe_next, signed_in
from sekisho.terms import Action

_STATE = re.compile(r"[0-9a-f]{64}")


def routes(identity: Identity) -> list[web.RouteDef]:
    """Return the address of this page."""
    return [web.get("/cross", functools.partial(cross, identity))]


async def cross(identity: Identity, request: web.Request) -> web.Response:
    """Send the signed-in browser to the host it came from, with a code.

    The page goes on by itself (a refresh, not a redirect: after a form, a redirect to
    another host would be stopped by our own policy for forms).
    """
    to, state = request.query.get("to", ""), request.query.get("state", "")
    if to not in identity.others() or not _STATE.fullmatch(state):
        raise InvalidInputError("identity.no_such_host")
    known = signed_in(request)
    await identity.act(request, Action.LOGIN, f"cross:{to}")
    code = await asyncio.to_thread(
        issue_crossing, identity.database, identity.clock, known.id, origin=to, state=state
    )
    way = quote(safe_next(request.query.get("next"), "/"), safe="")
    answer = page(request, "cross", way=f"{to}/.sekisho/enter?code={code.reveal()}&next={way}")
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
