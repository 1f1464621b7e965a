"""What the bench of the gate asks: upstream files, installations with a person signed in."""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
import ssl
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from sekisho import access, care, identity
from sekisho.access.files import shipped
from sekisho.app import certificates
from sekisho.app.gate import CACHE
from sekisho.app.installation import open_installation
from sekisho.identity.crossing import issue_crossing, redeem_crossing
from sekisho.identity.sessions import token_hash
from sekisho.terms import Secret

SYSTEM = "urn:oid:1.2.3"
READ = "/Observation/1"
BULK = "/bulk/00200"
MAP = """
[[rule]]
path = "/bulk/(?P<patient>[0-9]+)"
act = "read"
class = "general"
"""


@dataclass(frozen=True, slots=True)
class Hospital:
    """An installation with a gate at `port`; `headers` and `bulk` ask as a signed-in doctor."""

    data: Path
    port: int
    headers: list[str]
    bulk: list[str]


def free_port() -> int:
    """Return a port of loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def files(www: Path) -> None:
    """Write what the upstream serves: a 2 KB FHIR answer, its patient, 50 MB."""
    for name in ("Observation", "Patient", "bulk"):
        (www / name).mkdir(parents=True)
    observation = {
        "resourceType": "Observation",
        "id": "1",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "subject": {"reference": "Patient/1"},
        "note": [{"text": "x" * 1800}],
    }
    patient = {
        "resourceType": "Patient",
        "id": "1",
        "identifier": [{"system": SYSTEM, "value": "00200"}],
    }
    (www / "Observation" / "1").write_text(json.dumps(observation))
    (www / "Patient" / "1").write_text(json.dumps(patient))
    (www / "bulk" / "00200").write_bytes(os.urandom(50_000_000))


def nginx(folder: Path, body: str) -> subprocess.Popen[bytes]:
    """Start a private nginx with one worker."""
    folder.mkdir(exist_ok=True)
    (folder / "nginx.conf").write_text(
        "daemon off; master_process off; worker_processes 1; pid nginx.pid; error_log stderr crit;"
        " events { worker_connections 1024; } http { access_log off; keepalive_requests 100000000;"
        " client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp;"
        f" scgi_temp_path tmp; sendfile on; {body} }}",
        encoding="utf-8",
    )
    return subprocess.Popen(["nginx", "-p", str(folder), "-c", "nginx.conf"], cwd=folder)


def hospital(data: Path, upstream: int, *, tls: bool = False) -> Hospital:
    """Set up an installation whose gate stands before `upstream`, a doctor signed in."""
    port, scheme = free_port(), "https" if tls else "http"
    data.mkdir(mode=0o700)
    (data / "map.toml").write_text(MAP, encoding="utf-8")
    fhir, bulk = (f"{scheme}://{name}.localhost:{port}" for name in ("fhir", "bulk"))
    shown = _certificate(data) if tls else ""
    (data / "gate.toml").write_text(
        f'[gate]\nport = {port}\nedges = ["127.0.0.1/32"]\n{shown}'
        f'[route.fhir]\norigin = "{fhir}"\nupstream = "http://127.0.0.1:{upstream}"\n'
        f'adapter = "fhir"\npatient_system = "{SYSTEM}"\n'
        f'[route.bulk]\norigin = "{bulk}"\nupstream = "http://127.0.0.1:{upstream}"\n'
        f'adapter = "web"\nmap = "map.toml"\n',
        encoding="utf-8",
    )
    here = open_installation(data, create=True)
    staff = data / "staff.csv"
    staff.write_text("職員番号,氏名,職種,所属\nD1,関 一,医師,外科\n", encoding="utf-8")
    care.load([staff], database=here.database, clock=here.clock)
    now = here.clock.now()
    change = access.propose(here.database, shipped(), by="S1", at=now, note="bench")
    access.approve(here.database, change.number, by="S2", at=now, reason="bench")
    (data / "gate").mkdir(mode=0o700, exist_ok=True)
    access.active(here.database, data / CACHE)
    account = identity.create_account(
        here.database, here.clock, user_id="D1", name="D1", roles={identity.Role.STAFF}, by="bench"
    )
    token = identity.open_session(
        here.database,
        here.clock,
        account.id,
        method=identity.Method.PASSWORD,
        address=None,
        browser=None,
    )
    session = identity.session(here.database, token.reveal(), here.clock)
    assert session is not None

    def fields(origin: str) -> list[str]:
        code = issue_crossing(
            here.database, here.clock, session.id, origin=origin, state=token_hash("s")
        )
        made = redeem_crossing(here.database, here.clock, code.reveal(), origin=origin, state="s")
        assert made is not None
        return [
            f"Host: {origin.partition('//')[2]}",
            f"Cookie: __Host-sekisho-gate={made.reveal()}",
            "Accept: application/fhir+json",
        ]

    found = Hospital(data, port, fields(fhir), fields(bulk))
    here.close()
    return found


def _certificate(data: Path) -> str:
    names, now = ["fhir.localhost", "bulk.localhost"], dt.datetime.now(dt.UTC)
    medium = data.parent / "medium"
    medium.mkdir()
    authority = certificates.make_authority(
        medium, names, Secret("a long word of twelve"), now, data=data
    )
    place = certificates.keep(data, authority.issue(names, now))
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
        place / "certificate.pem", place / "key.pem"
    )
    return f'certificate = "{place}/certificate.pem"\nprivate_key = "{place}/key.pem"\n'


def wait(port: int, process: subprocess.Popen[bytes] | None = None) -> float:
    """Return the seconds until something listens at `port`."""
    began = time.monotonic()
    while time.monotonic() - began < 100:
        assert process is None or process.poll() is None, "it ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return time.monotonic() - began
        time.sleep(0.01)
    raise TimeoutError(port)
