"""門: the protected systems, what they would have refused, and the second look at broken glass."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

from aiohttp import web

from sekisho.app.bans import SUBJECT
from sekisho.app.installation import Installation
from sekisho.app.proofs import latest_evidence
from sekisho.console.interface import (
    ANYONE,
    KEEPERS,
    OFFICERS,
    PEOPLE,
    Tab,
    installation,
    language,
    session,
)
from sekisho.console.reply import only, onward, page, record
from sekisho.errors import Error
from sekisho.gate.config import read_gate
from sekisho.pages import say
from sekisho.terms import Action, PatientId

PERIOD = dt.timedelta(days=30)
SHOWN = 200


def routes() -> list[web.RouteDef]:
    """Return the addresses of this room."""
    return [
        web.get("/gate", show),
        web.post("/gate/mode", choose),
        web.get("/gate/glass", glass),
        web.post("/gate/glass/{id:[0-9a-f]{32}}", look),
        web.get("/gate/emergency", emergency),
        web.post("/gate/emergency", close),
        web.get("/gate/bans", bans),
        web.post("/gate/bans/{id:[0-9a-f]{32}}", lift),
    ]


def tabs(request: web.Request, on: str) -> list[Tab]:
    """Return the tabs of this room that the reader may open."""
    shown = (
        ("systems", "/gate", ANYONE),
        ("glass", "/gate/glass", PEOPLE),
        ("services", "/gate/services", KEEPERS),
        ("plans", "/gate/plans", ANYONE),
        ("emergency", "/gate/emergency", ANYONE),
        ("bans", "/gate/bans", ANYONE),
    )
    roles = session(request).roles
    return [
        Tab(name=f"console.gate.tab.{name}", href=href, on=name == on)
        for name, href, those in shown
        if roles & those
    ]


@only(ANYONE)
async def show(request: web.Request) -> web.StreamResponse:
    """Show each protected system, its mode, and whom its cells would have refused."""
    return await _show(request, None)


async def _show(request: web.Request, wrong: Error | None) -> web.StreamResponse:
    people = bool(session(request).roles & PEOPLE)
    view = await asyncio.to_thread(_systems, installation(request), language(request))
    if people and view["cells"]:
        await record(request, Action.READ, "gate/observed")
    return page(
        request,
        "console/gate.html",
        status=400 if wrong else 200,
        tabs=tabs(request, "systems"),
        people=people,
        officer=bool(session(request).roles & OFFICERS),
        wrong=wrong,
        **view,
    )


@only(OFFICERS)
async def choose(request: web.Request) -> web.StreamResponse:
    """Turn enforcing on, or back to observe with a reason, in the reader's own name."""
    from sekisho.gate import modes  # noqa: PLC0415 (keeps the first page quick)

    here, who = installation(request), session(request)
    form = {name: str(value).strip() for name, value in (await request.post()).items()}
    config = await asyncio.to_thread(read_gate, here.data)
    route, enforced = form.get("route", ""), form.get("enforced") == "yes"
    if config is None or route not in {each.name for each in config.routes}:
        raise web.HTTPNotFound
    matter = f"gate/mode/{route}/{'enforce' if enforced else 'observe'}"
    await record(request, Action.SECURITY, matter, reason=form.get("reason") or None)
    try:
        await asyncio.to_thread(
            modes.choose,
            here.database,
            here.clock,
            route=route,
            class_=form.get("class") or modes.EVERY,
            enforced=enforced,
            by=who.user_id,
            reason=form.get("reason", ""),
        )
    except Error as error:
        return await _show(request, error)
    await asyncio.to_thread(refresh, here)
    return onward("/gate")


@only(PEOPLE)
async def glass(request: web.Request) -> web.StreamResponse:
    """Show broken glass, newest first; recorded before anybody is shown."""
    return await _glass(request, None)


async def _glass(request: web.Request, wrong: Error | None) -> web.StreamResponse:
    from sekisho.gate.glass import broken  # noqa: PLC0415 (keeps the first page quick)

    here = installation(request)
    found = await asyncio.to_thread(broken, here.database)
    shown = found[:SHOWN]
    if shown:
        patients = sorted({one.patient_id for one in shown if one.patient_id})
        await record(
            request, Action.READ, "gate/glass", patients=tuple(PatientId(p) for p in patients)
        )
    return page(
        request,
        "console/gate_glass.html",
        status=400 if wrong else 200,
        tabs=tabs(request, "glass"),
        waiting=[one for one in shown if one.looked_at is None],
        looked=[one for one in shown if one.looked_at is not None],
        own=session(request).user_id,
        wrong=wrong,
    )


@only(PEOPLE)
async def look(request: web.Request) -> web.StreamResponse:
    """Keep the second look at one breaking of the glass."""
    from sekisho.gate.glass import look_again  # noqa: PLC0415 (keeps the first page quick)

    here, who = installation(request), session(request)
    form = {name: str(value).strip() for name, value in (await request.post()).items()}
    number, verdict = request.match_info["id"], form.get("verdict", "")
    await record(request, Action.SECURITY, f"gate/glass/{number}", reason=verdict[:16] or None)
    try:
        await asyncio.to_thread(
            look_again,
            here.database,
            here.clock,
            number,
            by=who.user_id,
            verdict=verdict,
            note=form.get("note", ""),
        )
    except Error as error:
        return await _glass(request, error)
    await asyncio.to_thread(refresh, here)
    return onward("/gate/glass")


