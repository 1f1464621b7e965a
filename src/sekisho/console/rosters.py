"""勤務表: each roster beside what was understood, and the letters and names that it asks."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sekisho.console.interface import KEEPERS, PEOPLE, installation, session
from sekisho.console.people import tabs
from sekisho.console.reply import only, onward, page, record, wrong_of
from sekisho.errors import Error
from sekisho.terms import Action

if TYPE_CHECKING:
    from sekisho.app.installation import Installation
    from sekisho.care.roster.grid import Grid, Line
    from sekisho.care.roster.people import Whose
    from sekisho.care.roster.turns import Cell, Understood

DUTIES = ("work", "on_call", "support", "off", "after")
MOST = 200
"""Letters of one form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One cell of the page: the sheet's text, and what was understood: message ids and times."""

    text: str
    told: tuple[tuple[str, str], ...]
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the page; `name` is "" where the reader may see no people."""

    line: int
    name: str
    user_id: str
    slot: str
    actual: bool
    doubt: str
    boxes: tuple[Box | None, ...]


def routes() -> list[web.RouteDef]:
    """Return the addresses of this page."""
    return [
        web.get("/people/rosters", show),
        web.get("/people/rosters/{load:[0-9]{1,9}}", show_one),
        web.post("/people/rosters/letters", answer_letters),
        web.post("/people/rosters/name", answer_name),
    ]


@only(KEEPERS | PEOPLE)
async def show(request: web.Request) -> web.StreamResponse:
    """Show what is asked, every roster in force, and the answers so far."""
    roles = session(request).roles
    view = await asyncio.to_thread(_all, installation(request))
    # A name that is asked must be seen by who answers; it is recorded like any other look.
    await record(request, Action.READ, "care/rosters")
    return page(
        request,
        "console/rosters.html",
        tabs=tabs("rosters", people=bool(roles & PEOPLE)),
        keeper=bool(roles & KEEPERS),
        duties=DUTIES,
        wrong=wrong_of(request),
        **view,
    )


@only(KEEPERS | PEOPLE)
async def show_one(request: web.Request) -> web.StreamResponse:
    """Show one roster as a table: in each cell what the sheet says, and what was understood."""
    here, load_id = installation(request), int(request.match_info["load"])
    people = bool(session(request).roles & PEOPLE)
    view = await asyncio.to_thread(_one, here, load_id, people=people)
    await record(request, Action.READ, f"care/roster/{load_id}")
    return page(
        request,
        "console/roster.html",
        status=200 if view else 404,
        tabs=tabs("rosters", people=people),
        **(view or {"roster": None}),
    )


@only(KEEPERS | PEOPLE)
async def answer_letters(request: web.Request) -> web.StreamResponse:
    """Keep what the letters of a ward mean."""
    from sekisho.care.roster.questions import say_letters  # noqa: PLC0415 (keeps the first page quick)

    here, by = installation(request), session(request).user_id
    form = {name: str(value).strip() for name, value in (await request.post()).items()}
    said = _said(form)
    if not said:
        return onward("/people/rosters")
    await record(request, Action.UPDATE, "care/roster/letters")
    try:
        await asyncio.to_thread(
            say_letters, here.database, form.get("place", ""), said, by=by, at=here.clock.now()
        )
    except Error as error:
        return onward("/people/rosters", wrong=error.message)
    await asyncio.to_thread(_refresh, here)
    return onward("/people/rosters")


@only(KEEPERS | PEOPLE)
async def answer_name(request: web.Request) -> web.StreamResponse:
    """Keep whose a name on a ward's roster is."""
    from sekisho.care.roster.questions import say_name  # noqa: PLC0415 (keeps the first page quick)

    here, by = installation(request), session(request).user_id
    form = {name: str(value).strip() for name, value in (await request.post()).items()}
    if not form.get("user"):
        return onward("/people/rosters")
    await record(request, Action.UPDATE, "care/roster/names")
    try:
        await asyncio.to_thread(
            say_name,
            here.database,
            form.get("place", ""),
            form.get("written", ""),
            form["user"],
            by=by,
            at=here.clock.now(),
        )
    except Error as error:
        return onward("/people/rosters", wrong=error.message)
    await asyncio.to_thread(_refresh, here)
    return onward("/people/rosters")


def _said(form: Mapping[str, str]) -> dict[str, str]:
    """Return letter → answer of a form; what is left open is not in it."""
    said = {}
    for n in range(MOST):
        letter, duty = form.get(f"letter{n}", ""), form.get(f"duty{n}", "")
        start, end = form.get(f"start{n}", ""), form.get(f"end{n}", "")
        times = f"{start}-{end}" if start and end else ""
        if not letter or not (duty or times):
            continue
        if duty == "usual" and times:
            said[letter] = times
        elif duty in {"work", "on_call"} or not duty:
            said[letter] = f"{duty or ''} {times}".strip()
        else:
            said[letter] = duty
    return said


def _refresh(here: Installation) -> None:
    from sekisho.app.walk import keep_lists  # noqa: PLC0415 (keeps the first page quick)

    keep_lists(here, [])


def _all(here: Installation) -> dict[str, Any]:
    from sekisho.care.roster.questions import (  # noqa: PLC0415 (keeps the first page quick)
        answered,
        questions,
        rosters,
    )

    found = rosters(here.database)
    named = {one.place_key: one.place for one in reversed(found)}
    return {
        "rosters": found,
        "asked": questions(here.database),
        "answered": answered(here.database),
        "named": named,
    }


def _one(here: Installation, load_id: int, *, people: bool) -> dict[str, Any] | None:
    from sekisho.care.roster.questions import roster_of  # noqa: PLC0415 (keeps the first page quick)

    found = roster_of(here.database, load_id)
    if found is None:
        return None
    roster, grid, read = found
    return {"roster": roster, "days": grid.days, "rows": _rows(grid, read, people=people)}


def _rows(grid: Grid, read: Understood, *, people: bool) -> list[Row]:
    return [
        _row(grid.days, line, whose, cells, people=people)
        for line, whose, cells in zip(grid.lines, read.whose, read.cells, strict=True)
    ]


def _row(days: list[dt.date], line: Line, whose: Whose, cells: list[Cell], *, people: bool) -> Row:
    by_day = {cell.turn.day: cell for cell in cells}
    asked = whose.user_id is None
    return Row(
        line=line.row,
        name=(line.name or "") if people or asked else "",
        user_id=(whose.user_id or "") if people else "",
        slot=line.slot or "",
        actual=line.actual,
        doubt="who" if asked else whose.doubt or "",
        boxes=tuple(_box(by_day[day]) if day in by_day else None for day in days),
    )


def _box(cell: Cell) -> Box:
    told = []
    for _, meaning in cell.parts:
        if meaning is None or not meaning.sure:
            told.append(("console.rosters.short.letter", ""))
            continue
        word = "after" if meaning.after else meaning.duty
        hours = ""
        if meaning.timed and meaning.start and meaning.end:
            hours = f"{meaning.start[:5]}–{meaning.end[:5]}"
        told.append((f"console.rosters.short.{word}", hours or meaning.place or ""))
    if cell.state == "time":
        told.append(("console.rosters.short.time", ""))
    return Box(text=cell.turn.text, told=tuple(told), state=cell.state)
