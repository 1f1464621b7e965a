"""今日やること: what the rooms found, most urgent first, and nothing else."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sekisho.app.findings import FindingView, mark_done, mark_seen, open_findings
from sekisho.app.installation import Installation
from sekisho.app.proofs import latest_evidence
from sekisho.console.interface import installation, session
from sekisho.console.reply import onward, page
from sekisho.identity.records import Role
from sekisho.terms import Evidence

LINES = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class TodoLine:
    """One line: a sentence, why, and one button."""

    id: int
    gravity: str
    message: str
    args: dict[str, Any]
    action: str
    first_at: dt.datetime
    seen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """The first page.

    Attributes:
        verified: The last verification of the record, None: never.
        empty: Nothing was ever imported: the page offers the first walk.
        more: Lines beyond the seven.
    """

    now: dt.datetime
    verified: Evidence | None
    lines: tuple[TodoLine, ...]
    more: int
    empty: bool
    keeper: bool


def routes() -> list[web.RouteDef]:
    """Return the addresses of this page."""
    return [
        web.get("/", show),
        web.get("/findings", everything),
        web.post("/findings/{id:\\d+}", look),
        web.post("/findings/{id:\\d+}/done", done),
    ]


async def show(request: web.Request) -> web.Response:
    """Show today's lines."""
    keeper = Role.ADMINISTRATOR in session(request).roles
    view = await asyncio.to_thread(_today, installation(request), keeper, LINES)
    return page(request, "console/today.html", today=view, all=False)


async def everything(request: web.Request) -> web.Response:
    """Show every open line, each with a way to call it done."""
    keeper = Role.ADMINISTRATOR in session(request).roles
    view = await asyncio.to_thread(_today, installation(request), keeper, None)
    return page(request, "console/today.html", today=view, all=True)


async def look(request: web.Request) -> web.StreamResponse:
    """Note that this person looked, and go where the matter is dealt with."""
    here, number = installation(request), int(request.match_info["id"])
    line = await asyncio.to_thread(_find, here, number)
    if line is None:
        return onward("/")
    who = session(request).user_id
    await asyncio.to_thread(mark_seen, here.database, number, who, here.clock.now())
    return onward(line.finding.where)


async def done(request: web.Request) -> web.StreamResponse:
    """Note that this person dealt with it."""
    here, number = installation(request), int(request.match_info["id"])
    who = session(request).user_id
    await asyncio.to_thread(mark_done, here.database, number, who, here.clock.now())
    return onward("/findings")


def _find(here: Installation, number: int) -> FindingView | None:
    return next((line for line in open_findings(here.database) if line.id == number), None)


def _today(here: Installation, keeper: bool, limit: int | None) -> Today:
    found = open_findings(here.database)
    return Today(
        now=here.clock.now(),
        verified=latest_evidence(here.database, "ledger.verified"),
        lines=tuple(line_of(view) for view in found[:limit]),
        more=max(0, len(found) - limit) if limit is not None else 0,
        empty=here.reader().size() == 0 and not found,
        keeper=keeper,
    )


def line_of(view: FindingView) -> TodoLine:
    """Return what a page shows of `view`."""
    finding = view.finding
    return TodoLine(
        id=view.id,
        gravity=finding.gravity.value,
        message=finding.message,
        args=dict(finding.args),
        action=finding.action,
        first_at=view.first_at,
        seen=view.state.value == "seen",
    )
