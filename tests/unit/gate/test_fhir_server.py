"""The FHIR adapter looks into what a real FHIR server says."""

from __future__ import annotations

import json

from tests.peers.fhir_server import FhirServer, fhir_server

__all__ = ["fhir_server"]

_PATIENT = {"resourceType": "Patient", "id": "srv-1", "name": [{"text": "模擬 花子"}]}


def test_the_server_keeps_and_finds_a_patient(fhir_server: FhirServer) -> None:
    """The peer is a FHIR server: what is stored is read and found again."""
    fhir_server.load([_PATIENT])

    status, kind, body = fhir_server.send("GET", "/Patient/srv-1")
    _, _, found = fhir_server.send("GET", "/Patient?_id=srv-1")

    assert (status, kind.split(";")[0]) == (200, "application/fhir+json")
    assert json.loads(body)["name"] == _PATIENT["name"]
    assert json.loads(found)["entry"][0]["resource"]["id"] == "srv-1"
