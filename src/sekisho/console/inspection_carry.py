"""点検: answers of an older edition, which a person confirms one by one for the newer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from sekisho.console.inspection import SAYERS, tabs
from sekisho.console.interface import ANYONE, installation, session
from sekisho.console.reply import only, page
from sekisho.errors import ConflictError, Error, InvalidInputError

if TYPE_CHECKING:
    from sekisho.inspection import Shelf
    from sekisho.inspection.carry import Proposal

HOME = "/inspection/carry"


def routes() -> list[web.RouteDef]:
    """Return the addresses of this page."""
    return [web.get(HOME, show), web.post(HOME, keep), web.post(f"{HOME}/undo", undo)]


@only(ANYONE)
async def show(request: web.Request) -> web.StreamResponse:
    """Show what the answers of one edition say of another; writes nothing."""
    return await _page(request, request.query.get("from", ""), request.query.get("to", ""))


@only(SAYERS)
async def keep(request: web.Request) -> web.StreamResponse:
    """Keep the answers that the reader chose, and say which could not be kept."""
    from sekisho.app.inspection.carry import confirm_carry  # noqa: PLC0415 (keeps the first page quick)

    form = await request.post()
    old, new = str(form.get("from", "")), str(form.get("to", ""))
    chosen = {str(one) for one in form.getall("item", [])}
    reason = str(form.get("reason", ""))
    here, by = installation(request), session(request).user_id
    refused: dict[str, Error] = {}
    for one in await _proposals(request, old, new):
        name = one.line.item.id
        if name in chosen:
            try:
                await asyncio.to_thread(confirm_carry, here, new, one, by=by, reason=reason)
            except (InvalidInputError, ConflictError) as error:
                refused[name] = error
    kept = len(chosen) - len(refused)
    return await _page(request, old, new, refused=refused, kept=kept)


@only(SAYERS)
async def undo(request: web.Request) -> web.StreamResponse:
    """Take back what was carried and nobody answered since."""
    from sekisho.app.inspection.carry import undo_carry  # noqa: PLC0415 (keeps the first page quick)

    form = await request.post()
    old, new = str(form.get("from", "")), str(form.get("to", ""))
    await _proposals(request, old, new)
    by = session(request).user_id
    await asyncio.to_thread(undo_carry, installation(request), old, new, by=by)
    return await _page(request, old, new)


async def _page(
    request: web.Request,
    old: str,
    new: str,
    *,
    refused: dict[str, Error] | None = None,
    kept: int = 0,
) -> web.StreamResponse:
    from sekisho.app.inspection import shelf_of  # noqa: PLC0415 (keeps the first page quick)

    here = installation(request)
    shelf = await asyncio.to_thread(shelf_of, here)
    found = await _proposals(request, old, new) if old and new and old != new else []
    return page(
        request,
        "console/inspection_carry.html",
        status=422 if refused else 200,
        tabs=tabs("sheet"),
        books=shelf.books.values(),
        old=old,
        new=new,
        one=bool(old) and old == new,
        found=found,
        vendor=old in shelf.books and shelf.books[old].sheet == "vendor",
        left=sum(one.open for one in found),
        carried=_carried(request, shelf, found, old, new),
        refused=refused or {},
        kept=kept,
        sayer=bool(session(request).roles & SAYERS),
    )


def _carried(
    request: web.Request, shelf: Shelf, found: list[Proposal], old: str, new: str
) -> frozenset[str]:
    """Return the items of the newer edition whose answer was carried and stands."""
    from sekisho.inspection.carry import carried  # noqa: PLC0415 (keeps the first page quick)

    if not found:
        return frozenset()
    database = installation(request).database
    return frozenset(carried(database, shelf.catalogue(old), shelf.catalogue(new)))


async def _proposals(request: web.Request, old: str, new: str) -> list[Proposal]:
    from sekisho.app.inspection.carry import proposals_of  # noqa: PLC0415 (keeps the first page quick)

    try:
        return await asyncio.to_thread(proposals_of, installation(request), old, new)
    except InvalidInputError as error:
        raise web.HTTPNotFound from error
