"""点検の台帳: the lists of the institution's own register, one list, one line and who changed it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from aiohttp import web

from sekisho.app.history import today
from sekisho.app.installation import Installation
from sekisho.app.proofs import all_latest
from sekisho.console.interface import (
    ANYONE,
    KEEPERS,
    OFFICERS,
    Tab,
    installation,
    language,
    session,
)
from sekisho.console.reply import only, onward, page, record, wrong_of
from sekisho.errors import Error
from sekisho.pages.words import explain
from sekisho.terms import Action

if TYPE_CHECKING:
    from sekisho.inspection import Catalogue

HOME = "/inspection/register"
PART = HOME + "/{part:[a-z_]{3,16}}"
LINE = PART + "/{line:[0-9]{1,9}}"
SAYERS = KEEPERS | OFFICERS
"""Who may write in the register."""
PAGE = 100


def routes() -> list[web.RouteDef]:
    """Return the addresses of these pages."""
    return [
        web.get(HOME, show),
        web.get(PART, show_part),
        web.post(PART, add),
        web.get(f"{PART}/new", show_new),
        web.get(LINE, show_line),
        web.post(f"{PART}/confirm", confirm),
        web.post(LINE, change),
        web.post(f"{LINE}/act", act),
    ]


def tabs(part: str) -> list[Tab]:
    """Return the tabs of the register: all of it, then each list."""
    from sekisho.inspection import register  # noqa: PLC0415 (keeps the first page quick)

    found = [Tab(name="register.part.all", href=HOME, on=not part)]
    found += [
        Tab(name=f"register.part.{name}", href=f"{HOME}/{name}", on=name == part)
        for name in register.PARTS
    ]
    return found


def part_of(request: web.Request) -> Any:
    """Return the list that the address names.

    Raises:
        web.HTTPNotFound: There is none.
    """
    from sekisho.inspection import register  # noqa: PLC0415 (keeps the first page quick)

    name = request.match_info["part"]
    if name not in register.PARTS:
        raise web.HTTPNotFound
    return register.PARTS[name]


@only(ANYONE)
async def show(request: web.Request) -> web.StreamResponse:
    """Show every list: how much is in it, what it proves, until when."""
    from sekisho.app.inspection.register import look_at_register  # noqa: PLC0415 (slow to import)
    from sekisho.inspection import register  # noqa: PLC0415 (same)

    here = installation(request)
    await asyncio.to_thread(look_at_register, here)
    counted, proofs = await asyncio.gather(
        asyncio.to_thread(register.counts, here.database),
        asyncio.to_thread(all_latest, here.database, below="register."),
    )
    return page(
        request,
        "console/register.html",
        tabs=tabs(""),
        parts=list(register.PARTS),
        counted=counted,
        proofs={one.subject.removeprefix("register."): one for one in proofs},
        now=here.clock.now(),
        sayer=bool(session(request).roles & SAYERS),
    )


@only(ANYONE)
async def show_part(request: web.Request) -> web.StreamResponse:
    """Show the lines of one list, filtered as the address says, and what nobody wrote yet."""
    from sekisho.app.inspection.register import beside, look_at_register  # noqa: PLC0415 (slow)
    from sekisho.inspection import register  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.inspection.register import sheets  # noqa: PLC0415 (same)
    from sekisho.inspection.register.threats import threats  # noqa: PLC0415 (same)

    here, part, query = installation(request), part_of(request), request.query
    known = await asyncio.to_thread(look_at_register, here)
    search, problem = query.get("search", "").strip()[:100], query.get("problem", "")[:24]
    gone, given_page = query.get("gone") == "1", query.get("page", "1")
    number = int(given_page) if given_page.isdecimal() and len(given_page) < 5 else 1
    of_all, found, proofs, more, wanted = await asyncio.gather(
        asyncio.to_thread(register.lines, here.database, part.name, today=today(here), gone=gone),
        asyncio.to_thread(
            register.lines, here.database, part.name, today=today(here), search=search,
            problem=problem, gone=gone,
        ),
        asyncio.to_thread(all_latest, here.database, below=part.subject),
        asyncio.to_thread(beside, here, part.name, known=known),
        asyncio.to_thread(sheets.wanted, here.database, today(here)),
    )  # fmt: skip
    first, after = (number - 1) * PAGE, number * PAGE
    given = {"search": search, "problem": problem, **({"gone": "1"} if gone else {})}
    address = f"{HOME}/{part.name}?"
    return page(
        request,
        "console/register_part.html",
        tabs=tabs(part.name),
        part=part,
        rows=found[first:after],
        total=len(of_all),
        problems=sorted({problem for one in of_all for problem in one.problems}),
        next=address + urlencode({**given, "page": number + 1}) if len(found) > after else "",
        first=address + urlencode(given) if number > 1 else None,
        proof=next((one for one in proofs if one.subject == part.subject), None),
        now=here.clock.now(),
        beside=more,
        wanted=wanted if part.name == sheets.PART else [],
        threats=threats() if part.name == "risks" else (),
        answer_by=today(here) + dt.timedelta(days=sheets.DAYS),
        filtered="?" + urlencode({"search": search, "problem": problem})
        if search or problem
        else "",
        search=search,
        problem=problem,
        gone=gone,
        sayer=bool(session(request).roles & SAYERS),
        wrong=wrong_of(request),
    )


@only(SAYERS)
async def show_new(request: web.Request) -> web.StreamResponse:
    """Show the form of a new line, with what the address already says of it."""
    part = part_of(request)
    given = {one.name: request.query.get(one.name, "")[:200] for one in part.typed}
    return await form_page(request, part, None, given)


@only(ANYONE)
async def show_line(request: web.Request) -> web.StreamResponse:
    """Show one line, what is amiss with it, who changed it, and the files beside it."""
    from sekisho.inspection import register  # noqa: PLC0415 (keeps the first page quick)

    here, part = installation(request), part_of(request)
    identifier = int(request.match_info["line"])
    one = await asyncio.to_thread(register.line, here.database, identifier, today=today(here))
    if one is None or one.part != part.name:
        return page(request, "console/register_no_line.html", status=404, part=part)
    return await form_page(request, part, one, one.told)


async def form_page(
    request: web.Request, part: Any, one: Any, given: Any, *, failed: Error | None = None
) -> web.StreamResponse:
    """Show the form of a line, new where `one` is None, with what failed of it."""
    from sekisho.app.inspection.register import choosable  # noqa: PLC0415 (slow to import)
    from sekisho.app.inspection.register.sheets import book_of  # noqa: PLC0415 (same)
    from sekisho.inspection import register  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.inspection.register import files, sheets  # noqa: PLC0415 (same)

    here = installation(request)
    past = await asyncio.to_thread(register.changes, here.database, one.id) if one else []
    beside = await asyncio.to_thread(files.files, here.database, one.id) if one else []
    book = book_of(here, one) if one and part.name == sheets.PART else None
    lists = await asyncio.to_thread(choosable, here, part.name)
    return page(
        request,
        "console/register_line.html",
        status=200 if failed is None else 400,
        part=part,
        one=one,
        given=given,
        past=past,
        lists=lists,
        kept="kept" in request.query,
        files=beside,
        megabytes=files.LARGEST // 2**20,
        answers=sheets.answers(one, book) if book else [],
        book=book,
        hospital=await asyncio.to_thread(_hospital, here, book) if book else "",
        failed=explain(language(request), failed) if failed else "",
        sayer=bool(session(request).roles & SAYERS),
        wrong=wrong_of(request),
    )


def _hospital(here: Installation, book: Catalogue) -> str:
    """Return the institution's sheet that asks what a vendors' sheet asks; empty where none does."""
    from sekisho.app.inspection import shelf_of  # noqa: PLC0415 (slow to import)

    shelf = shelf_of(here)
    others = (other for item in book.asked() for other, *_ in shelf.related(item))
    return next((other.id for other in others if other.sheet == "hospital"), "")


@only(SAYERS)
async def add(request: web.Request) -> web.StreamResponse:
    """Keep a new line, in the reader's name."""
    from sekisho.inspection import register  # noqa: PLC0415 (keeps the first page quick)

    here, part, form = installation(request), part_of(request), await request.post()
    given = {one.name: str(form.get(one.name, "")) for one in part.typed}
    await record(request, Action.CREATE, f"register/{part.name}")
    try:
        made = await asyncio.to_thread(
            register.add, here.database, part.name, given, by=session(request).user_id,
            at=here.clock.now(), today=today(here),
        )  # fmt: skip
    except Error as error:
        return await form_page(request, part, None, given, failed=error)
    if form.get("more"):
        return onward(f"{HOME}/{part.name}/new", kept=1)
    return onward(f"{HOME}/{part.name}/{made}")


