"""The FHIR adapter tells whom a request asks for and whom an answer shows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.peers.fhir_server import FhirServer, fhir_server

from sekisho.access import Act
from sekisho.gate.adapters.fhir import FhirAdapter
from sekisho.gate.interface import UNKNOWN_PATIENT, Head, Unreadable
from sekisho.terms import PatientId

__all__ = ["fhir_server"]

JSON = "application/fhir+json"
ADAPTER = FhirAdapter(base="/fhir", class_="general", number="urn:hospital")
HIV = {
    "resourceType": "Observation",
    "id": "hiv-1",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "7917-8"}]},
    "subject": {"reference": "Patient/p1"},
}


def _head(method: str, path: str, **more: Any) -> Head:
    return Head(method, "/fhir/" + path, ("fhir", *path.split("/")), **more)


def test_one_hiv_result_in_a_real_search_is_seen(fhir_server: FhirServer) -> None:
    """One HIV Observation inside what a real server found makes the answer infectious."""
    fhir_server.load([{"resourceType": "Patient", "id": "p1"}, HIV])

    _, kind, body = fhir_server.send("GET", "/Observation?subject=Patient/p1")
    seen = ADAPTER.look(kind, body)

    assert seen.patients == {PatientId("p1", "fhir")}
    assert seen.classes == {"general", "infectious"}


def test_a_key_that_stands_twice_is_refused() -> None:
    """Readers differ about a key that stands twice, so such a body is unreadable."""
    body = json.dumps(HIV)[:-1] + ', "\\u0073ubject": {"reference": "Patient/p2"}}'

    with pytest.raises(Unreadable):
        ADAPTER.look(JSON, body.encode())


def test_a_result_of_nobody_is_the_unknown_patient() -> None:
    """An Observation without a subject is of the unknown patient."""
    body = json.dumps({key: value for key, value in HIV.items() if key != "subject"})

    assert UNKNOWN_PATIENT in ADAPTER.look(JSON, body.encode()).classes


def test_a_batch_that_writes_once_writes() -> None:
    """A Bundle is as grave as its gravest entry, and names the patients of all."""
    entries = [
        {"request": {"method": "GET", "url": "Patient/p2"}},
        {"request": {"method": "PUT", "url": "Observation/hiv-1"}, "resource": HIV},
    ]
    body = json.dumps({"resourceType": "Bundle", "type": "batch", "entry": entries}).encode()

    asked = ADAPTER.ask(Head("POST", "/fhir", ("fhir",), content_type=JSON), body)

    assert asked.act is Act.WRITE
    assert asked.patients == {PatientId("p1", "fhir"), PatientId("p2", "fhir")}
    assert asked.resolve == ("/fhir/Observation/hiv-1",)


@pytest.mark.parametrize("body", [b"\xef\xbb\xbf{}", b"[" * 5000, b"[]", b'{"a":1}', b"\xff"])
def test_what_is_not_fhir_is_unreadable(body: bytes) -> None:
    """A body that is not plainly FHIR JSON never passes."""
    with pytest.raises(Unreadable):
        ADAPTER.look(JSON, body)


def test_xml_and_unknown_operations_are_refused() -> None:
    """What cannot be looked into is not asked for."""
    for head in (
        _head("GET", "Patient/1", values=(("_format", "xml"),)),
        _head("GET", "Patient/1", accept="application/fhir+xml"),
        _head("GET", "Patient/1/$purge"),
    ):
        with pytest.raises(Unreadable):
            ADAPTER.ask(head, b"")


SERVERS = FhirAdapter(
    base="/fhir",
    class_="general",
    number="urn:hospital",
    servers=("https://fhir.hospital.example", "http://10.0.0.5:8080/"),
    own="https://inner.example/R4",
)


def _of(reference: str, **more: str) -> Any:
    body = {**HIV, "subject": {"reference": reference, **more}}
    return SERVERS.look(JSON, json.dumps(body).encode())


@pytest.mark.parametrize(
    "reference",
    [
        "Patient/p1",
        "https://fhir.hospital.example/fhir/Patient/p1",
        "http://10.0.0.5:8080/fhir/Patient/p1/_history/3",
        "https://inner.example/R4/Patient/p1",
    ],
)
def test_our_own_patient_is_known_by_every_address_of_ours(reference: str) -> None:
    """A relative reference, and one to the route's origin, its upstream or its own base, is our patient."""
    seen = _of(reference)

    assert seen.patients == {PatientId("p1", "fhir")}
    assert UNKNOWN_PATIENT not in seen.classes


@pytest.mark.parametrize(
    "reference",
    [
        "https://other.example/fhir/Patient/p1",
        "https://fhir.hospital.example/other/Patient/p1",
        "https://fhir.hospital.example.other.example/fhir/Patient/p1",
        "https://fhir.hospital.example@other.example/fhir/Patient/p1",
        "//other.example/fhir/Patient/p1",
        "https://inner.example/fhir/Patient/p1",
        "https://inner.example/R4/x/Patient/p1",
        "https://inner.example/R4//Patient/p1",
        "https://INNER.example/R4/Patient/p1",
        "http://inner.example/R4/Patient/p1",
        "https://inner.example:443/R4/Patient/p1",
        "elsewhere/Patient/p1",
        "/Patient/p1",
        "urn:x:/Patient/p1",
    ],
)
def test_another_servers_patient_is_not_ours(reference: str) -> None:
    """The id of a Patient at an address that is not ours is nobody we know: the unknown patient."""
    for seen in (_of(reference), _of(reference, type="Patient")):
        assert seen.patients == frozenset()
        assert UNKNOWN_PATIENT in seen.classes


def test_an_address_of_the_bundle_itself_is_what_stands_there() -> None:
    """A fullUrl names the entry it stands at, whatever server's it is."""
    address = "https://other.example/fhir/Patient/p9"
    entries = [
        {"fullUrl": address, "resource": {"resourceType": "Patient", "id": "p9"}},
        {"resource": {**HIV, "subject": {"reference": address}}},
    ]
    body = json.dumps({"resourceType": "Bundle", "type": "searchset", "entry": entries})

    seen = SERVERS.look(JSON, body.encode())

    assert seen.patients == {PatientId("p9", "fhir")}
    assert UNKNOWN_PATIENT not in seen.classes
