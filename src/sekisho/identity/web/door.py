"""What stands before every page: whose session, which form token, which host."""

from __future__ import annotations

import asyncio
import functools
import hmac
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar
from urllib.parse import quote, urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from sekisho.errors import Error, RefusedError, UnavailableError
from sekisho.identity.addresses import Network, behind_edge
from sekisho.identity.bans import plan, put_in_force, shut_out, standing
from sekisho.identity.codes import needs_set_up
from sekisho.identity.floods import Flood, Floods
from sekisho.identity.limits import prune
from sekisho.identity.passkeys import Place
from sekisho.identity.records import SHIPPED, Attack, Method, Refused, Role, Session, Settings
from sekisho.identity.register import printable
from sekisho.identity.sessions import (
    COOKIE,
    close_session,
    csrf_token,
    fresh,
    new_token,
    open_session,
    session,
)
from sekisho.pages import render
from sekisho.storage import Database
from sekisho.terms import Access, Action, Clock, Outcome, UserKind
from sekisho.terms.tally import Tally

P = ParamSpec("P")
T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SESSION: web.RequestKey[Session | None] = web.RequestKey("session", Session | None)  # type: ignore[arg-type]
CSRF = web.RequestKey("csrf", str)
HOLDER = web.RequestKey("holder", str)
"""The cookie to which this request's form token and challenges belong."""
DOOR = "__Host-sekisho-door"
"""Cookie of a browser that is not signed in: its form tokens and challenges belong to it."""
LANGUAGE = "sekisho-language"
POLL = "X-Sekisho-Poll"
"""A request with this header does not keep a session awake."""
TOKEN = "X-CSRF"  # noqa: S105 (a header's name)
AGENT = "/terminal/sign-out"
"""Address of a terminal's agent, which shows a token of its own and has no browser."""
MOST_WAITING = 40
"""At 250 ms a password nobody waits longer than ten seconds."""
OPEN = frozenset(
    {
        "/sign-in",
        "/sign-in/passkey",
        "/sign-in/passkey/options",
        "/set-up",
        "/recover",
        "/recover/sealed",
    }
)
"""Addresses for people who are not signed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What the door needs, made once by the console.

    Attributes:
        record: Writes one record durably, or raises; called before every act.
        place: From `fix_place`: the host where passkeys work, and the only one answered.
        institution: Its name, so that no password holds it.
        ended: Staff ids whose row in the staff list has ended.
        public: Beginnings of other addresses that need no session.
        others: Origins to which a session may cross over (`sekisho.identity.crossing`).
        own: The institution's own networks, which are never shut out.
        edges: Addresses of an edge proxy whose ``X-Forwarded-For`` is believed.
        attacked: Called after somebody was shut out, so that people see it at once.
        home: Where sign-in leads.
        hashing: So many passwords are hashed at a time (46 MiB each).
        waiting: Who hashes or waits for it.
        tally: What is counted for operators.
    """

    database: Database
    clock: Clock
    record: Callable[[Access], Awaitable[object]]
    place: Place
    institution: Callable[[], str | None] = lambda: None
    ended: Callable[[], Collection[str]] = tuple
    settings: Settings = SHIPPED
    public: tuple[str, ...] = ("/static/", "/language")
    others: Callable[[], frozenset[str]] = frozenset
    own: Callable[[], Sequence[Network]] = tuple
    edges: Callable[[], Sequence[Network]] = tuple
    attacked: Callable[[], None] = lambda: None
    home: str = "/"
    hashing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    waiting: list[object] = field(default_factory=list)
    floods: Floods[None] = field(init=False)
    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        """Begin to count refusals of who is shut out."""
        object.__setattr__(self, "floods", Floods(self._flood))

    async def banned(self, request: web.Request) -> Refused | None:
        """Return the refusal of an address that is shut out; asked before a password is hashed."""
        held = await asyncio.to_thread(standing, self.database, self.clock)
        now = self.clock.now()
        ban = shut_out(held, request.remote, now)
        if ban is None:
            return None
        self.tally.count("sekisho_sign_ins_total", outcome="banned", way="")
        await self.floods.refused(request.remote, "identity.sign_in_banned", None)
        minutes = ban.minutes(now)
        return Refused(message="identity.sign_in_banned", args={"minutes": minutes}, locked=True)

    async def shut_out(self, request: web.Request, attacks: Iterable[Attack]) -> None:
        """Shut out who attacks, each on record before it is in force."""
        own = (*self.own(), *self.edges())
        for attack in attacks:
            ban = await asyncio.to_thread(plan, self.database, self.clock, attack, own)
            if ban is not None:
                matter = "ban" if ban.stops else "attack-inside"
                reason = f"{ban.rule} {ban.network} {ban.count}"
                await self.act(request, Action.SECURITY, matter, reason=reason)
                await asyncio.to_thread(put_in_force, self.database, ban)
                stops = "true" if ban.stops else "false"
                self.tally.count("sekisho_bans_total", rule=ban.rule, stops=stops)
                await asyncio.to_thread(self.attacked)

    async def _flood(self, flood: Flood[None], count: int) -> None:
        from sekisho.ledger import own  # noqa: PLC0415 (keeps the first page quick)

        await self.record(
            own(
                self.clock,
                user_id=None,
                user_kind=UserKind.UNKNOWN,
                action=Action.LOGIN,
                object="identity:banned",
                outcome=Outcome.REFUSED,
                reason=flood.reason(count),
                terminal=flood.address,
            )
        )

    async def act(
        self,
        request: web.Request,
        action: Action,
        matter: str,
        *,
        user_id: str | None = None,
        outcome: Outcome = Outcome.SUCCESS,
        reason: str | None = None,
    ) -> None:
        """Record an act before it takes effect; `user_id` is the signed-in person unless given.

        Raises:
            UnavailableError: It cannot be recorded, so it must not happen.
        """
        from sekisho.ledger import own  # noqa: PLC0415 (keeps the first page quick)

        known = request.get(SESSION)
        who = user_id if user_id is not None or known is None else known.user_id
        access = own(
            self.clock,
            user_id=who,
            user_kind=UserKind.UNKNOWN if who is None else UserKind.PERSON,
            session=None if known is None else known.id,
            action=action,
            object=f"identity:{matter}",
            outcome=outcome,
            reason=reason,
            terminal=request.remote,
        )
        try:
            await self.record(access)
        except (OSError, TimeoutError) as error:
            raise UnavailableError("identity.not_recorded") from error

    async def hashed(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run an act that hashes a password, in a thread, one at a time.

        Raises:
            UnavailableError: So many wait already that this one would wait too long.
        """
        if len(self.waiting) >= MOST_WAITING:
            raise UnavailableError("identity.busy")
        mark = object()
        self.waiting.append(mark)
        try:
            async with self.hashing:
                return await asyncio.to_thread(act, *args, **kwargs)
        finally:
            self.waiting.remove(mark)

    def named(self) -> str:
        """Return the institution's name, empty before it is entered."""
        return self.institution() or ""


def middleware(identity: Identity) -> Middleware:
    """Return what lets only the signed-in through, and no foreign form.

    It sets ``request[SESSION]`` (a Session, or None on open addresses) and
    ``request[CSRF]``.
    """

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/static/"):
            return await handler(request)
        outside, request = request, behind_edge(request, identity.edges())
        elsewhere = _other_host(identity, request)
        if elsewhere is not None:
            return elsewhere
        if request.path == AGENT:
            return await handler(request)
        known = await _known(identity, request)
        request[SESSION] = known
        door = request.cookies.get(DOOR) or new_token().reveal()
        request[HOLDER] = request.cookies[COOKIE] if known is not None else door
        request[CSRF] = csrf_token(request[HOLDER])
        by_name = {"session": known, "csrf": request[CSRF]}
        for each in (outside, request):  # the outer one is what a failure's page asks
            each._state.update(by_name)  # noqa: SLF001 (for pages that ask by name; aiohttp warns at setting one)
        if request.method not in {"GET", "HEAD", "OPTIONS"}:
            await _refuse_foreign(identity, request)
        free = request.path in OPEN or request.path.startswith(identity.public)
        if known is None and not free:
            answer: web.StreamResponse = await _to_the_door(identity, request)
        elif known is not None and not free and _only_passes(request, known):
            if request.method != "GET":
                await identity.act(request, Action.SECURITY, "console", outcome=Outcome.REFUSED)
                raise RefusedError("identity.own_account_only")
            answer = onward("/account")
        else:
            answer = await handler(request)
        if known is None and DOOR not in request.cookies and not answer.prepared:
            set_cookie(answer, DOOR, door)
        return answer

    return guard


def _only_passes(request: web.Request, known: Session) -> bool:
    """Return whether somebody who has no duty here asks for a page of the console."""
    own = request.path in {"/account", "/cross", "/sign-out"} or request.path.startswith(
        ("/account/", "/sign-in/")
    )
    return known.roles <= {Role.STAFF} and not own


async def _known(identity: Identity, request: web.Request) -> Session | None:
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    return await asyncio.to_thread(
        session,
        identity.database,
        token,
        identity.clock,
        settings=identity.settings,
        touch=POLL not in request.headers,
    )


async def _to_the_door(identity: Identity, request: web.Request) -> web.Response:
    first = await asyncio.to_thread(needs_set_up, identity.database)
    way = "/set-up" if first else "/sign-in"
    if not first and request.method == "GET" and request.path != "/":
        way += f"?next={quote(request.path_qs)}"
    if "HX-Request" in request.headers:
        return web.Response(status=401, headers={"HX-Redirect": way})
    return onward(way)


def _other_host(identity: Identity, request: web.Request) -> web.Response | None:
    """Send a browser that came by another name to the only one; refuse its forms."""
    right = urlsplit(identity.place.origin)
    try:
        asked = urlsplit(f"//{request.host}")
        same = asked.hostname == right.hostname and (
            right.hostname == "localhost" or asked.netloc.casefold() == right.netloc
        )
        port = asked.port
    except ValueError:
        return web.Response(status=400)
    if same:
        return None
    if request.method not in {"GET", "HEAD"}:
        return web.Response(status=421)
    origin = identity.place.origin
    if right.hostname == "localhost" and port is not None:
        origin = f"http://localhost:{port}"
    return web.Response(status=302, headers={"Location": f"{origin}{request.rel_url}"})


def place(identity: Identity, request: web.Request) -> Place:
    """Return where this request's passkeys work; only localhost may change its port."""
    if identity.place.rp_id != "localhost":
        return identity.place
    return Place("localhost", f"http://{request.host.casefold()}")


async def _refuse_foreign(identity: Identity, request: web.Request) -> None:
    """Refuse a form that did not come from one of our own pages.

    A multipart form carries its token in the address (``?csrf=``), because its body
    is read as a stream by the page.
    """
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    if site not in {"same-origin", "none"} or (
        origin is not None and origin.casefold() != place(identity, request).origin
    ):
        raise RefusedError("identity.foreign_form")
    given = request.headers.get(TOKEN)
    if given is None and request.content_type == "application/x-www-form-urlencoded":
        given = str((await request.post()).get("csrf", ""))
    elif given is None and request.content_type == "multipart/form-data":
        given = request.query.get("csrf")
    wanted = str(request[CSRF])
    if not hmac.compare_digest((given or "").encode("utf-8", "replace"), wanted.encode()):
        raise RefusedError("identity.old_form")


def signed_in(request: web.Request) -> Session:
    """Return who is signed in; only for addresses behind the door."""
    known = request[SESSION]
    assert known is not None
    return known


def language(request: web.Request) -> str:
    """Return the reader's language: the cookie's, else the account's, else Japanese."""
    chosen = request.cookies.get(LANGUAGE)
    if chosen in {"ja", "en"}:
        return chosen
    known = request.get(SESSION)
    return "ja" if known is None else known.language


def page(
    request: web.Request,
    template: str,
    /,
    *,
    status: int = 200,
    wrong: Error | None = None,
    **context: Any,
) -> web.Response:
    """Return one of this room's pages; `wrong` is told at its top."""
    text = render(
        f"identity/{template}.html",
        language=language(request),
        csrf=request[CSRF],
        wrong=wrong,
        **context,
    )
    return web.Response(
        text=text,
        content_type="text/html",
        status=status,
        headers={"Cache-Control": "no-store"},
    )


def onward(way: str) -> web.Response:
    """Return the way on after something was done."""
    return web.Response(status=303, headers={"Location": way})


def safe_next(way: str | None, home: str) -> str:
    """Return `way` where it is an address of our own, else `home`."""
    plain = way is not None and way.startswith("/") and way[1:2] not in {"/", "\\"}
    return way if way is not None and plain and way.isprintable() else home


async def fields(request: web.Request, *names: str) -> dict[str, str]:
    """Return the named fields of a form as text; a missing one is empty."""
    form = await request.post()
    return {name: value if isinstance(value := form.get(name, ""), str) else "" for name in names}


def set_cookie(answer: web.StreamResponse, name: str, token: str) -> None:
    """Give the browser a cookie that only this host gets back, and no script reads."""
    answer.set_cookie(name, token, path="/", secure=True, httponly=True, samesite="Lax")


async def let_in(
    identity: Identity, request: web.Request, account_id: str, method: Method, way: str
) -> web.Response:
    """Open a session, which the caller has recorded, and send the browser on."""
    old = request.get(SESSION)
    if old is not None:
        await asyncio.to_thread(close_session, identity.database, old.id)
    token = await asyncio.to_thread(
        open_session,
        identity.database,
        identity.clock,
        account_id,
        method=method,
        address=request.remote,
        browser=printable(request.headers.get("User-Agent", "")),
        settings=identity.settings,
    )
    await asyncio.to_thread(prune, identity.database, identity.clock, identity.settings)
    answer = onward(way)
    set_cookie(answer, COOKIE, token.reveal())
    answer.del_cookie(DOOR, path="/", secure=True, httponly=True, samesite="Lax")
    return answer


def proved(identity: Identity, back: str) -> Callable[[Handler], Handler]:
    """Let a sensitive act through only within five minutes of showing who one is.

    Otherwise the person shows it again and comes back to `back`, which may name
    parts of the address in braces.
    """

    def wrap(handler: Handler) -> Handler:
        @functools.wraps(handler)
        async def guarded(request: web.Request) -> web.StreamResponse:
            known = signed_in(request)
            if fresh(known, identity.clock, identity.settings):
                return await handler(request)
            way = back.format_map({name: quote(part) for name, part in request.match_info.items()})
            return onward(f"/sign-in/again?next={quote(way)}")

        return guarded

    return wrap


def administrators(identity: Identity) -> Callable[[Handler], Handler]:
    """Let only administrators to a handler; a refusal is recorded."""

    def wrap(handler: Handler) -> Handler:
        @functools.wraps(handler)
        async def guarded(request: web.Request) -> web.StreamResponse:
            known = signed_in(request)
            if Role.ADMINISTRATOR not in known.roles:
                await identity.act(
                    request, Action.SECURITY, "not-administrator", outcome=Outcome.REFUSED
                )
                raise RefusedError("identity.administrators_only")
            return await handler(request)

        return guarded

    return wrap
