"""What the console needs to know of a request: the installation, and who is signed in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sekisho.app.installation import Installation
from sekisho.identity.records import Role, Session

INSTALLATION: web.AppKey[Installation] = web.AppKey("installation", Installation)

PEOPLE = frozenset({Role.REVIEWER, Role.SAFETY_OFFICER})
"""Who may see staff and patients."""
KEEPERS = frozenset({Role.ADMINISTRATOR})
OFFICERS = frozenset({Role.SAFETY_OFFICER})
ANYONE = frozenset(Role) - {Role.STAFF}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One page of a room, in the line of tabs under its head."""

    name: str
    href: str
    on: bool = False
    count: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A sentence by its id, with its values."""

    message: str
    args: dict[str, Any] = field(default_factory=dict)


def installation(request: web.Request) -> Installation:
    """Return the installation this console serves."""
    return request.app[INSTALLATION]


def session(request: web.Request) -> Session:
    """Return who is signed in; only for pages behind the door."""
    known: Session = request["session"]
    return known


def language(request: web.Request) -> str:
    """Return the language of this answer: the account's, else the cookie's, else Japanese."""
    chosen = request.cookies.get("sekisho-language")
    if chosen in {"ja", "en"}:
        return chosen
    known = request.get("session")
    return known.language if known is not None and known.language in {"ja", "en"} else "ja"
