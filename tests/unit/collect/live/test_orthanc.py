"""A real Orthanc tells of its requests by the script that Sekisho ships."""

from __future__ import annotations

import asyncio
import base64
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from tests.peers.orthanc import image, orthanc
from tests.ports import free_port
from tests.unit.collect.live.conftest import House
from tests.unit.collect.live.test_feed import TOML, wanted

from sekisho.identity.services import create_service

SCRIPT = Path(__file__).parents[4] / "packaging" / "sources" / "orthanc.lua"
PASSWORD = "a word for a test"


def ask(
    url: str, path: str, *, user: str = "D1", body: bytes | None = None, method: str = "GET"
) -> int:
    """Return the status of one request of `user`."""
    shown = base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()
    request = urllib.request.Request(
        f"{url}{path}", data=body, method=method, headers={"Authorization": f"Basic {shown}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.duty("1-3")
def test_each_request_to_orthanc_is_on_record(house: House, port: int, tmp_path: Path) -> None:
    """Who asked Orthanc for whose images, and how, is a record; an archive that cannot tell goes on."""
    token = create_service(house.installation.database, house.installation.clock, wanted(), by="S1")
    told = {
        "LuaScripts": [str(SCRIPT)],
        "HttpTimeout": 10,
        "Sekisho": {"Url": f"http://127.0.0.1:{port}/AuditEvent", "Token": token.reveal()},
    }
    records: list[tuple[object, ...]] = []

    def use(url: str, study: str) -> None:
        assert ask(url, f"/dicom-web/studies/{study}/metadata") == 200
        assert ask(url, "/dicom-web/studies?PatientID=00042", user="N1") == 200
        assert ask(url, "/instances", body=image("00900", f"{study}.9"), method="POST") == 200
        assert ask(url, "/studies", user="N1") == 200

    async def journey() -> None:
        with orthanc(tmp_path, {"D1": PASSWORD, "N1": PASSWORD}, told) as archive:
            before = house.ledger.size()
            await asyncio.to_thread(use, archive.url, archive.studies["00042"])
            records.extend(
                (
                    one["user_id"], one["action"], one["outcome"], one["terminal"],
                    [each["id"] for each in one["patient_ids"]],
                )
                for one in (await house.until(before + 4))[before:]
            )  # fmt: skip

    house.take(TOML.format(port=port), journey)
    assert records == [
        ("D1", "read", "unknown", "127.0.0.1", ["00042"]),
        ("N1", "search", "unknown", "127.0.0.1", []),
        ("D1", "create", "unknown", "127.0.0.1", []),
        ("N1", "search", "unknown", "127.0.0.1", []),
    ]


def test_an_archive_that_cannot_tell_goes_on(tmp_path: Path) -> None:
    """With nobody listening, images are shown all the same, and the archive's log says that it could not tell."""
    told = {
        "LuaScripts": [str(SCRIPT)],
        "HttpTimeout": 2,
        "Sekisho": {"Url": f"http://127.0.0.1:{free_port()}/AuditEvent", "Token": "x"},
    }
    with orthanc(tmp_path, {"D1": PASSWORD}, told) as archive:
        study = archive.studies["00042"]
        assert ask(archive.url, f"/dicom-web/studies/{study}/metadata") == 200
        said = (tmp_path / "log").read_text(errors="replace")
    assert "sekisho: not told" in said
    assert "00042" not in said.partition("sekisho: not told")[2][:200]
