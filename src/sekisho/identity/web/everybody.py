"""Everybody's accounts, for administrators: open, give duties, recover, close."""

from __future__ import annotations

import asyncio
import functools
from typing import Any

from aiohttp import web

from sekisho.errors import ConflictError, Error, InvalidInputError, RefusedError
from sekisho.identity import register
from sekisho.identity.authenticate import account_subject
from sekisho.identity.closing import check_reopen, reopen_account
from sekisho.identity.codes import check_issue, issue_code
from sekisho.identity.findings import ended_accounts, unused_accounts
from sekisho.identity.limits import locked_until, unlock
from sekisho.identity.passkeys import passkeys
from sekisho.identity.records import Account, Role
from sekisho.identity.sessions import close_all, close_session, list_sessions
from sekisho.identity.web.door import (
    Identity,
    administrators,
    fields,
    onward,
    page,
    proved,
    signed_in,
)
from sekisho.identity.web.set_up import invite, show_code
from sekisho.terms import Action


def routes(identity: Identity) -> list[web.RouteDef]:
    """Return the addresses of this page."""
    mine = functools.partial
    keepers, sure = administrators(identity), proved(identity, "/accounts/{id}")
    new = proved(identity, "/accounts/new")
    one = "/accounts/{id:[0-9a-f]{32}}"
    return [
        web.get("/accounts", keepers(mine(show, identity))),
        web.get("/accounts/new", keepers(new(mine(show_new, identity)))),
        web.post("/accounts/new", keepers(new(mine(make, identity)))),
        web.get(one, keepers(mine(show_one, identity))),
        web.post(f"{one}/roles", keepers(sure(mine(change_roles, identity)))),
        web.post(f"{one}/recover", keepers(sure(mine(recover, identity)))),
        web.post(f"{one}/unlock", keepers(sure(mine(let_try, identity)))),
        web.post(f"{one}/close", keepers(sure(mine(close, identity)))),
        web.post(f"{one}/reopen", keepers(sure(mine(reopen, identity)))),
        web.post(f"{one}/sessions/close", keepers(mine(close_sessions, identity))),
        web.post(f"{one}/sessions/{{session}}/close", keepers(mine(close_one, identity))),
    ]


async def show(identity: Identity, request: web.Request) -> web.Response:
    """Show the list; the address says which part of it."""
    shown = request.query.get("show", "")

    def read() -> dict[str, Any]:
        people = register.accounts(identity.database, closed=shown == "closed")
        unused = {
            known.id
            for known in unused_accounts(identity.database, identity.clock, identity.settings)
        }
        if shown == "unused":
            people = [known for known in people if known.id in unused]
        if shown == "ended":
            people = ended_accounts(identity.database, identity.ended())
        if shown == "closed":
            people = [known for known in people if known.closed_at is not None]
        second = {known.id: _second(identity, known) for known in people}
        living = list_sessions(identity.database, identity.clock, settings=identity.settings)
        open_now = [each.account_id for each in living]
        return {
            "people": people,
            "unused": unused,
            "second": second,
            "sessions": {known.id: open_now.count(known.id) for known in people},
        }

    return page(request, "accounts", show=shown, **await asyncio.to_thread(read))


def _second(identity: Identity, known: Account) -> str:
    """Return which second factor an account has: ``passkey``, ``totp``, ``none``, ``waiting``."""
    if passkeys(identity.database, known.id):
        return "passkey"
    if register.has_totp(identity.database, known.id):
        return "totp"
    return "none" if known.has_password else "waiting"


async def show_new(_identity: Identity, request: web.Request) -> web.Response:
    """Ask for the person and the duties."""
    return _new(request, {}, None)


def _new(request: web.Request, form: dict[str, str], wrong: Error | None) -> web.Response:
    kept = {name: form.get(name, "") for name in ("user_id", "name", "identified", *Role)}
    status = 200 if wrong is None else 400
    return page(request, "account_new", status=status, wrong=wrong, form=kept, roles=list(Role))


async def make(identity: Identity, request: web.Request) -> web.Response:
    """Open an account and show its invitation."""
    known = signed_in(request)
    form = await fields(request, "user_id", "name", "identified", *Role)
    roles = [role for role in Role if form[role]]
    try:
        return await invite(identity, request, form, roles, by=known, onward_to="/accounts")
    except (InvalidInputError, ConflictError) as error:
        return _new(request, form, error)


async def show_one(identity: Identity, request: web.Request) -> web.Response:
    """Show one account."""
    return await _one(identity, request, None)


async def _one(identity: Identity, request: web.Request, wrong: Error | None) -> web.Response:
    account_id = request.match_info["id"]

    def read() -> dict[str, Any]:
        known = register.account(identity.database, account_id)
        subject = account_subject(known.user_id)
        return {
            "account": known,
            "second": _second(identity, known),
            "locked": locked_until(identity.database, identity.clock, subject),
            "sessions": list_sessions(
                identity.database, identity.clock, account_id, settings=identity.settings
            ),
        }

    values = await asyncio.to_thread(read)
    status = 200 if wrong is None else 400
    here = signed_in(request)
    return page(
        request,
        "account_one",
        status=status,
        wrong=wrong,
        here=here,
        roles=list(Role),
        done=request.query.get("done", "") if wrong is None else "",
        **values,
    )


