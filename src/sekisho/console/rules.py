"""確認の決まり: the deputy, when the month is to be closed, and when a name goes."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from sekisho.app.installation import Installation
from sekisho.console.cases import tabs
from sekisho.console.interface import OFFICERS, PEOPLE, installation, language, session
from sekisho.console.reply import only, onward, page, record
from sekisho.errors import Error, InvalidInputError
from sekisho.terms import Action

NUMBERS = ("closing", "reply", "months")
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def routes() -> list[web.RouteDef]:
    """Return the addresses of this page."""
    return [
        web.get("/review/rules", show),
        web.post("/review/rules", keep),
        web.get("/review/masking/{kind:rule|responsible|notice|watchers}.docx", draft),
    ]


@only(PEOPLE)
async def show(request: web.Request) -> web.StreamResponse:
    """Show what is set."""
    return await _show(request)


@only(OFFICERS)
async def keep(request: web.Request) -> web.StreamResponse:
    """Keep what the safety officer set, in their own name."""
    from sekisho.app import closing, deputy  # noqa: PLC0415 (keeps the first page quick)

    here, who = installation(request), session(request).user_id
    form = await request.post()
    given = {name: str(form.get(name, "")).strip() for name in (*NUMBERS, "deputy")}

    def work() -> None:
        for name in NUMBERS:
            if not given[name].isascii() or not given[name].isdecimal():
                raise InvalidInputError("app.closing.number")
            closing.set_rule(here, name, int(given[name][:6]), by=who)
        if given["deputy"]:
            deputy.name_deputy(here, given["deputy"], by=who)

    said = " ".join(f"{name}:{value}" for name, value in given.items())[:200]
    await record(request, Action.SECURITY, "review/rules", reason=said)
    try:
        await asyncio.to_thread(work)
    except Error as error:
        return await _show(request, error)
    return onward("/review/rules")


@only(PEOPLE)
async def draft(request: web.Request) -> web.StreamResponse:
    """Give the draft of one paper; there is nobody in it."""
    from sekisho.app import drafts  # noqa: PLC0415 (keeps the first page quick)

    here, kind = installation(request), request.match_info["kind"]
    body = await asyncio.to_thread(drafts.draft, here, kind, language=language(request))
    return web.Response(
        body=body,
        content_type=DOCX,
        headers={"Content-Disposition": f'attachment; filename="sekisho-{kind}.docx"'},
    )


async def _show(request: web.Request, wrong: Error | None = None) -> web.StreamResponse:
    here = installation(request)
    view = await asyncio.to_thread(_view, here)
    return page(
        request,
        "console/rules.html",
        status=400 if wrong else 200,
        tabs=tabs("rules", people=True),
        officer=bool(session(request).roles & OFFICERS),
        wrong=wrong,
        **view,
    )


def _view(here: Installation) -> dict[str, Any]:
    from sekisho.app.closing import MOST, rules  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.app.deputy import hands, may_deputize  # noqa: PLC0415 (same)

    able = may_deputize(here)
    named = hands(here).deputy
    return {
        "rules": rules(here),
        "limits": MOST,
        "numbers": NUMBERS,
        "deputy": next((a for a in able if a.user_id == named), None),
        "able": able,
    }
