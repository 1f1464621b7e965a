"""A shared terminal at the real gate: the bar, the idle time of a system, the next person, a pulled card."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import orjson
import pytest
from tests.peers.orthanc import Orthanc
from tests.unit.gate.conftest import Browser, Hospital, hospital_at, visit

from sekisho import identity
from sekisho.gate.launch import make_key, read_key, sign_ticket
from sekisho.identity import csrf_token, terminals
from sekisho.identity.crossing import issue_crossing
from sekisho.identity.sessions import token_hash
from sekisho.terms import FixedClock

Who = Callable[[str | None], Browser]
GATE = """[gate]
port = {port}

[route.pacs]
origin = "http://pacs.localhost:{port}"
upstream = "UPSTREAM"
adapter = "dicomweb"
base = "/dicom-web"
idle = 4

[emr.orca]
"""
PAGE = "/dicom-web/studies?PatientID=00200"
BAR = "/.sekisho/desk?next=%2Fdicom-web%2Fstudies%3FPatientID%3D00200"


@pytest.fixture
def here(data: Path, template: Path, clock: FixedClock, archive: Orthanc) -> Iterator[Hospital]:
    """A hospital whose archive is asked from a ward's terminal."""
    yield from hospital_at(data, template, clock, GATE.replace("UPSTREAM", archive.url))


def _list(here: Hospital, *, keep_page: bool = True) -> None:
    terminals.set_terminal(
        here.installation.database,
        here.installation.clock,
        "ward-3e",
        networks=["127.0.0.1"],
        idle=dt.timedelta(minutes=2),
        keep_page=keep_page,
        by="S1",
    )


def test_a_listed_terminal_is_shown_the_system_under_the_bar(here: Hospital) -> None:
    """Coming in from the sign-in host and from the EMR leads under the bar there, and straight to the page elsewhere."""
    database, clock = here.installation.database, here.installation.clock
    key = bytes.fromhex(make_key(here.installation.data, "orca").reveal())
    assert key == read_key(here.installation.data, "orca")

    def ticket(number: int) -> str:
        end = int(clock.now().timestamp()) + 60
        fields = {"emr": "orca", "user": "N1", "patient": None, "route": "pacs", "exp": end}
        return sign_ticket(key, {**fields, "nonce": f"{number:020}"})

    def code() -> str:
        session = next(s for s in identity.list_sessions(database, clock) if s.user_id == "N1")
        return issue_crossing(
            database, clock, session.id, origin=here.origin, state=token_hash("way")
        ).reveal()

    async def ways(browser: Who) -> tuple[str, str]:
        nobody = browser(None)
        cookie = {"Cookie": "__Host-sekisho-way=way"}
        _, _, entered = await nobody.ask(
            "GET",
            f"/.sekisho/enter?code={code()}&next=%2Fdicom-web%2Fstudies%3FPatientID%3D00200",
            headers=cookie,
        )
        _, _, launched = await nobody.ask("GET", f"/.sekisho/launch?ticket={ticket(len(found))}")
        return entered["Location"], launched["Location"]

    found: list[tuple[str, str]] = []

    async def journey(browser: Who) -> None:
        found.append(await ways(browser))
        _list(here)
        found.append(await ways(browser))
        status, page, headers = await browser("D1").ask("GET", BAR, page=True)
        assert status == 200
        text = page.decode()
        assert 'src="/dicom-web/studies?PatientID=00200"' in text
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert "style=" not in text
        outside = await browser("D1").ask("GET", "/.sekisho/desk?next=//evil.example/", page=True)
        assert b"evil" not in outside[1]

    visit(here, journey)

    assert found == [(PAGE, "/"), (BAR, "/.sekisho/desk?next=%2F")]


def test_the_bar_is_behind_the_door(here: Hospital) -> None:
    """Without a session the bar's address leads to the door and back, and its question is answered 401."""

    async def journey(browser: Who) -> None:
        status, _, headers = await browser(None).ask("GET", BAR, page=True)
        assert status == 302
        back = parse_qs(urlsplit(headers["Location"]).query)["next"][0]
        assert unquote(back) == unquote(BAR)
        assert (await browser(None).ask("GET", "/.sekisho/awake"))[0] == 401
        assert (await browser(None).ask("POST", "/.sekisho/sign-out", data={"csrf": "x"}))[0] == 403

    visit(here, journey)


