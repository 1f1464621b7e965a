"""One source: what its log shows and cannot show, confirmed by a person; the letter to its vendor."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from sekisho.app.findings import open_findings
from sekisho.app.installation import Installation
from sekisho.console.interface import KEEPERS, OFFICERS, PEOPLE, installation, language, session
from sekisho.console.records import AT_ONCE, may_erase, tabs
from sekisho.console.reply import only, onward, page, record
from sekisho.console.today import line_of
from sekisho.errors import Error, InvalidInputError
from sekisho.terms import Action, Result

if TYPE_CHECKING:
    from sekisho.collect.unseen import Sheet

MAY = KEEPERS | OFFICERS


def routes() -> list[web.RouteDef]:
    """Return the addresses of this page."""
    return [
        web.get("/records/source", show),
        web.post("/records/source", confirm),
        web.get("/records/source/request.docx", letter),
    ]


async def show(request: web.Request) -> web.StreamResponse:
    """Show what arrived of a source, and its sheet; no person stands there but who confirmed."""
    return await _show(request, request.query.get("name", ""))


async def _show(
    request: web.Request, name: str, wrong: Error | None = None, form: dict[str, str] | None = None
) -> web.StreamResponse:
    here, roles = installation(request), session(request).roles
    sheet = await _sheet(here, name)
    found = await asyncio.to_thread(open_findings, here.database)
    mine = [view for view in found if view.finding.args.get("source") == name]
    return page(
        request,
        "console/source.html",
        status=400 if wrong else 200,
        sheet=sheet,
        states=list(Result),
        findings=[line_of(view) for view in mine if view.finding.room.startswith("collect")],
        form=form or {},
        may=bool(roles & MAY),
        wrong=wrong,
        words=language(request),
        tabs=tabs("sources", people=bool(roles & PEOPLE), erase=may_erase(request)),
    )


@only(MAY)
async def confirm(request: web.Request) -> web.StreamResponse:
    """Keep what this person confirms, line by line, in their own name."""
    from sekisho.app.waiting import refresh_findings  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.collect import unseen  # noqa: PLC0415 (same)

    here, who = installation(request), session(request)
    given = await request.post()
    form = {name: str(value).strip() for name, value in given.items()}
    name = form.get("name", "")
    sheet = await _sheet(here, name)
    try:
        answers = {
            matter.id: (_state(form[f"state-{matter.id}"]), form.get(f"note-{matter.id}", ""))
            for matter in unseen.matters()
            if form.get(f"state-{matter.id}")
        }
        unseen.check(answers, by=who.user_id)
        await record(request, Action.SECURITY, f"collect/unseen/{name}")
        await asyncio.to_thread(
            unseen.confirm, here.database, here.clock, sheet, answers, by=who.user_id
        )
    except Error as error:
        return await _show(request, name, error, form)
    await asyncio.to_thread(refresh_findings, here)
    return onward("/records/source", name=name)


@only(MAY)
async def letter(request: web.Request) -> web.StreamResponse:
    """Give the letter to the vendor."""
    from sekisho.app.request import request as write  # noqa: PLC0415 (slow to import)

    here, name = installation(request), request.query.get("name", "")
    await _sheet(here, name)
    await record(request, Action.EXPORT, f"collect/request/{name}")
    async with AT_ONCE:
        body = await asyncio.to_thread(write, here, name, language=language(request))
    return web.Response(
        body=body,
        content_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        headers={"Content-Disposition": 'attachment; filename="request.docx"'},
    )


async def _sheet(here: Installation, name: str) -> Sheet:
    from sekisho.collect import unseen  # noqa: PLC0415 (keeps the first page quick)

    async with AT_ONCE:
        found = await asyncio.to_thread(
            unseen.sheets,
            here.database,
            here.reader(),
            here.clock,
            zone=here.config.zone,
            source=name,
        )
    if not found:
        raise web.HTTPNotFound
    return found[0]


def _state(text: str) -> Result:
    try:
        return Result(text)
    except ValueError as error:
        raise InvalidInputError("collect.unseen.no_line", line=text[:40]) from error
