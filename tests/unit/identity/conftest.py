"""A door on loopback, a browser without scripts, and a recorder in memory."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

import pytest
from aiohttp import ClientResponse, CookieJar, web
from aiohttp.test_utils import TestClient, TestServer

from sekisho.errors import Error, RefusedError, UnavailableError
from sekisho.identity import Place, Role, create_demo_account
from sekisho.identity.passwords import Parameters, keep
from sekisho.identity.web import Identity, middleware, routes
from sekisho.storage import Database, open_database
from sekisho.terms import Access, FixedClock, Secret

PASSWORD = "niwatori wa hadashi"
QUICK = Parameters(memory=1024, passes=1)


@dataclass
class Book:
    """Keeps records in memory; can be made to fail."""

    records: list[Access] = field(default_factory=list)
    broken: bool = False

    async def record(self, access: Access) -> None:
        """Keep one record."""
        if self.broken:
            raise UnavailableError("identity.not_recorded")
        self.records.append(access)

    @property
    def acts(self) -> list[tuple[str, str, str]]:
        """Return action, object and outcome of each record."""
        return [(a.action.value, a.object or "", a.outcome.value) for a in self.records]


class Browser:
    """Follows links and sends forms, as a person without scripts does."""

    def __init__(self, client: TestClient[web.Request, web.Application]) -> None:
        self.client = client
        self.status = 0
        self.text = ""
        self.at = ""

    async def _keep(self, answer: ClientResponse) -> Browser:
        self.status, self.text, self.at = answer.status, await answer.text(), answer.url.path_qs
        return self

    async def get(self, path: str) -> Browser:
        """Open a page."""
        return await self._keep(await self.client.get(path))

    async def send(self, path: str, **fields: str) -> Browser:
        """Send the form of the page that is open, with its hidden token."""
        token = unescape(re.findall(r'name="csrf" value="([^"]*)"', self.text)[-1])
        return await self._keep(await self.client.post(path, data={"csrf": token, **fields}))

    async def sign_in(
        self, user_id: str = "D0012", password: str = PASSWORD, **more: str
    ) -> Browser:
        """Sign in through the form."""
        await self.get("/sign-in")
        return await self.send("/sign-in", user_id=user_id, password=password, **more)


@asynccontextmanager
async def browser_at(door: Identity) -> AsyncIterator[Browser]:
    """A browser of its own at a running door."""

    @web.middleware
    async def told(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        try:
            return await handler(request)
        except Error as error:
            status = {RefusedError: 403, UnavailableError: 503}.get(type(error), 400)
            return web.Response(status=status, text=error.message)

    async def home(request: web.Request) -> web.Response:
        return web.Response(text=f"home of {request['session'].user_id}")

    app = web.Application(middlewares=[told, middleware(door)])
    app.add_routes([*routes(door), web.get("/", home), web.post("/upload", home)])
    server = TestServer(app, host="localhost")
    await server.start_server()
    jar = CookieJar(treat_as_secure_origin=[server.make_url("/").origin()])
    client = TestClient(server, cookie_jar=jar)
    async with client:
        yield Browser(client)


@pytest.fixture
def state(prepared: Path) -> Iterator[Database]:
    """An SQLite state with quick hashing."""
    opened = open_database(f"sqlite:///{prepared / 'state.db'}")
    keep(opened, QUICK)
    yield opened
    opened.close()


@pytest.fixture
def book() -> Book:
    """Where the door writes."""
    return Book()


@pytest.fixture
def door(state: Database, clock: FixedClock, book: Book) -> Identity:
    """A door with no account yet."""
    return Identity(
        database=state,
        clock=clock,
        record=book.record,
        place=Place("localhost", "http://localhost"),
        institution=lambda: "模擬総合病院",
    )


@pytest.fixture
def staffed(door: Identity) -> Identity:
    """The door with an administrator D0012 and a reviewer D0034."""
    for user_id, name, role in (
        ("D0012", "模擬 花子", Role.ADMINISTRATOR),
        ("D0034", "模擬 次郎", Role.REVIEWER),
    ):
        create_demo_account(
            door.database,
            door.clock,
            user_id=user_id,
            name=name,
            roles={role},
            password=Secret(PASSWORD),
        )
    return door


Journey = Callable[[Browser], Awaitable[None]]


@pytest.fixture
def walk() -> Callable[[Identity, Journey], None]:
    """Run a journey in a browser at a door."""

    def run(door: Identity, journey: Journey) -> None:
        async def whole() -> None:
            async with browser_at(door) as browser:
                await journey(browser)

        asyncio.run(whole())

    return run
