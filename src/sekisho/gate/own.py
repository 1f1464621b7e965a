"""The gate's own addresses at each host (`/.sekisho/…`): enter, leave, break the glass."""

from __future__ import annotations

import asyncio
import datetime as dt
import hmac
import itertools
import secrets
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

from aiohttp import web

from sekisho.errors import Error, InvalidInputError
from sekisho.gate import replies, tickets
from sekisho.gate.desk import HOME, Desk, inside, wanted
from sekisho.gate.glass import break_glass, check_reason
from sekisho.gate.hostile import Hostile
from sekisho.gate.interface import Adapter, Head, Seen
from sekisho.gate.launch import refuse_password
from sekisho.gate.record import Recording, Who, access
from sekisho.identity import Method, Session, csrf_token
from sekisho.identity.crossing import redeem_crossing
from sekisho.identity.sessions import new_token, token_hash
from sekisho.pages.files import static_files
from sekisho.storage import Database
from sekisho.terms import Clock, Outcome, PatientId

if TYPE_CHECKING:
    from sekisho.gate.config import Route
    from sekisho.gate.envelope import Emergency
    from sekisho.gate.known import Known
    from sekisho.gate.watch import Watch

PASS = "__Host-sekisho-gate"  # noqa: S105 (a cookie's name)
WAY = "__Host-sekisho-way"
FORM = 16 << 10
DAY = 86_400
POLL = "X-Sekisho-Poll"
"""A request with this header does not keep a session awake."""
_OURS = secrets.token_hex(6)
_COUNT = itertools.count()


