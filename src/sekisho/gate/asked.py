"""What travels through the gate: one protected system, one request on its way."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from sekisho.gate.config import Route
from sekisho.gate.forward import Upstream
from sekisho.gate.headers import Manner
from sekisho.gate.interface import Adapter, Head, Question, Seen
from sekisho.gate.record import Who
from sekisho.gate.resolve import Resolver
from sekisho.terms import UserKind

NOBODY = Who(user_id="", kind=UserKind.UNKNOWN, session=None, terminal=None)
"""Somebody who is not known, in emergency operation only."""


@dataclass(slots=True, kw_only=True)
class Place:
    """One protected system as this worker serves it."""

    route: Route
    adapter: Adapter
    upstream: Upstream
    resolver: Resolver
    manner: Manner


@dataclass(slots=True, kw_only=True)
class Asked:
    """One request on its way.

    Attributes:
        body: The whole of it.
        seen: Whom it concerns, as far as is known before the upstream is asked.
        urgent: Emergency operation is open.
        edge: It came through our own edge proxy.
        request_id: Ours, said to the system behind (X-Request-Id) and in the record: by it the
            two records of one act are known. A client's own is neither passed on nor believed.
    """

    request: web.BaseRequest
    place: Place
    head: Head
    who: Who
    question: Question
    body: bytes
    seen: Seen
    urgent: bool = False
    edge: bool = False
    request_id: str = ""
