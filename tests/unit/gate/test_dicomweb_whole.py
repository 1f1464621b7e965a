"""Images of a real Orthanc through the gate: known, decided, on record before they are shown."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest
from tests.peers.orthanc import Orthanc, image
from tests.unit.gate.conftest import Browser, Hospital, hospital_at, visit

from sekisho.terms import FixedClock

GATE = """[gate]
port = {port}

[route.pacs]
origin = "http://pacs.localhost:{port}"
upstream = "UPSTREAM"
adapter = "dicomweb"
base = "/dicom-web"
"""
Who = Callable[[str | None], Browser]


@pytest.fixture
def hospital(data: Path, template: Path, clock: FixedClock, archive: Orthanc) -> Iterator[Hospital]:
    """A hospital whose archive stands behind the gate."""
    yield from hospital_at(data, template, clock, GATE.replace("UPSTREAM", archive.url))


def test_images_are_on_record_with_their_patient(hospital: Hospital, archive: Orthanc) -> None:
    """A study that is opened, searched or described is on record with its patient."""
    study = archive.studies["00200"]
    hospital.enforce("pacs")

    async def journey(who: Who) -> None:
        status, body, _ = await who("D1").ask("GET", f"/dicom-web/studies/{study}/metadata")
        assert status == 200, body
        assert orjson.loads(body)[0]["00100020"]["Value"] == ["00200"]
        status, body, _ = await who("D1").ask("GET", f"/dicom-web/studies/{study}")
        assert status == 200
        assert b"DICM" in body

    visit(hospital, journey)

    shown = [
        (r["user_id"], r["action"], r["outcome"], r["patient_ids"]) for r in hospital.records()
    ]
    assert shown == [
        ("D1", "read", "success", [{"id": "00200", "authority": None}]),
        ("D1", "read", "success", [{"id": "00200", "authority": None}]),
    ]


def test_nobody_is_shown_anything_without_signing_in(hospital: Hospital, archive: Orthanc) -> None:
    """A program without a pass gets 401 and no redirect; a browser is sent to the sign-in host."""

    async def journey(who: Who) -> None:
        status, body, headers = await who(None).ask("GET", "/dicom-web/studies")
        assert (status, "Location" in headers) == (401, False)
        assert b"00200" not in body
        status, _, headers = await who(None).ask("GET", "/dicom-web/studies", page=True)
        assert status == 302
        assert headers["Location"].startswith("http://localhost:8700/cross?to=")

    visit(hospital, journey)


def test_an_answer_with_one_patient_too_many_is_refused_whole(
    hospital: Hospital, archive: Orthanc
) -> None:
    """One study of somebody else's patient refuses the whole list; the narrower list passes."""
    hospital.enforce("pacs")

    async def journey(who: Who) -> None:
        status, body, _ = await who("D1").ask("GET", "/dicom-web/studies?includefield=00100020")
        assert status == 403
        assert b"00200" not in body
        status, body, _ = await who("D1").ask("GET", "/dicom-web/studies?PatientID=00200")
        assert status == 200
        assert b"00200" in body

    visit(hospital, journey)

    refused, passed = hospital.records()
    assert (refused["outcome"], passed["outcome"]) == ("refused", "success")
    assert {p["id"] for p in refused["patient_ids"]} == {"00200", "00042", "00777"}
    assert {p["id"] for p in passed["patient_ids"]} == {"00200"}


def test_one_study_of_a_protected_person_by_its_uid_is_refused(
    hospital: Hospital, archive: Orthanc
) -> None:
    """The UID of a colleague's study opens nothing for who does not treat them."""
    hospital.enforce("pacs")

    async def journey(who: Who) -> None:
        for way in ("", "/metadata", "/rendered"):
            status, body, _ = await who("N1").ask(
                "GET", f"/dicom-web/studies/{archive.studies['00042']}{way}"
            )
            assert status == 403
            assert b"DICM" not in body

    visit(hospital, journey)

    for one in hospital.records():
        assert one["outcome"] == "refused"
        assert [p["id"] for p in one["patient_ids"]] == ["00042"]
        assert "protected-person" in str(one["class"])


