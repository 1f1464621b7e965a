"""AuditEvents by HTTPS: answered "created" only when durable, and only for whom we know."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import gzip
import io
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from tests.unit.collect.live.conftest import House

from sekisho import collect
from sekisho.collect.live import feed
from sekisho.collect.live.connections import CONNECTIONS
from sekisho.collect.live.feed import HEAD
from sekisho.identity.services import Wanted, create_service, end_service
from sekisho.terms import Secret

TOML = '[fhir.portal]\nport = {port}\nsource = "portal"\n'
Post = Callable[..., Awaitable[tuple[int, Any, Any]]]


def event(number: int, **more: Any) -> dict[str, Any]:
    """Return the `number`-th simulated AuditEvent (R4)."""
    return {
        "resourceType": "AuditEvent",
        "type": {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "110110"},
        "action": "R",
        "recorded": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "outcome": "0",
        "agent": [{"who": {"identifier": {"value": f"D{number}"}}, "requestor": True}],
        "source": {"observer": {"display": "portal"}},
        "entity": [
            {
                "what": {"identifier": {"system": "urn:oid:1.2.3", "value": "00042"}},
                "type": {"code": "1"},
                "role": {"code": "1"},
            }
        ],
        **more,
    }


def bundle(*events: dict[str, Any]) -> dict[str, Any]:
    """Return a batch (ITI-20 Send Audit Bundle Request)."""
    request = {"method": "POST", "url": "AuditEvent"}
    entries = [{"resource": one, "request": request} for one in events]
    return {"resourceType": "Bundle", "type": "batch", "entry": entries}


@pytest.fixture
def token(house: House) -> Secret:
    """The token of a service account for the listener."""
    return create_service(house.installation.database, house.installation.clock, wanted(), by="S1")


def wanted(**more: Any) -> Wanted:
    """Return the account that the listener wants."""
    usual: dict[str, Any] = {
        "name": "portal",
        "owner": "D1",
        "purpose": "模擬の送り手",
        "duty": "system",
        "route": "collect:portal",
        "sources": ("127.0.0.1/32",),
        "days": 30,
    }
    return Wanted(**{**usual, **more})


def post(
    port: int, token: Secret | None, *, tls: ssl.SSLContext | None = None, **usual: str
) -> Post:
    """Return how one sender posts."""

    async def send(path: str, body: Any, **headers: str) -> tuple[int, Any, Any]:
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        given = {"Content-Type": "application/fhir+json", **usual, **headers}
        if token is not None:
            given["Authorization"] = f"Bearer {token.reveal()}"
        scheme, host = ("https", "localhost") if tls else ("http", "127.0.0.1")
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"{scheme}://{host}:{port}{path}",
                data=io.BytesIO(raw),
                headers=given,
                ssl=tls or True,
            ) as answer,
        ):
            text = await answer.read()
            return answer.status, orjson.loads(text) if text else None, answer.headers

    return send


def test_a_single_event_is_created_and_on_record(house: House, port: int, token: Secret) -> None:
    """201 with a place, and at that moment the record is durable; sent again it is the same one."""
    one = event(1)
    sizes = []

    async def journey() -> None:
        for _ in range(2):
            status, body, headers = await post(port, token)("/AuditEvent", one)
            assert (status, body) == (201, None)
            assert "/AuditEvent/" in headers["Location"]
            sizes.append(house.ledger.size())

    house.take(TOML.format(port=port), journey)

    assert sizes == [1, 1]
    (record,) = house.records()
    assert (record["user_id"], record["patient_ids"], record["source"]) == (
        "D1",
        [{"id": "00042", "authority": "1.2.3"}],
        "portal",
    )
    assert record["origin"]["connection"] == "fhir:portal/127.0.0.1"


def test_each_entry_of_a_batch_is_answered(house: House, port: int, token: Secret) -> None:
    """A batch says for each event whether it was created; what could not be read waits for a person."""

    async def journey() -> None:
        send = post(port, token)
        status, body, _ = await send("/fhir", bundle(event(1), event(2, recorded="soon"), event(3)))
        assert status == 200
        said = [entry["response"]["status"] for entry in body["entry"]]
        assert said == ["201 Created", "422 Unprocessable Entity", "201 Created"]
        assert body["entry"][1]["response"]["outcome"]["resourceType"] == "OperationOutcome"
        assert (await send("/AuditEvent", bundle(event(4), event(5))))[0] == 201
        assert (await send("/AuditEvent", bundle(event(6, recorded="soon"))))[0] == 422

    house.take(TOML.format(port=port), journey)

    assert [r["user_id"] for r in house.records()] == ["D1", "D3", "D4", "D5"]
    reasons = [row.reason[0] for row in collect.quarantine(house.installation.database)]
    assert reasons == ["collect.row_no_time"] * 2


def test_r5_is_read_as_r4_is(house: House, port: int, token: Secret) -> None:
    """An AuditEvent of R5 gives person, patient, act and outcome."""
    one = {
        "resourceType": "AuditEvent",
        "category": [{"coding": [{"code": "rest"}]}],
        "code": {"coding": [{"code": "read"}]},
        "action": "R",
        "recorded": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "outcome": {"code": {"code": "0"}},
        "agent": [{"who": {"identifier": {"value": "D9"}}, "requestor": True}],
        "patient": {"reference": "Patient/00042"},
        "source": {"observer": {"display": "portal"}},
    }

    async def journey() -> None:
        assert (await post(port, token)("/AuditEvent", one))[0] == 201

    house.take(TOML.format(port=port), journey)

    (record,) = house.records()
    assert (record["user_id"], record["patient_ids"][0]["id"], record["outcome"]) == (
        "D9",
        "00042",
        "success",
    )


def test_every_balp_sample_is_created(house: House, port: int, token: Secret, shared: Path) -> None:
    """Each AuditEvent of BALP and of the R4 specification is answered 201."""
    folder = shared / "data/access-records/fhir-auditevent"
    samples = sorted(folder.rglob("AuditEvent-*.json"))

    async def journey() -> None:
        for sample in samples:
            status, body, _ = await post(port, token)("/AuditEvent", sample.read_bytes())
            assert status == 201, (sample.name, body)

    house.take(TOML.format(port=port), journey)

    assert house.ledger.size() == len(samples) > 20


def test_who_is_not_known_is_not_read(house: House, port: int, token: Secret) -> None:
    """No token, an unknown one, one for another way in, one that ended: 401 and nothing recorded."""
    database, clock = house.installation.database, house.installation.clock
    other = create_service(database, clock, wanted(name="other", route="collect:x"), by="S1")
    away = create_service(database, clock, wanted(name="away", sources=("10.0.0.1/32",)), by="S1")
    ended = create_service(database, clock, wanted(name="ended"), by="S1")
    end_service(database, clock, "ended", by="S1")

    async def journey() -> None:
        for shown in (None, Secret("sekisho_guess"), other, away, ended):
            status, body, headers = await post(port, shown)("/AuditEvent", event(1))
            assert status == 401
            assert body["issue"][0]["code"] == "login"
            assert headers["WWW-Authenticate"].startswith("Bearer")

    house.take(TOML.format(port=port), journey)

    assert house.records() == []


def test_a_certificate_of_ours_opens_without_a_token(house: House, port: int) -> None:
    """Where an authority stands, its certificates are let in, no token is asked, others are not."""
    papers = house.papers
    toml = (
        f'[fhir.portal]\nport = {port}\ncertificate = "{papers.server}"\n'
        f'private_key = "{papers.server_key}"\nauthority = "{papers.authority}"\n'
        'names = ["sender.byoin.example"]\n'
    )

    async def journey() -> None:
        assert (await post(port, None, tls=house.sender())("/AuditEvent", event(1)))[0] == 201
        with pytest.raises((aiohttp.ClientError, ssl.SSLError)):
            await post(port, None, tls=house.sender(own=False))("/AuditEvent", event(2))

    house.take(toml, journey)

    assert [r["user_id"] for r in house.records()] == ["D1"]


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        ("/AuditEvent", b"{", {}, 400),
        ("/AuditEvent", b"[]", {}, 400),
        ("/AuditEvent", b'{"resourceType":"Patient"}', {}, 422),
        ("/AuditEvent", b'{"resourceType":"Bundle","entry":[]}', {}, 422),
        ("/AuditEvent", b"<AuditEvent/>", {"Content-Type": "application/fhir+xml"}, 415),
        ("/AuditEvent", b"[" * 100_000, {}, 400),
        ("/AuditEvent", b" " * (9 << 20), {}, 413),
        ("/AuditEvent", gzip.compress(b" " * (64 << 20)), {"Content-Encoding": "gzip"}, 413),
        ("/Patient", b"{}", {}, 404),
        ("/", b'{"resourceType":"AuditEvent","recorded":"2026-11-01T00:00:00Z"}', {}, 400),
    ],
    ids=["cut", "list", "patient", "empty", "xml", "deep", "big", "bomb", "elsewhere", "base"],
)
def test_what_is_wrong_is_said_as_an_operation_outcome(
    house: House,
    port: int,
    token: Secret,
    path: str,
    body: bytes,
    headers: dict[str, str],
    status: int,
) -> None:
    """A wrong request is answered with its status and an OperationOutcome in both languages."""

    async def journey() -> None:
        got, said, _ = await post(port, token)(path, body, **headers)
        assert (got, said["resourceType"]) == (status, "OperationOutcome")
        assert " / " in said["issue"][0]["diagnostics"]

    house.take(TOML.format(port=port), journey)

    assert house.records() == []


def test_while_nothing_can_be_recorded_nothing_is_created(
    house: House, port: int, token: Secret, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a ledger that cannot be written the answer is 503; sent again later it is one record."""
    monkeypatch.setattr(feed, "PATIENCE", 0.5)
    one = event(1)

    async def journey() -> None:
        house.ill = True
        status, body, headers = await post(port, token)("/AuditEvent", one)
        assert (status, headers["Retry-After"]) == (503, "5")
        assert body["issue"][0]["code"] == "transient"
        house.ill = False
        assert (await post(port, token)("/AuditEvent", one))[0] == 201

    house.take(TOML.format(port=port), journey)

    assert len(house.records()) == 1


