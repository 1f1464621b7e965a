"""Shared terminals: idle by terminal, the next person at once, a pulled card ends the session."""

from __future__ import annotations

import asyncio
import datetime as dt
import json

import pytest
from tests.unit.identity.conftest import PASSWORD, Book, browser_at

from sekisho import identity
from sekisho.errors import InvalidInputError
from sekisho.identity import Method, Role, create_demo_account, terminals
from sekisho.identity.signals import issue_terminal_token, sessions_signalled
from sekisho.identity.web import Identity
from sekisho.storage import Database
from sekisho.terms import FixedClock, Secret

MINUTE = dt.timedelta(minutes=1)


def _person(state: Database, clock: FixedClock, user_id: str = "D0012") -> str:
    return create_demo_account(
        state, clock, user_id=user_id, name="模擬", roles={Role.REVIEWER}, password=Secret(PASSWORD)
    ).id


def _open(state: Database, clock: FixedClock, account: str, address: str) -> str:
    token = identity.open_session(
        state, clock, account, method=Method.PASSWORD, address=address, browser=None
    )
    return token.reveal()


def _list(state: Database, clock: FixedClock, name: str, *networks: str, idle: int = 3) -> None:
    terminals.set_terminal(state, clock, name, networks=networks, idle=idle * MINUTE, by="A1")


@pytest.mark.duty("1-1")
def test_each_terminal_has_its_own_idle_time(state: Database, clock: FixedClock) -> None:
    """A session at a listed terminal ends by its time, the narrowest network counts, others keep fifteen minutes."""
    account = _person(state, clock)
    _list(state, clock, "ward", "10.1.3.0/24", idle=3)
    _list(state, clock, "nurse-station", "10.1.3.7", idle=1)
    tokens = {
        place: _open(state, clock, account, place)
        for place in ("10.1.3.7", "10.1.3.8", "::ffff:10.1.3.9", "192.0.2.1", "fe80::1%eth0")
    }
    alive = {}
    for minutes in (1, 3, 15):
        clock.move(minutes * MINUTE + dt.timedelta(seconds=1))
        alive[minutes] = {
            place
            for place, token in tokens.items()
            if identity.session(state, token, clock, touch=False) is not None
        }
        clock.move(-minutes * MINUTE - dt.timedelta(seconds=1))

    assert tokens.keys() - alive[1] == {"10.1.3.7"}
    assert alive[3] == {"192.0.2.1", "fe80::1%eth0"}
    assert alive[15] == set()


@pytest.mark.parametrize(
    ("name", "networks", "idle"),
    [("Ward 3", ["10.1.3.0/24"], 3), ("w", ["10.1.3.300"], 3), ("w", [], 3), ("w", ["10.1.3.1"], 16),
     ("w", ["10.1.3.1"], 0)],
)  # fmt: skip
def test_a_wrong_terminal_is_refused(
    state: Database, clock: FixedClock, name: str, networks: list[str], idle: int
) -> None:
    """A name, a network or a time that means nothing, or a time laxer than shipped, is refused and nothing is listed."""
    with pytest.raises(InvalidInputError, match=r"identity\.terminal_"):
        _list(state, clock, name, *networks, idle=idle)

    assert terminals.terminals(state) == []


def test_an_agent_ends_what_is_open_at_its_own_address_alone(
    state: Database, clock: FixedClock
) -> None:
    """One token serves a ward, yet ends only sessions of the address that calls; a token of another terminal ends nothing."""
    account = _person(state, clock)
    _list(state, clock, "ward", "10.1.3.0/24")
    _list(state, clock, "other", "10.9.0.0/16")
    token, foreign = (issue_terminal_token(state, name).reveal() for name in ("ward", "other"))
    for place in ("10.1.3.7", "10.1.3.8"):
        _open(state, clock, account, place)

    found = sessions_signalled(state, clock, token, "::ffff:10.1.3.7")
    again = issue_terminal_token(state, "ward").reveal()

    assert found is not None
    assert [one.address for one in found[1]] == ["10.1.3.7"]
    assert sessions_signalled(state, clock, foreign, "10.1.3.7") is None
    assert sessions_signalled(state, clock, again, "10.8.0.1") is None
    assert sessions_signalled(state, clock, token, "10.1.3.7") is None, "the old one has ended"
    assert sessions_signalled(state, clock, "", "10.1.3.7") is None


