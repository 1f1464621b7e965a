"""One's own account: password, second factor, passkeys, sessions, language."""

from __future__ import annotations

import asyncio
import functools
from typing import Any

from aiohttp import web

from sekisho.errors import ConflictError, Error, InvalidInputError
from sekisho.identity import register
from sekisho.identity.passkeys import (
    add_passkey,
    passkeys,
    registration_options,
    remove_passkey,
    verify_registration,
)
from sekisho.identity.sessions import close_all, close_session, fresh, list_sessions
from sekisho.identity.totp import (
    begin_totp,
    check_remove_totp,
    check_totp,
    confirm_totp,
    qr_svg,
    remove_totp,
    waiting_totp,
)
from sekisho.identity.web.door import (
    HOLDER,
    LANGUAGE,
    Identity,
    fields,
    language,
    onward,
    page,
    place,
    proved,
    signed_in,
)
from sekisho.pages import explain
from sekisho.terms import Action, Secret


def routes(identity: Identity) -> list[web.RouteDef]:
    """Return the addresses of this page."""
    mine = functools.partial
    sure = proved(identity, "/account")
    return [
        web.get("/account", mine(show, identity)),
        web.post("/account/language", mine(change_language, identity)),
        web.post("/account/password", sure(mine(change_password, identity))),
        web.post("/account/totp", sure(mine(begin, identity))),
        web.get("/account/totp", sure(mine(show_totp, identity))),
        web.post("/account/totp/confirm", sure(mine(confirm, identity))),
        web.post("/account/totp/remove", sure(mine(drop_totp, identity))),
        web.post("/account/passkeys/options", mine(new_options, identity)),
        web.post("/account/passkeys", mine(new_passkey, identity)),
        web.post("/account/passkeys/{id}/remove", sure(mine(drop_passkey, identity))),
        web.post("/account/sessions/close-others", mine(close_others, identity)),
        web.post("/account/sessions/{id}/close", mine(close_one, identity)),
    ]


async def show(identity: Identity, request: web.Request) -> web.Response:
    """Show the page."""
    return await _page(identity, request, None)


async def _page(identity: Identity, request: web.Request, wrong: Error | None) -> web.Response:
    known = signed_in(request)

    def read() -> dict[str, Any]:
        return {
            "account": register.account(identity.database, known.account_id),
            "totp": register.has_totp(identity.database, known.account_id),
            "keys": passkeys(identity.database, known.account_id),
            "sessions": list_sessions(
                identity.database, identity.clock, known.account_id, settings=identity.settings
            ),
        }

    status = 200 if wrong is None else 400
    values = await asyncio.to_thread(read)
    return page(
        request,
        "account",
        status=status,
        wrong=wrong,
        here=known,
        done=request.query.get("done", "") if wrong is None else "",
        **values,
    )


async def change_language(identity: Identity, request: web.Request) -> web.Response:
    """Show pages in this language from now on, on any machine."""
    known = signed_in(request)
    chosen = (await fields(request, "language"))["language"]
    await identity.act(request, Action.UPDATE, "language")
    await asyncio.to_thread(register.set_language, identity.database, known.account_id, chosen)
    answer = onward("/account")
    answer.set_cookie(
        LANGUAGE, chosen, path="/", secure=True, httponly=True, samesite="Lax", max_age=365 * 86400
    )
    return answer


async def change_password(identity: Identity, request: web.Request) -> web.Response:
    """Take a new password; the other sessions end."""
    known = signed_in(request)
    form = await fields(request, "password", "again")
    new = Secret(form["password"])
    try:
        if form["password"] != form["again"]:
            raise InvalidInputError("identity.password_twice")  # noqa: TRY301 (told like the others)
        account = await asyncio.to_thread(register.account, identity.database, known.account_id)
        await identity.hashed(
            register.check_new_password,
            identity.database,
            account,
            new,
            institution=identity.named(),
        )
    except InvalidInputError as error:
        return await _page(identity, request, error)
    await identity.act(request, Action.SECURITY, "password-changed")
    await identity.hashed(
        register.set_password, identity.database, identity.clock, account.id, new, but=known.id
    )
    return onward("/account?done=password")


async def begin(identity: Identity, request: web.Request) -> web.Response:
    """Make a secret to scan."""
    known = signed_in(request)
    await asyncio.to_thread(begin_totp, identity.database, identity.clock, known.account_id)
    return onward("/account/totp")


