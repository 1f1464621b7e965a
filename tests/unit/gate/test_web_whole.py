"""A mapped application through the gate: ORCA's published forms, a WebSocket, an upload."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from tests.ports import free_port
from tests.unit.gate.conftest import Browser, Hospital, hospital_at, visit

from sekisho import identity
from sekisho.gate.config import read_gate
from sekisho.gate.credentials import Kind, field_of, set_credential
from sekisho.identity.services import Wanted, create_service, end_service
from sekisho.terms import FixedClock, Secret

Who = Callable[[str | None], Browser]
MAP = """
[[rule]]
path = "/api01rv2/patientlst1v2"
method = "POST"
act = "search"
xml = []
answer_xml = [".//Patient_ID"]

[[rule]]
path = "/api01rv2/medicalgetv2"
method = "POST"
act = "read"
xml = [".//Patient_ID"]
answer_xml = [".//Patient_ID"]

[[rule]]
path = "/karte/(?P<patient>[0-9]+)/memo"
method = ["POST"]
act = "write"

[[rule]]
path = "/live"
act = "read"
class = "administration"
patient = "none"

[[rule]]
path = "/style[.]css"
class = "billing"
patient = "none"
"""
GATE = """[gate]
port = {port}

[route.orca]
origin = "http://orca.localhost:{port}"
upstream = "UPSTREAM"
adapter = "web"
map = "orca.toml"
"""
LIST = """<?xml version="1.0" encoding="UTF-8"?>
<xmlio2><patientlst1res type="record"><Patient_Information type="array">
<Patient_Information_child type="record"><Patient_ID type="string">00200</Patient_ID></Patient_Information_child>
<Patient_Information_child type="record"><Patient_ID type="string">00777</Patient_ID></Patient_Information_child>
</Patient_Information></patientlst1res></xmlio2>"""
ONE = "<data><medicalgetreq type='record'><Patient_ID type='string'>%s</Patient_ID></medicalgetreq></data>"


class Application:
    """Answers ORCA's forms as they are published; a stub, because ORCA cannot be had here."""

    def __init__(self) -> None:
        self.port = free_port()
        self.seen: list[tuple[str, bytes, dict[str, str]]] = []

    async def start(self) -> web.AppRunner:
        """Listen on loopback."""
        app = web.Application(client_max_size=1 << 26)
        app.router.add_get("/live", self.live)
        app.router.add_route("*", "/{rest:.*}", self.answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        return runner

    async def answer(self, request: web.Request) -> web.Response:
        """Answer, and remember what was asked."""
        body = await request.read()
        self.seen.append((request.path, body, dict(request.headers)))
        text = LIST if "patientlst" in request.path else body.decode() or "<data/>"
        return web.Response(text=text, content_type="application/xml")

    async def live(self, request: web.Request) -> web.WebSocketResponse:
        """Say back what is said."""
        self.seen.append((request.path, b"", dict(request.headers)))
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(f"echo {message.data}")
        return socket


@pytest.fixture
def application() -> Application:
    """The application, not started yet."""
    return Application()


@pytest.fixture
def hospital(
    data: Path, template: Path, clock: FixedClock, application: Application
) -> Iterator[Hospital]:
    """A hospital whose ORCA stands behind the gate, enforced."""
    (data / "orca.toml").write_text(MAP, encoding="utf-8")
    upstream = f"http://127.0.0.1:{application.port}"
    for here in hospital_at(data, template, clock, GATE.replace("UPSTREAM", upstream)):
        here.enforce("orca")
        yield here


def _visit(hospital: Hospital, application: Application, journey: Callable[[Who], object]) -> None:
    async def whole(who: Who) -> None:
        runner = await application.start()
        try:
            await journey(who)  # type: ignore[misc]
        finally:
            await runner.cleanup()

    visit(hospital, whole)


def _ids(record: dict[str, object]) -> set[str]:
    return {one["id"] for one in record["patient_ids"]}  # type: ignore[attr-defined]


def test_the_patient_in_the_body_decides(hospital: Hospital, application: Application) -> None:
    """A read that carries its patient in an XML body is decided and recorded by that patient."""

    async def journey(who: Who) -> None:
        for patient, status in (("00200", 200), ("00777", 403)):
            got, body, _ = await who("N1").ask(
                "POST",
                "/api01rv2/medicalgetv2?class=01",
                data=ONE % patient,
                headers={"Content-Type": "application/xml"},
            )
            assert (got, patient.encode() in body) == (status, status == 200)

    _visit(hospital, application, journey)

    assert [(r["outcome"], _ids(r)) for r in hospital.records()] == [
        ("success", {"00200"}),
        ("refused", {"00777"}),
    ]
    assert len(application.seen) == 1


def test_every_patient_of_a_list_counts(hospital: Hospital, application: Application) -> None:
    """A list that shows one patient too many is refused whole, with all of them on record."""

    async def journey(who: Who) -> None:
        got, body, _ = await who("N1").ask(
            "POST",
            "/api01rv2/patientlst1v2",
            data="<data/>",
            headers={"Content-Type": "application/xml"},
        )
        assert got == 403
        assert b"00200" not in body

    _visit(hospital, application, journey)

    (refused,) = hospital.records()
    assert _ids(refused) == {"00200", "00777"}


def test_what_the_map_does_not_know_is_refused(
    hospital: Hospital, application: Application
) -> None:
    """An address without a rule, and a body that is no XML, never reach the application."""

    async def journey(who: Who) -> None:
        assert (await who("N1").ask("GET", "/admin"))[0] == 422
        bomb = '<!DOCTYPE a [<!ENTITY b "00200">]><data><Patient_ID>&b;</Patient_ID></data>'
        for body in (bomb, "<data>", "not xml"):
            got, _, _ = await who("N1").ask(
                "POST",
                "/api01rv2/medicalgetv2",
                data=body,
                headers={"Content-Type": "application/xml"},
            )
            assert got == 422

    _visit(hospital, application, journey)

    assert application.seen == []
    assert {r["outcome"] for r in hospital.records()} == {"refused"}


def test_the_application_learns_who_asks_from_us_alone(
    hospital: Hospital, application: Application
) -> None:
    """Identity that a client claims is dropped; ours is signed, and our cookie stays here."""

    async def journey(who: Who) -> None:
        got, _, _ = await who("N1").ask(
            "POST",
            "/karte/00200/memo",
            data="memo=1",
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "X-User": "root",
                "X-Forwarded-User": "root",
                "Remote_User": "root",
            },
        )
        assert got == 200

    _visit(hospital, application, journey)

    ((_, body, headers),) = application.seen
    assert body == b"memo=1"
    assert "root" not in str(headers)
    assert "sekisho-gate" not in str(headers.get("Cookie", ""))
    assert "u=N1" in headers["Sekisho-Identity"]
    attempt, done = hospital.records()
    assert (attempt["outcome"], done["outcome"], done["of"]) == (
        "unknown",
        "success",
        attempt["index"],
    )