def test_watching_lets_through_and_says_so(hospital: Hospital, archive: Orthanc) -> None:
    """While the route only watches, what would be refused passes and is marked."""

    async def journey(who: Who) -> None:
        status, _, _ = await who("N1").ask(
            "GET", f"/dicom-web/studies/{archive.studies['00042']}/metadata"
        )
        assert status == 200

    visit(hospital, journey)

    (one,) = hospital.records()
    assert (one["outcome"], one["marks"]) == ("success", ["observe"])


def test_broken_glass_opens_one_patient_for_half_an_hour(
    hospital: Hospital, archive: Orthanc
) -> None:
    """A refusal offers the glass; broken with a reason it opens just that patient, marked, for a time."""
    hospital.enforce("pacs")
    way = f"/dicom-web/studies/{archive.studies['00042']}/metadata"
    other = f"/dicom-web/studies/{archive.studies['00777']}/metadata"

    async def journey(who: Who) -> None:
        nurse = who("N1")
        status, body, _ = await nurse.ask("GET", way, page=True)
        assert status == 403
        form = {
            name: re.search(rf'name="{name}" value="([^"]+)"', body.decode())[1]  # type: ignore[index]
            for name in ("csrf", "ticket")
        }
        status, _, _ = await nurse.ask("POST", "/.sekisho/glass", data={**form, "reason": " "})
        assert status == 400
        forged = {**form, "reason": "救急搬送", "ticket": form["ticket"][:-3] + "AAA"}
        status, _, _ = await nurse.ask("POST", "/.sekisho/glass", data=forged)
        assert status == 403
        status, _, headers = await nurse.ask(
            "POST", "/.sekisho/glass", data={**form, "reason": "救急搬送"}
        )
        assert (status, headers["Location"]) == (303, way)
        assert (await nurse.ask("GET", way))[0] == 200
        assert (await nurse.ask("GET", other))[0] == 403
        hospital.installation.clock.move(dt.timedelta(minutes=31))  # type: ignore[attr-defined]
        assert (await nurse.ask("GET", way))[0] in {401, 403}

    visit(hospital, journey)

    opened = [one for one in hospital.records() if one["object"] == "glass"]
    assert [(o["action"], o["reason"], o["outcome"]) for o in opened] == [
        ("emergency", "救急搬送", "success")
    ]
    assert any("emergency" in one["marks"] for one in hospital.records())


def test_what_is_stored_names_its_patient(hospital: Hospital) -> None:
    """An image stored through the gate is on record twice: the attempt, and how it ended."""
    part = image("00200", "1.2.826.0.1.3680043.8.498.99")
    body = b"--B\r\nContent-Type: application/dicom\r\n\r\n" + part + b"\r\n--B--\r\n"

    async def journey(who: Who) -> None:
        status, answer, _ = await who("D1").ask(
            "POST",
            "/dicom-web/studies",
            data=body,
            headers={
                "Content-Type": 'multipart/related; type="application/dicom"; boundary=B',
                "Accept": "application/dicom+json",
            },
        )
        assert status == 200, answer

    visit(hospital, journey)

    attempt, done = hospital.records()
    assert (attempt["outcome"], done["outcome"]) == ("unknown", "success")
    assert done["of"] == attempt["index"]
    assert {p["id"] for p in attempt["patient_ids"]} == {"00200"}


def test_nothing_passes_that_cannot_be_recorded(hospital: Hospital, archive: Orthanc) -> None:
    """When the ledger cannot be written no byte of an image leaves."""
    hospital.ill = True

    async def journey(who: Who) -> None:
        status, body, _ = await who("D1").ask(
            "GET", f"/dicom-web/studies/{archive.studies['00200']}"
        )
        assert status == 503
        assert b"DICM" not in body

    visit(hospital, journey)
