"""How the review works here: explanations a named person approved, and why names are covered."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from sekisho.app.installation import Installation
from sekisho.console.case import day_of
from sekisho.console.cases import tabs
from sekisho.console.interface import OFFICERS, PEOPLE, installation, session
from sekisho.console.reply import only, onward, page, record, wrong_of
from sekisho.errors import Error, InvalidInputError
from sekisho.terms import Action

PROOFS = ("rule", "responsible", "notice", "watchers")
"""What must be written down, dated, before names are shown."""


def routes() -> list[web.RouteDef]:
    """Return the addresses of these pages."""
    return [
        web.get("/review/explanations", show_explanations),
        web.post("/review/explanations", approve),
        web.post("/review/explanations/withdraw", withdraw),
        web.get("/review/masking", show_masking),
        web.post("/review/masking", keep_proof),
        web.post("/review/masking/withdraw", withdraw_proof),
        web.post("/review/masking/order", order),
    ]


async def show_explanations(request: web.Request) -> web.StreamResponse:
    """Show every explanation and sign, and which a named person approved."""
    view = await asyncio.to_thread(_rules, installation(request))
    roles = session(request).roles
    return page(
        request,
        "console/explanations.html",
        tabs=tabs("explanations", people=bool(roles & PEOPLE)),
        officer=bool(roles & OFFICERS),
        **view,
    )


@only(OFFICERS)
async def approve(request: web.Request) -> web.StreamResponse:
    """Approve one explanation, or all that are shipped, in the reader's own name."""
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)

    here, who = installation(request), session(request)
    chosen = str((await request.post()).get("explanation", ""))
    await record(request, Action.SECURITY, f"review/explanations/{chosen or 'shipped'}"[:200])
    now = here.clock.now()
    if chosen:
        await asyncio.to_thread(review.approve, here.database, chosen, who.user_id, now)
    else:
        await asyncio.to_thread(review.approve_shipped, here.database, who.user_id, now)
    return onward("/review/explanations")


@only(OFFICERS)
async def withdraw(request: web.Request) -> web.StreamResponse:
    """Take the approval of one explanation back, in the reader's own name."""
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)

    here, who = installation(request), session(request)
    chosen = str((await request.post()).get("explanation", ""))[:100]
    await record(request, Action.SECURITY, f"review/explanations/{chosen}/withdraw")
    await asyncio.to_thread(
        review.withdraw_approval, here.database, chosen, who.user_id, here.clock.now()
    )
    return onward("/review/explanations")


@only(PEOPLE)
async def show_masking(request: web.Request) -> web.StreamResponse:
    """Show what must be written down before names are shown."""
    return await _masking(request, wrong_of(request), status=200)


@only(OFFICERS)
async def keep_proof(request: web.Request) -> web.StreamResponse:
    """Keep one of the dated proofs."""
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)

    here, who = installation(request), session(request)
    form = {name: str(value).strip() for name, value in (await request.post()).items()}
    kind, text = form.get("kind", ""), form.get("text", "")
    if kind not in PROOFS:
        raise web.HTTPNotFound
    try:
        day = dt.date.fromisoformat(form.get("date", ""))
    except ValueError:
        return await _masking(request, "console.filter.day")
    if not 2 <= len(text) <= 1000:
        return await _masking(request, "console.masking.short")
    await record(request, Action.SECURITY, f"review/masking/{kind}")
    try:
        await asyncio.to_thread(
            review.set_masking_proof,
            here.database,
            kind,
            text,
            day,
            by=who.user_id,
            at=here.clock.now(),
        )
    except InvalidInputError as error:
        return await _masking(request, error.message)
    return onward("/review/masking")


@only(OFFICERS)
async def withdraw_proof(request: web.Request) -> web.StreamResponse:
    """Take back one of the dated proofs that was entered wrongly, with the reason."""
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)

    here, who = installation(request), session(request)
    form = {name: str(value).strip() for name, value in (await request.post()).items()}
    kind = form.get("kind", "")
    try:
        entered = dt.datetime.fromisoformat(form.get("at", ""))
    except ValueError:
        raise web.HTTPNotFound from None
    if kind not in PROOFS or entered.tzinfo is None:
        raise web.HTTPNotFound
    await record(request, Action.SECURITY, f"review/masking/{kind}/withdraw")
    try:
        await asyncio.to_thread(
            review.withdraw_proof,
            here.database,
            kind,
            entered,
            why=form.get("why", ""),
            by=who.user_id,
            at=here.clock.now(),
        )
    except Error as error:
        return await _masking(request, error.message)
    return onward("/review/masking")


@only(PEOPLE)
async def order(request: web.Request) -> web.StreamResponse:
    """Enter that accesses from before the notice are reviewed by name; another person confirms it."""
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)

    here, who = installation(request), session(request)
    form = await request.post()
    days = [day_of(str(form.get(name, ""))) for name in ("date", "start", "end")]
    await record(request, Action.SECURITY, "review/order")
    date, start, end = days
    if date is None or start is None or end is None:
        return await _masking(request, "console.filter.day")
    try:
        await asyncio.to_thread(
            review.decide, here.database, None, kind="by_name", text=str(form.get("text", "")),
            date=date, by=who.user_id, at=here.clock.now(), days=(start, end),
        )  # fmt: skip
    except InvalidInputError as error:
        return await _masking(request, error.message)
    return onward("/review/masking")


async def _masking(request: web.Request, wrong: str, status: int = 400) -> web.StreamResponse:
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)

    here = installation(request)
    masking = await asyncio.to_thread(review.masking, here.database)
    roles = session(request).roles
    return page(
        request,
        "console/masking.html",
        status=status if wrong else 200,
        tabs=tabs("masking", people=True),
        masking=masking,
        orders=await asyncio.to_thread(review.decisions, here.database),
        own=session(request).user_id,
        proofs=PROOFS,
        today=here.clock.now(),
        officer=bool(roles & OFFICERS),
        wrong=wrong,
    )


def _rules(here: Installation) -> dict[str, Any]:
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)

    rules = review.catalogue()
    run = review.latest(here.database)
    summary = run.summary if run else {}
    long = review.latest(here.database, telling="proposals")
    habits = long.summary if long else {}
    adopted = review.adopted(here.database)
    return {
        "explanations": [
            *(rule for rule in rules if rule.kind == "explanation"),
            *adopted.values(),
        ],
        "signs": [rule for rule in rules if rule.kind == "sign"],
        "approved": review.approved(here.database),
        "withdrawn": review.withdrawn(here.database),
        "words": review.approval_words(here.database),
        "level": summary.get("level"),
        "run": run,
        "long": long,
        "spread": _widest(habits),
        "by": summary.get("by_explanation", {}),
        "removed": summary.get("removed_by_explanations", {}),
        "proposals": [
            {**line, "title": review.instance(line["template"], line["values"]).title}
            for line in habits.get("proposals", ())
            if line["id"] not in adopted
        ],
    }


def _widest(summary: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """Return explanation → the three duties for whom it explains most random pairs, and the share."""
    found = summary.get("spread", {}).get("explained", {})
    return {
        name: [
            (group, f"{share * 100:.1f}")
            for group, share in sorted(groups.items(), key=lambda one: (-one[1], one[0]))[:3]
        ]
        for name, groups in found.items()
    }
