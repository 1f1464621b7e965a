"""職員と診療: the one staff list, each person's posts, and how far the lists reach."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

from aiohttp import web

from sekisho.app.installation import Installation
from sekisho.console.interface import (
    KEEPERS,
    OFFICERS,
    PEOPLE,
    Tab,
    installation,
    language,
    session,
)
from sekisho.console.reply import only, onward, page, record
from sekisho.pages.charts import Span, lanes
from sekisho.pages.words import say
from sekisho.terms import Action, UserKind

PAGE = 50
GAPS = 20
"""Wards without a roster that are named one by one."""
KINDS = (UserKind.PERSON, UserKind.SHARED, UserKind.VENDOR, UserKind.SYSTEM)


def routes() -> list[web.RouteDef]:
    """Return the addresses of this room."""
    return [
        web.get("/people", show),
        web.get("/people/levels", levels),
        web.post("/people/levels/beds", beds),
        web.get("/people/lists", lists),
        web.get("/people/id/{user}", one),
        web.post("/people/id/{user}/kind", mark),
    ]


def tabs(on: str, *, people: bool) -> list[Tab]:
    """Return the tabs of this room."""
    names = ("list", "levels", "rosters") if people else ("levels", "rosters")
    paths = {"list": "/people", "levels": "/people/levels", "rosters": "/people/rosters"}
    return [Tab(name=f"console.people.tab.{n}", href=paths[n], on=n == on) for n in names]


async def show(request: web.Request) -> web.StreamResponse:
    """Show the staff list to those who may see people; the others see how far it reaches."""
    if not session(request).roles & PEOPLE:
        return onward("/people/levels")
    from sekisho import care  # noqa: PLC0415 (keeps the first page quick)

    here = installation(request)
    search = request.query.get("search", "").strip()[:100]
    after = request.query.get("after", "")[:200]
    found = await asyncio.to_thread(
        care.people, here.database, search=search or None, after=after or None, limit=PAGE + 1
    )
    proposed = await asyncio.to_thread(care.proposed_kinds, here.database)
    await record(request, Action.SEARCH, "care/people")
    return page(
        request,
        "console/people.html",
        tabs=tabs("list", people=True),
        people=found[:PAGE],
        search=search,
        after=after,
        next=found[PAGE - 1].user_id if len(found) > PAGE else "",
        proposed=proposed[:20],
        proposed_more=max(0, len(proposed) - 20),
        today=here.clock.now(),
    )


@only(PEOPLE)
async def one(request: web.Request) -> web.StreamResponse:
    """Show one id of the staff list with its posts."""
    from sekisho import care  # noqa: PLC0415 (keeps the first page quick)

    here, user = installation(request), request.match_info["user"]
    person = await asyncio.to_thread(care.person, here.database, user)
    systems = await asyncio.to_thread(care.system_ids_of, here.database, user)
    await record(request, Action.READ, f"care/person/{user}"[:200])
    return page(
        request,
        "console/person.html",
        user=user,
        person=person,
        systems=systems,
        kinds=[k.value for k in KINDS],
    )


@only(PEOPLE)
async def mark(request: web.Request) -> web.StreamResponse:
    """Keep whose id this is, as the reader confirms it."""
    from sekisho import care  # noqa: PLC0415 (keeps the first page quick)

    here, who, user = installation(request), session(request), request.match_info["user"]
    chosen = str((await request.post()).get("kind", ""))
    if chosen not in set(KINDS):
        raise web.HTTPNotFound
    await record(request, Action.UPDATE, f"care/kind/{user}"[:200], reason=chosen)
    await asyncio.to_thread(
        care.mark_kind, here.database, user, UserKind(chosen), who.user_id, here.clock.now()
    )
    return onward(str(request.url.with_path(f"/people/id/{user}").relative()))


async def lists(request: web.Request) -> web.StreamResponse:
    """Go to where the reader deals with a list that is missing."""
    keeper = bool(session(request).roles & KEEPERS)
    return onward("/walk/lists" if keeper else "/people/levels")


async def levels(request: web.Request) -> web.StreamResponse:
    """Show which lists have arrived, what that can tell, and what is missing most."""
    here = installation(request)
    view = await asyncio.to_thread(_levels, here, language(request))
    roles = session(request).roles
    return page(
        request,
        "console/levels.html",
        tabs=tabs("levels", people=bool(roles & PEOPLE)),
        keeper=bool(roles & KEEPERS),
        says_beds=bool(roles & (KEEPERS | OFFICERS)),
        **view,
    )


@only(KEEPERS | OFFICERS)
async def beds(request: web.Request) -> web.StreamResponse:
    """Keep whether there are beds here, as the reader says in their own name."""
    from sekisho import care  # noqa: PLC0415 (keeps the first page quick)

    here, who = installation(request), session(request)
    said = str((await request.post()).get("beds", ""))
    if said not in {"none", "some"}:
        raise web.HTTPNotFound
    await record(request, Action.UPDATE, "care/beds", reason=said)
    await asyncio.to_thread(
        care.say_beds, here.database, bedless=said == "none", by=who.user_id, at=here.clock.now()
    )
    return onward("/people/levels")


def _levels(here: Installation, spoken: str) -> dict[str, Any]:
    """Return the level, which days each kind of list covers, and the wards without a roster."""
    from sekisho import care  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.care.level import spans_of  # noqa: PLC0415 (as above)
    from sekisho.console.walk import level_now  # noqa: PLC0415 (the walk asks the same)

    level, start, end = level_now(here)
    if level is None or start is None or end is None:
        return {"level": level, "start": start, "end": end}
    cover = {kind.value: spans for kind, spans in spans_of(here.database).items()}
    gaps = care.unrostered(here.database, start, end)
    picture = lanes(
        start,
        end,
        [
            (say(spoken, f"console.list.{kind}"), "care", [_whole_days(span) for span in spans], ())
            for kind, spans in cover.items()
        ],
    )
    return {
        "bedless": care.bedless(here.database),
        "level": level, "start": start, "end": end, "cover": list(cover.items()),
        "picture": picture, "gaps": gaps[:GAPS], "more": max(0, len(gaps) - GAPS),
    }  # fmt: skip


def _whole_days(span: tuple[dt.date, dt.date]) -> Span:
    first, last = (dt.datetime.combine(day, dt.time()) for day in span)
    return Span(first, last + dt.timedelta(days=1))
