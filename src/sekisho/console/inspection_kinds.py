"""点検: what kind of institution this is, which narrows what the sheets ask."""

from __future__ import annotations

import asyncio

from aiohttp import web

from sekisho.console.inspection import FIRST, SAYERS
from sekisho.console.interface import installation, session
from sekisho.console.reply import only, onward
from sekisho.errors import Error

HOME = "/inspection"


def routes() -> list[web.RouteDef]:
    """Return the addresses of these acts."""
    return [web.post(f"{HOME}/kinds", say), web.post(f"{HOME}/kinds/undo", undo)]


@only(SAYERS)
async def say(request: web.Request) -> web.StreamResponse:
    """Keep what kinds of institution this is, as the reader says."""
    from sekisho.app.inspection.kinds import set_kinds  # noqa: PLC0415 (keeps the first page quick)

    form, by = await request.post(), session(request).user_id
    chosen = [str(one) for one in form.getall("kind", [])]
    book = str(form.get("catalog", FIRST))[:40]
    try:
        await asyncio.to_thread(set_kinds, installation(request), chosen, by=by)
    except Error as error:
        return onward(HOME, catalog=book, wrong=error.message)
    return onward(HOME, catalog=book)


@only(SAYERS)
async def undo(request: web.Request) -> web.StreamResponse:
    """Go back to what was said before."""
    from sekisho.app.inspection.kinds import undo_kinds  # noqa: PLC0415 (keeps the first page quick)

    form, by = await request.post(), session(request).user_id
    book = str(form.get("catalog", FIRST))[:40]
    try:
        await asyncio.to_thread(undo_kinds, installation(request), by=by)
    except Error as error:
        return onward(HOME, catalog=book, wrong=error.message)
    return onward(HOME, catalog=book)
