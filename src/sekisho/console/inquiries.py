"""Asking the maker of a device about an advisory: the letter, what was answered, and taking back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from sekisho.console.asking import TYPES
from sekisho.console.interface import installation, language, session
from sekisho.console.known import advisory_path
from sekisho.console.posture import SAYERS, day_of, today_of
from sekisho.console.reply import only, onward, record
from sekisho.errors import Error, InvalidInputError
from sekisho.terms import Action


def routes() -> list[web.RouteDef]:
    """Return the addresses of these acts."""
    letter = "/posture/inquiries/{letter:[0-9]{1,9}}"
    return [
        web.post("/posture/known/{found:[0-9]{1,9}}/inquiry", ask),
        web.get(letter + ".{form:pdf|docx}", give),
        web.post(f"{letter}/withdraw", withdraw),
        web.post("/posture/inquiries/{inquiry:[0-9]{1,9}}/reply", reply),
        web.post("/posture/replies/{reply:[0-9]{1,9}}/undo", undo),
    ]


@only(SAYERS)
async def ask(request: web.Request) -> web.StreamResponse:
    """Keep that the maker is asked, of this device or of all of the same addressee."""
    from sekisho.posture import match  # noqa: PLC0415 (keeps the first page quick)

    here, form = installation(request), await request.post()
    identifier, number = int(request.match_info["found"]), str(form.get("number", ""))[:128]
    addressee, duty = str(form.get("addressee", "")), str(form.get("duty", ""))
    who, today = session(request).user_id, today_of(here)
    await record(request, Action.SECURITY, f"posture/known/{identifier}/inquiry")

    def work() -> None:
        founds = [identifier]
        if form.get("whole") == "yes":
            _, devices = match.of_advisory(here.database, number)
            founds += [
                one.found.id
                for one in devices
                if one.found.state != "done" and match.together(one.told, (duty, addressee))
            ]
        match.ask(
            here.database, founds, addressee=addressee, duty=duty, by=who, today=today,
            due=day_of(str(form.get("due", ""))), at=here.clock.now(),
        )  # fmt: skip

    return await _done(number, work)


@only(SAYERS)
async def give(request: web.Request) -> web.StreamResponse:
    """Give a letter; its digest is recorded before it is given."""
    from sekisho.app import inquiry  # noqa: PLC0415 (slow to import)

    here, form = installation(request), request.match_info["form"]
    number = int(request.match_info["letter"])
    try:
        body = await asyncio.to_thread(
            inquiry.letter, here, number, form=form, by=session(request).user_id,
            language=language(request),
        )  # fmt: skip
    except InvalidInputError as error:
        raise web.HTTPNotFound from error
    return web.Response(
        body=body,
        content_type=TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="sekisho-inquiry-{number}.{form}"'},
    )


@only(SAYERS)
async def withdraw(request: web.Request) -> web.StreamResponse:
    """Take back a letter that was not sent."""
    return await _act(request, "letter", "withdraw")


@only(SAYERS)
async def reply(request: web.Request) -> web.StreamResponse:
    """Keep what was answered, as this person writes it down."""
    form, today = await request.post(), today_of(installation(request))

    def text(name: str) -> str:
        return str(form.get(name, ""))

    told = {name: text(name) for name in ("who", "fixed_in", "instead", "note")}
    days = {name: day_of(text(name)) for name in ("on", "until")}
    rest = {"whole": form.get("whole") == "yes", "today": today}
    return await _act(request, "inquiry", "reply", text("answer"), **told, **days, **rest)


@only(SAYERS)
async def undo(request: web.Request) -> web.StreamResponse:
    """Take an answer back."""
    return await _act(request, "reply", "undo")


async def _act(
    request: web.Request, of: str, act: str, *said: Any, **told: Any
) -> web.StreamResponse:
    """Do one act in the reader's name, recorded first, and go back to the advisory."""
    from sekisho.posture import match  # noqa: PLC0415 (keeps the first page quick)

    here, number = installation(request), int(request.match_info[of])
    advisory = str((await request.post()).get("number", ""))[:128]
    await record(request, Action.SECURITY, f"posture/inquiry/{number}/{act}")
    works: Mapping[str, Callable[..., None]] = {
        "withdraw": match.withdraw,
        "reply": match.reply,
        "undo": match.undo,
    }

    def work() -> None:
        by = session(request).user_id
        works[act](here.database, number, *said, by=by, at=here.clock.now(), **told)

    return await _done(advisory, work)


async def _done(advisory: str, work: Callable[[], None]) -> web.StreamResponse:
    try:
        await asyncio.to_thread(work)
    except Error as error:
        return onward(advisory_path(advisory), wrong=error.message)
    return onward(advisory_path(advisory))
