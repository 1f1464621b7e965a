"""Answers: a page, a way on, and the record that comes before either shows a person."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from sekisho.console.interface import installation, language, session
from sekisho.errors import RefusedError
from sekisho.identity.records import Role
from sekisho.pages import catalogue, render
from sekisho.terms import Action, Outcome, PatientId

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def page(
    request: web.Request, template: str, /, *, status: int = 200, **context: Any
) -> web.Response:
    """Return the page that `template` makes of `context`."""
    text = render(template, language=language(request), **context)
    return web.Response(text=text, content_type="text/html", status=status)


def onward(path: str, **query: object) -> web.Response:
    """Return the way on after something was done (303)."""
    if query:
        path = f"{path}?{urlencode(query)}"
    return web.Response(status=303, headers={"Location": path})


def wrong_of(request: web.Request) -> str:
    """Return the message id in ``?wrong=``, "" where it is none of ours: no stranger's words."""
    wrong = request.query.get("wrong", "")
    return wrong if wrong in catalogue(language(request)) else ""


def only(roles: frozenset[Role]) -> Callable[[Handler], Handler]:
    """Let only people with one of `roles` to a handler; the refusal is recorded."""

    def wrap(handler: Handler) -> Handler:
        @functools.wraps(handler)
        async def guarded(request: web.Request) -> web.StreamResponse:
            if not session(request).roles & roles:
                await record(
                    request, Action.READ, f"console:{request.path}"[:200], outcome=Outcome.REFUSED
                )
                raise RefusedError("console.not_your_page")
            return await handler(request)

        return guarded

    return wrap


async def record(
    request: web.Request,
    action: Action,
    matter: str,
    *,
    patients: tuple[PatientId, ...] = (),
    outcome: Outcome = Outcome.SUCCESS,
    reason: str | None = None,
) -> int:
    """Record what this person does, before it is done or shown; return the record's index.

    Raises:
        UnavailableError: It cannot be recorded, so it must not happen.
    """
    from sekisho.ledger import own  # noqa: PLC0415 (keeps the first page quick)

    here = installation(request)
    access = own(
        here.clock,
        user_id=session(request).user_id,
        action=action,
        object=matter,
        outcome=outcome,
        patient_ids=patients,
        reason=reason,
        terminal=request.remote,
    )
    return await here.record(access)
