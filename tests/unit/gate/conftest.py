"""A hospital with a gate: its ledger, its matrix in force, people signed in, the gate itself."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import uvloop
from tests.peers.orthanc import Orthanc, orthanc
from tests.ports import free_port

from sekisho import access, care, identity
from sekisho.access.files import shipped
from sekisho.app.gate import CACHE, Gate
from sekisho.app.installation import Installation, open_installation
from sekisho.gate.config import read_gate
from sekisho.gate.modes import EVERY, choose
from sekisho.identity.crossing import issue_crossing, redeem_crossing
from sekisho.identity.sessions import token_hash
from sekisho.ledger.append import Ledger
from sekisho.terms import Access, FixedClock

LISTS = {
    "staff.csv": (
        "職員番号,氏名,職種,所属,患者番号（本人）\n"
        "N1,関 一,看護師,3階東病棟,\nD1,関 二,医師,外科,\nC1,関 三,受付,3階東病棟,\n"
        "H1,関 四,看護師,3階東病棟,00042\nS1,関 五,システム管理,情報システム室,\n"
    ),
    "visits.csv": "患者番号,受付日,診療科\n00042,2026/11/01,外科\n00777,2026/11/01,内科\n",
    "stays.csv": "患者番号,入院日,退院日,病棟,診療科\n00200,2026/10/20,,3東,外科\n",
}


@dataclass(slots=True)
class Hospital:
    """One installation whose ledger this process owns.

    Attributes:
        tokens: User id → pass at the gate's host.
        ill: The ledger cannot be written.
    """

    installation: Installation
    ledger: Ledger
    origin: str
    tokens: dict[str, str] = field(default_factory=dict)
    ill: bool = False

    async def append(self, records: Sequence[Access]) -> list[int | None]:
        """Record as the recorder's process does."""
        if self.ill:
            raise OSError("no space left")
        return await asyncio.to_thread(self.ledger.append, records)

    def records(self, source: str = "gate:") -> list[dict[str, Any]]:
        """Return what is on record of the gate."""
        return [
            one
            for one in self.installation.reader().jsonl()
            if str(one["source"]).startswith(source)
        ]

    def sign_in(self, user: str, method: identity.Method = identity.Method.PASSWORD) -> None:
        """Sign one more person in, or the same one in another way."""
        self.tokens[user] = sign_in_at(self.installation, user, self.origin, method)

    def enforce(self, route: str) -> None:
        """Let refusals stop requests."""
        choose(
            self.installation.database,
            self.installation.clock,
            route=route,
            class_=EVERY,
            enforced=True,
            by="S1",
            reason="",
        )


@dataclass(slots=True)
class Browser:
    """Asks the gate as one person's browser or program would."""

    session: aiohttp.ClientSession
    origin: str
    token: str | None

    async def ask(
        self, method: str, path: str, *, page: bool = False, **more: Any
    ) -> tuple[int, bytes, Any]:
        """Return status, body and headers."""
        headers = {"Accept": "text/html" if page else "*/*", **more.pop("headers", {})}
        if self.token:
            headers["Cookie"] = f"__Host-sekisho-gate={self.token}"
        async with self.session.request(
            method, self.origin + path, headers=headers, allow_redirects=False, **more
        ) as answer:
            return answer.status, await answer.read(), answer.headers


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    """A real Orthanc."""
    with orthanc(tmp_path_factory.mktemp("orthanc")) as running:
        yield running


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hospital with its lists read, its matrix in force and the table kept."""
    folder = tmp_path_factory.mktemp("template")
    data = folder / "data"
    data.mkdir(mode=0o700)
    clock = FixedClock(dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    installation = open_installation(data, create=True, clock=clock)
    paths = []
    for name, text in LISTS.items():
        path = folder / name
        path.write_bytes(text.encode("cp932"))
        paths.append(path)
    for report in care.load(paths, database=installation.database, clock=clock):
        assert report.error is None, report
    adopt(installation)
    (data / "gate").mkdir(mode=0o700)
    access.active(installation.database, data / CACHE)
    installation.close()
    return data


def hospital_at(data: Path, template: Path, clock: FixedClock, toml: str) -> Iterator[Hospital]:
    """Set up a hospital whose gate is `toml`; ``{port}`` in it is a free one."""
    shutil.copytree(template, data, dirs_exist_ok=True)
    port = free_port()
    (data / "gate.toml").write_text(toml.replace("{port}", str(port)), encoding="utf-8")
    installation = open_installation(data, clock=clock)
    config = read_gate(data)
    assert config is not None
    ledger = Ledger(data, installation.database, clock)
    here = Hospital(installation, ledger, config.routes[0].origin)
    for user in ("N1", "D1", "C1", "H1"):
        here.tokens[user] = sign_in_at(installation, user, here.origin)
    yield here
    installation.close()


def adopt(installation: Installation) -> None:
    """Put the shipped matrix in force by two people."""
    at = installation.clock.now()
    change = access.propose(installation.database, shipped(), by="S1", at=at, note="開院時の案")
    access.approve(installation.database, change.number, by="S2", at=at, reason="確認した")


def sign_in_at(
    installation: Installation,
    user: str,
    origin: str,
    method: identity.Method = identity.Method.PASSWORD,
) -> str:
    """Return the pass at `origin` of a person who signed in just now."""
    database, clock = installation.database, installation.clock
    account = identity.find_account(database, user) or identity.create_account(
        database, clock, user_id=user, name="模擬", roles={identity.Role.STAFF}, by="test"
    )
    token = identity.open_session(
        database, clock, account.id, method=method, address=None, browser=None
    )
    session = identity.session(database, token.reveal(), clock)
    assert session is not None
    code = issue_crossing(database, clock, session.id, origin=origin, state=token_hash("s"))
    made = redeem_crossing(database, clock, code.reveal(), origin=origin, state="s")
    assert made is not None
    return made.reveal()


Journey = Callable[[Callable[[str | None], Browser]], Awaitable[None]]


def visit(here: Hospital, journey: Journey) -> None:
    """Run the gate, and `journey` with a way to get anybody's browser."""

    async def whole() -> None:
        config = read_gate(here.installation.data)
        assert config is not None
        gate = Gate(here.installation, config, here.append)
        await gate.start()
        try:
            connector = aiohttp.TCPConnector(resolver=_Loopback())
            async with aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar()
            ) as session:
                await journey(
                    lambda user: Browser(session, here.origin, here.tokens[user] if user else None)
                )
        finally:
            await gate.stop()

    uvloop.run(whole())


class _Loopback(aiohttp.abc.AbstractResolver):
    """Every name is this machine, as browsers have it for .localhost."""

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[Any]:
        return [
            {
                "hostname": host,
                "host": "127.0.0.1",
                "port": port,
                "family": 2,
                "proto": 0,
                "flags": 0,
            }
        ]

    async def close(self) -> None:
        return


__all__ = ["Browser", "Hospital", "adopt", "hospital_at", "sign_in_at", "visit"]
