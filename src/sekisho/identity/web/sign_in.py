"""Signing in, showing again who one is, signing out."""

from __future__ import annotations

import asyncio
import functools
import math
from urllib.parse import quote

from aiohttp import web

from sekisho.errors import InvalidInputError
from sekisho.identity.attacks import succeeded
from sekisho.identity.authenticate import account_subject, address_subject, authenticate
from sekisho.identity.codes import needs_set_up
from sekisho.identity.limits import admit, succeeded_address
from sekisho.identity.passkeys import authentication_options, passkeys, verify_authentication
from sekisho.identity.records import Refused, SignedIn
from sekisho.identity.register import has_totp
from sekisho.identity.sessions import COOKIE, close_session, prove_again
from sekisho.identity.terminals import terminal_at
from sekisho.identity.web.door import (
    HOLDER,
    SESSION,
    Identity,
    fields,
    language,
    let_in,
    onward,
    page,
    place,
    safe_next,
    signed_in,
)
from sekisho.pages import say
from sekisho.terms import Action, Outcome, Secret

OUT = {"": "signed_out", "switch": "switched", "idle": "idle_out"}
"""Why somebody comes to the door again: ``?out=`` → the sentence that says it."""


def routes(identity: Identity) -> list[web.RouteDef]:
    """Return the addresses of this page."""
    mine = functools.partial
    return [
        web.get("/sign-in", mine(show, identity)),
        web.post("/sign-in", mine(sign_in, identity)),
        web.post("/sign-in/passkey/options", mine(passkey_options, identity)),
        web.post("/sign-in/passkey", mine(passkey_answer, identity)),
        web.get("/sign-in/again", mine(show_again, identity)),
        web.post("/sign-in/again", mine(again, identity)),
        web.post("/sign-out", mine(sign_out, identity)),
    ]


async def show(identity: Identity, request: web.Request) -> web.Response:
    """Show the form."""
    if request[SESSION] is not None:
        return onward(safe_next(request.query.get("next"), identity.home))
    if await asyncio.to_thread(needs_set_up, identity.database):
        return onward("/set-up")
    return _form(identity, request)


def _form(
    identity: Identity,
    request: web.Request,
    *,
    refused: Refused | None = None,
    user_id: str = "",
    way: str | None = None,
) -> web.Response:
    wrong = None if refused is None else InvalidInputError(refused.message, **refused.args)
    return page(
        request,
        "sign_in",
        status=200 if refused is None else 429 if refused.locked else 401,
        wrong=wrong,
        user_id=user_id,
        next=safe_next(way or request.query.get("next"), identity.home),
        out=OUT.get(request.query["out"], OUT[""]) if "out" in request.query else None,
    )


async def sign_in(identity: Identity, request: web.Request) -> web.Response:
    """Let a person in by password, and code where there is one."""
    form = await fields(request, "user_id", "password", "code", "next")
    banned = await identity.banned(request)
    if banned is not None:
        return _form(identity, request, refused=banned, way=form["next"])
    answer = await identity.hashed(
        authenticate,
        identity.database,
        identity.clock,
        user_id=form["user_id"][:200],
        password=Secret(form["password"]),
        code=form["code"][:20],
        address=request.remote,
        settings=identity.settings,
    )
    await _record(identity, request, answer)
    if isinstance(answer, Refused):
        await identity.shut_out(request, answer.attacks)
        return _form(
            identity, request, refused=answer, user_id=form["user_id"][:64], way=form["next"]
        )
    way = safe_next(form["next"], identity.home)
    return await let_in(identity, request, answer.account.id, answer.method, way)


async def _record(identity: Identity, request: web.Request, answer: SignedIn | Refused) -> None:
    """Record a sign-in or its refusal, before anything follows from it."""
    if isinstance(answer, SignedIn):
        outcome, way = "success", answer.method.value
    else:
        outcome, way = "locked" if answer.locked else "refused", ""
    identity.tally.count("sekisho_sign_ins_total", outcome=outcome, way=way)
    if isinstance(answer, SignedIn):
        await identity.act(
            request,
            Action.LOGIN,
            "sign-in",
            user_id=answer.account.user_id,
            reason=answer.method.value,
        )
    else:
        await identity.act(
            request,
            Action.LOGIN,
            "lock-out" if answer.locked else "sign-in",
            user_id=answer.user_id,
            outcome=Outcome.REFUSED,
            reason=answer.message,
        )


async def passkey_options(identity: Identity, request: web.Request) -> web.Response:
    """Give the browser a challenge."""
    options = await asyncio.to_thread(
        authentication_options,
        identity.database,
        identity.clock,
        place(identity, request),
        request[HOLDER],
    )
    return web.Response(text=options, content_type="application/json")


