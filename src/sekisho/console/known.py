"""公表された弱点: what concerns us by deadline, one advisory and its devices, how old the knowledge is."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from aiohttp import web

from sekisho.app.installation import Installation
from sekisho.app.machines import deadlines
from sekisho.console.interface import ANYONE, KEEPERS, installation, session
from sekisho.console.posture import SAYERS, tabs
from sekisho.console.reply import only, onward, page, record, wrong_of
from sekisho.errors import Error
from sekisho.terms import Action

PAGE = 50
VERDICTS = ("affected", "unknown")
MAKERS = ("asked", "answered")


def routes() -> list[web.RouteDef]:
    """Return the addresses of these pages."""
    return [
        web.get("/posture/known", show),
        web.post("/posture/known/{found:[0-9]{1,9}}", say),
        web.get("/posture/advisories/{number}", show_advisory),
        web.get("/posture/sources", show_sources),
    ]


@only(ANYONE)
async def show(request: web.Request) -> web.StreamResponse:
    """Show a page of what concerns us, the earliest deadline first."""
    from sekisho.posture import match  # noqa: PLC0415 (keeps the first page quick)

    here = installation(request)
    search = request.query.get("search", "").strip()[:100]
    verdict, state = request.query.get("verdict", ""), request.query.get("state", "")
    chosen = {
        "search": search,
        "verdict": verdict if verdict in VERDICTS else "",
        "state": state if state in match.STATES else "",
        "maker": request.query["maker"] if request.query.get("maker") in MAKERS else "",
    }
    after = request.query.get("after", "")[:300]
    found, counted, known = await asyncio.gather(
        asyncio.to_thread(match.found, here.database, **chosen, after=after, limit=PAGE),
        asyncio.to_thread(match.sums, here.database, _today(here)),
        asyncio.to_thread(_known, here),
    )
    given = {name: value for name, value in chosen.items() if value}
    return page(
        request,
        "console/posture_known.html",
        tabs=tabs(request, "known"),
        rows=found.rows,
        next="/posture/known?" + urlencode({**given, "after": found.after}) if found.after else "",
        first="/posture/known?" + urlencode(given) if after else None,
        counted=counted,
        known=known,
        today=_today(here),
        states=match.STATES,
        verdicts=VERDICTS,
        makers=MAKERS,
        quote=_quoted,
        search=chosen["search"],
        verdict=chosen["verdict"],
        state=chosen["state"],
        maker=chosen["maker"],
    )


@only(ANYONE)
async def show_advisory(request: web.Request) -> web.StreamResponse:
    """Show one advisory, and for each thing here whether it is ours, what stops, whom to call."""
    from sekisho.posture import match  # noqa: PLC0415 (keeps the first page quick)

    here, number = installation(request), request.match_info["number"]
    (told, devices), asked = await asyncio.gather(
        asyncio.to_thread(match.of_advisory, here.database, number),
        asyncio.to_thread(match.inquiries, here.database, number=number),
    )
    return page(
        request,
        "console/posture_advisory.html",
        status=200 if told else 404,
        told=told,
        devices=devices,
        marked=Counter(one.found.state for one in devices),
        asked=asked,
        addressees=match.addressees,
        together=match.together,
        answers=match.ANSWERS,
        due=_today(here) + dt.timedelta(days=match.DAYS),
        today=_today(here),
        states=match.STATES,
        sayer=bool(session(request).roles & SAYERS),
        wrong=wrong_of(request),
    )


@only(SAYERS)
async def say(request: web.Request) -> web.StreamResponse:
    """Keep that a weakness is being dealt with, or mended, in the reader's name."""
    from sekisho.posture import match  # noqa: PLC0415 (keeps the first page quick)

    here, form = installation(request), await request.post()
    identifier, state = int(request.match_info["found"]), str(form.get("said", ""))
    note = str(form.get("note", "")).strip()[:500] or None
    whole = form.get("whole") == "yes"
    matter = f"posture/known/{identifier}" + ("/all" if whole else "")
    await record(request, Action.UPDATE, matter, reason=state[:8])
    try:
        found = await asyncio.to_thread(
            match.say, here.database, identifier, state,
            by=session(request).user_id, at=here.clock.now(), note=note, whole=whole,
        )  # fmt: skip
    except Error as error:
        return onward("/posture/known", wrong=error.message)
    return onward(advisory_path(found.number) if found else "/posture/known")


@only(ANYONE)
async def show_sources(request: web.Request) -> web.StreamResponse:
    """Show of when each source of knowledge is, and how a newer one is brought in."""
    here = installation(request)
    return page(
        request,
        "console/posture_sources.html",
        tabs=tabs(request, "sources"),
        known=await asyncio.to_thread(_known, here),
        keeper=bool(session(request).roles & KEEPERS),
    )


def advisory_path(number: str) -> str:
    """Return the address of an advisory's page, of the list where there is no number."""
    return f"/posture/advisories/{_quoted(number)}" if number else "/posture/known"


def _known(here: Installation) -> list[tuple[str, dt.datetime, bool]]:
    from sekisho.posture import match  # noqa: PLC0415 (keeps the first page quick)

    return list(match.knowledge(here.database, deadlines(here), here.clock.now()))


def _quoted(number: str) -> str:
    return quote(number, safe="")


def _today(here: Installation) -> dt.date:
    return here.clock.now().astimezone(ZoneInfo(here.config.zone)).date()
