"""One request at the gate, up to where it is known who asks for what."""

from __future__ import annotations

import time
from collections.abc import Mapping

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from sekisho.errors import UnavailableError
from sekisho.gate.asked import NOBODY, Asked, Place
from sekisho.gate.callers import Callers, TurnedAway
from sekisho.gate.clients import certificate_of
from sekisho.gate.config import GateConfig, Route
from sekisho.gate.desk import wanted
from sekisho.gate.envelope import Emergency
from sekisho.gate.guard import read_body
from sekisho.gate.hostile import Aborted, Hostile
from sekisho.gate.interface import Seen, Unreadable
from sekisho.gate.known import Known
from sekisho.gate.launch import refuse_password
from sekisho.gate.own import Own
from sekisho.gate.record import Recording, Who, access
from sekisho.gate.strict import check
from sekisho.gate.watch import Watch
from sekisho.gate.way import Way
from sekisho.identity import Session
from sekisho.identity.addresses import behind_edge, within
from sekisho.identity.bans import shut_out
from sekisho.identity.floods import Flood, Floods
from sekisho.terms import Clock, Outcome, UserKind

UPLOAD = 64 << 20
"""Largest body of a request."""

_ILL = (UnavailableError, SQLAlchemyError, OSError)
"""How it shows that the state cannot be asked: gone, full, or busy."""


