"""The way past the gate, tried at real systems: from the gate's machine, and by the ward's script."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.peers.fhir_server import FhirServer, fhir_server
from tests.peers.orthanc import Orthanc, orthanc
from tests.ports import free_port
from tests.unit.cli.conftest import Said, call
from tests.unit.gate.conftest import Browser, Hospital, hospital_at, visit

from sekisho.app.probes import kept
from sekisho.app.waiting import gate_findings
from sekisho.gate import probe_script
from sekisho.gate.config import read_gate
from sekisho.gate.probe import plan_here, probe
from sekisho.terms import FixedClock, Gravity, Result

NETWORK = {
    "OPEN": "http://10.0.0.5:8042",
    "LOCKED": "http://10.0.0.6:8042",
    "FHIR": "http://10.0.0.7:8080",
    "ORCA": "http://10.0.0.8:8000",
    "GONE": "http://10.0.0.9:8080",
}
"""Addresses of the hospital's network; where something is really tried, loopback stands for each."""
USER, PASSWORD = "gate", "hi-mi-tsu-no-kotoba"
GATE = """[gate]
port = {port}
[route.open]
origin = "http://open.localhost:{port}"
upstream = "OPEN"
adapter = "dicomweb"
base = "/dicom-web"
[route.locked]
origin = "http://locked.localhost:{port}"
upstream = "LOCKED"
adapter = "dicomweb"
base = "/dicom-web"
[route.fhir]
origin = "http://fhir.localhost:{port}"
upstream = "FHIR"
adapter = "fhir"
[route.orca]
origin = "http://orca.localhost:{port}"
upstream = "ORCA"
adapter = "web"
map = "map.toml"
[route.gone]
origin = "http://gone.localhost:{port}"
upstream = "GONE"
adapter = "fhir"
base = "/fhir/R4"
"""
MAP = r"""
[[rule]]
path = "/api01rv2/patientgetv2"
query = ["id"]
[[rule]]
path = "/api01rv2/medicalmodv2"
method = "POST"
act = "write"
xml = [".//Patient_ID"]
[[rule]]
path = "/chart/(?P<patient>[0-9]+)"
"""


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    """A real Orthanc that asks for a password."""
    with orthanc(tmp_path_factory.mktemp("locked"), {USER: PASSWORD}) as running:
        yield running


@pytest.fixture
def real(archive: Orthanc, locked: Orthanc, fhir_server: FhirServer) -> dict[str, str]:
    """An open archive and FHIR server, a locked archive, and a dead address."""
    # By another name, so that the two that lead to one archive can be told apart.
    orca = locked.url.replace("127.0.0.1", "localhost")
    gone = f"http://127.0.0.1:{free_port()}"
    return {
        "OPEN": archive.url,
        "LOCKED": locked.url,
        "FHIR": fhir_server.url,
        "ORCA": orca,
        "GONE": gone,
    }


def _hospital(
    data: Path, template: Path, clock: FixedClock, places: dict[str, str]
) -> Iterator[Hospital]:
    toml = GATE
    for name, address in places.items():
        toml = toml.replace(name, address)
    (data / "map.toml").write_text(MAP, encoding="utf-8")
    yield from hospital_at(data, template, clock, toml)


@pytest.fixture
def near(data: Path, template: Path, clock: FixedClock, real: dict[str, str]) -> Iterator[Hospital]:
    """A hospital whose systems stand on the gate's own machine."""
    yield from _hospital(data, template, clock, real)


@pytest.fixture
def hospital(data: Path, template: Path) -> Iterator[Hospital]:
    """A hospital whose systems have addresses of its network, today."""
    now = FixedClock(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1))
    yield from _hospital(data, template, now, NETWORK)


def _run(folder: Path, script: str, *words: str) -> dict[str, Any]:
    """Run a script under sh as at a ward, and return what it wrote."""
    dash = shutil.which("dash") or shutil.which("sh")
    assert dash is not None
    folder.mkdir(exist_ok=True)
    (folder / "probe.sh").write_text(script, encoding="ascii")
    subprocess.run([dash, "-eu", "probe.sh", *words], cwd=folder, check=True, timeout=100)
    found: dict[str, Any] = json.loads((folder / "sekisho-probe.json").read_text("utf-8"))
    return found


def _at_ward(
    hospital: Hospital, folder: Path, real: dict[str, str], *, served: bool = True
) -> Path:
    """Print the script, run it where loopback stands for the network, and return its result."""
    said = call("gate", "probe", "--script", "sh", "--data", hospital.installation.data)
    assert said.code == 0, said.err
    script = said.out
    for name, address in NETWORK.items():
        assert address in script
        script = script.replace(address, real[name])

    async def journey(who: Callable[[str | None], Browser]) -> None:
        await asyncio.to_thread(_run, folder, script, "3E-1")

    if served:
        visit(hospital, journey)
    else:
        _run(folder, script, "3E-1")
    result = folder / "sekisho-probe.json"
    text = result.read_text("utf-8")
    for name, address in real.items():
        text = text.replace(f'"{address}"', f'"{NETWORK[name]}"')
    result.write_text(text, encoding="utf-8")
    return result