def test_signing_out_cuts_an_open_websocket(hospital: Hospital, application: Application) -> None:
    """A WebSocket works both ways, and ends within a second after the session was ended elsewhere."""
    database, clock = hospital.installation.database, hospital.installation.clock

    async def journey(who: Who) -> None:
        browser = who("S1")
        socket = await browser.session.ws_connect(
            browser.origin + "/live", headers={"Cookie": f"__Host-sekisho-gate={browser.token}"}
        )
        await socket.send_str("hello")
        assert (await socket.receive(60)).data == "echo hello"
        account = identity.find_account(database, "S1")
        assert account is not None
        began = asyncio.get_running_loop().time()
        identity.close_all(database, account.id)
        closed = await socket.receive(60)
        assert closed.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}
        assert socket.close_code == 4401
        assert asyncio.get_running_loop().time() - began < 3

    hospital.sign_in("S1")
    _visit(hospital, application, journey)
    assert clock.now() >= dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def test_ending_a_service_account_cuts_its_websocket(
    hospital: Hospital, application: Application
) -> None:
    """A program's WebSocket works by token, and ends within a second or so after its account was ended."""
    here = hospital.installation
    wanted = Wanted(
        name="board",
        owner="S1",
        purpose="模擬の掲示板",
        duty="systems",
        route="orca",
        sources=("127.0.0.1",),
        days=30,
    )
    token = create_service(here.database, here.clock, wanted, by="S1").reveal()

    async def journey(who: Who) -> None:
        browser = who(None)
        shown = {"Authorization": f"Bearer {token}"}
        socket = await browser.session.ws_connect(browser.origin + "/live", headers=shown)
        await socket.send_str("hello")
        assert (await socket.receive(5)).data == "echo hello"
        end_service(here.database, here.clock, "board", by="S1")
        closed = await socket.receive(20)
        assert closed.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}
        assert socket.close_code == 4401

    _visit(hospital, application, journey)
    assert {one["user_id"] for one in hospital.records()} == {"service:board"}


def test_an_upstreams_own_field_is_the_gates_alone(
    hospital: Hospital, application: Application
) -> None:
    """A request and a WebSocket are shown the kept field; what a client sends by that name is dropped."""
    here = hospital.installation
    config = read_gate(here.data)
    assert config is not None
    field = field_of(Kind.HEADER, Secret("kept"), "X-Requested-With")
    set_credential(
        here.data, here.database, here.clock, config.routes[0], Kind.HEADER, field, by="S1"
    )
    forged = {"x-requested-with": "forged", "Authorization": "Bearer forged"}

    async def journey(who: Who) -> None:
        browser = who("S1")
        status, _, _ = await who("N1").ask(
            "POST", "/karte/00200/memo", data="memo=1", headers=forged
        )
        assert status == 200
        socket = await browser.session.ws_connect(
            browser.origin + "/live",
            headers={"Cookie": f"__Host-sekisho-gate={browser.token}", **forged},
        )
        await socket.close()

    hospital.sign_in("S1")
    _visit(hospital, application, journey)
    assert [path for path, _, _ in application.seen] == ["/karte/00200/memo", "/live"]
    for _, _, shown in application.seen:
        assert [v for k, v in shown.items() if k.lower() == "x-requested-with"] == ["kept"]
        assert "forged" not in str(shown)


