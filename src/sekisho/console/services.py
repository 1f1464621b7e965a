"""業務用アカウント: what is no person and passes the gate; made, renewed and ended by administrators."""

from __future__ import annotations

import asyncio
import functools
from typing import Any

from aiohttp import web

from sekisho.app.installation import Installation
from sekisho.console.gate import tabs
from sekisho.console.interface import KEEPERS, installation, language, session
from sekisho.console.reply import Handler, only, onward, page, record
from sekisho.errors import Error
from sekisho.identity import fresh
from sekisho.terms import Action, Secret

FIELDS = ("name", "owner", "purpose", "duty", "route", "sources", "days")
DAYS = 180


def routes() -> list[web.RouteDef]:
    """Return the addresses of this page."""
    one = "/gate/services/{name:[a-z][a-z0-9-]{0,31}}"
    return [
        web.get("/gate/services", show),
        web.get("/gate/service-new", show_new),
        web.post("/gate/service-new", make),
        web.post(f"{one}/renew", renew),
        web.post(f"{one}/end", end),
    ]


def sure(handler: Handler) -> Handler:
    """Let only an administrator who showed who they are within five minutes to a handler."""

    @only(KEEPERS)
    @functools.wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        if not fresh(session(request), installation(request).clock):
            return onward("/sign-in/again", next="/gate/services")
        return await handler(request)

    return guarded


@only(KEEPERS)
async def show(request: web.Request) -> web.StreamResponse:
    """Show every open account: whose it is, what for, from where, until when, last used."""
    return await _show(request, None)


async def _show(request: web.Request, wrong: Error | None) -> web.StreamResponse:
    view = await asyncio.to_thread(_accounts, installation(request), language(request))
    return page(
        request,
        "console/gate_services.html",
        status=400 if wrong else 200,
        tabs=tabs(request, "services"),
        wrong=wrong,
        **view,
    )


@sure
async def show_new(request: web.Request) -> web.StreamResponse:
    """Ask what the account is to be."""
    return await _new(request, {"duty": "system", "days": str(DAYS)}, None)


async def _new(
    request: web.Request, form: dict[str, str], wrong: Error | None
) -> web.StreamResponse:
    from sekisho.app import services  # noqa: PLC0415 (keeps the first page quick)

    here, words = installation(request), language(request)
    duties = await asyncio.to_thread(services.duties, here)
    return page(
        request,
        "console/gate_service_new.html",
        status=400 if wrong else 200,
        form={name: form.get(name, "") for name in FIELDS},
        systems=[(name, name) for name in services.systems(here)],
        duties=[(each, f"{name[words]}（{each}）") for each, name in duties.items()],
        wrong=wrong,
    )


@sure
async def make(request: web.Request) -> web.StreamResponse:
    """Make an account and show its token once."""
    from sekisho.app import services  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.identity.services import Wanted, create_service  # noqa: PLC0415 (same)

    here, by = installation(request), session(request).user_id
    form = await _form(request)
    try:
        wanted = await asyncio.to_thread(
            services.checked,
            here,
            Wanted(
                name=form.get("name", ""),
                owner=form.get("owner", ""),
                purpose=form.get("purpose", ""),
                duty=form.get("duty", ""),
                route=form.get("route", ""),
                sources=tuple(form.get("sources", "").replace("、", " ").replace(",", " ").split()),
                days=_number(form.get("days", "")),
            ),
        )
        await record(request, Action.SECURITY, f"gate/service/{wanted.name}/made")
        token = await asyncio.to_thread(create_service, here.database, here.clock, wanted, by=by)
    except Error as error:
        return await _new(request, form, error)
    return _shown(request, wanted.name, token)


@sure
async def renew(request: web.Request) -> web.StreamResponse:
    """Show a new token once; the one before it goes on for a week."""
    from sekisho.identity.services import check_renewal, renew_service  # noqa: PLC0415 (same)

    here, by = installation(request), session(request).user_id
    name, form = request.match_info["name"], await _form(request)
    days = _number(form.get("days", ""))
    try:
        await asyncio.to_thread(check_renewal, here.database, name, days=days)
        await record(request, Action.SECURITY, f"gate/service/{name}/renewed")
        token = await asyncio.to_thread(
            renew_service, here.database, here.clock, name, days=days, by=by
        )
    except Error as error:
        return await _show(request, error)
    await asyncio.to_thread(_refresh, here)
    return _shown(request, name, token)


@sure
async def end(request: web.Request) -> web.StreamResponse:
    """End an account for good."""
    from sekisho.identity.services import check_open, end_service  # noqa: PLC0415 (same)

    here, by, name = installation(request), session(request).user_id, request.match_info["name"]
    try:
        await asyncio.to_thread(check_open, here.database, name)
        await record(request, Action.SECURITY, f"gate/service/{name}/ended")
        await asyncio.to_thread(end_service, here.database, here.clock, name, by=by)
    except Error as error:
        return await _show(request, error)
    await asyncio.to_thread(_refresh, here)
    return onward("/gate/services")


async def _form(request: web.Request) -> dict[str, str]:
    return {name: str(value).strip() for name, value in (await request.post()).items()}


def _number(text: str) -> int:
    """Return the number of days, 0 (which is refused) where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _shown(request: web.Request, name: str, token: Secret) -> web.StreamResponse:
    answer = page(request, "console/gate_service_made.html", name=name, token=token.reveal())
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _accounts(here: Installation, words: str) -> dict[str, Any]:
    from sekisho.app.services import duties  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.identity.findings import ENDING, unused_services  # noqa: PLC0415 (same)
    from sekisho.identity.services import services  # noqa: PLC0415 (same)

    now, named = here.clock.now(), duties(here)
    unused = {each.name for each in unused_services(here.database, here.clock)}
    rows = []
    for each in services(here.database):
        end_at = each.until or now
        state = "ended" if end_at <= now else "ending" if end_at <= now + ENDING else "open"
        rows.append((each, named.get(each.duty, {}).get(words, each.duty), state))
    return {"rows": rows, "unused": unused, "days": DAYS}


def _refresh(here: Installation) -> None:
    from sekisho.app.waiting import refresh_findings  # noqa: PLC0415 (keeps the first page quick)

    refresh_findings(here)