def _back(request: web.Request, done: str) -> web.Response:
    return onward(f"/accounts/{request.match_info['id']}?done={done}")


async def change_roles(identity: Identity, request: web.Request) -> web.Response:
    """Give an account other duties; its sessions end."""
    by = signed_in(request)
    form = await fields(request, *Role)
    roles = [role for role in Role if form[role]]
    account_id = request.match_info["id"]
    try:
        known = await asyncio.to_thread(
            register.check_change, identity.database, account_id, by=by.user_id
        )
        matter = f"roles-changed:{known.user_id}"
        await identity.act(request, Action.SECURITY, matter, reason=",".join(sorted(roles)))
        await asyncio.to_thread(
            register.set_roles, identity.database, account_id, roles, by=by.user_id
        )
    except (InvalidInputError, ConflictError, RefusedError) as error:
        return await _one(identity, request, error)
    return _back(request, "roles")


async def recover(identity: Identity, request: web.Request) -> web.Response:
    """Make a code for a person who was identified, and show it once."""
    by = signed_in(request)
    how = (await fields(request, "identified"))["identified"]
    account_id = request.match_info["id"]
    try:
        await asyncio.to_thread(register.check_change, identity.database, account_id, by=by.user_id)
        known = await asyncio.to_thread(check_issue, identity.database, account_id, how)
        matter = f"recovery-issued:{known.user_id}"
        await identity.act(request, Action.SECURITY, matter, reason=how.strip())
        code = await asyncio.to_thread(
            issue_code,
            identity.database,
            identity.clock,
            account_id,
            by=by.user_id,
            identified=how,
            settings=identity.settings,
        )
    except (InvalidInputError, RefusedError) as error:
        return await _one(identity, request, error)
    return show_code(identity, request, code, known.user_id, known.name, f"/accounts/{known.id}")


async def let_try(identity: Identity, request: web.Request) -> web.Response:
    """End a lock early."""
    known = await asyncio.to_thread(register.account, identity.database, request.match_info["id"])
    await identity.act(request, Action.SECURITY, f"unlocked:{known.user_id}")
    await asyncio.to_thread(unlock, identity.database, account_subject(known.user_id))
    return _back(request, "unlocked")


async def close(identity: Identity, request: web.Request) -> web.Response:
    """Close an account for good."""
    by = signed_in(request)
    account_id = request.match_info["id"]
    try:
        known = await asyncio.to_thread(
            register.check_change, identity.database, account_id, by=by.user_id
        )
        await identity.act(request, Action.SECURITY, f"account-closed:{known.user_id}")
        await asyncio.to_thread(
            register.close_account, identity.database, identity.clock, account_id, by=by.user_id
        )
    except (InvalidInputError, ConflictError, RefusedError) as error:
        return await _one(identity, request, error)
    return _back(request, "closed")


async def reopen(identity: Identity, request: web.Request) -> web.Response:
    """Open a closed account again for the same person, and show its invitation."""
    by = signed_in(request)
    how = (await fields(request, "identified"))["identified"]
    account_id = request.match_info["id"]
    try:
        ended = await asyncio.to_thread(identity.ended)
        known = await asyncio.to_thread(check_reopen, identity.database, account_id, ended)
        await asyncio.to_thread(check_issue, identity.database, by.account_id, how)
        matter = f"account-reopened:{known.user_id}"
        await identity.act(request, Action.SECURITY, matter, reason=how.strip())
        await asyncio.to_thread(
            reopen_account, identity.database, identity.clock, account_id, by=by.user_id
        )
        code = await asyncio.to_thread(
            issue_code,
            identity.database,
            identity.clock,
            account_id,
            by=by.user_id,
            identified=how,
            settings=identity.settings,
        )
    except (InvalidInputError, ConflictError) as error:
        return await _one(identity, request, error)
    return show_code(identity, request, code, known.user_id, known.name, f"/accounts/{known.id}")


async def close_sessions(identity: Identity, request: web.Request) -> web.Response:
    """End every session of an account at once."""
    known = await asyncio.to_thread(register.account, identity.database, request.match_info["id"])
    await identity.act(request, Action.SECURITY, f"sessions-closed:{known.user_id}")
    await asyncio.to_thread(close_all, identity.database, known.id)
    return _back(request, "sessions")


async def close_one(identity: Identity, request: web.Request) -> web.Response:
    """End one session of an account."""
    known = await asyncio.to_thread(register.account, identity.database, request.match_info["id"])
    own = await asyncio.to_thread(
        list_sessions, identity.database, identity.clock, known.id, settings=identity.settings
    )
    if request.match_info["session"] in {each.id for each in own}:
        await identity.act(request, Action.SECURITY, f"session-closed:{known.user_id}")
        await asyncio.to_thread(close_session, identity.database, request.match_info["session"])
    return _back(request, "sessions")
