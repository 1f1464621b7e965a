"""警戒期間: entering a notice, what it asks for, each day in short, and before and after."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from aiohttp import web

from sekisho.app.history import today
from sekisho.console.inspection import SAYERS, tabs
from sekisho.console.interface import ANYONE, installation, language, session
from sekisho.console.posture import day_of
from sekisho.console.reply import only, onward, page, record, wrong_of
from sekisho.errors import ConflictError, Error, InvalidInputError
from sekisho.terms import Action

if TYPE_CHECKING:
    from sekisho.inspection.period import Moment, Period

HOME = "/inspection/period"
FIELDS = ("sender", "letter", "lettered_on", "begin", "end", "reason")


def routes() -> list[web.RouteDef]:
    """Return the addresses of these pages."""
    one = HOME + "/{period:[0-9]{1,9}}"
    day = one + "/{day:[0-9]{4}-[0-9]{2}-[0-9]{2}}"
    return [
        web.get(HOME, show),
        web.post(HOME, enter),
        web.post(f"{HOME}/day", set_day),
        web.post(f"{HOME}/notices/{{notice:[0-9]{{1,9}}}}", withdraw),
        web.post(f"{HOME}/words/{{word:[0-9]{{1,9}}}}", take_back),
        web.get(one, show_one),
        web.post(f"{one}/words", confirm),
        web.post(f"{one}/end", end),
        web.get(day, show_day),
        web.get(f"{day}/page.pdf", pdf),
    ]


@only(ANYONE)
async def show(request: web.Request) -> web.StreamResponse:
    """Show what runs, what it asks for, what was, and the form of a notice."""
    return await _home(request)


@only(SAYERS)
async def enter(request: web.Request) -> web.StreamResponse:
    """Keep a notice in the reader's name; from its first day on the period is in force."""
    from sekisho.app.due import hurry  # noqa: PLC0415 (same)
    from sekisho.app.inspection import period as work  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.inspection import period as room  # noqa: PLC0415 (same)

    here, form = installation(request), await request.post()
    given = {name: str(form.get(name, "")) for name in FIELDS}
    entry = room.Entry(
        sender=given["sender"], letter=given["letter"], reason=given["reason"],
        lettered_on=day_of(given["lettered_on"]), begin=day_of(given["begin"]),
        end=day_of(given["end"]),
    )  # fmt: skip
    await record(request, Action.SECURITY, "inspection/period", reason="enter")
    try:
        made = await asyncio.to_thread(
            room.enter, here.database, entry, by=session(request).user_id, at=here.clock.now(),
            today=today(here), join="join" in form,
        )  # fmt: skip
    except (InvalidInputError, ConflictError) as error:
        return await _home(request, error=error, typed=given)
    if made.runs(today(here)):
        await asyncio.to_thread(work.keep_begin, here, made)
        await asyncio.to_thread(hurry, here, "period")
    return onward(HOME)


@only(SAYERS)
async def end(request: web.Request) -> web.StreamResponse:
    """End a period today, in the reader's name."""
    from sekisho.app.inspection import period as work  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.inspection import period as room  # noqa: PLC0415 (same)

    here, number = installation(request), int(request.match_info["period"])
    why = str((await request.post()).get("why", ""))
    await record(request, Action.SECURITY, f"inspection/period/{number}", reason="end")
    try:
        made = await asyncio.to_thread(
            room.end_early, here.database, number, by=session(request).user_id,
            at=here.clock.now(), today=today(here), why=why,
        )  # fmt: skip
    except (InvalidInputError, ConflictError) as error:
        return await _home(request, error=error)
    await asyncio.to_thread(work.keep_end, here, made)
    return onward(f"{HOME}/{number}")


@only(SAYERS)
async def withdraw(request: web.Request) -> web.StreamResponse:
    """Take a notice back that was entered by mistake."""
    from sekisho.inspection import period as room  # noqa: PLC0415 (keeps the first page quick)

    number = int(request.match_info["notice"])
    why = str((await request.post()).get("why", ""))
    await record(request, Action.SECURITY, f"inspection/notice/{number}", reason="withdraw")
    return await _act(request, room.withdraw, number, why=why)


@only(SAYERS)
async def confirm(request: web.Request) -> web.StreamResponse:
    """Keep what the reader confirms: who is on duty, that contacts are right."""
    from sekisho.inspection import period as room  # noqa: PLC0415 (keeps the first page quick)

    number, form = int(request.match_info["period"]), await request.post()
    ask, text = str(form.get("ask", "")), str(form.get("text", ""))
    await record(request, Action.SECURITY, f"inspection/period/{number}", reason=ask[:32])
    day = today(installation(request))
    return await _act(request, room.confirm, number, ask=ask, text=text, today=day)


@only(SAYERS)
async def take_back(request: web.Request) -> web.StreamResponse:
    """Take back what was confirmed by mistake."""
    from sekisho.inspection import period as room  # noqa: PLC0415 (keeps the first page quick)

    number = int(request.match_info["word"])
    await record(request, Action.SECURITY, f"inspection/word/{number}", reason="withdraw")
    return await _act(request, room.take_back, number)


