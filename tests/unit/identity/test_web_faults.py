"""The door under hostile hands, and a session that ends elsewhere."""

from __future__ import annotations

import re

import pytest
from tests.unit.identity.journey import Page, Recording, Walk

from sekisho import identity
from sekisho.identity.passwords import Parameters, keep
from sekisho.identity.web import Identity
from sekisho.storage import Database, open_database
from sekisho.terms import FixedClock, Secret

PASSWORD = "niwatori wa hadashi"


@pytest.mark.store
@pytest.mark.parametrize("typed", ["%00", "%ED%A0%80", "%FF", "%F0%9F%92%A9", "a%0Ab", "%E3%80%80"])
def test_hostile_typing(
    database: Database, clock: FixedClock, book: Recording, walk: Walk, typed: str
) -> None:
    """Whatever bytes are typed into any open form or sent as the browser's name, the answer is a plain no."""
    keep(database, Parameters(memory=512, passes=1))
    identity.create_demo_account(
        database,
        clock,
        user_id="D0012",
        name="模擬 花子",
        roles={identity.Role.ADMINISTRATOR},
        password=Secret(PASSWORD),
    )
    door = Identity(
        database=database,
        clock=clock,
        record=book.record,
        place=identity.Place("localhost", "http://localhost"),
    )
    names = ("user_id", "password", "again", "code", "name", "identified", "next")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    async def journey(browser: Page) -> None:
        for path in ("/sign-in", "/recover", "/recover/sealed"):
            await browser.get(path)
            token = re.findall(r'name="csrf" value="([^"]*)"', browser.text)[0]
            body = "&".join([f"csrf={token}", *(f"{name}={typed}" for name in names)])
            answer = await browser.client.post(path, data=body, headers=headers)
            assert answer.status in {400, 401}
        await browser.get("/sign-in")
        token = re.findall(r'name="csrf" value="([^"]*)"', browser.text)[0]
        body = f"csrf={token}&user_id=D0012&password={PASSWORD}&next={typed}"
        answer = await browser.client.post(
            "/sign-in", data=body, headers={**headers, "User-Agent": "\udcff\u00e9 x"}
        )
        assert await answer.text() == "home of D0012"

    walk(door, journey)


def test_a_session_ended_elsewhere_is_gone_here(staffed: Identity, walk: Walk) -> None:
    """A session ended through one process opens nothing at the next request of another."""

    async def journey(browser: Page) -> None:
        await browser.sign_in("D0034")
        other = open_database(str(staffed.database.engine.url))
        (here,) = identity.list_sessions(other, staffed.clock)
        identity.close_session(other, here.id)
        other.close()
        await browser.get("/")
        assert browser.at == "/sign-in"

    walk(staffed, journey)
