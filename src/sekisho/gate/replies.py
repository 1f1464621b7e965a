"""What the gate itself answers: a page for people, the system's own form for programs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from aiohttp import web

from sekisho.gate.clients import certificate_of
from sekisho.gate.interface import Adapter
from sekisho.pages import render, say
from sekisho.pages.environment import Frame
from sekisho.pages.words import catalogue

STATIC = "/.sekisho/static"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'self'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Server": "sekisho",
}

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="sekisho"'}
"""What RFC 9110 asks of a 401; no browser opens a window at it."""


def language(request: web.BaseRequest) -> str:
    """Return ``ja``, or ``en`` where the browser prefers it."""
    first = request.headers.get("Accept-Language", "").split(",")[0].strip().casefold()
    return "en" if first.startswith("en") else "ja"


def for_people(request: web.BaseRequest) -> bool:
    """Return whether a person's browser asks for a page: programs show what they are."""
    asked = request.headers
    return (
        "text/html" in asked.get("Accept", "")
        and "Authorization" not in asked
        and certificate_of(request) is None
    )


def page(
    request: web.BaseRequest, template: str, *, status: int, institution: str, **context: Any
) -> web.Response:
    """Return one of the gate's own pages."""
    text = render(
        f"gate/{template}.html",
        language=language(request),
        frame=Frame(institution=institution, static=STATIC, here=""),
        **context,
    )
    return web.Response(text=text, content_type="text/html", status=status, headers=HEADERS)


def refused(
    request: web.BaseRequest,
    adapter: Adapter | None,
    status: int,
    message: str,
    *,
    institution: str,
    args: Mapping[str, Any] | None = None,
    recorded: bool = False,
    **context: Any,
) -> web.Response:
    """Return a refusal: what happened, what it means, what to do.

    Args:
        request: Who asked and how.
        adapter: Gives the form of programs; None before one is known.
        status: HTTP status.
        message: Id of the sentence; ``<message>.next`` says what to do.
        institution: Name on the page.
        args: Values of the sentence.
        recorded: Whether it is certainly on record already; only then the page says so.
        context: More for the page.
    """
    said = partial(say, language(request))
    values = dict(args or {})
    if for_people(request):
        return page(
            request,
            "refused",
            status=status,
            institution=institution,
            message=message,
            onward=_onward(message),
            args=values,
            recorded=recorded,
            **{"glass": None, "envelope": False, "csrf": "", "back": "/", **context},
        )
    fields = {**HEADERS, **(_CHALLENGE if status == 401 else {})}
    if adapter is None:
        return web.Response(
            text=said(message, **values), status=status, headers=fields, content_type="text/plain"
        )
    kind, body = adapter.refusal(status, message, partial(said, **values))
    return web.Response(body=body, status=status, headers={**fields, "Content-Type": kind})


def _onward(message: str) -> str:
    """Return the id of what to do next: the message's own, else what is always right."""
    own = f"{message}.next"
    return own if own in catalogue("ja") else "gate.refused.next"