@only(SAYERS)
async def change(request: web.Request) -> web.StreamResponse:
    """Keep other values of a line; who did not see its newest change sees it now."""
    from sekisho.inspection import register  # noqa: PLC0415 (keeps the first page quick)

    here, part, form = installation(request), part_of(request), await request.post()
    identifier, seen = int(request.match_info["line"]), str(form.get("seen", ""))
    given = {one.name: str(form.get(one.name, "")) for one in part.typed if one.name in form}
    await record(request, Action.UPDATE, f"register/{part.name}/{identifier}")
    try:
        await asyncio.to_thread(
            register.change, here.database, identifier, given, by=session(request).user_id,
            at=here.clock.now(), today=today(here), seen=int(seen) if seen.isdecimal() else 0,
        )  # fmt: skip
    except Error as error:
        one = await asyncio.to_thread(register.line, here.database, identifier, today=today(here))
        if one is None or one.part != part.name:
            raise web.HTTPNotFound from error
        return await form_page(request, part, one, {**one.told, **given}, failed=error)
    return onward(f"{HOME}/{part.name}/{identifier}")


@only(SAYERS)
async def confirm(request: web.Request) -> web.StreamResponse:
    """Keep that the reader saw today that the chosen lines, or all of the page, are as written."""
    from sekisho.inspection import register  # noqa: PLC0415 (keeps the first page quick)

    here, part, form = installation(request), part_of(request), await request.post()
    given = form.getall("shown" if form.get("all") else "line", [])
    chosen = sorted({int(str(one)) for one in given if str(one).isdecimal() and len(str(one)) < 10})
    reason = f"confirm {'page' if form.get('all') else 'chosen'} {len(chosen)}"
    await record(request, Action.UPDATE, f"register/{part.name}", reason=reason)
    if not chosen:
        return onward(f"{HOME}/{part.name}", wrong="register.none_chosen")
    try:
        await asyncio.to_thread(
            register.confirm, here.database, *chosen, by=session(request).user_id,
            at=here.clock.now(), today=today(here),
        )  # fmt: skip
    except Error as error:
        return onward(f"{HOME}/{part.name}", wrong=error.message)
    return onward(f"{HOME}/{part.name}")


@only(SAYERS)
async def act(request: web.Request) -> web.StreamResponse:
    """Confirm a line, take it back, put it back, or undo its last change."""
    from sekisho.inspection import register  # noqa: PLC0415 (keeps the first page quick)

    here, part, form = installation(request), part_of(request), await request.post()
    acts: dict[str, Callable[..., None]] = {
        "confirm": register.confirm,
        "take_back": register.take_back,
        "put_back": register.put_back,
        "undo": register.undo,
    }
    what, identifier = str(form.get("what", "")), int(request.match_info["line"])
    if what not in acts:
        raise web.HTTPBadRequest
    await record(request, Action.UPDATE, f"register/{part.name}/{identifier}", reason=what)
    more = {"today": today(here)} if what == "confirm" else {}
    where = f"{HOME}/{part.name}" if form.get("list") else f"{HOME}/{part.name}/{identifier}"
    try:
        await asyncio.to_thread(
            acts[what], here.database, identifier,
            by=session(request).user_id, at=here.clock.now(), **more,
        )  # fmt: skip
    except Error as error:
        return onward(where, wrong=error.message)
    return onward(where)
