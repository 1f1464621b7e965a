"""One FHIR read, whole: known, decided, on record before it is shown, by a real FHIR server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.peers.fhir_server import FhirServer, running_fhir_server
from tests.unit.gate.conftest import Browser, Hospital, hospital_at, visit

from sekisho.ledger import verify
from sekisho.terms import FixedClock

Who = Callable[[str | None], Browser]
SYSTEM = "urn:oid:1.2.392.100495.20.3.51.11310000001"
GATE = """[gate]
port = {port}

[route.fhir]
origin = "http://fhir.localhost:{port}"
upstream = "UPSTREAM"
adapter = "fhir"
patient_system = "SYSTEM"
""".replace("SYSTEM", SYSTEM)


def _patient(logical: str, number: str) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": logical,
        "identifier": [{"system": SYSTEM, "value": number}],
        "name": [{"text": "模擬　患者"}],
    }


def _observation(logical: str, patient: str, code: str) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": logical,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": f"Patient/{patient}"},
        "valueString": "x",
    }


MINE, OTHER = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
HEART, HIV = "33333333-3333-4333-8333-333333333333", "44444444-4444-4444-8444-444444444444"
FAR = "55555555-5555-4555-8555-555555555555"


def filled() -> list[dict[str, Any]]:
    """Return two simulated patients and three results."""
    return [
        _patient(MINE, "00200"),
        _patient(OTHER, "00777"),
        _observation(HEART, MINE, "8867-4"),
        _observation(HIV, MINE, "56888-1"),
        _observation(FAR, OTHER, "8867-4"),
    ]


@pytest.fixture(scope="module")
def server() -> Iterator[FhirServer]:
    """A real FHIR server with two simulated patients and three results."""
    with running_fhir_server() as running:
        running.load(filled())
        yield running


@pytest.fixture
def hospital(
    data: Path, template: Path, clock: FixedClock, server: FhirServer
) -> Iterator[Hospital]:
    """A hospital whose FHIR server stands behind the gate, enforced."""
    for here in hospital_at(data, template, clock, GATE.replace("UPSTREAM", server.url)):
        here.enforce("fhir")
        yield here


def _ids(record: dict[str, Any]) -> set[str]:
    return {one["id"] for one in record["patient_ids"]}


def test_a_read_is_known_decided_recorded_and_verified(hospital: Hospital) -> None:
    """A nurse reads her patient's result; the record names patient and class; the ledger verifies."""

    async def journey(who: Who) -> None:
        status, body, headers = await who("N1").ask("GET", f"/Observation/{HEART}")
        assert status == 200, body
        assert orjson.loads(body)["id"] == HEART
        assert headers["Cache-Control"] == "no-store"

    visit(hospital, journey)

    (one,) = hospital.records()
    assert (one["user_id"], one["action"], one["outcome"]) == ("N1", "read", "success")
    assert _ids(one) == {"00200"}
    assert (one["class"], one["duty"]) == ("general", "nurse")
    what, request = one["object"].split()
    assert what == f"Observation/{HEART}"
    assert request.startswith("request:")
    assert verify(hospital.installation.data).ok


def test_a_patient_of_another_ward_is_refused(hospital: Hospital) -> None:
    """Where care does not tie the nurse to the patient nothing is shown, by whatever way she asks."""

    async def journey(who: Who) -> None:
        for way in (
            f"/Patient/{OTHER}",
            f"/Observation/{FAR}",
            f"/Observation?subject=Patient/{OTHER}",
        ):
            status, body, _ = await who("N1").ask("GET", way)
            assert status == 403, way
            assert orjson.loads(body)["resourceType"] == "OperationOutcome"
            assert b"valueString" not in body

    visit(hospital, journey)

    assert {one["outcome"] for one in hospital.records()} == {"refused"}


