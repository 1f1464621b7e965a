"""Lists of the register on their way in and out: what a file was read as, what is there already."""

from __future__ import annotations

import asyncio

from aiohttp import web

from sekisho.app.history import today
from sekisho.console import uploads
from sekisho.console.inspection_register import HOME, PART, SAYERS, part_of
from sekisho.console.interface import ANYONE, installation, language, session
from sekisho.console.reply import only, onward, page, record, wrong_of
from sekisho.errors import Error
from sekisho.pages.words import explain
from sekisho.terms import Action

SHOWN = 200
"""Rows that the page of a file shows of each kind."""


def routes() -> list[web.RouteDef]:
    """Return the addresses of these pages."""
    return [
        web.get(f"{PART}/export.{{form:csv|xlsx}}", export),
        web.get(f"{PART}/template.xlsx", give_template),
        web.post(f"{PART}/load/{{load:[0-9]{{1,9}}}}/back", take_back),
        web.get(f"{PART}/load", show_load),
        web.post(f"{PART}/load", take),
        web.get(f"{PART}/load/{{upload:[0-9a-f]{{32}}}}", show_read),
        web.post(f"{PART}/load/{{upload:[0-9a-f]{{32}}}}", keep),
    ]


@only(ANYONE)
async def export(request: web.Request) -> web.StreamResponse:
    """Give what the list shows as a file; that is recorded first."""
    from sekisho.app.inspection.register import lists  # noqa: PLC0415 (slow to import)

    here, part, query = installation(request), part_of(request), request.query
    form = request.match_info["form"]
    await record(request, Action.EXPORT, f"register/{part.name}/export")
    body = await asyncio.to_thread(
        lists.exported, here, part.name, form, language=language(request),
        search=query.get("search", "")[:100], problem=query.get("problem", "")[:24],
    )  # fmt: skip
    return _file(body, lists.TYPES[form], f"sekisho-{part.name}.{form}")


@only(ANYONE)
async def give_template(request: web.Request) -> web.StreamResponse:
    """Give the workbook that is filled in and loaded."""
    from sekisho.app.inspection.register import lists  # noqa: PLC0415 (slow to import)

    here, part = installation(request), part_of(request)
    body = await asyncio.to_thread(lists.template, here, part.name, language=language(request))
    return _file(body, lists.TYPES["xlsx"], f"sekisho-{part.name}-empty.xlsx")


@only(SAYERS)
async def show_load(request: web.Request) -> web.StreamResponse:
    """Show where to give a list, and by which headings it is read."""
    return await _page(request, "")


@only(SAYERS)
async def take(request: web.Request) -> web.StreamResponse:
    """Take a file and show what it is read as; nothing is kept yet."""
    here, part, by = installation(request), part_of(request), session(request).user_id
    try:
        arrived = await uploads.receive(request, here, by)
    except Error as error:
        return onward(f"{HOME}/{part.name}/load", wrong=error.message)
    for more in arrived[1:]:
        uploads.discard(here, more)
    await record(request, Action.IMPORT, f"register/{part.name}/load")
    return onward(f"{HOME}/{part.name}/load/{arrived[0].id}")


@only(SAYERS)
async def show_read(request: web.Request) -> web.StreamResponse:
    """Show what is new, what is there already and says something else, and what cannot be read."""
    from sekisho.inspection import register  # noqa: PLC0415 (keeps the first page quick)

    here, part = installation(request), part_of(request)
    upload = uploads.find(here, request.match_info["upload"])
    if upload is None:
        return onward(f"{HOME}/{part.name}/load", wrong="register.list.gone")
    try:
        listed = await asyncio.to_thread(
            register.read_list, uploads.path_of(here, upload), part.name, today(here)
        )
        rows = await asyncio.to_thread(
            register.compare, here.database, part.name, listed, today(here)
        )
    except Error as error:
        uploads.discard(here, upload)
        return await _page(request, explain(language(request), error))
    return page(
        request,
        "console/register_read.html",
        part=part,
        upload=upload,
        listed=listed,
        new=[one for one in rows if one.state == "new"],
        asked=[one for one in rows if one.state in {"differs", "twice"}],
        same=sum(one.state == "same" for one in rows),
        shown=SHOWN,
    )


@only(SAYERS)
async def keep(request: web.Request) -> web.StreamResponse:
    """Keep the rows as the person answered."""
    from sekisho.inspection import register  # noqa: PLC0415 (keeps the first page quick)

    here, part, form = installation(request), part_of(request), await request.post()
    upload = uploads.find(here, request.match_info["upload"])
    if upload is None:
        return onward(f"{HOME}/{part.name}/load", wrong="register.list.gone")
    every = str(form.get("every", ""))
    answers = {
        int(name[1:]): str(value)
        for name, value in form.items()
        if name[:1] == "r" and name[1:].isdecimal() and len(name) < 9
    }
    await record(request, Action.IMPORT, f"register/{part.name}/load", reason=upload.name[:80])
    day = today(here)

    def write() -> None:
        listed = register.read_list(uploads.path_of(here, upload), part.name, day)
        rows = register.compare(here.database, part.name, listed, day)
        said = {one.row: answers.get(one.row) or every or "ours" for one in rows}
        register.keep_list(
            here.database, part.name, rows, said,
            by=session(request).user_id, at=here.clock.now(), file=upload.name,
        )  # fmt: skip

    try:
        await asyncio.to_thread(write)
    except Error as error:
        return onward(f"{HOME}/{part.name}/load", wrong=error.message)
    uploads.discard(here, upload)
    return onward(f"{HOME}/{part.name}")


@only(SAYERS)
async def take_back(request: web.Request) -> web.StreamResponse:
    """Take back what a file brought, as a whole."""
    from sekisho.inspection import register  # noqa: PLC0415 (keeps the first page quick)

    here, part, number = installation(request), part_of(request), request.match_info["load"]
    await record(request, Action.UPDATE, f"register/{part.name}/load", reason=f"back {number}")
    try:
        await asyncio.to_thread(
            register.take_back_load, here.database, part.name, int(number),
            by=session(request).user_id, at=here.clock.now(),
        )  # fmt: skip
    except Error as error:
        return onward(f"{HOME}/{part.name}/load", wrong=error.message)
    return onward(f"{HOME}/{part.name}")


async def _page(request: web.Request, failed: str) -> web.StreamResponse:
    from sekisho.inspection import register  # noqa: PLC0415 (keeps the first page quick)

    here, part = installation(request), part_of(request)
    return page(
        request,
        "console/register_load.html",
        status=400 if failed else 200,
        part=part,
        loads=await asyncio.to_thread(register.loads, here.database, part.name),
        failed=failed,
        wrong=wrong_of(request),
    )


def _file(body: bytes, kind: str, name: str) -> web.Response:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=body, content_type=kind, headers=disposition)
