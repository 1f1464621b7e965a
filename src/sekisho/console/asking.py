"""Asking people about a case, and what a committee decides: each act is on record first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from sekisho.app.installation import Installation
from sekisho.console.case import case_of, day_of, shown
from sekisho.console.interface import PEOPLE, installation, language, session
from sekisho.console.reply import only, onward, record
from sekisho.errors import Error, InvalidInputError
from sekisho.terms import Action

if TYPE_CHECKING:
    from sekisho.review import Ask, Decision

TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def routes() -> list[web.RouteDef]:
    """Return the addresses of these acts."""
    return [
        web.get("/review/asks/{number:[0-9]{1,9}}/sheet.{form:pdf|docx}", sheet),
        web.post("/review/asks/{number:[0-9]{1,9}}/reply", reply),
        web.post("/review/cases/{case}/decision", decide),
        web.post("/review/decisions/{number:[0-9]{1,9}}", settle),
    ]


@only(PEOPLE)
async def sheet(request: web.Request) -> web.StreamResponse:
    """Give the asking sheet; its digest is recorded before it is given."""
    from sekisho.app import asks  # noqa: PLC0415 (keeps the first page quick)

    here, form = installation(request), request.match_info["form"]
    ask, identifier = await asyncio.to_thread(_ask, here, int(request.match_info["number"]))
    case = await case_of(request, Action.PRINT, identifier)
    body = await asyncio.to_thread(
        asks.sheet, here, ask, case, form=form, by=session(request).user_id,
        language=language(request),
    )  # fmt: skip
    return web.Response(
        body=body,
        content_type=TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="sekisho-ask-{ask.id}.{form}"'},
    )


@only(PEOPLE)
async def reply(request: web.Request) -> web.StreamResponse:
    """Keep what was replied to a sheet, as this person writes it down."""
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)

    here = installation(request)
    ask, identifier = await asyncio.to_thread(_ask, here, int(request.match_info["number"]))
    case = await case_of(request, Action.UPDATE, identifier)
    given = await request.post()
    text, on = str(given.get("text", "")), day_of(str(given.get("on", "")))
    await record(request, Action.UPDATE, f"review/ask/{ask.id}/reply")
    try:
        if on is None:
            raise InvalidInputError("console.filter.day")
        await asyncio.to_thread(
            review.reply, here.database, ask.id, text=text, on=on, by=session(request).user_id,
            at=here.clock.now(),
        )  # fmt: skip
    except Error as error:
        return await shown(request, case, wrong=error)
    return onward(f"/review/cases/{case.id}#asks")


@only(PEOPLE)
async def decide(request: web.Request) -> web.StreamResponse:
    """Enter what a committee decided about a case; it is in force when another confirms it."""
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)

    here = installation(request)
    case = await case_of(request, Action.SECURITY)
    given = await request.post()
    kind, date = str(given.get("kind", ""))[:16], day_of(str(given.get("date", "")))
    if kind not in {"violation", "cleared", "unasked"}:
        raise web.HTTPNotFound
    await record(request, Action.SECURITY, f"review/decision/{case.id}/{kind}")
    try:
        if date is None:
            raise InvalidInputError("console.filter.day")
        await asyncio.to_thread(
            review.decide, here.database, case.id, kind=kind, text=str(given.get("text", "")),
            date=date, by=session(request).user_id, at=here.clock.now(),
        )  # fmt: skip
    except Error as error:
        return await shown(request, case, wrong=error)
    return onward(f"/review/cases/{case.id}#committee")


@only(PEOPLE)
async def settle(request: web.Request) -> web.StreamResponse:
    """Confirm a decision in this person's own name, who did not enter it, or take it back."""
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)

    here, who = installation(request), session(request).user_id
    number, act = int(request.match_info["number"]), str((await request.post()).get("act", ""))
    if act not in {"confirm", "withdraw"}:
        raise web.HTTPNotFound
    decision, identifier = await asyncio.to_thread(_decision, here, number)
    case = await case_of(request, Action.SECURITY, identifier) if identifier else None
    await record(request, Action.SECURITY, f"review/decision/{decision.id}/{act}")
    work = review.confirm if act == "confirm" else review.withdraw
    try:
        await asyncio.to_thread(work, here.database, number, by=who, at=here.clock.now())
    except Error as error:
        if case is None:
            return onward("/review/masking", wrong=error.message)
        return await shown(request, case, wrong=error)
    return onward(f"/review/cases/{case.id}#committee" if case else "/review/masking")


def _ask(here: Installation, number: int) -> tuple[Ask, str]:
    """Return the question and the newest case it is about."""
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.review.store import newest  # noqa: PLC0415 (same)

    try:
        ask = review.ask_of(here.database, number)
        return ask, newest(here.database, ask.case_key)
    except InvalidInputError as error:
        raise web.HTTPNotFound from error


def _decision(here: Installation, number: int) -> tuple[Decision, str]:
    """Return the decision and the newest case it is about, "" where it is about days."""
    from sekisho.review.decisions import decision_of  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.review.store import newest  # noqa: PLC0415 (same)

    try:
        found = decision_of(here.database, number)
        return found, newest(here.database, found.case_key) if found.case_key else ""
    except InvalidInputError as error:
        raise web.HTTPNotFound from error
