"""What could not be read, by reason, and read again once the reason is gone."""

from __future__ import annotations

import asyncio

from aiohttp import web

from sekisho.app.installation import Installation
from sekisho.console.interface import KEEPERS, PEOPLE, installation, session
from sekisho.console.records import may_erase, tabs
from sekisho.console.reply import only, onward, page, record
from sekisho.terms import Action

SHOWN = 200


def routes() -> list[web.RouteDef]:
    """Return the addresses of this page."""
    return [web.get("/records/quarantine", show), web.post("/records/quarantine/retry", retry)]


async def show(request: web.Request) -> web.StreamResponse:
    """Show the lines that could not be read, by reason; never their text."""
    from sekisho import collect  # noqa: PLC0415 (keeps the first page quick)

    rows = await asyncio.to_thread(collect.quarantine, installation(request).database)
    known = session(request)
    return page(
        request,
        "console/quarantine.html",
        rows=rows[:SHOWN],
        total=len(rows),
        again=_counted(request),
        keeper=bool(known.roles & KEEPERS),
        tabs=tabs("quarantine", people=bool(known.roles & PEOPLE), erase=may_erase(request)),
    )


@only(KEEPERS)
async def retry(request: web.Request) -> web.StreamResponse:
    """Read what waits again, as each file was read, and record what can be read now."""
    await record(request, Action.IMPORT, "collect/retry")
    added, still = await asyncio.to_thread(_again, installation(request))
    return onward("/records/quarantine", added=added, still=still)


def _again(here: Installation) -> tuple[int, int]:
    from sekisho import collect  # noqa: PLC0415 (keeps the first page quick)

    with here.recorder() as recorder:
        done = collect.retry(here.database, recorder=recorder, clock=here.clock, book=here.reader())
    return done.added, done.still


def _counted(request: web.Request) -> tuple[int, int] | None:
    """Return what the last try did, as its address says."""
    said = [request.query.get(name, "") for name in ("added", "still")]
    if not all(one.isascii() and one.isdigit() and len(one) < 10 for one in said):
        return None
    return int(said[0]), int(said[1])
