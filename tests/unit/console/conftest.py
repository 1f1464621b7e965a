"""A small fictitious hospital, imported and reviewed, with its recorder running."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from sekisho import care, collect, identity, review
from sekisho.app.demo.hospital import Truth, make
from sekisho.app.installation import Installation, open_installation
from sekisho.console.application import application
from sekisho.identity import Method, Role
from sekisho.identity.sessions import csrf_token


@dataclass(slots=True)
class House:
    """A running installation, and a way to ask its console as somebody."""

    installation: Installation
    truth: Truth
    accounts: dict[Role, str]
    recorder: subprocess.Popen[bytes] | None = None
    tokens: dict[Role, str] = field(default_factory=dict)

    def start(self) -> None:
        """Start the recorder and wait until it answers."""
        command = [sys.executable, "-m", "sekisho", "serve", "--only", "recorder", "--data"]
        self.recorder = subprocess.Popen([*command, str(self.installation.data)])
        until = time.monotonic() + 60
        while not self.installation.recorder_answers():
            assert time.monotonic() < until, "the recorder did not start"
            time.sleep(0.05)

    def stop(self) -> None:
        """End the recorder."""
        if self.recorder is not None:
            self.recorder.terminate()
            self.recorder.wait(60)
            self.recorder = None

    def _token(self, role: Role) -> str:
        """Return the session of the person with `role`, a new one where it has ended."""
        database, clock = self.installation.database, self.installation.clock
        token = self.tokens.get(role)
        if token is None or identity.session(database, token, clock, touch=False) is None:
            token = self.tokens[role] = identity.open_session(
                database,
                clock,
                self.accounts[role],
                method=Method.PASSWORD,
                address="127.0.0.1",
                browser="test",
            ).reveal()
        return token

    def ask(self, role: Role | None, act: Callable[[Asker], Awaitable[None]]) -> None:
        """Run `act` against the console, signed in as `role`."""

        async def run() -> None:
            server = TestServer(application(self.installation), host="localhost")
            async with TestClient(server) as client:
                token = self._token(role) if role else ""
                await act(Asker(client, token, f"http://localhost:{server.port}"))

        asyncio.run(run())


@dataclass(slots=True)
class Asker:
    """Asks as a browser of one person would."""

    client: TestClient  # type: ignore[type-arg]
    token: str
    origin: str
    cookies: str = ""

    def _headers(self) -> dict[str, str]:
        cookie = f"__Host-sekisho={self.token}; {self.cookies}" if self.token else self.cookies
        return {"Cookie": cookie, "Host": self.origin.removeprefix("http://")}

    async def get(self, path: str) -> tuple[ClientResponse, str]:
        """Return the answer to GET and its text."""
        answer = await self.client.get(path, headers=self._headers(), allow_redirects=False)
        return answer, (await answer.read()).decode("utf-8", "replace")

    async def post(self, path: str, **form: str) -> tuple[ClientResponse, str]:
        """Return the answer to a form sent with this session's token."""
        form.setdefault("csrf", csrf_token(self.token))
        headers = {**self._headers(), "Origin": self.origin}
        answer = await self.client.post(path, data=form, headers=headers, allow_redirects=False)
        return answer, (await answer.read()).decode("utf-8", "replace")


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The hospital's month: 1,500 accesses, read, sealed and reviewed."""
    folder = tmp_path_factory.mktemp("house")
    truth = make(folder, rows=1_500)
    installation = open_installation(_data(folder), create=True)
    with installation.recorder() as recorder:
        collect.collect(
            [truth.log],
            recorder=recorder,
            database=installation.database,
            clock=installation.clock,
        )
        recorder.seal()
    care.load(truth.lists, database=installation.database, clock=installation.clock)
    review.approve_shipped(installation.database, "P0001", installation.clock.now())
    review.run(installation.database, installation.reader(), installation.clock)
    here = House(installation, truth, dict(people(installation)))
    here.start()
    yield here
    here.stop()
    installation.close()


def _data(folder: Path) -> Path:
    data = folder / "data"
    data.mkdir(mode=0o700)
    return data


def people(installation: Installation) -> Iterator[tuple[Role, str]]:
    """Yield the account of somebody with each role."""
    for number, role in enumerate(Role):
        account = identity.create_account(
            installation.database,
            installation.clock,
            user_id=f"Z{number}",
            name=f"{role.value}（模擬）",
            roles={role},
            by="test",
        )
        yield role, account.id
