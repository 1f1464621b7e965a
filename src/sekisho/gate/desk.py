"""How people come and go at the gate itself: from the EMR, under the bar of a shared terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import structs

from sekisho.errors import UnavailableError
from sekisho.gate import launch, replies
from sekisho.gate.hostile import Hostile
from sekisho.gate.paths import canonical
from sekisho.gate.record import Recording, Who, access
from sekisho.identity import Method, Session, close_session, find_account, terminal_at
from sekisho.identity.crossing import open_pass
from sekisho.identity.register import printable
from sekisho.identity.signals import sessions_at
from sekisho.pages.environment import Idle
from sekisho.storage import Database
from sekisho.terms import Action, Clock, Outcome, PatientId

if TYPE_CHECKING:
    from sekisho.gate.config import Emr, Route
    from sekisho.gate.interface import Head
    from sekisho.gate.known import Known
    from sekisho.gate.watch import Watch

POLL_SHARED = 5
"""Seconds between two questions of the bar whether the session still lives."""
HOME = "/.sekisho/desk"


class Desk:
    """Lets people in from the EMR, shows the bar, and lets them go."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        data: Path,
        emrs: Mapping[str, Emr],
        zone: str,
        known: Known,
        watch: Watch,
        recording: Recording,
        sign_in: str,
        institution: Callable[[], str],
    ) -> None:
        """`sign_in`: origin of the sign-in host."""
        self._database = database
        self._clock = clock
        self._data = data
        self._emrs = emrs
        self._zone = ZoneInfo(zone)
        self._known = known
        self._watch = watch
        self._recording = recording
        self._sign_in = sign_in
        self._institution = institution

    async def way_in(self, address: str | None, route: Route, way: str) -> str:
        """Return where a person who has just come in goes: under the bar at a listed terminal."""
        if not route.bar or urlsplit(way).path == HOME:
            return way
        here = await asyncio.to_thread(terminal_at, self._database, address)
        return way if here is None else f"{HOME}?next={quote(way, safe='')}"

    def show(
        self, request: web.BaseRequest, head: Head, session: Session, route: Route, csrf: str
    ) -> web.Response:
        """Show the bar, and under it the system."""
        way = inside(dict(head.values).get("next"))
        answer = replies.page(
            request,
            "desk",
            status=200,
            institution=self._institution(),
            name=session.name,
            system=route.name,
            way=way,
            csrf=csrf,
            asserted=session.method is Method.ASSERTED,
            idle=Idle(
                seconds=int(route.idle.total_seconds()), poll=POLL_SHARED,
                awake="/.sekisho/awake", leave=f"{HOME}?next={quote(way, safe='')}",
            ),
        )  # fmt: skip
        # Signing out leads to the sign-in host: a form's redirects are under this policy too.
        answer.headers["Content-Security-Policy"] = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
            "font-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; "
            f"form-action 'self' {self._sign_in}; frame-ancestors 'none'"
        )
        return answer

    async def awake(self, session: Session | None, route: Route, *, acted: bool) -> web.Response:
        """Tell the bar's script for how many seconds the session lives; 401 once it has ended."""
        head = {"Cache-Control": "no-store"}
        if session is None:
            return web.json_response({"left": 0}, status=401, headers=head)
        left = await self._known.left(session, route.origin, acted=acted)
        return web.json_response({"left": left}, headers=head)

    async def leave(self, address: str | None, session: Session, route: Route) -> bool:
        """End the session everywhere; return whether the next person may come to the same page.

        Ending needs no record to be allowed, but is recorded first.
        """
        try:
            await self._recording.record(
                structs.replace(
                    access(
                        route=route.name,
                        who=await self._who(session, address),
                        at=self._clock.now(),
                        act=None,
                        what="sign-out",
                        outcome=Outcome.SUCCESS,
                        terminal=address,
                    ),
                    action=Action.LOGOUT,
                )
            )
        except UnavailableError:
            pass
        finally:
            await asyncio.to_thread(close_session, self._database, session.id)
            self._known.forget()
        here = await asyncio.to_thread(terminal_at, self._database, address)
        return here is None or here.keep_page

    async def _hand_over(
        self, address: str | None, account_id: str, before: Session | None, route: Route
    ) -> None:
        """Sign out who was here before: in this browser, and at a shared terminal altogether.

        A form of another site comes without our cookie: there the terminal tells who it was.
        """
        others = [] if before is None else [before]
        if await asyncio.to_thread(terminal_at, self._database, address) is not None:
            others += await asyncio.to_thread(sessions_at, self._database, self._clock, address)
        for one in {one.id: one for one in others if one.account_id != account_id}.values():
            await self.leave(address, one, route)

    async def _who(self, session: Session, terminal: str | None) -> Who:
        return Who(
            user_id=session.user_id,
            kind=(await self._watch.duties(session.user_id)).kind,
            session=session.id,
            terminal=terminal,
            asserted=session.method is Method.ASSERTED,
        )

    async def launch(
        self,
        request: web.BaseRequest,
        values: Mapping[str, str],
        route: Route,
        before: Session | None,
    ) -> tuple[str, str]:
        """Return the pass and the page of somebody who comes from the EMR; recorded first.

        Args:
            request: Who asks.
            values: Of the address or the form.
            route: The system that is opened.
            before: Whose session the browser has now; it ends where it is somebody else's.

        Raises:
            Hostile: It opens nothing.
            UnavailableError: It cannot be recorded.
        """
        now = self._clock.now()
        asked = launch.read_launch(
            values,
            data=self._data,
            emrs=self._emrs,
            route=route,
            address=request.remote,
            site=request.headers.get("Sec-Fetch-Site", ""),
            now=now,
            today=now.astimezone(self._zone).date(),
        )
        account = await asyncio.to_thread(find_account, self._database, asked.user)
        if account is None or account.closed_at is not None:
            raise Hostile(403, "gate.launch.nobody")
        await asyncio.to_thread(launch.spend, self._database, asked, now)
        record = access(
            route=route.name,
            who=Who(
                user_id=account.user_id,
                kind=(await self._watch.duties(account.user_id)).kind,
                session=None,
                terminal=request.remote,
                asserted=asked.asserted,
            ),
            at=now,
            act=None,
            what="launch",
            outcome=Outcome.SUCCESS,
            terminal=request.remote,
            patients=[PatientId(asked.patient)] if asked.patient else [],
            reason=f"emr:{asked.emr}",
        )
        await self._recording.record(structs.replace(record, action=Action.LOGIN))
        await self._hand_over(request.remote, account.id, before, route)
        token = await asyncio.to_thread(
            open_pass,
            self._database,
            self._clock,
            account.id,
            origin=route.origin,
            method=Method.ASSERTED if asked.asserted else Method.EMR,
            address=request.remote,
            browser=printable(request.headers.get("User-Agent", "")),
        )
        way = launch.page_of(route, asked.patient)
        return token.reveal(), await self.way_in(request.remote, route, way)


def wanted(way: str | None) -> str:
    """Return the system's page that `way` asks for by the gate's own rules, else its front page.

    One of the gate's own addresses stands for the page that it leads to.
    """
    try:
        path, parts, query, values = canonical(way or "/")
        if parts[:1] == (".sekisho",):
            path, parts, query, _ = canonical(dict(values).get("next", "/"))
    except Hostile:
        return "/"
    if parts[:1] == (".sekisho",):
        return "/"
    return f"{path}?{query}" if query else path


def inside(way: str | None) -> str:
    """Return `way` where it is an address of this host, else its front page."""
    if way is None or not way.startswith("/") or way[1:2] in {"/", "\\"} or not way.isprintable():
        return "/"
    return "/" if urlsplit(way).path == HOME else way