@only(ANYONE)
async def emergency(request: web.Request) -> web.StreamResponse:
    """Show every envelope that was opened, and what came late."""
    return await _emergency(request, None)


async def _emergency(request: web.Request, wrong: Error | None) -> web.StreamResponse:
    from sekisho.gate.envelope import operations  # noqa: PLC0415 (keeps the first page quick)

    found = await asyncio.to_thread(operations, installation(request).database)
    roles = session(request).roles
    return page(
        request,
        "console/gate_emergency.html",
        status=400 if wrong else 200,
        tabs=tabs(request, "emergency"),
        open=[one for one in found if one.closed_at is None],
        closed=[one for one in found if one.closed_at is not None],
        officer=bool(roles & OFFICERS),
        wrong=wrong,
    )


@only(OFFICERS)
async def close(request: web.Request) -> web.StreamResponse:
    """Close one emergency operation in the reader's own name."""
    from sekisho.gate import envelope  # noqa: PLC0415 (keeps the first page quick)

    here, who = installation(request), session(request)
    form = {name: str(value).strip() for name, value in (await request.post()).items()}
    number, note = form.get("number", "")[:64], form.get("note", "")
    await record(request, Action.SECURITY, f"gate/emergency/{number}")
    try:
        await asyncio.to_thread(
            envelope.close, here.database, here.clock, number, by=who.user_id, note=note
        )
    except Error as error:
        return await _emergency(request, error)
    await asyncio.to_thread(refresh, here)
    return onward("/gate/emergency")


@only(ANYONE)
async def bans(request: web.Request) -> web.StreamResponse:
    """Show which networks are shut out, why and until when; and what came from within."""
    from sekisho.collect.signs import whys  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.identity.attacks import rules  # noqa: PLC0415 (same)
    from sekisho.identity.bans import bans as found_bans  # noqa: PLC0415 (same)

    here, roles = installation(request), session(request).roles
    found, packets = await asyncio.gather(
        asyncio.to_thread(found_bans, here.database),
        asyncio.to_thread(latest_evidence, here.database, SUBJECT),
    )
    now, words = here.clock.now(), language(request)
    stand = [one for one in found if one.lifted_at is None and one.until > now]
    return page(
        request,
        "console/gate_bans.html",
        tabs=tabs(request, "bans"),
        standing=stand,
        over=[one for one in found if one not in stand],
        why={
            **{rule: told[words] for rule, told in whys().items()},
            **{rule.id: rule.why[words] for rule in rules().rules},
        },
        keeper=bool(roles & KEEPERS),
        listed=bool(here.config.networks),
        packets=packets,
    )


@only(KEEPERS)
async def lift(request: web.Request) -> web.StreamResponse:
    """Lift one ban in the reader's own name."""
    from sekisho.identity import bans as kept  # noqa: PLC0415 (keeps the first page quick)

    here, who = installation(request), session(request)
    number, form = request.match_info["id"], await request.post()
    reason = str(form.get("reason", "")).strip()
    await record(request, Action.SECURITY, f"gate/ban/{number}", reason=reason[:400] or None)
    await asyncio.to_thread(
        kept.lift, here.database, here.clock, number, by=who.user_id, reason=reason
    )
    await asyncio.to_thread(refresh, here)
    return onward("/gate/bans")


def _systems(here: Installation, words: str) -> dict[str, Any]:
    from sekisho import access  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.app.probes import kept  # noqa: PLC0415 (same)
    from sekisho.gate import credentials, launch, modes, observed, probed  # noqa: PLC0415 (same)

    config = read_gate(here.data)
    routes = () if config is None else config.routes
    standing = modes.modes(here.database)
    shown = {each.route: each for each in credentials.credentials(here.database)}
    proofs, now = kept(here), here.clock.now()
    since = now - PERIOD
    counted = observed.counts(here.reader(), since) if routes else {}
    change = access.current(here.database)
    book = None if change is None else access.book_of(here.database, change.number)
    terms = () if book is None else (*book.classes, *book.groups)
    names = {term.id: term.name[words] for term in terms}
    return {
        "emrs": [
            (emr, launch.read_key(here.data, emr.name) is not None)
            for emr in (() if config is None else config.emrs)
        ],
        "systems": [
            {
                "route": route,
                "mode": standing.chosen.get((route.name, modes.EVERY)),
                "classes": [
                    (class_, mode)
                    for (name, class_), mode in standing.chosen.items()
                    if name == route.name and class_ != modes.EVERY
                ],
                "counts": counted.get(route.name),
                "credential": shown.get(route.name),
                "probe": probed.state(route, proofs, now),
            }
            for route in routes
        ],
        "cells": observed.would_refuse(here.reader(), since) if routes else [],
        "named": lambda one: names.get(one, one),
        "act": lambda one: say(words, f"console.action.{one}"),
    }


def refresh(here: Installation) -> None:
    """Show at once what somebody has just changed."""
    from sekisho.app.waiting import refresh_findings  # noqa: PLC0415 (keeps the first page quick)

    refresh_findings(here)