class Own:
    """What the gate answers itself."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        watch: Watch,
        known: Known,
        recording: Recording,
        emergency: Emergency,
        sign_in: str,
        institution: Callable[[], str],
        desk: Desk,
        key: bytes,
    ) -> None:
        """`sign_in`: origin of the sign-in host."""
        self._database = database
        self._clock = clock
        self._watch = watch
        self._known = known
        self._recording = recording
        self._emergency = emergency
        self._sign_in = sign_in
        self._institution = institution
        self._desk = desk
        self._key = key

    async def handle(
        self, request: web.BaseRequest, head: Head, route: Route
    ) -> web.StreamResponse:
        """Answer one of the gate's own addresses."""
        match (head.method, head.parts[1:]):
            case ("GET", ("enter",)):
                return await self._enter(request, head, route)
            case ("GET", ("static", *names)) if names:
                return self.file("/".join(names))
            case ("GET", ()):
                return web.Response(status=303, headers={"Location": f"{self._sign_in}/account"})
            case ("POST", ("glass",)):
                return await self._glass(request, route)
            case ("POST", ("envelope",)):
                return await self._envelope(request, route)
            case ("POST", ("sign-out",)):
                return await self._leave(request, route)
            case ("GET", ("desk",)):
                session = await self._known.session(self.token(request), route.origin)
                if session is None:
                    return self._cross(route, _address(head))
                return self._desk.show(request, head, session, route, self.form_token(request))
            case ("GET", ("awake",)):
                acted = POLL not in request.headers
                known = await self._known.session(self.token(request), route.origin, touch=acted)
                return await self._desk.awake(known, route, acted=acted)
            case ("GET", ("launch",)):
                return await self._launch(request, route, head.values)
            case ("POST", ("launch",)):
                return await self._launch(request, route, await self._fields(request))
            case _:
                return self._say(request, 404, "gate.refused.no_such_page")

    async def to_sign_in(
        self, request: web.BaseRequest, head: Head, route: Route, adapter: Adapter
    ) -> web.StreamResponse:
        """Send a person to the sign-in host; a program gets 401 and no redirect."""
        if head.method != "GET" or not replies.for_people(request):
            return replies.refused(
                request, adapter, 401, "gate.refused.sign_in", institution=self._institution()
            )
        return self._cross(route, _address(head))

    def _cross(self, route: Route, back: str, status: int = 302) -> web.Response:
        """Send a browser to the sign-in host, from where it comes back to `back`."""
        state = new_token().reveal()
        way = f"{self._sign_in}/cross?to={quote(route.origin, safe='')}&state={token_hash(state)}"
        answer = web.Response(
            status=status, headers={"Location": f"{way}&next={quote(back, safe='')}"}
        )
        # A shared terminal may show the door for a whole night before the next person comes.
        _set(answer, WAY, state, life=DAY)
        return answer

    async def who(self, session: Session, request: web.BaseRequest) -> Who:
        """Return who a session is, with the duty groups of today's posts."""
        duties = await self._watch.duties(session.user_id)
        return Who(
            user_id=session.user_id,
            kind=duties.kind,
            session=session.id,
            terminal=request.remote,
            groups=duties.groups,
            asserted=session.method is Method.ASSERTED,
        )

    def token(self, request: web.BaseRequest) -> str | None:
        """Return the pass that the browser sent."""
        return _cookie(request, PASS)

    def form_token(self, request: web.BaseRequest) -> str:
        """Return the token that the gate's own forms carry."""
        return csrf_token(self.token(request) or "")

    def request_id(self) -> str:
        """Return a new id for one request."""
        return f"{_OURS}{next(_COUNT):x}"

    def ticket(self, who: Who, route: Route, head: Head, seen: Seen) -> str:
        """Return the note with which the glass can be broken for just what was refused."""
        value = {
            "user": who.user_id,
            "route": route.name,
            "patients": sorted(patient.id for patient in seen.patients),
            "back": _address(head),
        }
        return tickets.sign(self._key, "glass", value, self._clock.now() + dt.timedelta(minutes=10))

    async def _enter(
        self, request: web.BaseRequest, head: Head, route: Route
    ) -> web.StreamResponse:
        values = dict(head.values)
        state = _cookie(request, WAY)
        token = None
        if state and "code" in values:
            token = await asyncio.to_thread(
                redeem_crossing,
                self._database,
                self._clock,
                values["code"],
                origin=route.origin,
                state=state,
            )
        if token is None:
            return self._say(request, 403, "gate.refused.code")
        # The bar's own address comes back as it is; any other goes under it at a listed terminal.
        way = values.get("next", "/")
        way = way if way.startswith(f"{HOME}?") and way.isprintable() else inside(way)
        answer = _in(token.reveal(), await self._desk.way_in(request.remote, route, way))
        answer.del_cookie(WAY, path="/", secure=True, httponly=True, samesite="Lax")
        return answer

    async def _launch(
        self, request: web.BaseRequest, route: Route, values: Iterable[tuple[str, str]]
    ) -> web.StreamResponse:
        """Let somebody in who comes from the EMR."""
        given = list(values)
        refuse_password(tuple(given))
        fields = dict(given)
        if len(fields) != len(given):
            raise Hostile(400, "gate.launch.malformed")
        before = await self._known.session(self.token(request), route.origin, touch=False)
        token, way = await self._desk.launch(request, fields, route, before)
        self._known.forget()
        return _in(token, way)

    def file(self, name: str) -> web.Response:
        """Return one of the pages' own files."""
        file = static_files().get(name)
        if file is None:
            return web.Response(status=404)
        return web.Response(
            body=file.body,
            content_type=file.kind,
            charset="utf-8",
            headers={"Cache-Control": "public, max-age=300"},
        )

    async def _form(self, request: web.BaseRequest) -> dict[str, str] | None:
        """Return the fields of one of our own forms, None where it is somebody else's."""
        if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            return None
        form = dict(reversed(await self._fields(request)))
        right = self.form_token(request)
        return form if hmac.compare_digest(form.get("csrf", "").encode(), right.encode()) else None

    async def _fields(self, request: web.BaseRequest) -> list[tuple[str, str]]:
        """Return the fields of a form, none where it is too large or cannot be read."""
        raw = await request.content.read(FORM + 1)
        while len(raw) <= FORM and not request.content.at_eof():
            raw += await request.content.read(FORM + 1 - len(raw))
        if len(raw) > FORM:
            return []
        try:
            return parse_qsl(raw.decode(), keep_blank_values=True, errors="strict")
        except ValueError:
            return []

    async def _glass(self, request: web.BaseRequest, route: Route) -> web.StreamResponse:
        """Break the glass for what was just refused; recorded before it opens anything."""
        session = await self._known.session(self.token(request), route.origin)
        form = await self._form(request)
        if session is None or form is None:
            return self._say(request, 403, "gate.refused.form")
        note = tickets.read(self._key, "glass", form.get("ticket", ""), self._clock.now())
        if (
            note is None
            or note["user"] != session.user_id
            or note["route"] != route.name
            or session.method is Method.ASSERTED
        ):
            return self._say(request, 403, "gate.refused.form")
        try:
            reason = check_reason(form.get("reason", ""))
        except Error as error:
            return self._say(
                request,
                400,
                error.message,
                args=error.args_,
                glass=form["ticket"],
                csrf=self.form_token(request),
            )
        who = await self.who(session, request)
        await self._recording.record(
            access(
                route=route.name,
                who=who,
                at=self._clock.now(),
                act=None,
                emergency=True,
                what="glass",
                outcome=Outcome.SUCCESS,
                terminal=request.remote,
                patients=[PatientId(each) for each in note["patients"]],
                reason=reason,
            )
        )
        await asyncio.to_thread(
            break_glass,
            self._database,
            self._clock,
            route=route.name,
            user_id=session.user_id,
            patient_ids=note["patients"],
            reason=reason,
        )
        await self._watch.now()
        return web.Response(status=303, headers={"Location": note["back"]})

    async def _envelope(self, request: web.BaseRequest, route: Route) -> web.StreamResponse:
        """Open the route by a sealed code, and the page she came for; asks no session, no ledger."""
        form = await self._form(request)
        if form is None:
            return self._say(request, 403, "gate.refused.form")
        back = wanted(form.get("next"))
        try:
            await asyncio.to_thread(
                self._emergency.redeem, route.name, form.get("code", ""), request.remote
            )
        except InvalidInputError as error:
            return self._say(
                request,
                400,
                error.message,
                envelope=True,
                csrf=self.form_token(request),
                back=back,
            )
        return web.Response(status=303, headers={"Location": back})

    async def _leave(self, request: web.BaseRequest, route: Route) -> web.StreamResponse:
        """Sign out everywhere, and with ``to=switch`` offer the page to the next person."""
        session = await self._known.session(self.token(request), route.origin, touch=False)
        form = await self._form(request)
        if session is None or form is None:
            return self._say(request, 403, "gate.refused.form")
        keeps = await self._desk.leave(request.remote, session, route)
        if form.get("to") == "switch":
            return self._cross(route, inside(form.get("next")) if keeps else "/", 303)
        return web.Response(status=303, headers={"Location": f"{self._sign_in}/sign-in?out"})

    def _say(
        self, request: web.BaseRequest, status: int, message: str, **context: Any
    ) -> web.Response:
        return replies.refused(
            request, None, status, message, institution=self._institution(), **context
        )


def _cookie(request: web.BaseRequest, name: str) -> str | None:
    """Return the value of one of our own cookies; None where it stands twice, or not at all."""
    pieces = (piece.strip() for piece in request.headers.get("Cookie", "").split(";"))
    found = [piece for piece in pieces if piece.startswith(f"{name}=")]
    return found[0][len(name) + 1 :] if len(found) == 1 else None


def _address(head: Head) -> str:
    return head.path + (f"?{head.query}" if head.query else "")


def _in(token: str, way: str) -> web.Response:
    """Give the browser its pass and send it on."""
    answer = web.Response(status=303, headers={"Location": way, "Referrer-Policy": "no-referrer"})
    _set(answer, PASS, token)
    return answer


def _set(answer: web.StreamResponse, name: str, value: str, *, life: int | None = None) -> None:
    answer.set_cookie(
        name, value, path="/", secure=True, httponly=True, samesite="Lax", max_age=life
    )