async def _passkey(identity: Identity, request: web.Request) -> SignedIn | Refused:
    """Return who the browser's passkey says it is; tries count for the address alone."""
    subject = address_subject(request.remote)
    wait = await asyncio.to_thread(
        admit, identity.database, identity.clock, [subject], identity.settings
    )
    if wait is not None:
        minutes = max(1, math.ceil(wait.total_seconds() / 60))
        return Refused(message="identity.sign_in_locked", args={"minutes": minutes}, locked=True)
    answer = await asyncio.to_thread(
        verify_authentication,
        identity.database,
        identity.clock,
        place(identity, request),
        request[HOLDER],
        await request.text(),
    )
    if isinstance(answer, SignedIn):
        await asyncio.to_thread(succeeded_address, identity.database, subject)
        who = account_subject(answer.account.user_id)
        await asyncio.to_thread(succeeded, identity.database, identity.clock, who, request.remote)
    return answer


def _refused(request: web.Request, answer: Refused) -> web.Response:
    text = say(language(request), answer.message, **answer.args)
    return web.json_response({"error": text}, status=429 if answer.locked else 401)


async def passkey_answer(identity: Identity, request: web.Request) -> web.Response:
    """Let a person in by passkey; the page's script follows ``next``.

    A ban does not stop it: a passkey cannot be guessed, and nobody keeps its owner out.
    """
    answer = await _passkey(identity, request)
    known = request[SESSION]
    way = safe_next(request.query.get("next"), identity.home)
    if known is not None and isinstance(answer, SignedIn) and answer.account.id != known.account_id:
        answer = Refused(message="identity.passkey_other", user_id=known.user_id)
    await _record(identity, request, answer)
    if isinstance(answer, Refused):
        return _refused(request, answer)
    if known is not None:
        await asyncio.to_thread(prove_again, identity.database, identity.clock, known.id)
        return web.json_response({"next": way})
    entered = await let_in(identity, request, answer.account.id, answer.method, way)
    told = web.json_response({"next": way})
    told.cookies.update(entered.cookies)
    return told


async def show_again(identity: Identity, request: web.Request) -> web.Response:
    """Ask once more who it is, before a sensitive act."""
    return await _again(identity, request, None)


async def _again(
    identity: Identity, request: web.Request, refused: Refused | None, way: str | None = None
) -> web.Response:
    known = signed_in(request)
    wrong = None if refused is None else InvalidInputError(refused.message, **refused.args)
    second = await asyncio.to_thread(has_totp, identity.database, known.account_id)
    keys = await asyncio.to_thread(passkeys, identity.database, known.account_id)
    return page(
        request,
        "again",
        status=200 if refused is None else 429 if refused.locked else 401,
        wrong=wrong,
        user_id=known.user_id,
        next=safe_next(way or request.query.get("next"), identity.home),
        second=second,
        keys=bool(keys),
    )


async def again(identity: Identity, request: web.Request) -> web.Response:
    """Take the password once more; the session goes on."""
    known = signed_in(request)
    form = await fields(request, "password", "code", "next")
    answer = await identity.hashed(
        authenticate,
        identity.database,
        identity.clock,
        user_id=known.user_id,
        password=Secret(form["password"]),
        code=form["code"][:20],
        address=request.remote,
        settings=identity.settings,
    )
    await _record(identity, request, answer)
    if isinstance(answer, Refused):
        return await _again(identity, request, answer, form["next"])
    await asyncio.to_thread(prove_again, identity.database, identity.clock, known.id)
    return onward(safe_next(form["next"], identity.home))


async def sign_out(identity: Identity, request: web.Request) -> web.Response:
    """End this session. Ending needs no record to be allowed, but is recorded first.

    With ``to=switch`` another person comes to the same page, where the terminal allows it
    and their own rights do.
    """
    known = signed_in(request)
    form = await fields(request, "to", "next")
    try:
        await identity.act(request, Action.LOGOUT, "sign-out")
    finally:
        await asyncio.to_thread(close_session, identity.database, known.id)
    way = "/sign-in?out=1"
    if form["to"] == "switch":
        here = await asyncio.to_thread(terminal_at, identity.database, request.remote)
        kept = safe_next(form["next"], identity.home) if here is None or here.keep_page else ""
        way = "/sign-in?out=switch" + (f"&next={quote(kept, safe='/')}" if kept else "")
    answer = onward(way)
    answer.del_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Lax")
    return answer
