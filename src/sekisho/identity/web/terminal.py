"""At a shared terminal: how long the session still lives, and the signal that ends it."""

from __future__ import annotations

import asyncio
import functools

from aiohttp import web

from sekisho.errors import UnavailableError
from sekisho.identity.authenticate import address_subject
from sekisho.identity.limits import admit
from sekisho.identity.sessions import close_session, idle_of
from sekisho.identity.signals import sessions_signalled
from sekisho.identity.web.door import AGENT, POLL, Identity, signed_in
from sekisho.terms import Action, Outcome


def routes(identity: Identity) -> list[web.RouteDef]:
    """Return the addresses of this page."""
    mine = functools.partial
    return [
        web.get("/sign-in/awake", mine(awake, identity)),
        web.post(AGENT, mine(signalled, identity)),
    ]


async def awake(identity: Identity, request: web.Request) -> web.Response:
    """Tell the page's script for how many seconds the session lives; asked without `POLL`, it is an act."""
    known = signed_in(request)
    idle = await asyncio.to_thread(idle_of, identity.database, known, identity.settings)
    quiet = identity.clock.now() - known.seen
    left = (idle - quiet if POLL in request.headers else idle).total_seconds()
    return web.json_response({"left": max(0, int(left))}, headers={"Cache-Control": "no-store"})


async def signalled(identity: Identity, request: web.Request) -> web.Response:
    """End every session of the terminal from which the agent calls.

    A card was pulled: that ends what is open, whether or not it can be recorded. A wrong
    token is counted as a failed sign-in of its address is.
    """
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    found = None
    if kind.casefold() == "bearer" and len(token) < 200:
        found = await asyncio.to_thread(
            sessions_signalled, identity.database, identity.clock, token.strip(), request.remote
        )
    if found is None:
        wait = await asyncio.to_thread(
            admit, identity.database, identity.clock,
            [address_subject(request.remote)], identity.settings,
        )  # fmt: skip
        if wait is None:
            await identity.act(request, Action.SECURITY, "terminal", outcome=Outcome.REFUSED)
        head = {"WWW-Authenticate": 'Bearer realm="sekisho terminal"'}
        return web.json_response({"error": "token"}, status=401, headers=head)
    terminal, sessions = found
    recorded = True
    for one in sessions:
        try:
            await identity.act(
                request, Action.LOGOUT, "sign-out",
                user_id=one.user_id, reason=f"terminal:{terminal.name}",
            )  # fmt: skip
        except UnavailableError:
            recorded = False
        await asyncio.to_thread(close_session, identity.database, one.id)
    return web.json_response({"ended": len(sessions), "recorded": recorded})
