"""Bulk bytes carried by a real nginx: decided and recorded by the gate first, never outside it."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.missing import missing
from tests.peers.orthanc import Orthanc
from tests.ports import free_port
from tests.unit.gate.conftest import Browser, Hospital, hospital_at, visit

from sekisho.errors import InvalidInputError
from sekisho.gate.config import read_gate
from sekisho.terms import FixedClock

PROFILE = Path(__file__).parents[3] / "packaging" / "edge" / "nginx.conf"
GATE = """[gate]
port = {port}
edges = ["127.0.0.1/32"]

[route.pacs]
origin = "http://pacs.localhost:EDGE"
upstream = "UPSTREAM"
adapter = "dicomweb"
base = "/dicom-web"
bulk = "/sekisho-bulk/pacs/"
"""
Who = Callable[[str | None], Browser]


@dataclass(slots=True)
class Behind:
    """A hospital whose archive stands behind the gate, and the gate behind an edge."""

    hospital: Hospital
    straight: str


@pytest.fixture
def behind(
    data: Path, template: Path, clock: FixedClock, archive: Orthanc, tmp_path: Path
) -> Iterator[Behind]:
    """The shipped profile's two locations in a plain nginx of this test."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        missing("nginx is not here (Debian: nginx-light)")
    edge = free_port()
    toml = GATE.replace("UPSTREAM", archive.url).replace("EDGE", str(edge))
    for hospital in hospital_at(data, template, clock, toml):
        config = read_gate(data)
        assert config is not None
        found = re.findall(
            r"^    location (?:/|/sekisho-bulk/pacs/) \{.*?^    \}$",
            PROFILE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL,
        )  # fmt: skip
        assert len(found) == 2
        (tmp_path / "nginx.conf").write_text(
            f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off;\n"
            "map $http_upgrade $connection_upgrade { default upgrade; '' ''; }\n"
            f"upstream gate {{ server 127.0.0.1:{config.port}; }}\n"
            f"upstream bulk_pacs {{ server {archive.url.removeprefix('http://')}; }}\n"
            f"server {{ listen 127.0.0.1:{edge};\n" + "\n".join(found) + "\n} }\n",
            encoding="utf-8",
        )
        command = [program, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
        with subprocess.Popen([*command, "-e", "stderr", "-g", "daemon off;"]) as process:
            try:
                for _ in range(600):
                    if (tmp_path / "pid").exists():
                        break
                    time.sleep(0.1)
                yield Behind(hospital, f"http://127.0.0.1:{config.port}")
            finally:
                process.terminate()


def test_the_edge_carries_what_the_gate_recorded(behind: Behind, archive: Orthanc) -> None:
    """A study comes whole through the edge, is on record with its patient, and who may not see it gets nothing."""
    behind.hospital.enforce("pacs")

    async def journey(who: Who) -> None:
        path = f"/dicom-web/studies/{archive.studies['00200']}"
        status, body, headers = await who("D1").ask("GET", path)
        assert status == 200, body[:200]
        assert b"DICM" in body
        assert "Sekisho-Identity" not in headers
        status, body, _ = await who("N1").ask(
            "GET", f"/dicom-web/studies/{archive.studies['00042']}"
        )
        assert status == 403
        assert b"DICM" not in body
        status, body, _ = await who("D1").ask("GET", f"/sekisho-bulk/pacs{path}")
        assert status == 404
        assert b"DICM" not in body

    visit(behind.hospital, journey)

    shown, refused = behind.hospital.records()
    assert shown["patient_ids"] == [{"id": "00200", "authority": None}]
    assert (shown["outcome"], "edge" in str(shown["reason"])) == ("unknown", True)
    assert refused["outcome"] == "refused"


def test_only_our_own_edge_is_told(behind: Behind, archive: Orthanc) -> None:
    """An answer for the edge names what it fetches and who asks; an address that can be read twice is not handed over."""
    study = archive.studies["00200"]

    async def journey(who: Who) -> None:
        browser = who("D1")
        host = browser.origin.removeprefix("http://")
        browser.origin = behind.straight
        path = f"/dicom-web/studies/{study}"
        told = {"Host": host, "X-Forwarded-For": "10.9.9.9"}
        status, body, headers = await browser.ask("GET", path, headers=told)
        assert (status, body) == (200, b"")
        assert headers["X-Accel-Redirect"] == f"/sekisho-bulk/pacs{path}"
        assert "u=D1" in headers["Sekisho-Identity"]
        status, body, headers = await browser.ask("GET", f"{path}?x=%41%20b", headers=told)
        assert "X-Accel-Redirect" not in headers
        assert b"DICM" in body

    visit(behind.hospital, journey)

    assert [one["terminal"] for one in behind.hospital.records()] == ["10.9.9.9", "10.9.9.9"]


@pytest.mark.parametrize(
    ("edges", "bulk"), [("", "/bulk/"), ('edges = ["127.0.0.1/32"]', "bulk"), ("", "/a/../b/")]
)
def test_a_wrong_bulk_address_stops_the_start(data: Path, edges: str, bulk: str) -> None:
    """A bulk address without an edge, or of another form, is named with its line and the mend."""
    (data / "gate.toml").write_text(
        f'[gate]\nport = 8701\n{edges}\n[route.pacs]\norigin = "http://pacs.localhost:8701"\n'
        f'upstream = "http://127.0.0.1:8042"\nadapter = "dicomweb"\nbulk = "{bulk}"\n',
        encoding="utf-8",
    )
    with pytest.raises(InvalidInputError) as refused:
        read_gate(data)
    assert refused.value.args_["mend_id"] == "gate.config.mend_bulk"
    assert refused.value.args_["key"] == "bulk"
