"""The first three steps: first administrator, second administrator, sealed code."""

from __future__ import annotations

import asyncio
import functools
from typing import Any

from aiohttp import web

from sekisho.errors import ConflictError, Error, InvalidInputError
from sekisho.identity.authenticate import address_subject
from sekisho.identity.codes import check_first, check_issue, issue_code, needs_set_up, redeem, seal
from sekisho.identity.limits import admit, succeeded_address
from sekisho.identity.records import Method, Role, Session
from sekisho.identity.register import accounts, check_account, create_account
from sekisho.identity.web.door import (
    Identity,
    administrators,
    fields,
    let_in,
    onward,
    page,
    proved,
    signed_in,
)
from sekisho.terms import Action, Outcome, Secret

EXTRA = (Role.REVIEWER, Role.SAFETY_OFFICER)


def routes(identity: Identity) -> list[web.RouteDef]:
    """Return the addresses of this page."""
    mine = functools.partial
    keepers = administrators(identity)
    second, sealed = proved(identity, "/set-up/second"), proved(identity, "/set-up/sealed")
    return [
        web.get("/set-up", mine(show, identity)),
        web.post("/set-up", mine(first, identity)),
        web.get("/set-up/second", keepers(mine(show_second, identity))),
        web.post("/set-up/second", keepers(second(mine(make_second, identity)))),
        web.get("/set-up/sealed", keepers(mine(show_sealed, identity))),
        web.post("/set-up/sealed", keepers(sealed(mine(make_sealed, identity)))),
    ]


async def show(identity: Identity, request: web.Request) -> web.Response:
    """Ask for the code in the terminal and for the first administrator."""
    if not await asyncio.to_thread(needs_set_up, identity.database):
        return onward("/sign-in")
    return _form(request, {})


def _form(
    request: web.Request, form: dict[str, str], wrong: Error | None = None, status: int = 200
) -> web.Response:
    kept = {name: form.get(name, "") for name in ("code", "user_id", "name", *EXTRA)}
    return page(request, "set_up", status=status, wrong=wrong, form=kept, extra=EXTRA)


async def first(identity: Identity, request: web.Request) -> web.Response:
    """Open the first administrator's account."""
    form = await fields(request, "code", "user_id", "name", "password", "again", *EXTRA)
    subject = address_subject(request.remote)
    wait = await asyncio.to_thread(
        admit, identity.database, identity.clock, [subject], identity.settings
    )
    if wait is not None:
        minutes = int(wait.total_seconds() // 60) + 1
        wrong = InvalidInputError("identity.sign_in_locked", minutes=minutes)
        return _form(request, form, wrong, 429)
    asked: dict[str, Any] = {
        "user_id": form["user_id"],
        "name": form["name"],
        "roles": {Role.ADMINISTRATOR, *(role for role in EXTRA if form[role])},
        "password": Secret(form["password"]),
        "institution": identity.named(),
    }
    try:
        if form["password"] != form["again"]:
            raise InvalidInputError("identity.password_twice")  # noqa: TRY301 (told like the others)
        user_id = await identity.hashed(
            check_first, identity.database, identity.clock, form["code"], **asked
        )
    except (InvalidInputError, ConflictError) as error:
        if error.message == "identity.code_wrong":
            await identity.act(request, Action.SECURITY, "set-up-code", outcome=Outcome.REFUSED)
        return _form(request, form, error, 400)
    await identity.act(
        request,
        Action.SECURITY,
        "account-created",
        user_id=user_id,
        reason="set-up",
    )
    try:
        known = await identity.hashed(
            redeem, identity.database, identity.clock, form["code"], **asked
        )
    except (InvalidInputError, ConflictError) as error:
        return _form(request, form, error, 400)
    await asyncio.to_thread(succeeded_address, identity.database, subject)
    await identity.act(request, Action.LOGIN, "sign-in", user_id=known.user_id, reason="set-up")
    return await let_in(identity, request, known.id, Method.CODE, "/set-up/second")


async def show_second(identity: Identity, request: web.Request) -> web.Response:
    """Ask for a second administrator."""
    return await _second(identity, request, {})


async def _second(
    identity: Identity, request: web.Request, form: dict[str, str], wrong: Error | None = None
) -> web.Response:
    people = await asyncio.to_thread(accounts, identity.database)
    keepers = [known for known in people if Role.ADMINISTRATOR in known.roles]
    kept = {name: form.get(name, "") for name in ("user_id", "name", "identified")}
    status = 200 if wrong is None else 400
    return page(request, "second", status=status, wrong=wrong, form=kept, enough=len(keepers) > 1)


async def make_second(identity: Identity, request: web.Request) -> web.Response:
    """Open the second administrator's account and show the code to hand over."""
    known = signed_in(request)
    form = await fields(request, "user_id", "name", "identified")
    try:
        answer = await invite(
            identity, request, form, [Role.ADMINISTRATOR], by=known, onward_to="/set-up/sealed"
        )
    except (InvalidInputError, ConflictError) as error:
        return await _second(identity, request, form, error)
    return answer


async def invite(
    identity: Identity,
    request: web.Request,
    form: dict[str, str],
    roles: list[Role],
    *,
    by: Session,
    onward_to: str,
) -> web.Response:
    """Open an account and show its invitation once.

    Raises:
        InvalidInputError: A field is wrong.
        ConflictError: The staff id has or had an account.
    """
    asked: dict[str, Any] = {"user_id": form["user_id"], "name": form["name"], "roles": roles}
    user_id, _, _ = await asyncio.to_thread(check_account, identity.database, **asked)
    await asyncio.to_thread(check_issue, identity.database, by.account_id, form["identified"])
    matter = f"account-created:{user_id}"
    duties = ",".join(sorted(roles))
    await identity.act(request, Action.SECURITY, matter, reason=duties)
    new = await asyncio.to_thread(
        create_account, identity.database, identity.clock, by=by.user_id, **asked
    )
    code = await asyncio.to_thread(
        issue_code,
        identity.database,
        identity.clock,
        new.id,
        by=by.user_id,
        identified=form["identified"],
        settings=identity.settings,
    )
    return show_code(identity, request, code, new.user_id, new.name, onward_to)


def show_code(
    identity: Identity, request: web.Request, code: Secret, user_id: str, name: str, way: str
) -> web.Response:
    """Show a one-time code, once."""
    return page(
        request,
        "code",
        code=code.reveal(),
        user_id=user_id,
        name=name,
        hours=int(identity.settings.code_life.total_seconds() // 3600),
        origin=identity.place.origin,
        onward_to=way,
    )


async def show_sealed(_identity: Identity, request: web.Request) -> web.Response:
    """Explain the sealed code."""
    return page(request, "sealed", code=None, onward_to="/")


async def make_sealed(identity: Identity, request: web.Request) -> web.Response:
    """Make the sealed code and show it once, to print and to put away."""
    known = signed_in(request)
    await identity.act(request, Action.SECURITY, "sealed-code-made")
    code = await asyncio.to_thread(seal, identity.database, identity.clock, by=known.user_id)
    return page(
        request,
        "sealed",
        code=code.reveal(),
        made_at=identity.clock.now(),
        by=known.name,
        institution=identity.named(),
        origin=identity.place.origin,
        onward_to=identity.home,
    )
