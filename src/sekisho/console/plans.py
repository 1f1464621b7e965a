"""保守の作業計画: who proposes, who approves, and what stands at each system."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from zoneinfo import ZoneInfo

from aiohttp import web

from sekisho.app.installation import Installation
from sekisho.console.gate import refresh, tabs
from sekisho.console.interface import ANYONE, KEEPERS, OFFICERS, installation, session
from sekisho.console.reply import only, onward, page, record
from sekisho.errors import Error, InvalidInputError
from sekisho.gate.config import read_gate
from sekisho.terms import Action, UserKind

FIELDS = ("user_id", "route", "sources", "begins", "ends", "work")


def routes() -> list[web.RouteDef]:
    """Return the addresses of this page."""
    return [
        web.get("/gate/plans", show),
        web.post("/gate/plans", propose),
        web.post("/gate/plans/{id:[0-9a-f]{32}}", approve),
        web.post("/gate/plans/{id:[0-9a-f]{32}}/end", end),
    ]


@only(ANYONE)
async def show(request: web.Request) -> web.StreamResponse:
    """Show the plans that wait, stand and are over."""
    return await _show(request)


async def _show(
    request: web.Request, wrong: Error | None = None, form: dict[str, str] | None = None
) -> web.StreamResponse:
    from sekisho.gate.plans import plans  # noqa: PLC0415 (keeps the first page quick)

    here, who = installation(request), session(request)
    found = await asyncio.to_thread(plans, here.database)
    now = here.clock.now()
    return page(
        request,
        "console/gate_plans.html",
        status=400 if wrong else 200,
        tabs=tabs(request, "plans"),
        waiting=[plan for plan in found if plan.waits(now)],
        standing=[plan for plan in found if plan.stands(now)],
        over=[plan for plan in found if not plan.waits(now) and not plan.stands(now)],
        now=now,
        own=who.user_id,
        keeper=bool(who.roles & KEEPERS),
        officer=bool(who.roles & OFFICERS),
        systems=_systems(here),
        form={**dict.fromkeys(FIELDS, ""), **(form or {})},
        wrong=wrong,
    )


@only(KEEPERS)
async def propose(request: web.Request) -> web.StreamResponse:
    """Keep a plan in the reader's name; it opens nothing before a second person approves it."""
    from sekisho import care  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.gate import plans  # noqa: PLC0415 (same)

    here = installation(request)
    given = await request.post()
    form = {name: str(given.get(name, "")).strip()[:2000] for name in FIELDS}
    today = here.clock.now().astimezone(ZoneInfo(here.config.zone)).date()
    try:
        known = await asyncio.to_thread(care.person, here.database, form["user_id"], today)
        if known is None or known.kind is not UserKind.VENDOR:
            raise InvalidInputError("gate.plan.not_vendor")
        if form["route"] not in _systems(here):
            raise InvalidInputError("gate.plan.no_system")
        plan = plans.propose(
            here.clock,
            user_id=known.user_id,
            route=form["route"],
            sources=re.split(r"[\s,、]+", form["sources"]),
            begins=_time(here, form["begins"]),
            ends=_time(here, form["ends"]),
            work=form["work"],
            by=session(request).user_id,
        )
    except Error as error:
        return await _show(request, error, form)
    await record(
        request, Action.SECURITY, f"gate/plan/{plan.id}/propose", reason=f"{plan.route} {plan.work}"
    )
    await asyncio.to_thread(plans.keep, here.database, plan)
    await asyncio.to_thread(refresh, here)
    return onward("/gate/plans")


@only(OFFICERS)
async def approve(request: web.Request) -> web.StreamResponse:
    """Put a plan in force in the reader's own name, who did not propose it."""
    from sekisho.gate import plans  # noqa: PLC0415 (keeps the first page quick)

    here, who, number = installation(request), session(request), request.match_info["id"]
    try:
        await asyncio.to_thread(
            plans.check_approval, here.database, here.clock, number, by=who.user_id
        )
        await record(request, Action.SECURITY, f"gate/plan/{number}/approve")
        await asyncio.to_thread(plans.approve, here.database, here.clock, number, by=who.user_id)
    except Error as error:
        return await _show(request, error)
    await asyncio.to_thread(refresh, here)
    return onward("/gate/plans")


@only(KEEPERS | OFFICERS)
async def end(request: web.Request) -> web.StreamResponse:
    """End a plan now, or decline it: either duty may stop a vendor alone."""
    from sekisho.gate import plans  # noqa: PLC0415 (keeps the first page quick)

    here, who, number = installation(request), session(request), request.match_info["id"]
    await record(request, Action.SECURITY, f"gate/plan/{number}/end")
    try:
        await asyncio.to_thread(plans.end, here.database, here.clock, number, by=who.user_id)
    except Error as error:
        return await _show(request, error)
    await asyncio.to_thread(refresh, here)
    return onward("/gate/plans")


def _systems(here: Installation) -> list[str]:
    config = read_gate(here.data)
    return [] if config is None else [route.name for route in config.routes]


def _time(here: Installation, text: str) -> dt.datetime:
    """Return a local time as browsers send it."""
    try:
        local = dt.datetime.strptime(text, "%Y-%m-%dT%H:%M")  # noqa: DTZ007 (the zone is given next)
    except ValueError as error:
        raise InvalidInputError("gate.plan.no_time") from error
    return local.replace(tzinfo=ZoneInfo(here.config.zone)).astimezone(dt.UTC)