def test_a_dead_upstream_is_said(hospital: Hospital, application: Application) -> None:
    """When the application is down the browser is told so, and a write's attempt has its outcome."""

    async def journey(who: Who) -> None:
        got, body, _ = await who("N1").ask("POST", "/karte/00200/memo", data="memo=1", page=True)
        assert got == 503
        assert "返事がありません" in body.decode()

    visit(hospital, journey)

    attempt, failed = hospital.records()
    assert (failed["outcome"], failed["of"]) == ("failed", attempt["index"])


def test_the_envelope_opens_when_nothing_can_be_recorded(
    hospital: Hospital, application: Application, tmp_path: Path, clock: FixedClock
) -> None:
    """The ledger fails at night: a sealed code opens the system, and what was seen is on record later."""
    from sekisho.gate.envelope import print_codes  # noqa: PLC0415 (the room under test)

    data = hospital.installation.data
    second = tmp_path / "second"
    second.mkdir()
    text = (data / "gate.toml").read_text(encoding="utf-8")
    (data / "gate.toml").write_text(
        text.replace("[gate]\n", f'[gate]\nsecond = "{second}"\n'), encoding="utf-8"
    )
    ((_, code),) = print_codes(data, clock, ["orca"], by="test")
    hospital.ill = True

    async def journey(who: Who) -> None:
        ask: dict[str, Any] = {
            "data": ONE % "00777",
            "headers": {"Content-Type": "application/xml"},
        }
        got, body, _ = await who("N1").ask("POST", "/api01rv2/medicalgetv2", page=True, **ask)
        assert got == 503
        assert "緊急運用で開く" in body.decode()
        # What was to be sent is not sent again by itself; a page is come back to.
        assert b'name="next" value="/"' in body
        wanted = "/karte/00200?p=1&q=%25"
        got, body, _ = await who("N1").ask("GET", wanted, page=True)
        assert (got, wanted.replace("&", "&amp;").encode() in body) == (503, True)
        form = {"csrf": identity.csrf_token(who("N1").token or ""), "next": wanted, "code": "X"}
        got, body, _ = await who("N1").ask("POST", "/.sekisho/envelope", page=True, data=form)
        assert (got, wanted.replace("&", "&amp;").encode() in body) == (400, True)
        form["code"] = code.reveal()
        got, _, headers = await who("N1").ask("POST", "/.sekisho/envelope", data=form)
        assert (got, headers["Location"]) == (303, wanted)
        # Also who is not signed in: the session cannot be checked on the worst night.
        for user in ("N1", None):
            got, body, _ = await who(user).ask("POST", "/api01rv2/medicalgetv2", **ask)
            assert (got, b"00777" in body) == (200, True)
        assert not hospital.records()
        hospital.ill = False
        for _ in range(600):
            await asyncio.sleep(0.1)
            if len(hospital.records()) >= 3:
                break

    _visit(hospital, application, journey)

    records = hospital.records()
    assert [(r["object"].split("/")[0], r["user_id"]) for r in records] == [
        ("envelope", None),
        ("POST ", "N1"),
        ("POST ", None),
    ]
    assert all({"emergency", "late"} <= set(r["marks"]) for r in records)


def test_a_refusal_says_recorded_only_where_it_is(
    hospital: Hospital, application: Application
) -> None:
    """Every refusal page that says it was recorded has its record already; the others say nothing of it."""
    hospital.enforce("orca")
    form = {"reason": "救急搬送のため", "ticket": "x", "csrf": "x"}
    asked: list[tuple[str, str, dict[str, Any], bool, int]] = [
        ("GET", "/style.css", {}, True, 403),
        ("GET", "/nowhere", {}, True, 422),
        ("POST", "/api01rv2/medicalgetv2", {"data": "<"}, True, 422),
        ("GET", "/.sekisho/nowhere", {}, False, 404),
        ("GET", "/.sekisho/enter?code=x", {}, False, 403),
        ("POST", "/.sekisho/glass", {"data": form}, False, 403),
        ("POST", "/.sekisho/envelope", {"data": form}, False, 403),
        ("GET", "/a;b", {}, False, 400),
        ("GET", "/ill", {}, False, 503),
    ]

    async def journey(who: Who) -> None:
        for method, path, more, said, status in asked:
            hospital.ill = path == "/ill"
            before = len(hospital.records())
            got, body, _ = await who("N1").ask(method, path, page=True, **more)
            text = body.decode()
            assert (path, got) == (path, status)
            assert ("記録されました" in text) is said, path
            assert not said or len(hospital.records()) == before + 1, path

    _visit(hospital, application, journey)
