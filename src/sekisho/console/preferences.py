"""設定: what the institution is called, and each reader's language."""

from __future__ import annotations

import asyncio

from aiohttp import web

from sekisho.console.interface import KEEPERS, installation, session
from sekisho.console.reply import only, onward, page, record
from sekisho.errors import InvalidInputError
from sekisho.identity.terminals import terminals
from sekisho.pages import LANGUAGES
from sekisho.terms import Action

YEAR = 365 * 24 * 3600


def routes() -> list[web.RouteDef]:
    """Return the addresses of these pages."""
    return [
        web.get("/settings", show),
        web.post("/settings/institution", name),
        web.get("/language", choose),
    ]


async def show(request: web.Request) -> web.StreamResponse:
    """Show what is set, and where it is set."""
    return _show(request, "")


@only(KEEPERS)
async def name(request: web.Request) -> web.StreamResponse:
    """Keep the institution's name."""
    here, who = installation(request), session(request)
    text = str((await request.post()).get("institution", ""))
    await record(request, Action.SECURITY, "settings/institution")
    try:
        await asyncio.to_thread(here.name_institution, text, by=who.user_id)
    except InvalidInputError as error:
        return _show(request, error.message)
    return onward("/settings")


async def choose(request: web.Request) -> web.StreamResponse:
    """Keep the language this browser reads, and go back."""
    wanted, back = request.query.get("to", ""), request.query.get("back", "/")
    inside = back.startswith("/") and not back.startswith(("//", "/\\")) and back.isprintable()
    response = onward(back if inside else "/")
    if wanted in LANGUAGES:
        response.set_cookie(
            "sekisho-language",
            wanted,
            path="/",
            max_age=YEAR,
            secure=True,
            httponly=True,
            samesite="Lax",
        )
    return response


def _show(request: web.Request, wrong: str) -> web.Response:
    here = installation(request)
    return page(
        request,
        "console/settings.html",
        status=400 if wrong else 200,
        institution=here.institution or "",
        config=here.config,
        data=str(here.data),
        terminals=terminals(here.database),
        keeper=bool(session(request).roles & KEEPERS),
        wrong=wrong,
    )
