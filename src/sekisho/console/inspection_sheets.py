"""業者確認票: asked for, reminded of, read back or typed; and the papers of other lists."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sekisho.app.history import today
from sekisho.app.inspection.editions import shelf_of
from sekisho.app.installation import Installation
from sekisho.console import uploads
from sekisho.console.inspection_files import check_size, keep_upload
from sekisho.console.inspection_register import HOME, SAYERS, form_page
from sekisho.console.interface import ANYONE, installation, language, session
from sekisho.console.posture import day_of
from sekisho.console.reply import only, onward, record
from sekisho.errors import ConflictError, Error, InvalidInputError
from sekisho.terms import Action

if TYPE_CHECKING:
    from sekisho.inspection import Catalogue

LIST = f"{HOME}/vendor_sheets"
TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def routes() -> list[web.RouteDef]:
    """Return the addresses of these acts."""
    one = LIST + "/{line:[0-9]{1,9}}"
    paper = "/paper/{what:letter|reminder|sheet|answers}.{form:docx|pdf|xlsx}"
    return [
        web.get(f"{HOME}/contacts/chart.pdf", chart),
        web.get(f"{HOME}/rules/draft/{{kind:[a-z]{{3,12}}}}.docx", give_draft),
        web.post(f"{HOME}/risks/begin", begin),
        web.post(f"{LIST}/ask", ask),
        web.get(one + paper, give),
        web.post(f"{one}/remind", remind),
        web.post(f"{one}/answer", take),
        web.post(f"{one}/answers", type_in),
    ]


@only(ANYONE)
async def chart(request: web.Request) -> web.StreamResponse:
    """Give the contact chart; its digest is recorded before it is given."""
    from sekisho.app.inspection.register.chart import chart_pdf  # noqa: PLC0415 (slow to import)

    here = installation(request)
    body = await asyncio.to_thread(
        chart_pdf, here, by=session(request).user_id, language=language(request)
    )
    return _file(body, "pdf", "sekisho-contacts")


@only(ANYONE)
async def give_draft(request: web.Request) -> web.StreamResponse:
    """Give the draft of a rule; it names nobody."""
    from sekisho.app.inspection.register import drafts  # noqa: PLC0415 (slow to import)

    here, kind = installation(request), request.match_info["kind"]
    try:
        body = await asyncio.to_thread(drafts.draft, here, kind, language=language(request))
    except InvalidInputError as error:
        raise web.HTTPNotFound from error
    return _file(body, "docx", f"sekisho-draft-{kind}")


@only(SAYERS)
async def begin(request: web.Request) -> web.StreamResponse:
    """Write the chosen threats as lines that are to be judged."""
    from sekisho.inspection.register import risks  # noqa: PLC0415 (keeps the first page quick)

    here, form = installation(request), await request.post()
    await record(request, Action.CREATE, "register/risks", reason="begin")
    try:
        await asyncio.to_thread(
            risks.begin, here.database, str(form.get("concerned", "")),
            {str(one) for one in form.getall("threat", [])}, by=session(request).user_id,
            at=here.clock.now(), today=today(here), language=language(request),
        )  # fmt: skip
    except Error as error:
        return onward(f"{HOME}/risks", wrong=error.message)
    return onward(f"{HOME}/risks")


@only(SAYERS)
async def ask(request: web.Request) -> web.StreamResponse:
    """Keep that the sheet is asked for of the chosen vendors and systems."""
    from sekisho.inspection.register import sheets  # noqa: PLC0415 (keeps the first page quick)

    here, form = installation(request), await request.post()
    day = today(here)
    wanted = await asyncio.to_thread(sheets.wanted, here.database, day)
    chosen = {int(str(one)) for one in form.getall("whom", []) if str(one).isdecimal()}
    await record(request, Action.CREATE, "register/vendor_sheets", reason="ask")
    try:
        await asyncio.to_thread(
            sheets.ask, here.database, [one for n, one in enumerate(wanted) if n in chosen],
            sheets.newest(shelf_of(here)), answer_by=day_of(str(form.get("answer_by", ""))), by=session(request).user_id,
            at=here.clock.now(), today=day,
        )  # fmt: skip
    except Error as error:
        return onward(LIST, wrong=error.message)
    return onward(LIST)


@only(SAYERS)
async def give(request: web.Request) -> web.StreamResponse:
    """Give a letter, a reminder or the sheet; its digest is recorded before it is given."""
    from sekisho.app.inspection.register import sheets as work  # noqa: PLC0415 (slow to import)

    here, number = installation(request), int(request.match_info["line"])
    what, form = request.match_info["what"], request.match_info["form"]
    try:
        body = await asyncio.to_thread(
            work.paper, here, number, what, form, by=session(request).user_id,
            language=language(request),
        )  # fmt: skip
    except InvalidInputError as error:
        raise web.HTTPNotFound from error
    return _file(body, form, f"sekisho-vendor-{what}-{number}")


@only(SAYERS)
async def remind(request: web.Request) -> web.StreamResponse:
    """Keep that the vendor was reminded today."""
    from sekisho.inspection.register import sheets  # noqa: PLC0415 (keeps the first page quick)

    here, one = installation(request), await _line(request)
    await record(request, Action.UPDATE, f"register/vendor_sheets/{one.id}", reason="remind")
    try:
        await asyncio.to_thread(
            sheets.remind, here.database, one,
            by=session(request).user_id, at=here.clock.now(), today=today(here),
        )  # fmt: skip
    except Error as error:
        return onward(f"{LIST}/{one.id}", wrong=error.message)
    return onward(f"{LIST}/{one.id}")


@only(SAYERS)
async def take(request: web.Request) -> web.StreamResponse:
    """Read a sheet that came back; the file is attached as it came."""
    from sekisho.inspection.register import sheets  # noqa: PLC0415 (keeps the first page quick)

    here, one, by = installation(request), await _line(request), session(request).user_id
    try:
        arrived = await uploads.receive(request, here, by)
    except Error as error:
        return onward(f"{LIST}/{one.id}", wrong=error.message)
    await record(request, Action.IMPORT, f"register/vendor_sheets/{one.id}/file")
    upload = arrived[0]
    try:
        check_size(upload)
        await asyncio.to_thread(
            sheets.read_back, here.database, one, _book(here, one), uploads.path_of(here, upload), upload.name,
            by=by, at=here.clock.now(), today=today(here),
        )  # fmt: skip
        await asyncio.to_thread(keep_upload, here, one.id, upload, by)
    except ConflictError:  # the very file is attached already
        return onward(f"{LIST}/{one.id}")
    except Error as error:
        return await _again(request, one, error)
    finally:
        for each in arrived:
            uploads.discard(here, each)
    return onward(f"{LIST}/{one.id}")


@only(SAYERS)
async def type_in(request: web.Request) -> web.StreamResponse:
    """Keep the answers that a person read off paper."""
    from sekisho.inspection.register import sheets  # noqa: PLC0415 (keeps the first page quick)

    here, one, form = installation(request), await _line(request), await request.post()
    said = {
        name[2:]: {
            "value": str(value),
            "checked_on": str(form.get(f"d.{name[2:]}", "")),
            "target_on": str(form.get(f"t.{name[2:]}", "")),
        }
        for name, value in form.items()
        if name.startswith("v.")
    }
    await record(request, Action.UPDATE, f"register/vendor_sheets/{one.id}", reason="type_in")
    try:
        await asyncio.to_thread(
            sheets.type_in, here.database, one, _book(here, one), said,
            by=session(request).user_id, at=here.clock.now(), today=today(here),
        )  # fmt: skip
    except Error as error:
        return await _again(request, one, error)
    return onward(f"{LIST}/{one.id}")


def _book(here: Installation, one: Any) -> Catalogue:
    from sekisho.app.inspection.register.sheets import book_of  # noqa: PLC0415 (slow to import)

    book = book_of(here, one)
    if book is None:
        raise InvalidInputError("register.sheet.no_catalogue")
    return book


async def _again(request: web.Request, one: Any, error: Error) -> web.StreamResponse:
    from sekisho.inspection import register  # noqa: PLC0415 (keeps the first page quick)

    part = register.part("vendor_sheets")
    return await form_page(request, part, one, one.told, failed=error)


async def _line(request: web.Request) -> Any:
    from sekisho.inspection import register  # noqa: PLC0415 (keeps the first page quick)

    here, number = installation(request), int(request.match_info["line"])
    one = await asyncio.to_thread(register.line, here.database, number, today=today(here))
    if one is None or one.part != "vendor_sheets":
        raise web.HTTPNotFound
    return one


def _file(body: bytes, form: str, name: str) -> web.Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return web.Response(body=body, content_type=TYPES[form], headers=headers)
