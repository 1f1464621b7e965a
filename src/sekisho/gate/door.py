"""One request at the gate, from its head to its record (house.md section 3)."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientResponse, web
from multidict import CIMultiDict
from sqlalchemy.exc import SQLAlchemyError

from sekisho.access import Act
from sekisho.errors import UnavailableError
from sekisho.gate import headers, replies
from sekisho.gate.config import GateConfig, Route
from sekisho.gate.envelope import Emergency
from sekisho.gate.forward import Spool, Upstream
from sekisho.gate.guard import read_body
from sekisho.gate.headers import Manner
from sekisho.gate.hostile import Hostile
from sekisho.gate.interface import Adapter, Head, Question, Seen, Unreadable
from sekisho.gate.judge import Verdict, judge
from sekisho.gate.known import Known
from sekisho.gate.own import Own
from sekisho.gate.record import Recording, Who, access
from sekisho.gate.resolve import Resolver
from sekisho.gate.strict import check
from sekisho.gate.watch import Watch
from sekisho.terms import Access, Clock, Mark, Outcome, UserKind

UPLOAD = 64 << 20
"""Largest body of a request."""


@dataclass(slots=True, kw_only=True)
class Place:
    """One protected system as this worker serves it."""

    route: Route
    adapter: Adapter
    upstream: Upstream
    resolver: Resolver
    manner: Manner


@dataclass(slots=True, kw_only=True)
class Asked:
    """One request on its way."""

    request: web.BaseRequest
    place: Place
    head: Head
    who: Who
    question: Question
    body: bytes
    seen: Seen
    urgent: bool = False


NOBODY = Who(user_id="", kind=UserKind.UNKNOWN, session=None, terminal=None)
"""Somebody who is not known, in emergency operation only."""


class Door:
    """Answers every request of one worker."""

    def __init__(
        self,
        *,
        config: GateConfig,
        places: Mapping[str, Place],
        watch: Watch,
        known: Known,
        recording: Recording,
        own: Own,
        emergency: Emergency,
        clock: Clock,
        institution: Callable[[], str],
        key: bytes,
    ) -> None:
        """`places` by host, lower case; `key` signs the identity header."""
        self._config = config
        self._places = places
        self._watch = watch
        self._known = known
        self._recording = recording
        self._own = own
        self._emergency = emergency
        self._clock = clock
        self._institution = institution
        self._key = key

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request; whatever goes wrong, nothing passes unrecorded."""
        try:
            return await self._handle(request)
        except Hostile as error:
            return await self._hostile(request, error)
        except UnavailableError as error:
            return self._ill(request, error)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        head = check(request, self._places)
        place = self._places[request.host.casefold()]
        if head.parts[:1] == (".sekisho",):
            return await self._own.handle(request, head, place.route)
        urgent = self._emergency.open(place.route.name)
        who = await self._who(request, place.route, urgent=urgent)
        if who is None:
            return await self._own.to_sign_in(request, head, place.route, place.adapter)
        body = await read_body(request, UPLOAD) if request.body_exists else b""
        try:
            question = place.adapter.ask(head, body)
            seen = Seen(question.patients, question.classes)
            for way in question.resolve:
                seen |= await place.resolver.resolve(way)
        except Unreadable as error:
            return await self._unreadable(request, place, head, who, error, urgent=urgent)
        asked = Asked(
            request=request,
            place=place,
            head=head,
            who=who,
            question=question,
            body=body,
            seen=seen,
            urgent=urgent,
        )
        if question.writes:
            return await self._write(asked)
        return await self._read(asked)

    async def _read(self, asked: Asked) -> web.StreamResponse:
        """Ask, look into the whole answer, decide, record; only then does it leave."""
        if asked.seen.patients or asked.seen.classes:
            verdict = self._judge(asked, asked.seen)
            if not verdict.passes:
                return await self._refuse(asked, verdict, asked.seen)
        if not asked.question.look:
            return await self._stream(asked, Outcome.SUCCESS)
        head = asked.head
        if head.method == "HEAD":
            head = dataclasses.replace(head, method="GET")
        answer = await asked.place.upstream.send(head, self._upward(asked), asked.body)
        spool = Spool()
        try:
            await spool.fill(answer, asked.place.route.cap)
            if not spool.whole:
                answer.close()
                return await self._too_large(asked)
            content = spool.read()
            kind = answer.headers.get("Content-Type", "")
            seen = asked.seen
            if content:
                try:
                    seen |= asked.place.adapter.look(kind, content)
                except Unreadable as error:
                    return await self._unreadable(
                        asked.request,
                        asked.place,
                        asked.head,
                        asked.who,
                        error,
                        urgent=asked.urgent,
                    )
            verdict = self._judge(asked, seen)
            if not verdict.passes:
                return await self._refuse(asked, verdict, seen)
            outcome = Outcome.SUCCESS if answer.status < 400 else Outcome.FAILED
            await self._record(asked, verdict, seen, outcome)
            return web.Response(
                status=answer.status,
                body=b"" if asked.head.method == "HEAD" else content,
                headers=self._downward(asked, answer, looked=True),
            )
        finally:
            spool.close()
            answer.release()

    async def _write(self, asked: Asked) -> web.StreamResponse:
        """Record the attempt, ask, record how it ended."""
        verdict = self._judge(asked, asked.seen)
        if not verdict.passes:
            return await self._refuse(asked, verdict, asked.seen)
        index = await self._record(asked, verdict, asked.seen, Outcome.UNKNOWN)
        try:
            answer = await asked.place.upstream.send(asked.head, self._upward(asked), asked.body)
        except UnavailableError:
            await self._record(asked, verdict, asked.seen, Outcome.FAILED, of=index)
            raise
        spool = Spool()
        try:
            await spool.fill(answer, asked.place.route.cap)
            content, kind = spool.read(), answer.headers.get("Content-Type", "")
            seen = asked.seen
            done = Outcome.SUCCESS if answer.status < 400 else Outcome.FAILED
            try:
                if content and spool.whole:
                    seen |= asked.place.adapter.look(kind, content)
                shown = self._judge(asked, seen) if spool.whole else None
            except Unreadable:
                shown = None
            if shown is None or not shown.passes:
                # It is done, but what came back may not be shown.
                await self._record(asked, verdict, asked.seen, done, of=index, note="not-shown")
                return self._say(
                    asked.request, asked.place.adapter, 403, "gate.refused.answer_not_shown"
                )
            await self._record(asked, shown, seen, done, of=index)
            return web.Response(
                status=answer.status,
                body=content,
                headers=self._downward(asked, answer, looked=True),
            )
        except UnavailableError:
            await self._record(asked, verdict, asked.seen, Outcome.UNKNOWN, of=index)
            raise
        finally:
            spool.close()
            answer.release()

    async def _stream(
        self, asked: Asked, outcome: Outcome, *, marks: tuple[Mark, ...] = ()
    ) -> web.StreamResponse:
        """Let bytes of an already resolved patient through as they come, recorded first."""
        verdict = self._judge(asked, asked.seen)
        await self._record(asked, verdict, asked.seen, outcome, marks=marks)
        answer = await asked.place.upstream.send(
            asked.head, self._upward(asked, looked=False), asked.body
        )
        try:
            reply = web.StreamResponse(
                status=answer.status, headers=self._downward(asked, answer, looked=False)
            )
            if answer.content_length is not None:
                reply.content_length = answer.content_length
            await reply.prepare(asked.request)
            if asked.head.method != "HEAD":
                async for piece in answer.content.iter_any():
                    await reply.write(piece)
            await reply.write_eof()
            return reply
        finally:
            answer.close()

    async def _too_large(self, asked: Asked) -> web.StreamResponse:
        """Past the cap nothing leaves, unless the patients are known and the highest class is permitted."""
        route = asked.place.route
        highest = asked.seen | Seen(classes=frozenset({route.highest}))
        verdict = self._judge(asked, highest)
        if asked.question.whole and asked.seen.patients and verdict.permitted:
            asked.seen = highest
            return await self._stream(asked, Outcome.SUCCESS, marks=(Mark.TRUNCATED,))
        await self._record(asked, verdict, asked.seen, Outcome.REFUSED, note="gate.too_large")
        return self._say(
            asked.request,
            asked.place.adapter,
            403,
            "gate.refused.too_large",
            args={"megabytes": route.cap >> 20},
        )

    def _judge(self, asked: Asked, seen: Seen) -> Verdict:
        if asked.urgent:
            return Verdict(
                passes=True,
                permitted=True,
                policies=("emergency-operation",),
                classes=seen.classes or frozenset({asked.place.route.class_}),
                emergency=True,
            )
        return judge(
            self._watch.state,
            asked.place.route,
            asked.who,
            asked.question.act,
            seen,
            self._clock.now(),
        )

    async def _record(
        self,
        asked: Asked,
        verdict: Verdict,
        seen: Seen,
        outcome: Outcome,
        *,
        of: int | None = None,
        note: str | None = None,
        marks: tuple[Mark, ...] = (),
    ) -> int | None:
        """Record a permission, a refusal or an outcome: one line of code for all."""
        if not verdict.permitted and outcome is not Outcome.REFUSED:
            marks = (*marks, Mark.OBSERVE)
        if verdict.emergency:
            marks = (*marks, Mark.EMERGENCY)
        reasons = [*([note] if note else []), *verdict.policies]
        if verdict.refused:
            reasons.append("refused:" + ",".join(verdict.refused))
        return await self._keep(
            access(
                route=asked.place.route.name,
                who=None if asked.who is NOBODY else asked.who,
                at=self._clock.now(),
                act=asked.question.act,
                what=asked.question.object,
                outcome=outcome,
                terminal=asked.request.remote,
                patients=seen.patients,
                classes=verdict.classes,
                reason=" ".join(reasons)[:400] or None,
                of=of,
                marks=marks,
            ),
            urgent=asked.urgent,
        )

    async def _keep(self, one: Access, *, urgent: bool) -> int | None:
        """Return the record's index once it is durable; None in emergency operation."""
        if urgent:
            await asyncio.to_thread(self._emergency.keep, one)
            return None
        return await self._recording.record(one)

    async def _refuse(self, asked: Asked, verdict: Verdict, seen: Seen) -> web.StreamResponse:
        await self._record(asked, verdict, seen, Outcome.REFUSED)
        ticket = None
        if verdict.may_break and asked.head.method in {"GET", "HEAD"}:
            ticket = self._own.ticket(asked.who, asked.place.route, asked.head, seen)
        return self._say(
            asked.request,
            asked.place.adapter,
            403,
            "gate.refused.rights",
            classes=verdict.refused,
            glass=ticket,
            csrf=self._own.form_token(asked.request),
        )

    async def _unreadable(
        self,
        request: web.BaseRequest,
        place: Place,
        head: Head,
        who: Who,
        error: Unreadable,
        *,
        urgent: bool,
    ) -> web.Response:
        """Refuse what cannot be looked into; the record says that it was asked."""
        await self._keep(
            access(
                route=place.route.name,
                who=None if who is NOBODY else who,
                at=self._clock.now(),
                act=Act.READ if head.method in {"GET", "HEAD"} else Act.WRITE,
                what=head.path,
                outcome=Outcome.REFUSED,
                terminal=request.remote,
                reason=error.why,
            ),
            urgent=urgent,
        )
        return self._say(request, place.adapter, 422, error.why)

    async def _hostile(self, request: web.BaseRequest, error: Hostile) -> web.StreamResponse:
        await self._recording.record(
            access(
                route="door",
                who=None,
                at=self._clock.now(),
                act=None,
                what="request",
                outcome=Outcome.REFUSED,
                terminal=request.remote,
                reason=error.why,
            )
        )
        answer = self._say(request, None, error.status, error.why)
        answer.force_close()
        return answer

    def _ill(self, request: web.BaseRequest, error: UnavailableError) -> web.Response:
        """Say that nothing passes, and where an envelope is prepared, that it may be opened."""
        place = self._places.get(request.host.casefold())
        prepared = place is not None and self._emergency.prepared(place.route.name)
        return self._say(
            request,
            None if place is None else place.adapter,
            503,
            error.message,
            args=error.args_,
            envelope=prepared and error.message in {"gate.not_recorded", "gate.state_gone"},
            csrf=self._own.form_token(request),
        )

    async def _who(self, request: web.BaseRequest, route: Route, *, urgent: bool) -> Who | None:
        try:
            session = await self._known.session(self._own.token(request), route.origin)
        except (SQLAlchemyError, OSError) as error:
            if urgent:
                return NOBODY
            raise UnavailableError("gate.state_gone") from error
        if session is None:
            return NOBODY if urgent else None
        return await self._own.who(session, request)

    def _upward(self, asked: Asked, *, looked: bool = True) -> CIMultiDict[str]:
        passed = headers.upstream(asked.request.headers, asked.place.manner)
        if looked and not asked.question.writes:
            # What the browser kept would be shown without being looked into.
            for name in ("If-None-Match", "If-Modified-Since", "If-Range", "Range"):
                passed.popall(name, None)
        name, value = headers.identity_header(
            self._key,
            user_id=asked.who.user_id,
            session_id=asked.who.session or "",
            duty=",".join(asked.who.groups),
            request_id=self._own.request_id(),
            now=self._clock.now(),
            route=asked.place.route.name,
        )
        passed[name] = value
        return passed

    def _downward(self, asked: Asked, answer: ClientResponse, *, looked: bool) -> CIMultiDict[str]:
        passed = headers.downstream(answer.headers, asked.place.manner)
        if looked:
            passed["Cache-Control"] = "no-store"
        return passed

    def refuse(self, request: web.BaseRequest, status: int, message: str) -> web.Response:
        """Answer bytes that are no request, and what failed here."""
        return self._say(request, None, status, message)

    def _say(
        self,
        request: web.BaseRequest,
        adapter: Adapter | None,
        status: int,
        message: str,
        **context: Any,
    ) -> web.Response:
        return replies.refused(
            request, adapter, status, message, institution=self._institution(), **context
        )
