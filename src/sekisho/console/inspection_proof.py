"""証拠の移り変わり: every kept proof of one subject, the newest first, and what asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp import web

from sekisho.console.inspection import tabs
from sekisho.console.interface import ANYONE, installation, language, session
from sekisho.console.reply import only, page

if TYPE_CHECKING:
    from sekisho.inspection import Catalogue, Item, Shelf

PAGE = 50
PATH = "/inspection/proof/"
ITSELF = frozenset(
    {
        "access", "collect", "doctor", "gate", "identity", "inspection", "jobs", "ledger",
        "posture", "recorder", "register", "review", "scan", "sekisho", "witness",
    }
)  # fmt: skip
"""Parts of Sekisho that check by themselves; anything else is a person's id."""


def routes() -> list[web.RouteDef]:
    """Return the addresses of this page."""
    return [web.get(PATH + "{subject:[a-z][A-Za-z0-9._~-]{0,99}}", show)]


@only(ANYONE)
async def show(request: web.Request) -> web.StreamResponse:
    """Show what was found about one subject, when, and since when the same."""
    from sekisho.app import proofs  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.app.inspection import place, shelf_of, title_of  # noqa: PLC0415 (same)

    here, subject = installation(request), request.match_info["subject"]
    before = request.query.get("before", "")
    start = int(before) if before.isascii() and before.isdigit() and len(before) < 10 else None
    kept = await asyncio.to_thread(
        proofs.history, here.database, subject, before=start, limit=PAGE + 1
    )
    newest = kept[0].evidence if kept and start is None else None
    if start is not None:
        newest = await asyncio.to_thread(proofs.latest_evidence, here.database, subject)
    asked = list(_asked(await asyncio.to_thread(shelf_of, here), subject))
    title = title_of(subject, language(request))
    if newest is None and not asked and title == subject:
        raise web.HTTPNotFound
    known = place(subject)
    now = here.clock.now()
    return page(
        request,
        "console/inspection_proof.html",
        tabs=tabs("sheet"),
        subject=subject,
        title=title,
        newest=newest,
        stands=proofs.stands(newest, now),
        old=newest is not None and newest.valid_until is not None and newest.valid_until < now,
        kept=kept[:PAGE],
        next=f"{PATH}{subject}?before={kept[PAGE - 1].id}" if len(kept) > PAGE else "",
        first=f"{PATH}{subject}" if start is not None else None,
        asked=asked,
        itself=ITSELF,
        place=known,
        opens=known is not None and bool(known.roles & session(request).roles),
    )


def _asked(shelf: Shelf, subject: str) -> Iterator[tuple[Catalogue, Item]]:
    """Give the items of every catalogue that ask for it."""
    for book in shelf.books.values():
        for item in book.asked():
            if any(proof.subject == subject for proof in item.proofs):
                yield book, item