@pytest.mark.duty("1-1")
def test_the_strictest_idle_time_ends_the_session(here: Hospital, clock: FixedClock) -> None:
    """A system's own idle time ends the session everywhere; a question that polls keeps nothing awake, an act does."""

    async def left(one: Browser, *, poll: bool) -> tuple[int, int]:
        head = {"X-Sekisho-Poll": "1"} if poll else {}
        status, body, _ = await one.ask("GET", "/.sekisho/awake", headers=head)
        return status, orjson.loads(body)["left"]

    async def journey(browser: Who) -> None:
        doctor, clerk = browser("D1"), browser("C1")
        assert await left(doctor, poll=True) == (200, 240)
        clock.move(dt.timedelta(minutes=3))
        assert await left(doctor, poll=True) == (200, 60)
        assert await left(clerk, poll=True) == (200, 60)
        assert await left(clerk, poll=False) == (200, 240)
        clock.move(dt.timedelta(minutes=1, seconds=30))

    visit(here, journey)

    async def later(browser: Who) -> None:
        assert (await left(browser("D1"), poll=True))[0] == 401
        assert (await browser("D1").ask("GET", PAGE))[0] == 401
        assert (await left(browser("C1"), poll=True)) == (200, 150)

    visit(here, later)


def test_the_next_person_is_offered_the_same_page(here: Hospital) -> None:
    """One click ends the session, is on record, and leads to the door with the page kept; a terminal may forbid that."""
    _list(here)

    def form(user: str, **more: str) -> dict[str, str]:
        return {"csrf": csrf_token(here.tokens[user]), "to": "switch", "next": PAGE, **more}

    async def journey(browser: Who) -> None:
        status, _, headers = await browser("N1").ask("POST", "/.sekisho/sign-out", data=form("N1"))
        assert status == 303
        assert "__Host-sekisho-way=" in headers["Set-Cookie"]
        assert unquote(headers["Location"]).endswith(f"&next={PAGE}")
        assert (await browser("N1").ask("GET", PAGE))[0] == 401
        _, _, headers = await browser("C1").ask(
            "POST", "/.sekisho/sign-out", data=form("C1", next="//evil.example")
        )
        assert headers["Location"].endswith("&next=%2F")
        _list(here, keep_page=False)
        _, _, headers = await browser("D1").ask("POST", "/.sekisho/sign-out", data=form("D1"))
        assert headers["Location"].endswith("&next=%2F")
        here.ill = True
        _, _, headers = await browser("H1").ask(
            "POST", "/.sekisho/sign-out", data=form("H1", to="")
        )
        assert headers["Location"].endswith("/sign-in?out")

    visit(here, journey)

    ends = [(r["user_id"], r["object"]) for r in here.records() if r["action"] == "logout"]
    assert ends == [("N1", "sign-out"), ("C1", "sign-out"), ("D1", "sign-out")]
    assert identity.list_sessions(here.installation.database, here.installation.clock) == []


def test_at_a_shared_terminal_a_ticket_signs_everybody_before_out(here: Hospital) -> None:
    """A form of the EMR's page comes without our cookie; who was signed in at that terminal is out all the same, and on record, and nobody elsewhere."""
    _list(here)
    database, clock = here.installation.database, here.installation.clock
    key = bytes.fromhex(make_key(here.installation.data, "orca").reveal())
    end = int(clock.now().timestamp()) + 60
    fields = {"emr": "orca", "user": "N1", "patient": "00200", "route": "pacs", "exp": end}
    for user, address in (("D1", "127.0.0.1"), ("C1", "10.9.9.9"), ("N1", "127.0.0.1")):
        account = identity.find_account(database, user)
        assert account is not None
        identity.close_all(database, account.id)
        identity.open_session(
            database, clock, account.id, method=identity.Method.PASSKEY, address=address
        )

    async def journey(browser: Who) -> None:
        status, _, _ = await browser(None).ask(
            "POST",
            "/.sekisho/launch",
            data={"ticket": sign_ticket(key, {**fields, "nonce": "n" * 20})},
            headers={"Sec-Fetch-Site": "cross-site"},
        )
        assert status == 303

    visit(here, journey)

    left = {one.user_id for one in identity.list_sessions(database, clock)}
    assert left == {"N1", "C1", "H1"}
    ends = [r["user_id"] for r in here.records() if r["action"] == "logout"]
    assert ends == ["D1"]
