"""The gate beside its peers, in one run: nginx, nginx with auth_request, plain aiohttp.

Prints medians, ratios to nginx of the same round, and CPU microseconds a request of each
proxy's own processes. Needs wrk and nginx (Debian); about four minutes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from sekisho import access, care, identity
from sekisho.access.files import shipped
from sekisho.app.gate import CACHE
from sekisho.app.installation import open_installation
from sekisho.identity.crossing import issue_crossing, redeem_crossing
from sekisho.identity.sessions import token_hash

ROUNDS = int(os.environ.get("SEKISHO_ROUNDS", "3"))
SECONDS = 4
SYSTEM = "urn:oid:1.2.3"
HERE = Path(__file__).parent


def free_port() -> int:
    """Return a port of loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Row:
    """One setup: where to ask, with which headers, whose processes it costs."""

    name: str
    port: int
    headers: list[str]
    processes: list[psutil.Process]
    rate: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    bulk: list[float] = field(default_factory=list)


def nginx(folder: Path, body: str) -> subprocess.Popen[bytes]:
    """Start a private nginx with one worker."""
    folder.mkdir(exist_ok=True)
    (folder / "nginx.conf").write_text(
        "daemon off; master_process off; worker_processes 1; pid nginx.pid; error_log stderr error;"
        " events { worker_connections 1024; } http { access_log off; keepalive_requests 100000000;"
        " client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp;"
        f" scgi_temp_path tmp; sendfile on; {body} }}",
        encoding="utf-8",
    )
    return subprocess.Popen(["nginx", "-p", str(folder), "-c", "nginx.conf"], cwd=folder)


def hospital(data: Path, gate: int, upstream: int) -> str:
    """Set up an installation whose gate stands before `upstream`; return a doctor's pass."""
    data.mkdir(mode=0o700)
    origin = f"http://fhir.localhost:{gate}"
    (data / "gate.toml").write_text(
        f'[gate]\nport = {gate}\n[route.fhir]\norigin = "{origin}"\n'
        f'upstream = "http://127.0.0.1:{upstream}"\nadapter = "fhir"\n'
        f'patient_system = "{SYSTEM}"\n',
        encoding="utf-8",
    )
    here = open_installation(data, create=True)
    staff = data / "staff.csv"
    staff.write_text("職員番号,氏名,職種,所属\nD1,関 一,医師,外科\n", encoding="utf-8")
    care.load([staff], database=here.database, clock=here.clock)
    now = here.clock.now()
    change = access.propose(here.database, shipped(), by="S1", at=now, note="bench")
    access.approve(here.database, change.number, by="S2", at=now, reason="bench")
    (data / "gate").mkdir(mode=0o700)
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
    code = issue_crossing(
        here.database, here.clock, session.id, origin=origin, state=token_hash("s")
    )
    made = redeem_crossing(here.database, here.clock, code.reveal(), origin=origin, state="s")
    here.close()
    assert made is not None
    return made.reveal()


def wait(port: int) -> float:
    """Return the seconds until something listens at `port`."""
    began = time.monotonic()
    while time.monotonic() - began < 60:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return time.monotonic() - began
        time.sleep(0.01)
    raise TimeoutError(port)


def wrk(row: Row, path: str, connections: int, seconds: int = SECONDS) -> tuple[float, float, str]:
    """Return requests a second, bytes a second, and what wrk said; 200 alone counts."""
    headers = [word for header in row.headers for word in ("-H", header)]
    said = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *headers,
         f"http://127.0.0.1:{row.port}{path}"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "Non-2xx" not in said, f"{row.name}: {said}"
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])  # type: ignore[index]
    moved = re.search(r"Transfer/sec:\s+([\d.]+)(\w+)", said)
    assert moved
    unit = {"KB": 1e3, "MB": 1e6, "GB": 1e9, "B": 1}[moved[2]]
    return rate, float(moved[1]) * unit, said


