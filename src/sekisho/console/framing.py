"""The frame around every page: the left side with its counts, and who is signed in."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from sekisho.app.findings import open_findings
from sekisho.app.gate_origins import gate_origins
from sekisho.app.installation import Installation
from sekisho.app.jobs import look_again
from sekisho.console.interface import INSTALLATION, PEOPLE, language
from sekisho.console.reply import Handler
from sekisho.console.whose import whose
from sekisho.identity.records import Role, Session
from sekisho.pages import say
from sekisho.pages.environment import Frame, Idle, Item, frame, short

POLL, POLL_SHARED = 30, 5
"""Seconds between two questions of a page whether its session still lives."""
FRESH = 3.0
"""Seconds for which the counts on the left stand; rights are never kept."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What stands on the left, as numbers only."""

    institution: str
    simulated: bool
    findings: tuple[frozenset[Role], ...]
    records: int
    cases: int | None
    staff: int
    accounts: int
    files: int
    changes: int
    machines: int
    intact: bool | None
    at: float


class Framing:
    """Makes the frame of each request."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._counts: Counts | None = None

    async def counts(self) -> Counts:
        """Return the counts, at most `FRESH` seconds old."""
        known = self._counts
        if known is None or time.monotonic() - known.at > FRESH:
            known = self._counts = await asyncio.to_thread(self._count)
        return known

    def forget(self) -> None:
        """Count anew at the next page: something was just done."""
        self._counts = None

    def _idle(self, known: Session, here: str) -> Idle:
        """Return how this page learns that its session ends; a shared terminal asks often."""
        from sekisho import identity  # noqa: PLC0415 (keeps the start quick)

        database = self._installation.database
        shared = identity.terminal_at(database, known.address) is not None
        return Idle(
            seconds=int(identity.idle_of(database, known).total_seconds()),
            poll=POLL_SHARED if shared else POLL,
            leave=f"/sign-in?out=idle&next={quote(here, safe='/')}",
        )

    def _count(self) -> Counts:
        here = self._installation
        from sekisho.console import counts  # noqa: PLC0415 (rooms come with it)

        return Counts(
            institution=here.institution or "",
            simulated=here.simulated,
            findings=tuple(whose(view.finding) for view in open_findings(here.database)),
            records=counts.records(here),
            cases=counts.open_cases(here),
            staff=counts.staff(here),
            accounts=counts.accounts(here),
            files=counts.files(here),
            changes=counts.changes(here),
            machines=counts.machines(here),
            intact=counts.intact(here),
            at=time.monotonic(),
        )

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Set the frame for everything this request renders."""
        if request.path.startswith("/static/"):
            return await handler(request)
        counts = await self.counts()
        here = request.path_qs if request.method == "GET" else "/"
        known: Session | None = request.get("session")
        token = frame.set(
            Frame(
                institution=counts.institution,
                simulated=counts.simulated,
                items=_items(
                    request.path,
                    known.roles,
                    counts,
                    language(request),
                    gate=bool(gate_origins(self._installation.data)),
                )
                if known
                else (),
                account=known.name if known else "",
                roles=tuple(f"console.role.{role.value}" for role in Role if role in known.roles)
                if known
                else (),
                csrf=str(request.get("csrf", "")),
                zone=self._installation.config.zone,
                here=here,
                idle=Idle() if known is None else await asyncio.to_thread(self._idle, known, here),
            )
        )
        try:
            response = await handler(request)
        finally:
            frame.reset(token)
            if request.method == "POST":
                self.forget()
        if request.method == "POST" and response.status < 400:
            await asyncio.to_thread(look_again, self._installation)
        return response


def framing(installation: Installation) -> Framing:
    """Return the framing of `installation`."""
    return Framing(installation)


def _items(
    path: str, roles: frozenset[Role], counts: Counts, words: str, *, gate: bool
) -> tuple[Item, ...]:
    def item(name: str, href: str, count: str = "", *, rule: bool = False) -> Item:
        on = path == href if href == "/" else path == href or path.startswith(href + "/")
        return Item(f"console.room.{name}", href, count, on, rule)

    def some(count: int) -> str:
        return short(words, count) if count else ""

    keeper = Role.ADMINISTRATOR in roles
    seen = bool(roles & PEOPLE)
    mine = sum(bool(whose & roles) for whose in counts.findings)
    health = {None: "", True: "console.menu.intact", False: "console.menu.attend"}[counts.intact]
    waiting = say(words, "console.menu.changes", count=counts.changes) if counts.changes else ""
    items = [
        item("today", "/", str(mine or "")),
        item("records", "/records", some(counts.records), rule=True),
        item("review", "/review", "" if counts.cases is None else str(counts.cases)),
        item("people", "/people" if seen else "/people/levels", some(counts.staff)),
    ]
    items.append(item("access", "/access", waiting))
    if gate:
        items.append(item("gate", "/gate"))
    if counts.machines or path.startswith("/posture"):
        items.append(item("posture", "/posture", some(counts.machines)))
    items.append(item("inspection", "/inspection"))
    if keeper:
        items.append(item("import", "/walk", some(counts.files)))
        items.append(item("accounts", "/accounts", some(counts.accounts)))
    items.append(item("health", "/health", say(words, health) if health else "", rule=True))
    items.append(item("settings", "/settings"))
    return tuple(items)


__all__ = ["INSTALLATION", "Framing", "framing"]