def _load(hospital: Hospital, result: Path) -> Said:
    return call(
        "gate", "probe", "--load", result, "--by", "S1", "--json",
        "--data", hospital.installation.data,
    )  # fmt: skip


def test_each_system_answers_in_one_of_the_ways(near: Hospital) -> None:
    """An archive or FHIR server that asks nobody is open, one with passwords asks, a dead one is not reached."""
    data = near.installation.data
    said = call("gate", "probe", "--json", "--data", data)
    found = {each["system"]: each for each in said.lines}
    assert {name: each["answer"] for name, each in found.items()} == {
        "open": "open",
        "locked": "asks",
        "fhir": "open",
        "orca": "asks",
        "gone": "unreachable",
    }
    assert {each["path"]: each["status"] for each in found["fhir"]["tried"]} == {
        "/metadata": 200,
        "/Patient?_summary=count&_count=1": 200,
    }
    # What writes is not tried, and where the map wants a patient only what stands before it.
    assert {each["path"]: each["status"] for each in found["orca"]["tried"]} == {
        "/": 401,
        "/api01rv2/patientgetv2": 401,
        "/chart/": 401,
    }
    text = call("gate", "probe", "locked", "--data", data)
    assert text.code == 0
    assert "門そのもの" in text.out
    assert "サインインを求めます" in text.out
    assert [one["object"] for one in near.records("sekisho")][-2:] == ["gate/probe"] * 2
    assert kept(near.installation) == []


def test_the_script_finds_what_the_gate_itself_finds(tmp_path: Path, near: Hospital) -> None:
    """Under dash with curl each try of the script ends as the same try of the gate's machine."""
    config = read_gate(near.installation.data)
    assert config is not None
    plans = [plan_here(route) for route in config.routes]
    ward = [replace(plan, gate=plan.address) for plan in plans]
    found = _run(tmp_path / "ward", probe_script.sh(ward))
    assert found["machine"] == socket.gethostname()
    assert found["systems"] == [
        {
            "system": plan.system,
            "address": plan.address,
            "gate": found["systems"][number]["gate"],
            "tried": [
                {
                    "path": each.path,
                    "reached": each.reached.value,
                    "status": each.status,
                    "login": each.login,
                }
                for each in probe(plan)
            ],
        }
        for number, plan in enumerate(plans)
    ]


def test_a_wards_result_is_kept_and_shown_until_it_is_good(
    tmp_path: Path, hospital: Hospital, real: dict[str, str]
) -> None:
    """Brought from a ward, an open system is an urgent finding, a closed one a proof; the next result ends it."""

    def found() -> dict[str, tuple[str, Gravity]]:
        return {
            each.key.removeprefix("gate.probe."): (each.message.rpartition("_")[2], each.gravity)
            for each in gate_findings(hospital.installation)
            if each.key.startswith("gate.probe.")
        }

    names = ("open", "locked", "fhir", "orca", "gone")
    assert found() == dict.fromkeys(names, ("never", Gravity.UNKNOWN))
    said = _load(hospital, _at_ward(hospital, tmp_path / "ward", real))
    assert said.code == 0, said.err
    assert {each["system"]: each["answer"] for each in said.lines} == {
        "open": "open",
        "locked": "asks",
        "fhir": "open",
        "orca": "asks",
        "gone": "unreachable",
    }
    assert found() == {"open": ("open", Gravity.URGENT), "fhir": ("open", Gravity.URGENT)}
    proofs = {each.args["route"]: each for each in kept(hospital.installation)}
    assert {name: each.result for name, each in proofs.items()} == {
        "open": Result.NO,
        "locked": Result.YES,
        "fhir": Result.NO,
        "orca": Result.YES,
        "gone": Result.YES,
    }
    assert {each.by for each in proofs.values()} == {"S1"}
    assert {each.args["machine"] for each in proofs.values()} == {"3E-1"}
    assert hospital.records("sekisho")[-1]["object"] == "gate/probe/load"

    again = _load(hospital, tmp_path / "ward" / "sekisho-probe.json")
    assert again.code == 2
    assert "すでに" in again.err

    clock = hospital.installation.clock
    assert isinstance(clock, FixedClock)
    clock.move(dt.timedelta(days=91))
    assert found() == {
        "open": ("open", Gravity.URGENT),
        "fhir": ("open", Gravity.URGENT),
        "locked": ("old", Gravity.UNKNOWN),
        "orca": ("old", Gravity.UNKNOWN),
        "gone": ("old", Gravity.UNKNOWN),
    }


def test_a_pc_that_does_not_reach_the_gate_proves_nothing(
    tmp_path: Path, hospital: Hospital, real: dict[str, str]
) -> None:
    """Where the gate was not reached either, not reaching a system is not checked; what is open is open."""
    said = _load(hospital, _at_ward(hospital, tmp_path / "ward", real, served=False))
    assert {each["system"]: each["result"] for each in said.lines} == {
        "open": "no",
        "locked": "yes",
        "fhir": "no",
        "orca": "yes",
        "gone": "not_checked",
    }
    known = [each for each in gate_findings(hospital.installation) if each.key == "gate.probe.gone"]
    assert [each.message for each in known] == ["gate.finding.probe_unclear"]


__all__ = ["fhir_server"]
