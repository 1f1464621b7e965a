"""Coming in by a code: an invitation, a recovery, or the sealed one."""

from __future__ import annotations

import asyncio
import functools
from typing import Any

from aiohttp import web

from sekisho.errors import ConflictError, Error, InvalidInputError
from sekisho.identity.authenticate import account_subject, address_subject
from sekisho.identity.codes import accept, check_accept, check_unseal, unseal
from sekisho.identity.limits import admit, succeeded
from sekisho.identity.records import Method
from sekisho.identity.web.door import Identity, fields, let_in, page
from sekisho.terms import Action, Outcome, Secret


def routes(identity: Identity) -> list[web.RouteDef]:
    """Return the addresses of this page."""
    mine = functools.partial
    return [
        web.get("/recover", mine(show, identity)),
        web.post("/recover", mine(by_code, identity)),
        web.get("/recover/sealed", mine(show_sealed, identity)),
        web.post("/recover/sealed", mine(by_sealed, identity)),
    ]


async def show(_identity: Identity, request: web.Request) -> web.Response:
    """Ask for the code."""
    return _form(request, "recover", {})


async def show_sealed(_identity: Identity, request: web.Request) -> web.Response:
    """Ask for the sealed code."""
    return _form(request, "recover_sealed", {})


def _form(
    request: web.Request,
    template: str,
    form: dict[str, str],
    wrong: Error | None = None,
    status: int = 200,
) -> web.Response:
    names = ("code", "user_id", "name", "identified")
    kept = {name: form.get(name, "") for name in names}
    return page(request, template, status=status, wrong=wrong, form=kept)


async def _wait(identity: Identity, request: web.Request, user_id: str) -> Error | None:
    banned = await identity.banned(request)
    if banned is not None:
        return InvalidInputError(banned.message, **banned.args)
    subjects = account_subject(user_id), address_subject(request.remote)
    wait = await asyncio.to_thread(
        admit, identity.database, identity.clock, subjects, identity.settings
    )
    if wait is None:
        return None
    await identity.act(request, Action.LOGIN, "lock-out", outcome=Outcome.REFUSED)
    minutes = int(wait.total_seconds() // 60) + 1
    return InvalidInputError("identity.sign_in_locked", minutes=minutes)


async def _forgive(identity: Identity, request: web.Request, user_id: str) -> None:
    """Give the try back: the code was right."""
    subjects = account_subject(user_id), address_subject(request.remote)
    await asyncio.to_thread(succeeded, identity.database, *subjects)


async def by_code(identity: Identity, request: web.Request) -> web.Response:
    """Let a person choose a password with an invitation or recovery code."""
    form = await fields(request, "code", "user_id", "password", "again")
    locked = await _wait(identity, request, form["user_id"][:200])
    if locked is not None:
        return _form(request, "recover", form, locked, 429)
    asked: dict[str, Any] = {
        "user_id": form["user_id"],
        "password": Secret(form["password"]),
        "institution": identity.named(),
    }
    try:
        if form["password"] != form["again"]:
            raise InvalidInputError("identity.password_twice")  # noqa: TRY301 (told like the others)
        known = await asyncio.to_thread(
            check_accept, identity.database, identity.clock, form["code"], **asked
        )
    except InvalidInputError as error:
        if error.message == "identity.code_wrong":
            await identity.act(request, Action.SECURITY, "code", outcome=Outcome.REFUSED)
        else:
            await _forgive(identity, request, form["user_id"])
        return _form(request, "recover", form, error, 400)
    await identity.act(
        request, Action.SECURITY, "password-changed", user_id=known.user_id, reason="code"
    )
    try:
        known = await identity.hashed(
            accept, identity.database, identity.clock, form["code"], **asked
        )
    except (InvalidInputError, ConflictError) as error:
        return _form(request, "recover", form, error, 400)
    await _forgive(identity, request, form["user_id"])
    await identity.act(request, Action.LOGIN, "sign-in", user_id=known.user_id, reason="code")
    return await let_in(identity, request, known.id, Method.CODE, "/account")


async def by_sealed(identity: Identity, request: web.Request) -> web.Response:
    """Make a person administrator with the code from the envelope."""
    form = await fields(request, "code", "user_id", "name", "identified", "password", "again")
    locked = await _wait(identity, request, form["user_id"][:200])
    if locked is not None:
        return _form(request, "recover_sealed", form, locked, 429)
    asked: dict[str, Any] = {
        "user_id": form["user_id"],
        "name": form["name"],
        "identified": form["identified"],
        "password": Secret(form["password"]),
        "institution": identity.named(),
    }
    try:
        if form["password"] != form["again"]:
            raise InvalidInputError("identity.password_twice")  # noqa: TRY301 (told like the others)
        user_id = await asyncio.to_thread(
            check_unseal, identity.database, identity.clock, form["code"], **asked
        )
    except InvalidInputError as error:
        if error.message == "identity.code_wrong":
            await identity.act(request, Action.SECURITY, "sealed-code", outcome=Outcome.REFUSED)
        return _form(request, "recover_sealed", form, error, 400)
    await identity.act(
        request,
        Action.EMERGENCY,
        "sealed-code-used",
        user_id=user_id,
        reason=form["identified"].strip()[:400],
    )
    try:
        known = await identity.hashed(
            unseal, identity.database, identity.clock, form["code"], **asked
        )
    except (InvalidInputError, ConflictError) as error:
        return _form(request, "recover_sealed", form, error, 400)
    await _forgive(identity, request, form["user_id"])
    await identity.act(
        request, Action.LOGIN, "sign-in", user_id=known.user_id, reason="sealed code"
    )
    return await let_in(identity, request, known.id, Method.CODE, "/set-up/sealed")
