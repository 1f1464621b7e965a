"""四つの事故: public incidents replayed against what stands here, and what only a person can say."""

from __future__ import annotations

import asyncio
import datetime as dt
from zoneinfo import ZoneInfo

from aiohttp import web

from sekisho.app.installation import Installation
from sekisho.app.machines import replay_incidents
from sekisho.console.interface import ANYONE, installation, session
from sekisho.console.posture import SAYERS, tabs
from sekisho.console.reply import only, onward, page, record, wrong_of
from sekisho.errors import Error
from sekisho.terms import Action


def routes() -> list[web.RouteDef]:
    """Return the addresses of these pages."""
    return [
        web.get("/posture/incidents", show),
        web.post("/posture/incidents/{question:[a-z]{1,32}}", say),
    ]


@only(ANYONE)
async def show(request: web.Request) -> web.StreamResponse:
    """Show each incident link by link: stopped here, not stopped, or not known, and why."""
    from sekisho.posture import incidents as room  # noqa: PLC0415 (keeps the first page quick)

    here = installation(request)
    played, words = await asyncio.gather(
        asyncio.to_thread(replay_incidents, here),
        asyncio.to_thread(room.words, here.database),
    )
    return page(
        request,
        "console/posture_incidents.html",
        tabs=tabs(request, "incidents"),
        played=played,
        outcomes=tuple(room.Outcome),
        questions=room.questions(),
        words=words,
        today=_today(here),
        latest=_today(here) + dt.timedelta(days=365),
        sayer=bool(session(request).roles & SAYERS),
        wrong=wrong_of(request),
    )


@only(SAYERS)
async def say(request: web.Request) -> web.StreamResponse:
    """Keep the answer to a question that no ledger answers, in the reader's name."""
    from sekisho.posture import incidents as room  # noqa: PLC0415 (keeps the first page quick)

    here, form = installation(request), await request.post()
    question, said = request.match_info["question"], str(form.get("said", ""))
    await record(request, Action.SECURITY, f"posture/word/{question}", reason=said[:8])
    try:
        await asyncio.to_thread(
            room.say, here.database, question, said,
            shown_by=str(form.get("shown_by", "")), by=session(request).user_id,
            at=here.clock.now(), until=_day(str(form.get("until", ""))), today=_today(here),
        )  # fmt: skip
    except Error as error:
        return onward("/posture/incidents", wrong=error.message)
    return onward(f"/posture/incidents#word-{question}")


def _today(here: Installation) -> dt.date:
    return here.clock.now().astimezone(ZoneInfo(here.config.zone)).date()


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        return None
