"""What is no person passes by its token: bound to system and address, recorded as itself."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.peers.fhir_server import FhirServer, running_fhir_server
from tests.peers.orthanc import Orthanc
from tests.unit.gate.conftest import Browser, Hospital, hospital_at, visit
from tests.unit.gate.test_fhir_whole import GATE, HEART, HIV, MINE, OTHER, filled

from sekisho.identity.services import Wanted, create_service, end_service, renew_service
from sekisho.ledger import verify
from sekisho.terms import FixedClock

Who = Callable[[str | None], Browser]
PACS = """
[route.pacs]
origin = "http://pacs.localhost:{port}"
upstream = "UPSTREAM"
adapter = "dicomweb"
base = "/dicom-web"
"""


@pytest.fixture(scope="module")
def server() -> Iterator[FhirServer]:
    """A real FHIR server with two simulated patients and three results."""
    with running_fhir_server() as running:
        running.load(filled())
        yield running


@pytest.fixture
def hospital(
    data: Path, template: Path, clock: FixedClock, server: FhirServer, archive: Orthanc
) -> Iterator[Hospital]:
    """A hospital whose FHIR server and archive stand behind the gate, enforced."""
    toml = GATE.replace("UPSTREAM", server.url) + PACS.replace("UPSTREAM", archive.url)
    for here in hospital_at(data, template, clock, toml):
        here.enforce("fhir")
        here.enforce("pacs")
        yield here


def _made(
    here: Hospital, *, route: str = "fhir", source: str = "127.0.0.1", duty: str = "system"
) -> str:
    wanted = Wanted(
        name="viewer",
        owner="S1",
        purpose="模擬の連携",
        duty=duty,
        route=route,
        sources=(source,),
        days=90,
    )
    installation = here.installation
    return create_service(installation.database, installation.clock, wanted, by="S1").reveal()


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_service_account_reads_and_is_on_record_as_itself(hospital: Hospital) -> None:
    """What a program reads by its token is on record under its own account, never as a person."""
    token = _made(hospital)
    basic = base64.b64encode(f"viewer:{token}".encode()).decode()

    async def journey(who: Who) -> None:
        for field in (f"Bearer {token}", f"bearer {token}", f"Basic {basic}"):
            status, body, _ = await who(None).ask(
                "GET", f"/Observation/{HEART}", headers={"Authorization": field}
            )
            assert status == 200, body
            assert orjson.loads(body)["id"] == HEART
        # Its token wins over a pass: a program that somehow has one is still no person.
        status, _, _ = await who("N1").ask("GET", f"/Patient/{MINE}", headers=_bearer(token))
        assert status == 200

    visit(hospital, journey)

    records = hospital.records()
    assert {
        (r["user_id"], r["user_kind"], r["session"], r["duty"], r["outcome"]) for r in records
    } == {("service:viewer", "system", None, "system", "success")}
    assert len(records) == 4
    assert all(token not in str(each) for each in records)
    assert verify(hospital.installation.data).ok


def test_its_duty_decides_what_it_may_do(hospital: Hospital) -> None:
    """Its duty group decides like a person's; what that may not see it is refused as FHIR says."""
    token = _made(hospital, duty="system")

    async def journey(who: Who) -> None:
        status, body, headers = await who(None).ask(
            "GET", f"/Observation/{HIV}", headers=_bearer(token)
        )
        assert status == 403
        assert "Location" not in headers
        assert orjson.loads(body)["resourceType"] == "OperationOutcome"
        assert b"valueString" not in body

    visit(hospital, journey)

    (one,) = hospital.records()
    assert (one["outcome"], one["class"]) == ("refused", "general,infectious")


@pytest.mark.parametrize(("route", "source"), [("pacs", "127.0.0.1"), ("fhir", "10.1.2.0/24")])
def test_a_token_is_bound_to_its_system_and_its_address(
    hospital: Hospital, route: str, source: str
) -> None:
    """Used for another system, or from another address, a token is refused with 403 and recorded."""
    token = _made(hospital, route=route, source=source)

    async def journey(who: Who) -> None:
        status, body, headers = await who(None).ask(
            "GET", f"/Patient/{OTHER}", page=True, headers=_bearer(token)
        )
        assert (status, "Location" in headers) == (403, False)
        assert orjson.loads(body)["resourceType"] == "OperationOutcome"

    visit(hospital, journey)

    (one,) = hospital.records()
    assert (one["user_id"], one["outcome"], one["reason"]) == (
        "service:viewer",
        "refused",
        "gate.refused.token_elsewhere",
    )


def test_what_opens_nothing_gets_401_and_no_redirect(hospital: Hospital) -> None:
    """An unknown, ended or closed token gets 401 in the system's own form, whatever it accepts."""
    first = _made(hospital)
    here = hospital.installation
    second = renew_service(here.database, here.clock, "viewer", days=1, overlap=0, by="S1").reveal()

    async def journey(who: Who) -> None:
        for token in ("sekisho_" + "x" * 43, first, "somebody-elses"):
            status, body, headers = await who(None).ask(
                "GET", f"/Patient/{MINE}", page=True, headers=_bearer(token)
            )
            assert (status, "Location" in headers) == (401, False)
            assert headers["WWW-Authenticate"].startswith("Bearer")
            assert orjson.loads(body)["resourceType"] == "OperationOutcome"
        status, _, _ = await who(None).ask(
            "GET", f"/Patient/{MINE}", headers={"Authorization": f"Basic {_basic(second)}"}
        )
        assert status == 401, "the user name is another account's"
        status, _, _ = await who(None).ask("GET", f"/Patient/{MINE}", headers=_bearer(second))
        assert status == 200
        end_service(here.database, here.clock, "viewer", by="S1")
        await _until(who, second)

    visit(hospital, journey)

    known: list[Any] = []
    unknown: list[Any] = []
    for one in hospital.records():
        (known if one["user_id"] else unknown).append((one["outcome"], one["reason"]))
    assert known[0] == ("refused", "gate.refused.token_ended")
    assert ("refused", "gate.refused.token") in unknown


def _basic(token: str) -> str:
    return base64.b64encode(f"another:{token}".encode()).decode()


async def _until(who: Who, token: str) -> None:
    """Ask until the token is refused: within a second it is (house.md section 3)."""
    async with asyncio.timeout(60):
        status = 200
        while status == 200:
            status, _, _ = await who(None).ask("GET", f"/Patient/{MINE}", headers=_bearer(token))
    assert status == 401


def test_an_archive_answers_a_program_with_a_problem_document(
    hospital: Hospital, archive: Orthanc
) -> None:
    """A modality reads images of a real archive by token; refused, it gets problem+json."""
    token = _made(hospital, route="pacs", duty="system")
    study = archive.studies["00200"]

    async def journey(who: Who) -> None:
        browser = who(None)
        browser.origin = browser.origin.replace("fhir.", "pacs.")
        status, body, _ = await browser.ask(
            "GET", f"/dicom-web/studies/{study}/metadata", headers=_bearer(token)
        )
        assert status == 200, body
        status, body, headers = await browser.ask(
            "GET", f"/dicom-web/studies/{study}", page=True, headers=_bearer(token + "x")
        )
        assert status == 401
        assert headers["Content-Type"] == "application/problem+json"
        assert orjson.loads(body)["status"] == 401

    visit(hospital, journey)

    shown, refused = hospital.records()
    assert (shown["user_id"], shown["outcome"]) == ("service:viewer", "success")
    assert shown["patient_ids"] == [{"id": "00200", "authority": None}]
    assert (refused["user_id"], refused["outcome"]) == (None, "refused")