def cpu(processes: list[psutil.Process]) -> float:
    """Return the CPU seconds that `processes` have used."""
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def main() -> None:
    """Run everything and print it."""
    for tool in ("wrk", "nginx"):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is needed (Debian: {tool if tool == 'wrk' else 'nginx-light'})")
    with tempfile.TemporaryDirectory(prefix="sekisho-bench-") as name:
        bench(Path(name))


def bench(folder: Path) -> None:
    """Start every setup, ask each in turn, print the table."""
    up, proxied, authed, decides, plain, gate = (free_port() for _ in range(6))
    www = folder / "www"
    (www / "Observation").mkdir(parents=True)
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
    (www / "Patient").mkdir()
    (www / "Patient" / "1").write_text(json.dumps(patient))
    (www / "bulk").write_bytes(os.urandom(50_000_000))
    token = hospital(folder / "data", gate, up)
    started = [
        nginx(
            folder / "up",
            f"types {{ }} default_type application/fhir+json;"
            f" server {{ listen 127.0.0.1:{up}; root {www}; }}",
        ),
        nginx(
            folder / "proxy",
            f"upstream u {{ server 127.0.0.1:{up}; keepalive 64; }}"
            f" server {{ listen 127.0.0.1:{proxied}; location / {{ proxy_pass http://u;"
            ' proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering on; } }'
            f" server {{ listen 127.0.0.1:{authed}; location / {{ auth_request /ask; proxy_pass http://u;"
            ' proxy_http_version 1.1; proxy_set_header Connection ""; }'
            f" location = /ask {{ internal; proxy_pass http://127.0.0.1:{decides};"
            ' proxy_pass_request_body off; proxy_set_header Content-Length ""; } }',
        ),
        *(
            subprocess.Popen([sys.executable, str(HERE / "worker.py"), *words])
            for words in (
                ["auth", str(decides)],
                ["plain", str(plain), f"http://127.0.0.1:{up}"],
                ["gate", str(folder / "data")],
            )
        ),
    ]
    try:
        for port in (up, proxied, authed, decides, plain):
            wait(port)
        print(f"gate start with its cached table: {wait(gate):.2f} s (with the others)")
        of = [psutil.Process(process.pid) for process in started]
        pass_ = [
            f"Host: fhir.localhost:{gate}",
            f"Cookie: __Host-sekisho-gate={token}",
            "Accept: application/fhir+json",
        ]
        rows = [
            Row("nginx proxy_pass", proxied, [], [of[1]]),
            Row("nginx + auth_request", authed, [], [of[1], of[2]]),
            Row("plain aiohttp", plain, [], [of[3]]),
            Row("gate", gate, pass_, [of[4]]),
        ]
        measure(rows)
        memory = of[4].memory_info().rss / 1e6
        print(f"gate worker: {memory:.0f} MB (recorder inside)")
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(20)


def measure(rows: list[Row]) -> None:
    """Ask each setup in turn, round by round."""
    for row in rows:
        wrk(row, "/Observation/1", 8, 1)
    for _ in range(ROUNDS):
        for row in rows:
            before = cpu(row.processes)
            rate, _, _ = wrk(row, "/Observation/1", 32)
            row.rate.append(rate)
            row.cpu.append((cpu(row.processes) - before) / (rate * SECONDS) * 1e6)
    print(f"{'2 KB FHIR answer, 32 connections':34} {'req/s':>8} {'of nginx':>9} {'CPU µs':>7}")
    for row in rows:
        ratio = statistics.median(a / b for a, b in zip(row.rate, rows[0].rate, strict=True))
        print(
            f"{row.name:34} {statistics.median(row.rate):8.0f} {ratio:9.2f} {statistics.median(row.cpu):7.0f}"
        )
    for row in rows:
        _, _, said = wrk(row, "/Observation/1", 1)
        found = dict(re.findall(r"(50%|99%)\s+([\d.]+\w+)", said))
        print(f"{row.name:34} one connection: p50 {found['50%']}, p99 {found['99%']}")


if __name__ == "__main__":
    main()
