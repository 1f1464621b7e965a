"""点検: the sheet with the proof of each item, and one item that a person answers."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from sekisho.console.interface import ANYONE, KEEPERS, OFFICERS, Tab, installation, session
from sekisho.console.posture import day_of, today_of
from sekisho.console.reply import only, onward, page, record, wrong_of
from sekisho.errors import ConflictError, Error, InvalidInputError
from sekisho.terms import Action

if TYPE_CHECKING:
    from sekisho.inspection import Line, Problem, Sheet, Shelf

SAYERS = KEEPERS | OFFICERS
"""Who may answer the sheet."""
FIRST = "checklist-r7"
"""The sheet that is shown where none was chosen."""
ORDERS = ("number", "duty", "state", "due")


def routes() -> list[web.RouteDef]:
    """Return the addresses of these pages."""
    one = "/inspection/{catalogue:[a-z0-9.-]{1,40}}/{item:[A-Za-z0-9.-]{1,60}}"
    return [
        web.get("/inspection", show),
        web.get(one, show_one),
        web.post(f"{one}/answer", answer),
        web.post(f"{one}/withdraw", withdraw),
    ]


def tabs(on: str) -> list[Tab]:
    """Return the tabs of this room."""
    paths = {
        "sheet": "/inspection",
        "register": "/inspection/register",
        "issued": "/inspection/issued",
        "folder": "/inspection/folder",
        "progress": "/inspection/progress",
        "period": "/inspection/period",
    }
    return [
        Tab(name=f"console.inspection.tab.{name}", href=path, on=name == on)
        for name, path in paths.items()
    ]


@only(ANYONE)
async def show(request: web.Request) -> web.StreamResponse:
    """Show a catalogue: what is proven, what a person answered, and what waits for one."""
    from sekisho import inspection as room  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.app.inspection import sheet_of, shelf_of, where  # noqa: PLC0415 (same)
    from sekisho.app.inspection.carry import told_by_vendors  # noqa: PLC0415 (same)
    from sekisho.app.inspection.kinds import kinds_before  # noqa: PLC0415 (same)
    from sekisho.inspection import period  # noqa: PLC0415 (same)

    query, here = request.query, installation(request)
    shelf = await asyncio.to_thread(shelf_of, here)
    books = shelf.books
    chosen = query.get("catalog", FIRST)
    chosen = chosen if chosen in books else FIRST
    order = query.get("by", "number")
    order = order if order in ORDERS else "number"
    stands = query.get("standing", "")
    sheet = await asyncio.to_thread(sheet_of, here, chosen)
    apart = query.get("apart") == "1" and bool(sheet.apart)
    asked = sheet.apart if apart else sheet.lines
    lines = [line for line in asked if not stands or line.standing.value == stands]
    return page(
        request,
        "console/inspection.html",
        tabs=tabs("sheet"),
        sheet=sheet,
        period=await asyncio.to_thread(period.running, here.database, today_of(here)),
        books=books.values(),
        wrong=_wrong(shelf),
        groups=_grouped(lines, order),
        shown=len(lines),
        order=order,
        orders=ORDERS,
        standing=stands,
        apart=apart,
        kinds=room.KINDS,
        kinds_before=await asyncio.to_thread(kinds_before, here),
        wrong_kinds=wrong_of(request),
        standings=tuple(room.Standing),
        states=tuple(room.State),
        where=where,
        next=_following(sheet, None),
        told=await asyncio.to_thread(told_by_vendors, here, sheet),
        sayer=bool(session(request).roles & SAYERS),
        today=today_of(here),
    )


@only(ANYONE)
async def show_one(request: web.Request) -> web.StreamResponse:
    """Show one item: its proof, its answers, and the form that answers it."""
    return await _item(request)


@only(SAYERS)
async def answer(request: web.Request) -> web.StreamResponse:
    """Keep the answer of this person, and go on to the next item that waits."""
    from sekisho import inspection as room  # noqa: PLC0415 (keeps the first page quick)

    here, form = installation(request), await request.post()
    sheet, line = await _found(request)
    said = str(form.get("value", ""))
    await record(request, Action.SECURITY, f"inspection/{line.item.id}", reason=said[:16])
    try:
        await asyncio.to_thread(
            room.answer,
            here.database, sheet.catalogue, line.item, value=said,
            checked_on=day_of(str(form.get("checked_on", ""))),
            target_on=day_of(str(form.get("target_on", ""))),
            reason=str(form.get("reason", "")), by=session(request).user_id,
            at=here.clock.now(), today=today_of(here), computed=line.computed,
            before=_turn(str(form.get("before", ""))),
        )  # fmt: skip
    except (InvalidInputError, ConflictError) as error:
        return await _item(request, error=error)
    following = _following(sheet, line)
    if following is None or "stay" in form:
        return onward(_address(sheet, line))
    return onward(_address(sheet, following))


@only(SAYERS)
async def withdraw(request: web.Request) -> web.StreamResponse:
    """Take the newest answer back."""
    from sekisho import inspection as room  # noqa: PLC0415 (keeps the first page quick)

    here, form = installation(request), await request.post()
    sheet, line = await _found(request)
    await record(request, Action.SECURITY, f"inspection/{line.item.id}/withdraw")
    try:
        await asyncio.to_thread(
            room.take_back, here.database, sheet.catalogue, line.item,
            by=session(request).user_id, at=here.clock.now(), computed=line.computed,
            before=_turn(str(form.get("before", ""))),
        )  # fmt: skip
    except ConflictError as error:
        return onward(_address(sheet, line), wrong=error.message)
    return onward(_address(sheet, line))


async def _item(request: web.Request, error: Error | None = None) -> web.StreamResponse:
    from sekisho import inspection as room  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.app.inspection import shelf_of, where  # noqa: PLC0415 (same)
    from sekisho.app.inspection.carry import told_by_vendors  # noqa: PLC0415 (same)

    here = installation(request)
    sheet, line = await _found(request)
    told = await asyncio.to_thread(told_by_vendors, here, sheet)
    said = await asyncio.to_thread(room.history, here.database, line.item.id)
    among = sheet.apart if line in sheet.apart else sheet.lines
    place = among.index(line)
    around = [among[at] if 0 <= at < len(among) else None for at in (place - 1, place + 1)]
    form = dict(await request.post()) if error is not None else {}
    today = today_of(here)
    return page(
        request,
        "console/inspection_item.html",
        status=200 if error is None else 409 if isinstance(error, ConflictError) else 422,
        tabs=tabs("sheet"),
        sheet=sheet,
        line=line,
        apart=among is sheet.apart,
        item=line.item,
        where=where,
        history=said,
        told=told.get(line.item.id, ()),
        turn=said[0].turn if said else 0,
        others=(await asyncio.to_thread(shelf_of, here)).related(line.item),
        before=around[0],
        after=around[1],
        typed=form,
        error=error,
        values=tuple(room.Value),
        today=today,
        year_end=dt.date(today.year + (today.month > 3), 3, 31),
        sayer=bool(session(request).roles & SAYERS),
        wrong=wrong_of(request),
    )


def _wrong(shelf: Shelf) -> list[tuple[str, str, Problem]]:
    """Return (file, item, what is wrong first) of each own edition that is not used."""
    first = {one.file: one for one in reversed(shelf.problems)}
    return [(Path(file).name, one.item, one) for file, one in sorted(first.items())]


async def _found(request: web.Request) -> tuple[Sheet, Line]:
    from sekisho.app.inspection import sheet_of  # noqa: PLC0415 (keeps the first page quick)

    told = request.match_info
    try:
        sheet = await asyncio.to_thread(sheet_of, installation(request), told["catalogue"])
    except InvalidInputError as error:
        raise web.HTTPNotFound from error
    for line in sheet.every:
        if line.item.id == told["item"]:
            return sheet, line
    raise web.HTTPNotFound


def _following(sheet: Sheet, line: Line | None) -> Line | None:
    """Return the next item after `line` that is asked and waits, from the top again at the end."""
    place = -1 if line is None or line not in sheet.lines else sheet.lines.index(line)
    after = [*sheet.lines[place + 1 :], *sheet.lines[: max(place, 0)]]
    return next((one for one in after if one.standing.value in {"open", "confirm"}), None)


def _grouped(lines: Iterable[Line], order: str) -> list[tuple[str, list[Line]]]:
    """Return the lines under their headings: of the sheet, by duty, by state or by target day."""
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(_heading(line, order), []).append(line)
    if order == "number":
        return list(groups.items())
    return sorted(groups.items(), key=lambda group: (group[0] == "", group[0]))


def _heading(line: Line, order: str) -> str:
    if order == "duty":
        return line.item.duty
    if order == "state":
        return line.computed.state.value
    if order == "due":
        due = line.answer.target_on if line.answer is not None else None
        return "" if due is None else due.isoformat()
    return line.item.section


def _address(sheet: Sheet, line: Line) -> str:
    return f"/inspection/{sheet.catalogue.id}/{line.item.id}"


def _turn(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