async def show_totp(identity: Identity, request: web.Request) -> web.Response:
    """Show the secret until its first code has been seen."""
    return await _totp(identity, request, None)


async def _totp(identity: Identity, request: web.Request, wrong: Error | None) -> web.Response:
    known = signed_in(request)
    waiting = await asyncio.to_thread(waiting_totp, identity.database, known.account_id)
    if waiting is None:
        return onward("/account")
    plain = waiting.reveal()
    return page(
        request,
        "totp",
        status=200 if wrong is None else 400,
        wrong=wrong,
        picture=qr_svg(waiting, known.user_id),
        key=" ".join(plain[at : at + 4] for at in range(0, len(plain), 4)),
    )


async def confirm(identity: Identity, request: web.Request) -> web.Response:
    """Take the second factor into use."""
    known = signed_in(request)
    code = (await fields(request, "code"))["code"]
    here = identity.database, identity.clock, known.account_id, code
    try:
        await asyncio.to_thread(check_totp, *here)
        await identity.act(request, Action.SECURITY, "factor-added", reason="totp")
        await asyncio.to_thread(confirm_totp, *here)
    except InvalidInputError as error:
        return await _totp(identity, request, error)
    return onward("/account?done=totp")


async def drop_totp(identity: Identity, request: web.Request) -> web.Response:
    """Remove the second factor."""
    known = signed_in(request)
    try:
        await asyncio.to_thread(check_remove_totp, identity.database, known.account_id)
    except InvalidInputError as error:
        return await _page(identity, request, error)
    await identity.act(request, Action.SECURITY, "factor-removed", reason="totp")
    await asyncio.to_thread(remove_totp, identity.database, known.account_id)
    return onward("/account?done=removed")


def _stale(identity: Identity, request: web.Request) -> web.Response | None:
    known = signed_in(request)
    if fresh(known, identity.clock, identity.settings):
        return None
    return web.json_response({"next": "/sign-in/again?next=/account"}, status=403)


async def new_options(identity: Identity, request: web.Request) -> web.Response:
    """Give the browser what it needs to make a passkey."""
    stale = _stale(identity, request)
    if stale is not None:
        return stale
    known = signed_in(request)

    def options() -> str:
        account = register.account(identity.database, known.account_id)
        return registration_options(
            identity.database, identity.clock, account, place(identity, request), request[HOLDER]
        )

    return web.Response(text=await asyncio.to_thread(options), content_type="application/json")


async def new_passkey(identity: Identity, request: web.Request) -> web.Response:
    """Keep the passkey that the browser made."""
    stale = _stale(identity, request)
    if stale is not None:
        return stale
    known = signed_in(request)
    text = await request.text()
    try:
        account = await asyncio.to_thread(register.account, identity.database, known.account_id)
        new = await asyncio.to_thread(
            verify_registration,
            identity.database,
            identity.clock,
            account,
            place(identity, request),
            request[HOLDER],
            text,
            request.query.get("name", ""),
        )
        await identity.act(request, Action.SECURITY, "factor-added", reason="passkey")
        await asyncio.to_thread(add_passkey, identity.database, new)
    except (InvalidInputError, ConflictError) as error:
        return web.json_response({"error": explain(language(request), error)}, status=400)
    return web.json_response({"next": "/account?done=passkey"})


async def drop_passkey(identity: Identity, request: web.Request) -> web.Response:
    """Remove one passkey."""
    known = signed_in(request)
    await identity.act(request, Action.SECURITY, "factor-removed", reason="passkey")
    await asyncio.to_thread(
        remove_passkey, identity.database, known.account_id, request.match_info["id"]
    )
    return onward("/account?done=removed")


async def close_others(identity: Identity, request: web.Request) -> web.Response:
    """End every other session of this person."""
    known = signed_in(request)
    await identity.act(request, Action.SECURITY, "sessions-closed", reason="own")
    await asyncio.to_thread(close_all, identity.database, known.account_id, but=known.id)
    return onward("/account?done=sessions")


async def close_one(identity: Identity, request: web.Request) -> web.Response:
    """End one of this person's sessions."""
    known = signed_in(request)
    wanted = request.match_info["id"]
    own = await asyncio.to_thread(
        list_sessions,
        identity.database,
        identity.clock,
        known.account_id,
        settings=identity.settings,
    )
    if wanted in {each.id for each in own}:
        await identity.act(request, Action.SECURITY, "session-closed", reason="own")
        await asyncio.to_thread(close_session, identity.database, wanted)
    return onward("/account?done=sessions")
