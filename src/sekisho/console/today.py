"""今日やること: what the rooms found, most urgent first, and nothing else."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sekisho.app.findings import FindingView, mark_done, mark_seen, open_findings
from sekisho.app.installation import Installation
from sekisho.app.proofs import latest_evidence, stands
from sekisho.app.settings import setting
from sekisho.console.interface import PEOPLE, installation, session
from sekisho.console.reply import onward, page, record
from sekisho.console.whose import whose
from sekisho.errors import RefusedError
from sekisho.identity.records import Role
from sekisho.terms import Action, Evidence, Finding, Gravity, Outcome

LINES = 7
FIRST = "inspection.period.runs"
"""What stands before all else: it changes how everything below is to be read."""


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
class Others:
    """How much waits for people with another duty; numbers only, whatever it is about."""

    role: str
    count: int
    urgent: int
    nobody: bool
    """No account has this duty yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """The first page.

    Attributes:
        verified: The last verification of the record, None: never; `stands`: it is still good.
        empty: Nothing was ever imported: the page offers the first walk.
        more: Lines of the reader's own beyond the seven.
        others: What waits for other duties.
        tour: What the demonstration did, for the walk on this page; None elsewhere.
    """

    now: dt.datetime
    verified: Evidence | None
    stands: bool
    lines: tuple[TodoLine, ...]
    more: int
    others: tuple[Others, ...]
    empty: bool
    keeper: bool
    people: bool
    tour: dict[str, Any] | None


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
    view = await asyncio.to_thread(_today, installation(request), session(request).roles, LINES)
    return page(request, "console/today.html", today=view, all=False)


async def everything(request: web.Request) -> web.Response:
    """Show every open line, each with a way to call it done."""
    view = await asyncio.to_thread(_today, installation(request), session(request).roles, None)
    return page(request, "console/today.html", today=view, all=True)


async def look(request: web.Request) -> web.StreamResponse:
    """Note that this person looked, and go where the matter is dealt with."""
    here, number = installation(request), int(request.match_info["id"])
    line = await _mine(request)
    if line is None:
        return onward("/")
    await record(request, Action.READ, f"finding/{number}/seen")
    who = session(request).user_id
    await asyncio.to_thread(mark_seen, here.database, number, who, here.clock.now())
    return onward(line.finding.where)


async def done(request: web.Request) -> web.StreamResponse:
    """Note that this person dealt with it."""
    here, number = installation(request), int(request.match_info["id"])
    if await _mine(request) is not None:
        await record(request, Action.UPDATE, f"finding/{number}/done")
        who = session(request).user_id
        await asyncio.to_thread(mark_done, here.database, number, who, here.clock.now())
    return onward("/findings")


async def _mine(request: web.Request) -> FindingView | None:
    """Return the open line of the address, None where it is gone.

    Raises:
        RefusedError: It is another duty's work.
    """
    here, number = installation(request), int(request.match_info["id"])
    found = await asyncio.to_thread(open_findings, here.database)
    line = next((one for one in found if one.id == number), None)
    if line is not None and not whose(line.finding) & session(request).roles:
        await record(request, Action.READ, f"finding/{number}", outcome=Outcome.REFUSED)
        raise RefusedError("console.not_your_page")
    return line


def _today(here: Installation, roles: frozenset[Role], limit: int | None) -> Today:
    found = open_findings(here.database)
    mine = [view for view in found if whose(view.finding) & roles]
    mine.sort(key=lambda view: view.finding.key != FIRST)
    verified = latest_evidence(here.database, "ledger.verified")
    now = here.clock.now()
    return Today(
        now=now,
        verified=verified,
        stands=stands(verified, now),
        lines=tuple(line_of(view) for view in mine[:limit]),
        more=max(0, len(mine) - limit) if limit is not None else 0,
        others=_others(here, [v.finding for v in found if not whose(v.finding) & roles], roles),
        empty=not _imported(here),
        keeper=Role.ADMINISTRATOR in roles,
        people=bool(roles & PEOPLE),
        tour=setting(here.database, "tour") if here.simulated else None,
    )


def _imported(here: Installation) -> bool:
    from sekisho import collect  # noqa: PLC0415 (keeps the first page quick)

    return bool(collect.sources(here.database))


def _others(
    here: Installation, findings: list[Finding], mine: frozenset[Role]
) -> tuple[Others, ...]:
    """Return what waits for each other duty; what two may do counts for the first of them."""
    if not findings:
        return ()
    from sekisho import identity  # noqa: PLC0415 (keeps the first page quick)

    held = {role for known in identity.accounts(here.database) for role in known.roles}
    waiting: dict[Role, list[Finding]] = {role: [] for role in Role if role not in mine}
    for finding in findings:
        waiting[next(role for role in Role if role in whose(finding))].append(finding)
    return tuple(
        Others(
            role=role.value,
            count=len(some),
            urgent=sum(one.gravity is Gravity.URGENT for one in some),
            nobody=role not in held,
        )
        for role, some in waiting.items()
        if some
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