def test_many_at_once_are_few_commits(house: House, port: int, token: Secret) -> None:
    """Requests that come together share commits, and each is durable when it is answered."""

    async def journey() -> None:
        send = post(port, token)
        answers = await asyncio.gather(*(send("/AuditEvent", event(n)) for n in range(100)))
        assert {status for status, _, _ in answers} == {201}
        assert house.ledger.size() == 100

    house.take(TOML.format(port=port), journey)

    assert len(house.groups) < 100


def test_who_opens_many_connections_keeps_no_other_out_for_long(
    house: House, port: int, token: Secret
) -> None:
    """Connections past the limit are hung up; idle ones go, then others come in."""

    async def journey() -> None:
        opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CONNECTIONS)]
        opened[0][1].write(b"POST /AuditEvent HTTP/1.1\r\nHost: half")
        more = await asyncio.open_connection("127.0.0.1", port)
        opened.append(more)
        with contextlib.suppress(ConnectionResetError):  # hung up, whichever way it is told
            assert await more[0].read(1) == b""
        async with asyncio.timeout(HEAD + 20):
            for reader, _ in opened[:-1]:
                await reader.read(1000)
                assert reader.at_eof()
        status, _, _ = await post(port, token)("/AuditEvent", event(1))
        assert status == 201
        for _, writer in opened:
            writer.close()

    house.take(TOML.format(port=port), journey)
    assert [one["user_id"] for one in house.records()] == ["D1"]