class Door:
    """Answers every request of one worker."""

    def __init__(
        self,
        *,
        config: GateConfig,
        places: Mapping[str, Place],
        known: Known,
        callers: Callers,
        recording: Recording,
        own: Own,
        emergency: Emergency,
        clock: Clock,
        way: Way,
        watch: Watch,
    ) -> None:
        """`places` by host, lower case."""
        self._config = config
        self._places = places
        self._known = known
        self._callers = callers
        self._recording = recording
        self._own = own
        self._emergency = emergency
        self._clock = clock
        self._way = way
        self._watch = watch
        self._floods = Floods(self._flood)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request; whatever goes wrong, nothing passes unrecorded."""
        begun = time.perf_counter()
        answer = await self._answered(request)
        if answer.status != 101:  # a WebSocket is as long as it is used
            place = self._places.get(request.host.casefold())
            self._recording.tally.time(
                "sekisho_gate_request_seconds",
                time.perf_counter() - begun,
                route="door" if place is None else place.route.name,
            )
        return answer

    async def _answered(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            return await self._handle(request)
        except Hostile as error:
            return await self._hostile(request, error)
        except TurnedAway as error:
            return await self._turned_away(request, error)
        except Aborted:
            raise ConnectionResetError from None
        except UnavailableError as error:
            return self._ill(request, error)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        head = check(request, self._places)
        place = self._places[request.host.casefold()]
        edge = bool(self._config.edges) and within(request.remote, self._config.edges)
        if edge:
            request = behind_edge(request, self._config.edges)
        if place.route.sources and not within(request.remote, place.route.sources):
            raise Hostile(403, "gate.refused.source")
        refuse_password(head.values)
        if head.parts[:1] == (".sekisho",):
            if certificate_of(request) is not None:
                raise Hostile(404, "gate.refused.no_such_page")
            return await self._own.handle(request, head, place.route)
        if head.parts == ("favicon.ico",) and place.route.adapter != "web":
            # Browsers ask for it by themselves; no such system has one.
            return self._own.file("sekisho.svg")
        urgent = self._emergency.open(place.route.name)
        who = await self._who(request, place.route, urgent=urgent)
        if who is None:
            # Who is signed in goes on caring, whatever a neighbour behind the same address tries.
            if shut_out(self._watch.bans, request.remote, self._clock.now()) is not None:
                raise Hostile(403, "gate.refused.banned")
            return await self._own.to_sign_in(request, head, place.route, place.adapter)
        body = await read_body(request, UPLOAD) if request.body_exists else b""
        try:
            question = place.adapter.ask(head, body)
            seen = Seen(question.patients, question.classes)
            for way in question.resolve:
                seen |= await place.resolver.resolve(way)
            seen = await place.resolver.named(seen)
        except Unreadable as error:
            return await self._way.unreadable(request, place, head, who, error, urgent=urgent)
        asked = Asked(
            request=request,
            place=place,
            head=head,
            who=who,
            question=question,
            body=body,
            seen=seen,
            urgent=urgent,
            edge=edge,
            request_id=self._own.request_id(),
        )
        return await self._way.take(asked)

    def refuse(self, request: web.BaseRequest, status: int, message: str) -> web.Response:
        """Answer bytes that are no request, and what failed here."""
        return self._way.turn_away(request, None, status, message)

    async def _hostile(self, request: web.BaseRequest, error: Hostile) -> web.StreamResponse:
        await self._refused(request, "door", None, error.why)
        answer = self._way.turn_away(request, None, error.status, error.why)
        answer.force_close()
        return answer

    async def _turned_away(self, request: web.BaseRequest, error: TurnedAway) -> web.StreamResponse:
        place = self._places[request.host.casefold()]
        await self._refused(request, place.route.name, error.who, error.why)
        return self._way.turn_away(request, place.adapter, error.status, error.why)

    async def _refused(
        self, request: web.BaseRequest, route: str, who: Who | None, why: str
    ) -> None:
        """Count a refusal at the door; it is one whether or not that can be recorded."""
        self._recording.tally.count("sekisho_gate_refusals_total", route=route, why=why)
        address = behind_edge(request, self._config.edges).remote
        await self._floods.refused(address, why, (route, who))

    async def _flood(self, flood: Flood[tuple[str, Who | None]], count: int) -> None:
        """Record one refusal, or how many there were in a minute."""
        route, who = flood.about
        await self._recording.record(
            access(
                route=route,
                who=who,
                at=self._clock.now(),
                act=None,
                what="request",
                outcome=Outcome.REFUSED,
                terminal=flood.address,
                reason=flood.reason(count),
            )
        )

    async def close(self) -> None:
        """Record what was counted and not told yet."""
        await self._floods.close()

    def _ill(self, request: web.BaseRequest, error: UnavailableError) -> web.Response:
        """Say that nothing passes, and where an envelope is prepared, that it may be opened."""
        place = self._places.get(request.host.casefold())
        prepared = place is not None and self._emergency.prepared(place.route.name)
        return self._way.turn_away(
            request,
            None if place is None else place.adapter,
            503,
            error.message,
            args=error.args_,
            envelope=prepared and error.message in {"gate.not_recorded", "gate.state_gone"},
            csrf=self._own.form_token(request),
            # What was to be written is not sent again by itself.
            back=wanted(request.raw_path if request.method == "GET" else None),
        )

    async def _session(
        self, request: web.BaseRequest, route: Route, *, urgent: bool
    ) -> Session | None:
        """Return whose session it is; in an emergency also where a full disk notes no time."""
        token = self._own.token(request)
        try:
            return await self._known.session(token, route.origin)
        except _ILL:
            if not urgent:
                raise
            return await self._known.session(token, route.origin, touch=False)

    async def _who(self, request: web.BaseRequest, route: Route, *, urgent: bool) -> Who | None:
        try:
            service = await self._callers.who(request, route)
            if service is not None:
                return service
            session = await self._session(request, route, urgent=urgent)
            who = None if session is None else await self._own.who(session, request)
        except _ILL as error:
            if urgent:
                return NOBODY
            raise UnavailableError("gate.state_gone") from error
        except TurnedAway:
            if urgent:
                return NOBODY
            raise
        if session is None or who is None:
            return NOBODY if urgent else None
        if who.kind is UserKind.VENDOR and not urgent:
            why = self._watch.barred(session, request.remote, route.name)
            if why is not None:
                raise TurnedAway(403, why, who)
        return who