def test_one_hiv_result_inside_a_bundle_refuses_it_whole(hospital: Hospital) -> None:
    """A clerk who may see general results is refused a search that holds one HIV result."""

    async def journey(who: Who) -> None:
        status, _, _ = await who("C1").ask("GET", f"/Observation/{HEART}")
        assert status == 200
        status, body, _ = await who("C1").ask("GET", f"/Observation?subject=Patient/{MINE}")
        assert status == 403
        assert HEART.encode() not in body
        status, body, _ = await who("C1").ask(
            "POST",
            "/Observation/_search",
            data=f"subject=Patient/{MINE}",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert status == 403
        assert HEART.encode() not in body

    visit(hospital, journey)

    shown, *refused = hospital.records()
    assert shown["outcome"] == "success"
    assert [one["outcome"] for one in refused] == ["refused", "refused"]
    assert all("infectious" in str(one["class"]) for one in refused)


def test_a_write_is_recorded_before_and_after(hospital: Hospital, server: FhirServer) -> None:
    """A result that is written is on record as an attempt and as done; an unknown patient's is refused."""
    mine = _observation("66666666-6666-4666-8666-666666666666", MINE, "8867-4")
    far = _observation("77777777-7777-4777-8777-777777777777", OTHER, "8867-4")

    async def journey(who: Who) -> None:
        for resource, allowed in ((mine, True), (far, False)):
            status, body, _ = await who("N1").ask(
                "PUT",
                f"/Observation/{resource['id']}",
                data=orjson.dumps(resource),
                headers={"Content-Type": "application/fhir+json"},
            )
            assert (status < 300) is allowed, body

    visit(hospital, journey)

    attempt, done, refused = hospital.records()
    assert (attempt["outcome"], done["outcome"], done["of"]) == (
        "unknown",
        "success",
        attempt["index"],
    )
    assert refused["outcome"] == "refused"
    assert server.send("GET", f"/Observation/{far['id']}")[0] == 404


def test_a_batch_is_one_decision(hospital: Hospital, server: FhirServer) -> None:
    """A batch in which one entry is not permitted does nothing at all."""
    new = _observation("88888888-8888-4888-8888-888888888888", MINE, "8867-4")
    batch = {
        "resourceType": "Bundle",
        "type": "batch",
        "entry": [
            {"request": {"method": "PUT", "url": f"Observation/{new['id']}"}, "resource": new},
            {"request": {"method": "GET", "url": f"Patient/{OTHER}"}},
        ],
    }

    async def journey(who: Who) -> None:
        status, body, _ = await who("N1").ask(
            "POST",
            "/",
            data=orjson.dumps(batch),
            headers={"Content-Type": "application/fhir+json"},
        )
        assert status == 403, body

    visit(hospital, journey)

    assert server.send("GET", f"/Observation/{new['id']}")[0] == 404
    assert [one["outcome"] for one in hospital.records()] == ["refused"]


def test_a_server_that_calls_itself_otherwise_is_known_by_its_own_base(
    data: Path, template: Path, clock: FixedClock, server: FhirServer
) -> None:
    """A patient by the address that the server calls its own is ours; by another address still nobody we know."""
    inner, far = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
    results = [_observation(each, MINE, "8867-4") for each in (inner, far)]
    results[0]["subject"]["reference"] = f"https://inner.example/R4/Patient/{MINE}"
    results[1]["subject"]["reference"] = f"https://far.example/R4/Patient/{MINE}"
    server.load(results)
    toml = GATE.replace("UPSTREAM", server.url) + 'own_base = "https://inner.example/R4"\n'

    async def journey(who: Who) -> None:
        assert (await who("N1").ask("GET", f"/Observation/{inner}"))[0] == 200
        assert (await who("N1").ask("GET", f"/Observation/{far}"))[0] == 403

    for here in hospital_at(data, template, clock, toml):
        here.enforce("fhir")
        visit(here, journey)
        shown, refused = here.records()
        assert _ids(shown) == {"00200"}
        assert (refused["outcome"], _ids(refused)) == ("refused", set())