@pytest.mark.duty("1-1")
def test_a_pulled_card_ends_the_session_even_unrecorded(
    state: Database, clock: FixedClock, door: Identity, book: Book
) -> None:
    """The agent's call ends the session, is recorded for the person it was, and ends it also while nothing can be recorded."""
    account = _person(state, clock)
    _list(state, clock, "ward", "127.0.0.1", "::1")
    token = issue_terminal_token(state, "ward").reveal()

    async def journey() -> None:
        async with browser_at(door) as page:
            await page.sign_in()
            bad = await page.client.post(
                "/terminal/sign-out", headers={"Authorization": "Bearer x"}
            )
            assert bad.status == 401
            head = {"Authorization": f"Bearer {token}"}
            done = await page.client.post("/terminal/sign-out", headers=head)
            assert (done.status, await done.json()) == (200, {"ended": 1, "recorded": True})
            assert (await page.get("/")).at.startswith("/sign-in")
            _open(state, clock, account, "127.0.0.1")
            book.broken = True
            done = await page.client.post("/terminal/sign-out", headers=head)
            assert await done.json() == {"ended": 1, "recorded": False}

    asyncio.run(journey())

    assert identity.list_sessions(state, clock) == []
    ends = [(a.user_id, a.reason) for a in book.records if a.action.value == "logout"]
    assert ends == [("D0012", "terminal:ward")]
    assert ("security", "identity:terminal", "refused") in book.acts


def test_the_next_person_comes_to_the_same_page(
    state: Database, clock: FixedClock, door: Identity, book: Book
) -> None:
    """One button signs out and offers the door to the next person, who comes to the page; a terminal may forbid that."""
    _person(state, clock)
    _person(state, clock, "N0001")

    async def journey() -> None:
        async with browser_at(door) as page:
            await page.sign_in()
            await page.get("/account")
            await page.send("/sign-out", to="switch", next="/account?x=1")
            assert page.at == "/sign-in?out=switch&next=/account?x%3D1"
            assert "交代します" in page.text
            await page.send("/sign-in", user_id="N0001", password=PASSWORD, next="/account?x=1")
            assert page.at == "/account?x=1"
            terminals.set_terminal(
                state, clock, "kiosk", networks=["127.0.0.1"], keep_page=False, by="A1"
            )
            await page.get("/account")
            await page.send("/sign-out", to="switch", next="/account?x=1")
            assert page.at == "/sign-in?out=switch"
            await page.get("/sign-in?out=elsewhere")
            assert "サインアウトしました" in page.text

    asyncio.run(journey())

    assert [a.user_id for a in book.records if a.action.value == "logout"] == ["D0012", "N0001"]


def test_a_question_about_the_time_left_is_no_act(
    state: Database, clock: FixedClock, door: Identity
) -> None:
    """Polling says how long the session lives and does not keep it awake; asked as an act, it does."""
    _person(state, clock)

    async def journey() -> None:
        async with browser_at(door) as page:
            await page.sign_in()

            async def left(*, poll: bool) -> int:
                head = {"X-Sekisho-Poll": "1"} if poll else {}
                answer = await page.client.get("/sign-in/awake", headers=head)
                return int(json.loads(await answer.text())["left"])

            clock.move(10 * MINUTE)
            assert await left(poll=True) == 300
            assert await left(poll=True) == 300
            assert await left(poll=False) == 900
            assert await left(poll=True) == 900
            clock.move(16 * MINUTE)
            gone = await page.client.get("/sign-in/awake", allow_redirects=False)
            assert gone.status == 303

    asyncio.run(journey())