@only(SAYERS)
async def set_day(request: web.Request) -> web.StreamResponse:
    """Set the day on which the inspectors come, or that none is known."""
    from sekisho.app.inspection import reminders  # noqa: PLC0415 (keeps the first page quick)

    here, text = installation(request), str((await request.post()).get("day", ""))
    await record(request, Action.SECURITY, "inspection/day", reason=text[:10])
    if text and day_of(text) is None:
        return await _home(request, error=InvalidInputError("inspection.day_behind"))
    try:
        await asyncio.to_thread(
            reminders.set_inspection_day, here, day_of(text), by=session(request).user_id
        )
    except InvalidInputError as error:
        return await _home(request, error=error)
    return onward(HOME)


@only(ANYONE)
async def show_one(request: web.Request) -> web.StreamResponse:
    """Show how a period stands against its begin, what was done in it, and its days."""
    from sekisho.app.inspection import period as work  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.app.inspection import shelf_of  # noqa: PLC0415 (same)
    from sekisho.inspection import period as room  # noqa: PLC0415 (same)

    here = installation(request)
    one = await _found(request)
    begun = not one.waits(today(here)) and not one.withdrawn
    found, acts = (
        await asyncio.to_thread(work.compared, here, one) if begun else (None, dict[str, int]())
    )
    kept = await asyncio.to_thread(room.moments, here.database, one.number)
    books = (await asyncio.to_thread(shelf_of, here)).books
    return page(
        request,
        "console/inspection_compared.html",
        tabs=tabs("period"),
        one=one,
        found=found,
        acts=acts,
        books=books,
        items={book: {i.id: i for i in c.items} for book, c in books.items()},
        kinds={m.kind.value: m for m in kept},
        days=[m for m in kept if m.kind is room.Kind.DAY],
        runs=one.runs(today(here)),
        waits=one.waits(today(here)),
        sayer=bool(session(request).roles & SAYERS),
    )


@only(ANYONE)
async def show_day(request: web.Request) -> web.StreamResponse:
    """Show one day in short; nobody is named on it."""
    one = await _found(request)
    return page(
        request,
        "console/inspection_day.html",
        tabs=tabs("period"),
        one=one,
        moment=await _moment(request),
    )


@only(ANYONE)
async def pdf(request: web.Request) -> web.StreamResponse:
    """Give the day as one page; its digest is recorded before it is given."""
    from sekisho.app.inspection.day import day_pdf  # noqa: PLC0415 (keeps the first page quick)

    one, moment = await _found(request), await _moment(request)
    body = await asyncio.to_thread(
        day_pdf, installation(request), one, moment,
        language=language(request), by=session(request).user_id,
    )  # fmt: skip
    headers = {"Content-Disposition": f'attachment; filename="sekisho-{moment.day}.pdf"'}
    return web.Response(body=body, content_type="application/pdf", headers=headers)


async def _home(
    request: web.Request, *, error: Error | None = None, typed: dict[str, str] | None = None
) -> web.StreamResponse:
    from sekisho.app.inspection import reminders  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.inspection import period as room  # noqa: PLC0415 (same)

    here = installation(request)
    database, day = here.database, today(here)
    every = await asyncio.to_thread(room.periods, database)
    running = next((one for one in every if one.runs(day)), None)
    said = await asyncio.to_thread(room.words, database, running.number) if running else []
    kept = await asyncio.to_thread(room.moments, database, running.number) if running else []
    open_ = {ask.id for ask in room.due(said, day, ZoneInfo(here.config.zone))}
    return page(
        request,
        "console/inspection_period.html",
        status=200 if error is None else 409 if isinstance(error, ConflictError) else 422,
        tabs=tabs("period"),
        running=running,
        announced=[one for one in every if one.waits(day)],
        past=[one for one in every if one.over(day) or one.withdrawn],
        rules=room.rules(),
        asks=[(ask, ask.id in open_, [w for w in said if w.ask == ask.id]) for ask in room.rules().asks],
        days=[m for m in kept if m.kind is room.Kind.DAY],
        coming=await asyncio.to_thread(reminders.inspection_day, here),
        error=error,
        overlaps=error is not None and error.message == "inspection.period.overlaps",
        typed=typed or dict.fromkeys(FIELDS, ""),
        again=typed is not None,
        today=day,
        sayer=bool(session(request).roles & SAYERS),
        wrong=wrong_of(request),
    )  # fmt: skip


async def _act(
    request: web.Request, act: Callable[..., Any], number: int, **values: Any
) -> web.StreamResponse:
    here = installation(request)
    try:
        await asyncio.to_thread(
            act, here.database, number, by=session(request).user_id, at=here.clock.now(), **values
        )
    except (InvalidInputError, ConflictError) as error:
        return await _home(request, error=error)
    return onward(HOME)


async def _found(request: web.Request) -> Period:
    from sekisho.inspection import period as room  # noqa: PLC0415 (keeps the first page quick)

    number = int(request.match_info["period"])
    try:
        return await asyncio.to_thread(room.period, installation(request).database, number)
    except InvalidInputError as error:
        raise web.HTTPNotFound from error


async def _moment(request: web.Request) -> Moment:
    from sekisho.inspection import period as room  # noqa: PLC0415 (keeps the first page quick)

    number, day = int(request.match_info["period"]), day_of(request.match_info["day"])
    for kept in await asyncio.to_thread(room.moments, installation(request).database, number):
        if kept.kind is room.Kind.DAY and kept.day == day:
            return kept
    raise web.HTTPNotFound
