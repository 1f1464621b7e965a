"""止めてある対策: what is off and by whose order, what nobody explained, one entry, the letter."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import web

from sekisho.console.interface import ANYONE, installation, language, session
from sekisho.console.posture import SAYERS, tabs, today_of
from sekisho.console.reply import only, onward, page, record, wrong_of
from sekisho.errors import Error
from sekisho.terms import Action

PAGE = 50
LIST = "/posture/controls"
FIELDS = (
    "what", "about", "ordered", "ordered_by", "contact", "why", "since", "until", "instead",
    "confirmed_by", "confirmed_on", "note",
)  # fmt: skip
TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


def routes() -> list[web.RouteDef]:
    """Return the addresses of these pages."""
    one = LIST + "/{control:[0-9]{1,9}}"
    return [
        web.get(LIST, show),
        web.post(LIST, add),
        web.get(f"{LIST}/new", show_new),
        web.get(f"{LIST}/letter.{{form:docx|pdf}}", letter),
        web.get(one, show_one),
        web.post(one, change),
        web.post(f"{one}/confirm", confirm),
        web.post(f"{one}/lift", lift),
        web.post(f"{one}/undo", undo),
    ]


@only(ANYONE)
async def show(request: web.Request) -> web.StreamResponse:
    """Show a page of what is off, and what was seen off that no entry tells of."""
    from sekisho.posture import controls  # noqa: PLC0415 (keeps the first page quick)

    here, query = installation(request), request.query
    today, after = today_of(here), query.get("after", "")
    states = ("off", *controls.PROBLEMS, "on")
    given = {
        "search": query.get("search", "").strip()[:100],
        "what": query["what"] if query.get("what") in controls.WHATS else "",
        "state": query["state"] if query.get("state") in states else "off",
    }
    found, counted, waiting, letters = await asyncio.gather(
        asyncio.to_thread(
            controls.entries, here.database, today=today, search=given["search"],
            what=given["what"], chosen=given["state"],
            after=int(after) if after.isdecimal() and len(after) < 10 else 0, limit=PAGE,
        ),
        asyncio.to_thread(controls.sums, here.database, today),
        asyncio.to_thread(controls.proposals, here.database, now=here.clock.now()),
        asyncio.to_thread(controls.addressees, here.database),
    )  # fmt: skip
    return page(
        request,
        "console/posture_controls.html",
        tabs=tabs(request, "controls"),
        rows=found.rows,
        next=f"{LIST}?" + urlencode({**given, "after": found.after}) if found.after else "",
        first=f"{LIST}?" + urlencode(given) if after else None,
        counted=counted,
        waiting=waiting,
        letters=letters,
        whats=controls.WHATS,
        states=states,
        sayer=bool(session(request).roles & SAYERS),
        search=given["search"],
        what=given["what"],
        state=given["state"],
    )


@only(SAYERS)
async def show_new(request: web.Request) -> web.StreamResponse:
    """Show the form of a new entry, filled in with what is known of the machine."""
    query = request.query
    given = {name: query.get(name, "")[:200] for name in FIELDS}
    return await _form(request, None, given)


@only(ANYONE)
async def show_one(request: web.Request) -> web.StreamResponse:
    """Show one entry, what is amiss with it, and who changed it."""
    from sekisho.posture import controls  # noqa: PLC0415 (keeps the first page quick)

    here, identifier = installation(request), int(request.match_info["control"])
    one = await asyncio.to_thread(controls.entry, here.database, identifier, today=today_of(here))
    given = {n: str(one.told[n] or "") for n in FIELDS} if one else {}
    return await _form(request, one, given)


async def _form(request: web.Request, one: Any, given: dict[str, str]) -> web.StreamResponse:
    from sekisho.posture import controls  # noqa: PLC0415 (keeps the first page quick)

    here, new = installation(request), "control" not in request.match_info
    past = await asyncio.to_thread(controls.changes, here.database, one.told["id"]) if one else []
    return page(
        request,
        "console/posture_control.html",
        status=200 if one or new else 404,
        one=one,
        new=new,
        given=given,
        past=past,
        whats=controls.WHATS,
        ordered=controls.ORDERED,
        sayer=bool(session(request).roles & SAYERS),
        wrong=wrong_of(request),
    )


@only(SAYERS)
async def add(request: web.Request) -> web.StreamResponse:
    """Keep a new entry, in the reader's name."""
    from sekisho.posture import controls  # noqa: PLC0415 (keeps the first page quick)

    here, by, given = installation(request), session(request).user_id, await _given(request)
    await record(request, Action.CREATE, "posture/control", reason=given["what"][:16])
    try:
        made = await asyncio.to_thread(
            controls.add, here.database, given, by=by, at=here.clock.now(), today=today_of(here)
        )
    except Error as error:
        kept = {name: value for name, value in given.items() if value}
        return onward(f"{LIST}/new", wrong=error.message, **kept)
    return onward(f"{LIST}/{made}")


@only(SAYERS)
async def change(request: web.Request) -> web.StreamResponse:
    """Keep other values of an entry."""
    from sekisho.posture import controls  # noqa: PLC0415 (keeps the first page quick)

    given, today = await _given(request), today_of(installation(request))
    return await _act(request, "change", controls.change, values=given, today=today)


@only(SAYERS)
async def confirm(request: web.Request) -> web.StreamResponse:
    """Keep that the reader has seen that it is as written."""
    from sekisho.posture import controls  # noqa: PLC0415 (keeps the first page quick)

    today = today_of(installation(request))
    return await _act(request, "confirm", controls.confirm, today=today)


@only(SAYERS)
async def lift(request: web.Request) -> web.StreamResponse:
    """Keep that the control is on again, or off again."""
    from sekisho.posture import controls  # noqa: PLC0415 (keeps the first page quick)

    off = (await request.post()).get("off") == "yes"
    return await _act(request, "off" if off else "on", controls.lift, off=off)


@only(SAYERS)
async def undo(request: web.Request) -> web.StreamResponse:
    """Make an entry what it was before the last change."""
    from sekisho.posture import controls  # noqa: PLC0415 (keeps the first page quick)

    return await _act(request, "undo", controls.undo)


@only(SAYERS)
async def letter(request: web.Request) -> web.StreamResponse:
    """Return the letter to whom ordered controls off."""
    from sekisho.app import controls as work  # noqa: PLC0415 (keeps the first page quick)

    here, form = installation(request), request.match_info["form"]
    to = request.query.get("to", "")[:200]
    await record(request, Action.EXPORT, "posture/control/letter")
    try:
        body = await asyncio.to_thread(
            work.letter, here, to, form=form, today=today_of(here), language=language(request)
        )
    except Error as error:
        return onward(LIST, wrong=error.message)
    name = quote(f"{to}.{form}")
    disposition = f"attachment; filename=\"letter.{form}\"; filename*=UTF-8''{name}"
    headers = {"Content-Disposition": disposition}
    return web.Response(body=body, content_type=TYPES[form], headers=headers)


async def _given(request: web.Request) -> dict[str, str]:
    form = await request.post()
    return {name: str(form.get(name, "")) for name in FIELDS}


async def _act(
    request: web.Request, what: str, act: Callable[..., None], **values: Any
) -> web.StreamResponse:
    here, number = installation(request), request.match_info["control"]
    await record(request, Action.UPDATE, f"posture/control/{number}", reason=what)
    by, where = session(request).user_id, f"{LIST}/{number}"
    try:
        await asyncio.to_thread(
            act, here.database, int(number), by=by, at=here.clock.now(), **values
        )
    except Error as error:
        return onward(where, wrong=error.message)
    return onward(where)
