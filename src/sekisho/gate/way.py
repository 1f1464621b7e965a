"""The way of a read and of a write (house.md section 3): decided, recorded, then shown."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import time
from collections.abc import Callable
from typing import Any

from aiohttp import web
from multidict import CIMultiDict

from sekisho import scan
from sekisho.access import Act
from sekisho.errors import UnavailableError
from sekisho.gate import headers, replies
from sekisho.gate.asked import NOBODY, Asked, Place
from sekisho.gate.bulk import hand_over
from sekisho.gate.callers import Callers
from sekisho.gate.envelope import Emergency
from sekisho.gate.forward import Spool
from sekisho.gate.interface import Adapter, Head, Seen, Unreadable
from sekisho.gate.judge import Verdict, judge
from sekisho.gate.known import Known
from sekisho.gate.lines import Answer
from sekisho.gate.own import Own
from sekisho.gate.record import Recording, Who, access
from sekisho.gate.sockets import LOOK, bridge
from sekisho.gate.watch import Watch
from sekisho.gate.whole import Whole
from sekisho.scan import Verdict as Clean
from sekisho.terms import REQUEST, Access, Clock, Mark, Outcome, UserKind


class Way:
    """Takes a request whose sender is known to the upstream and back."""

    def __init__(
        self,
        *,
        watch: Watch,
        known: Known,
        callers: Callers,
        recording: Recording,
        own: Own,
        emergency: Emergency,
        clock: Clock,
        institution: Callable[[], str],
        key: bytes,
        scanner: scan.Settings | None,
    ) -> None:
        """`key` signs the identity header; `scanner` None where none is configured."""
        self._watch = watch
        self._known = known
        self._callers = callers
        self._recording = recording
        self._own = own
        self._emergency = emergency
        self._clock = clock
        self._institution = institution
        self._key = key
        self._scanner = scanner

    async def take(self, asked: Asked) -> web.StreamResponse:
        """Answer one request."""
        if "upgrade" in asked.request.headers.get("Connection", "").casefold():
            return await self._socket(asked)
        if asked.question.writes:
            return await self._write(asked)
        return await self._read(asked)

    async def _socket(self, asked: Asked) -> web.StreamResponse:
        """Open a WebSocket: decided and recorded once, cut when the person signs out."""
        verdict = self._judge(asked, asked.seen)
        if not verdict.passes:
            return await self._refuse(asked, verdict, asked.seen)
        await self._record(asked, verdict, asked.seen, Outcome.SUCCESS, note="websocket")
        upstream = asked.place.upstream
        return await bridge(
            asked.request,
            upstream.session,
            upstream.url(asked.head),
            CIMultiDict(upstream.dressed(self._upward(asked, looked=False))),
            lambda: self._alive(asked),
        )

    async def _alive(self, asked: Asked) -> bool:
        """Return whether who asks may still be here (or emergency operation goes on)."""
        if asked.urgent:
            return self._emergency.open(asked.place.route.name)
        if asked.who.kind is UserKind.SYSTEM:
            return await self._callers.alive(asked.request, asked.place.route)
        token, origin = self._own.token(asked.request), asked.place.route.origin
        session = await self._known.session(token, origin, touch=False)
        if session is None or asked.who.kind is not UserKind.VENDOR:
            return session is not None
        return self._watch.barred(session, asked.who.terminal, asked.place.route.name) is None

    async def _read(self, asked: Asked) -> web.StreamResponse:
        """Ask, look into the whole answer, decide, record; only then does it leave."""
        if asked.seen.patients or asked.seen.classes:
            verdict = self._judge(asked, asked.seen)
            if not verdict.passes:
                return await self._refuse(asked, verdict, asked.seen)
        if not asked.question.look:
            return await self._stream(asked)
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
            answer.release()  # others may ask while this one is decided and recorded
            content = spool.read()
            kind = answer.headers.get("Content-Type", "")
            seen = asked.seen
            if content:
                try:
                    shown = asked.place.adapter.look(kind, content)
                    seen |= await asked.place.resolver.named(shown)
                except Unreadable as error:
                    return await self.unreadable(
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
            fields = self._downward(asked, answer, looked=True)
            if asked.head.method == "HEAD" or answer.status in {204, 304}:
                return web.Response(status=answer.status, headers=fields)
            return Whole(answer.status, fields, content)
        finally:
            spool.close()
            answer.release()

    async def _write(self, asked: Asked) -> web.StreamResponse:
        """Record the attempt, ask, record how it ended."""
        verdict = self._judge(asked, asked.seen)
        if not verdict.passes:
            return await self._refuse(asked, verdict, asked.seen)
        scanned = await self._scan(asked.body)
        if scanned is not None and scanned.verdict is not Clean.CLEAN:
            note = f"malware:{scanned.name}" if scanned.name else f"not-scanned:{scanned.why}"
            stops = scanned.verdict is Clean.FOUND or asked.place.route.unscanned == "refuse"
            outcome = Outcome.REFUSED if stops else Outcome.UNKNOWN
            if stops:
                await self._record(asked, verdict, asked.seen, outcome, note=note)
                message = "malware" if scanned.verdict is Clean.FOUND else "not_scanned"
                return self._turn_away(asked, 422, f"gate.refused.{message}")
        else:
            note = None
        index = await self._record(asked, verdict, asked.seen, Outcome.UNKNOWN, note=note)
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
                asked.place.resolver.forget()
                if content and spool.whole and asked.question.look:
                    told = asked.place.adapter.look(kind, content)
                    seen |= await asked.place.resolver.named(told)
                shown = self._judge(asked, seen) if spool.whole else None
            except Unreadable:
                shown = None
            if shown is None or not shown.passes:
                # It is done, but what came back may not be shown.
                await self._record(asked, verdict, asked.seen, done, of=index, note="not-shown")
                return self._turn_away(asked, 403, "gate.refused.answer_not_shown")
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

    async def _stream(self, asked: Asked, *, marks: tuple[Mark, ...] = ()) -> web.StreamResponse:
        """Let bytes of an already resolved patient through as they come, recorded first."""
        verdict = self._judge(asked, asked.seen)
        handed = hand_over(asked, self._upward(asked, looked=False))
        if handed is not None:
            await self._record(
                asked, verdict, asked.seen, Outcome.UNKNOWN, note="edge", marks=marks
            )
            return handed
        answer = await asked.place.upstream.send(
            asked.head, self._upward(asked, looked=False), asked.body
        )
        try:
            outcome = Outcome.SUCCESS if answer.status < 400 else Outcome.FAILED
            await self._record(asked, verdict, asked.seen, outcome, marks=marks)
            reply = web.StreamResponse(
                status=answer.status, headers=self._downward(asked, answer, looked=False)
            )
            if answer.content_length is not None:
                reply.content_length = answer.content_length
            await reply.prepare(asked.request)
            if asked.head.method != "HEAD":
                looked = time.monotonic()
                async for piece in answer.content.iter_any():
                    await reply.write(piece)
                    if time.monotonic() - looked > LOOK:
                        looked = time.monotonic()
                        if not await self._alive(asked):
                            reply.force_close()
                            assert asked.request.transport is not None, "it is being written to"
                            asked.request.transport.abort()
                            return reply
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
            return await self._stream(asked, marks=(Mark.TRUNCATED,))
        await self._record(asked, verdict, asked.seen, Outcome.REFUSED, note="gate.too_large")
        return self._turn_away(
            asked, 403, "gate.refused.too_large", args={"megabytes": route.cap >> 20}
        )

    async def _scan(self, body: bytes) -> scan.Answer | None:
        """Return what the scanner says of an upload; None where none is configured."""
        if not body or self._scanner is None:
            return None
        return await scan.scan(io.BytesIO(body), len(body), self._scanner, self._clock)

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
        if of is None:
            self._recording.tally.count(
                "sekisho_gate_decisions_total",
                route=asked.place.route.name,
                outcome=_told(verdict, outcome),
            )
        return await self._keep(
            access(
                route=asked.place.route.name,
                who=None if asked.who is NOBODY else asked.who,
                at=self._clock.now(),
                act=asked.question.act,
                what=f"{asked.question.object[:300]} {REQUEST}{asked.request_id}",
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
        # Who is only said to be somebody shows first who they are.
        if verdict.may_break and not asked.who.asserted and asked.head.method in {"GET", "HEAD"}:
            ticket = self._own.ticket(asked.who, asked.place.route, asked.head, seen)
        return self._turn_away(
            asked,
            403,
            "gate.refused.rights",
            classes=verdict.refused,
            glass=ticket,
            csrf=self._own.form_token(asked.request),
        )

    async def unreadable(
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
                marks=(Mark.EMERGENCY,) if urgent else (),
            ),
            urgent=urgent,
        )
        return self.turn_away(request, place.adapter, 422, error.why, recorded=not urgent)

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
            request_id=asked.request_id,
            now=self._clock.now(),
            route=asked.place.route.name,
        )
        passed[name] = value
        passed[headers.REQUEST_ID] = asked.request_id
        return passed

    def _downward(self, asked: Asked, answer: Answer, *, looked: bool) -> CIMultiDict[str]:
        passed = headers.downstream(answer.headers, asked.place.manner)
        passed["Server"] = "sekisho"
        if looked:
            passed["Cache-Control"] = "no-store"
        return passed

    def _turn_away(self, asked: Asked, status: int, message: str, **context: Any) -> web.Response:
        """Return a refusal that was just recorded; an emergency's record may still be lost."""
        request, adapter = asked.request, asked.place.adapter
        return self.turn_away(
            request, adapter, status, message, recorded=not asked.urgent, **context
        )

    def turn_away(
        self,
        request: web.BaseRequest,
        adapter: Adapter | None,
        status: int,
        message: str,
        **context: Any,
    ) -> web.Response:
        """Return a refusal in the form of who asks; see `replies.refused`."""
        return replies.refused(
            request, adapter, status, message, institution=self._institution(), **context
        )


def _told(verdict: Verdict, outcome: Outcome) -> str:
    """Return the word by which operators count a decision."""
    if outcome is Outcome.REFUSED:
        return "refused"
    if not verdict.permitted:
        return "observed"
    return "emergency" if verdict.emergency else "permitted"
