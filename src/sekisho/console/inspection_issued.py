"""配られた用紙: the issued workbook filled for download, and one filled by hand confirmed item by item."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aiohttp import web

from sekisho.console import uploads
from sekisho.console.inspection import SAYERS, tabs
from sekisho.console.inspection_papers import TYPES
from sekisho.console.interface import installation, language, session
from sekisho.console.posture import day_of, today_of
from sekisho.console.reply import only, onward, page, record, wrong_of
from sekisho.errors import Error
from sekisho.pages.words import explain
from sekisho.terms import Action

if TYPE_CHECKING:
    from sekisho.inspection import Line

HOME = "/inspection/issued"
ONE = HOME + "/{upload:[0-9a-f]{32}}"


def routes() -> list[web.RouteDef]:
    """Return the addresses of these pages."""
    return [
        web.get(HOME, show),
        web.post(HOME, take),
        web.get(ONE, show_one),
        web.post(f"{ONE}/fill", give),
        web.post(f"{ONE}/confirm", confirm),
    ]


@only(SAYERS)
async def show(request: web.Request) -> web.StreamResponse:
    """Show where to give the workbook."""
    return page(
        request,
        "console/inspection_issued.html",
        tabs=tabs("issued"),
        failed="",
        wrong=wrong_of(request),
    )


@only(SAYERS)
async def take(request: web.Request) -> web.StreamResponse:
    """Take a workbook and show what it asks and says; nothing is kept by it."""
    here, by = installation(request), session(request).user_id
    try:
        arrived = await uploads.receive(request, here, by)
    except Error as error:
        return onward(HOME, wrong=error.message)
    for more in arrived[1:]:
        uploads.discard(here, more)
    await record(request, Action.IMPORT, "inspection/issued")
    return onward(f"{HOME}/{arrived[0].id}")


@only(SAYERS)
async def show_one(request: web.Request) -> web.StreamResponse:
    """Show what would be written into the workbook, and what stands in it as proposals."""
    return await _one(request)


async def _one(request: web.Request, error: Error | None = None) -> web.StreamResponse:
    here = installation(request)
    upload = uploads.find(here, request.match_info["upload"])
    if upload is None or upload.by != session(request).user_id:
        return onward(HOME, wrong="inspection.issued.gone")
    try:
        found = await asyncio.to_thread(_looked, request, upload)
    except Error as refused:
        uploads.discard(here, upload)
        return page(
            request, "console/inspection_issued.html", status=400, tabs=tabs("issued"),
            failed=explain(language(request), refused), wrong="",
        )  # fmt: skip
    return page(
        request,
        "console/inspection_issued_read.html",
        status=422 if error else 200,
        tabs=tabs("issued"),
        upload=upload,
        error=error,
        today=today_of(here),
        done=request.query.get("done", ""),
        **found,
    )


def _looked(request: web.Request, upload: uploads.Upload) -> dict[str, Any]:
    """Return what the page shows of a workbook."""
    from sekisho.app.inspection import sheet_of  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.app.inspection.issued import look_issued, read_issued  # noqa: PLC0415 (same)
    from sekisho.inspection.issued import How  # noqa: PLC0415 (same)

    here = installation(request)
    content = uploads.path_of(here, upload).read_bytes()
    how = How(partial=True, other_edition=True)
    chosen, filled = look_issued(here, content, upload.name, how)
    book, proposals, _ = read_issued(
        here, content, upload.name, by=session(request).user_id, catalogue=chosen
    )
    sheet = sheet_of(here, chosen)
    lines = {line.item.id: line for line in sheet.every}
    return {
        "book": book,
        "filled": filled,
        "states": [state for state in ("written", "same", "differs") if any(m.state == state for m in filled.marks)],
        "proposals": [
            (one, lines[one.item.id])
            for one in proposals
            if one.value is not None and not _same(one, lines[one.item.id])
        ],
        "unclear": [one for one in proposals if "unclear" in one.doubts],
    }  # fmt: skip


def _same(one: Any, line: Line) -> bool:
    said = line.answer
    return (
        said is not None
        and said.value is one.value
        and said.target_on == one.target_on
        and (one.checked_on is None or said.checked_on == one.checked_on)
    )


@only(SAYERS)
async def give(request: web.Request) -> web.StreamResponse:
    """Give the workbook with the answers in it, its layout as it came."""
    from sekisho.app.inspection.issued import fill_issued  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.inspection.issued import How  # noqa: PLC0415 (same)

    here, form, who = installation(request), await request.post(), session(request)
    upload = uploads.find(here, request.match_info["upload"])
    if upload is None or upload.by != who.user_id:
        return onward(HOME, wrong="inspection.issued.gone")
    how = How(
        replace=form.get("replace") == "yes",
        partial=form.get("partial") == "yes",
        other_edition=form.get("other_edition") == "yes",
    )
    content = await asyncio.to_thread(uploads.path_of(here, upload).read_bytes)
    try:
        found = await asyncio.to_thread(
            fill_issued, here, content, upload.name, how, by=who.user_id
        )
    except Error as error:
        return await _one(request, error)
    if found.content is None:
        return await _one(request)
    name = quote(f"{upload.name.rsplit('.', 1)[0]}-filled.xlsx")
    headers = {"Content-Disposition": f"attachment; filename=\"filled.xlsx\"; filename*=UTF-8''{name}"}  # fmt: skip
    return web.Response(body=found.content, content_type=TYPES["xlsx"], headers=headers)


@only(SAYERS)
async def confirm(request: web.Request) -> web.StreamResponse:
    """Keep one proposal as the reader's own answer."""
    from sekisho import inspection as room  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.app.inspection import sheet_of  # noqa: PLC0415 (same)

    here, form = installation(request), await request.post()
    book, item = str(form.get("catalogue", ""))[:40], str(form.get("item", ""))[:60]
    try:
        sheet = await asyncio.to_thread(sheet_of, here, book)
        line = next((one for one in sheet.every if one.item.id == item), None)
        if line is None:
            raise web.HTTPNotFound
        said, before = str(form.get("value", "")), str(form.get("before", ""))
        await record(request, Action.SECURITY, f"inspection/{item}", reason=said[:16])
        await asyncio.to_thread(
            room.answer,
            here.database, sheet.catalogue, line.item, value=said,
            checked_on=day_of(str(form.get("checked_on", ""))),
            target_on=day_of(str(form.get("target_on", ""))),
            reason=str(form.get("reason", "")), by=session(request).user_id,
            at=here.clock.now(), today=today_of(here), computed=line.computed,
            before=int(before) if before.isascii() and before.isdigit() and len(before) < 10 else -1,
        )  # fmt: skip
    except Error as error:
        return await _one(request, error)
    return onward(f"{HOME}/{request.match_info['upload']}", done=line.item.number or line.item.id)
