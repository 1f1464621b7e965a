"""What a journey at the door may do; the things themselves are in conftest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from aiohttp import web
from aiohttp.test_utils import TestClient

from sekisho.identity.web import Identity
from sekisho.terms import Access


class Page(Protocol):
    """What a journey may do with the browser (see conftest)."""

    status: int
    text: str
    at: str
    client: TestClient[web.Request, web.Application]

    async def get(self, path: str) -> object:
        """Open a page."""

    async def send(self, path: str, **fields: str) -> object:
        """Send the form of the page that is open."""

    async def sign_in(self, user_id: str = ..., password: str = ..., **more: str) -> object:
        """Sign in through the form."""


class Recording(Protocol):
    """What takes records (see conftest)."""

    async def record(self, access: Access) -> None:
        """Keep one record."""


Walk = Callable[[Identity, Callable[[Page], Awaitable[None]]], None]


class Records(Protocol):
    """What the door wrote (see conftest)."""

    broken: bool

    @property
    def acts(self) -> list[tuple[str, str, str]]:
        """Action, object and outcome of each record."""
