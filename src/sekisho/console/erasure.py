"""消去と保存期間: what is to go is shown, proposed by one person and confirmed by another."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from aiohttp import web

from sekisho.app.installation import Installation
from sekisho.console.interface import (
    KEEPERS,
    OFFICERS,
    PEOPLE,
    installation,
    session,
)
from sekisho.console.records import tabs
from sekisho.console.reply import only, onward, page, record
from sekisho.errors import Error, InvalidInputError
from sekisho.terms import Action

if TYPE_CHECKING:
    from sekisho.app.retention import Rule
    from sekisho.ledger.erasure import Chosen

FIELDS = ("patients", "users", "records", "order", "due")
MAY = KEEPERS | OFFICERS


def routes() -> list[web.RouteDef]:
    """Return the addresses of this page."""
    return [
        web.get("/records/erasure", show),
        web.post("/records/erasure", propose),
        web.post("/records/erasure/preview", preview),
        web.post("/records/erasure/{number:[0-9]{1,9}}", confirm),
        web.post("/records/erasure/{number:[0-9]{1,9}}/withdraw", withdraw),
    ]


@only(MAY)
async def show(request: web.Request) -> web.StreamResponse:
    """Show what was proposed, ordered and done, and what is past its time."""
    return await _show(request)


async def _show(
    request: web.Request,
    wrong: Error | None = None,
    form: dict[str, str] | None = None,
    chosen: Chosen | None = None,
) -> web.StreamResponse:
    from sekisho.app.retention import due, read_rules  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.ledger.erasure import erasures  # noqa: PLC0415 (same)

    here, who = installation(request), session(request)
    past = None
    rules: tuple[Rule, ...] = ()
    try:
        rules = await asyncio.to_thread(read_rules, here.data)
        past = await asyncio.to_thread(due, here) if rules else None
    except InvalidInputError as error:
        wrong = wrong or error
    found = await asyncio.to_thread(erasures, here.database)
    values = dict(wrong.args_) if wrong else {}
    return page(
        request,
        "console/erasure.html",
        status=400 if wrong and form is not None else 200,
        tabs=tabs("erasure", people=bool(who.roles & PEOPLE), erase=True),
        waiting=[one for one in found if one.state in {"proposed", "confirmed"}],
        over=[one for one in found if one.state not in {"proposed", "confirmed"}],
        elsewhere=await asyncio.to_thread(here.database.kept_elsewhere),
        past=past,
        rules=rules,
        chosen=chosen,
        own=who.user_id,
        officer=bool(who.roles & OFFICERS),
        form={**dict.fromkeys(FIELDS, ""), **(form or {})},
        wrong=wrong,
        wrong_args={name: value for name, value in values.items() if name != "mend_id"},
        mend=str(values.get("mend_id", "")),
    )


@only(MAY)
async def preview(request: web.Request) -> web.StreamResponse:
    """Show what would go, in numbers; that somebody looked is on record first."""
    form = await _form(request)
    await record(request, Action.SEARCH, "ledger/erasure/preview")
    try:
        chosen, _ = await asyncio.to_thread(_choose, installation(request), form)
    except Error as error:
        return await _show(request, error, form)
    return await _show(request, None, form, chosen)


@only(MAY)
async def propose(request: web.Request) -> web.StreamResponse:
    """Keep a proposal in the reader's name; nothing goes before a second person confirms."""
    from sekisho.app import erasure  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.ledger.erasure import LAWFUL, RETENTION  # noqa: PLC0415 (same)

    here, who, form = installation(request), session(request), await _form(request)

    def work() -> None:
        chosen, reasons = _choose(here, form)
        erasure.propose(
            here,
            chosen,
            order=reasons or form["order"],
            by=who.user_id,
            about=(*_words(form["patients"]), *_words(form["users"])),
            kind=RETENTION if reasons else LAWFUL,
        )

    try:
        await asyncio.to_thread(work)
    except Error as error:
        return await _show(request, error, form)
    return onward("/records/erasure")


@only(OFFICERS)
async def confirm(request: web.Request) -> web.StreamResponse:
    """Order an erasure in the reader's own name, who did not propose it; the jobs carry it out."""
    from sekisho.app import erasure  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.app.due import hurry  # noqa: PLC0415 (same)

    here, number = installation(request), int(request.match_info["number"])
    await record(request, Action.SECURITY, f"ledger/erasure/{number}/confirm")
    try:
        await asyncio.to_thread(erasure.order, here, number, by=session(request).user_id)
    except Error as error:
        return await _show(request, error, {})
    await asyncio.to_thread(hurry, here, "erasures")
    return onward("/records/erasure")


@only(MAY)
async def withdraw(request: web.Request) -> web.StreamResponse:
    """Take a proposal back: either duty may stop one alone."""
    from sekisho.app import erasure  # noqa: PLC0415 (keeps the first page quick)

    here, number = installation(request), int(request.match_info["number"])
    try:
        await asyncio.to_thread(erasure.withdraw, here, number, by=session(request).user_id)
    except Error as error:
        return await _show(request, error, {})
    return onward("/records/erasure")


async def _form(request: web.Request) -> dict[str, str]:
    given = await request.post()
    return {name: str(given.get(name, "")).strip()[:20_000] for name in FIELDS}


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\s,、]+", text) if word]


def _choose(here: Installation, form: dict[str, str]) -> tuple[Chosen, str]:
    """Return what was chosen, and the order where the rules of retention give it."""
    from sekisho.app.erasure import choose  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.app.retention import choose_due  # noqa: PLC0415 (same)
    from sekisho.ledger import runs  # noqa: PLC0415 (same)

    if form["due"]:
        return choose_due(here)
    found = choose(
        here,
        patients=_words(form["patients"]),
        users=_words(form["users"]),
        records=runs.read(form["records"]) if form["records"] else (),
    )
    return found, ""
