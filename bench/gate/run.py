"""The gate beside its peers, in one run: nginx, nginx with auth_request, plain aiohttp.

Prints medians, ratios to nginx of the same round, and CPU microseconds a request of each
setup's own processes; then 50 MB, latency at 100 requests a second, a decision, memory and
start. Needs wrk and nginx (Debian); about four minutes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from decision import decision
from hospital import BULK, READ, Hospital, files, free_port, hospital, nginx, wait
from load import median, paced, percent, wrk

from sekisho.app.gate import CACHE

ROUNDS = int(os.environ.get("SEKISHO_ROUNDS", "3"))
SECONDS = 3
HERE = Path(__file__).parent


@dataclass
class Row:
    """One setup: where to ask, with which headers, whose processes it costs."""

    name: str
    port: int
    processes: list[psutil.Process]
    headers: list[str] = field(default_factory=list)
    bulk: list[str] = field(default_factory=list)
    recorder: psutil.Process | None = None
    tls: bool = False
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    recording: list[float] = field(default_factory=list)


class Bench:
    """Everything that runs, ended at last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[subprocess.Popen[bytes]] = []
        # As an installed program has it: modules are compiled once, not at each start.
        self._environment = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
            "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
        }  # fmt: skip

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a process of ours."""
        self.started.append(subprocess.Popen([sys.executable, *command], env=self._environment))
        return self.started[-1]

    def nginx(self, name: str, body: str) -> psutil.Process:
        """Start an nginx."""
        self.started.append(nginx(self.folder / name, body))
        return psutil.Process(self.started[-1].pid)

    def end(self) -> None:
        """End all."""
        for process in reversed(self.started):
            process.terminate()
            process.wait(30)

    def serve(self, here: Hospital, *names: str) -> list[psutil.Process]:
        """Start parts of `sekisho serve` as an installation runs them; the last one listens."""
        found = []
        for name in names:
            words = ["-m", "sekisho", "serve", "--only", name, "--data", str(here.data)]
            found.append(psutil.Process(self.start(*words).pid))
            while name == "recorder" and not (here.data / "run" / "recorder.sock").exists():
                time.sleep(0.05)
        wait(here.port, self.started[-1])
        return found

    def rows(self) -> list[Row]:
        """Start every setup and return how it is asked."""
        up, proxied, authed, decides, plain, edge = (free_port() for _ in range(6))
        files(self.folder / "www")
        inside = hospital(self.folder / "inside", up)
        apart = hospital(self.folder / "apart", up)
        over = hospital(self.folder / "tls", up, tls=True)
        self.nginx(
            "up",
            "types { } default_type application/fhir+json;"
            f" server {{ listen 127.0.0.1:{up}; root {self.folder / 'www'}; }}",
        )
        keep = ' proxy_http_version 1.1; proxy_set_header Connection "";'
        proxy = self.nginx(
            "proxy",
            f"upstream u {{ server 127.0.0.1:{up}; keepalive 64; }}"
            f" upstream g {{ server 127.0.0.1:{inside.port}; keepalive 64; }}"
            f" server {{ listen 127.0.0.1:{proxied}; location / {{ proxy_pass http://u;{keep} }} }}"
            f" server {{ listen 127.0.0.1:{edge}; location / {{ proxy_pass http://g;{keep}"
            " proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr; } }"
            f" server {{ listen 127.0.0.1:{authed};"
            f" location / {{ auth_request /ask; proxy_pass http://u;{keep} }}"
            f" location = /ask {{ internal; proxy_pass http://127.0.0.1:{decides};"
            ' proxy_pass_request_body off; proxy_set_header Content-Length ""; } }',
        )
        worker = str(HERE / "worker.py")
        auth = psutil.Process(self.start(worker, "auth", str(decides)).pid)
        bare = psutil.Process(self.start(worker, "plain", str(plain), f"http://127.0.0.1:{up}").pid)
        for port in (up, proxied, authed, decides, plain):
            wait(port)
        self._starts(inside)
        gate = psutil.Process(self.start(worker, "gate", str(inside.data)).pid)
        wait(inside.port, self.started[-1])
        recorder, alone = self.serve(apart, "recorder", "gate")
        keeper, tls = self.serve(over, "recorder", "gate")
        return [
            Row("nginx proxy_pass", proxied, [proxy]),
            Row("nginx + auth_request", authed, [proxy, auth]),
            Row("plain aiohttp", plain, [bare]),
            Row("gate", inside.port, [gate], inside.headers, inside.bulk),
            Row("gate behind the edge", edge, [proxy, gate], inside.headers, inside.bulk),
            Row("gate, recorder apart", apart.port, [alone], apart.headers, apart.bulk, recorder),
            Row("gate, TLS, recorder apart", over.port, [tls], over.headers, over.bulk, keeper, tls=True),
        ]  # fmt: skip

    def _starts(self, here: Hospital) -> None:
        """Print how long a worker takes to listen, with its table kept and without."""
        for what, target in (
            ("the first time (modules not compiled)", "-"),
            ("with its kept table", "<= 1.5 s"),
            ("without", "<= 4.5 s"),
        ):
            if what == "without":
                (here.data / CACHE).unlink()
            began = time.monotonic()
            process = self.start(str(HERE / "worker.py"), "gate", str(here.data))
            wait(here.port, process)
            print(f"start {what}: {time.monotonic() - began:.2f} s ({target})", flush=True)
            process.terminate()
            process.wait(30)
            self.started.remove(process)


def cpu(processes: list[psutil.Process]) -> float:
    """Return the CPU seconds that `processes` have used."""
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def loaded(rows: list[Row]) -> None:
    """Ask each setup in turn for the 2 KB answer, round by round."""
    for row in rows:
        wrk(row.port, row.headers, READ, connections=8, seconds=1, tls=row.tls)
    for _ in range(ROUNDS):
        for row in rows:
            recorders = [row.recorder] if row.recorder else []
            before, kept = cpu(row.processes), cpu(recorders)
            rate, _ = wrk(row.port, row.headers, READ, seconds=SECONDS, tls=row.tls)
            row.rates.append(rate)
            row.costs.append((cpu(row.processes) - before) / (rate * SECONDS) * 1e6)
            row.recording.append((cpu(recorders) - kept) / (rate * SECONDS) * 1e6)
    print(f"\n{'2 KB FHIR answer, 32 connections':34} {'req/s':>7} {'of nginx':>9} {'CPU µs':>7}")
    for row in rows:
        ratio = median([a / b for a, b in zip(row.rates, rows[0].rates, strict=True)])
        more = f"  + recorder {median(row.recording):.0f}" if row.recorder else ""
        target = "  (>= 0.27, <= 230)" if row.name == "gate" else ""
        print(
            f"{row.name:34} {median(row.rates):7.0f} {ratio:9.2f} {median(row.costs):7.0f}{more}{target}"
        )


def bulk(rows: list[Row]) -> None:
    """Ask for 50 MB, two at once."""
    print(f"\n{'50 MB, 2 connections':34} {'MB/s':>7} {'of nginx':>9}")
    moved: dict[str, list[float]] = {row.name: [] for row in rows}
    for _ in range(ROUNDS):
        for row in rows:
            _, speed = wrk(row.port, row.bulk, BULK, connections=2, seconds=SECONDS, tls=row.tls)
            moved[row.name].append(speed / 1e6)
    first = moved[rows[0].name]
    for row in rows:
        ratio = median([a / b for a, b in zip(moved[row.name], first, strict=True)])
        target = {"gate": "  (>= 0.6)", "gate behind the edge": "  (>= 0.85)"}.get(row.name, "")
        print(f"{row.name:34} {median(moved[row.name]):7.0f} {ratio:9.2f}{target}")


def quiet(rows: list[Row]) -> None:
    """Ask 100 times a second, each at its time."""
    print(f"\n{'2 KB, 100 requests/s':34} {'p50 ms':>7} {'p99 ms':>7} {'added p50':>10}")
    base = 0.0
    for row in rows:
        took = paced(row.port, row.headers or ["Host: a"], READ, rate=100, seconds=6)
        half = percent(took, 0.5)
        base = base or half
        target = "  (added <= 0.5 + a commit, p99 <= 10)" if row.name == "gate" else ""
        print(f"{row.name:34} {half:7.2f} {percent(took, 0.99):7.2f} {half - base:10.2f}{target}")


def main() -> None:
    """Run everything and print it."""
    for tool in ("wrk", "nginx"):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is needed (Debian: {tool if tool == 'wrk' else 'nginx-light'})")
    first, again, whole = decision()
    print(f"a decision: {first:.1f} µs the first time, {again:.1f} µs again (<= 2 µs);", end=" ")
    print(f"with care, protection, mode and glass {whole:.1f} µs the first time in a minute")
    with tempfile.TemporaryDirectory(prefix="sekisho-bench-") as name:
        bench = Bench(Path(name))
        try:
            rows = bench.rows()
            loaded(rows)
            plain = [row for row in rows if not row.tls]
            bulk([row for row in plain if row.bulk or row is rows[0]])
            quiet(plain)
            print()
            for row in rows:
                if row.bulk and "edge" not in row.name:
                    memory = row.processes[-1].memory_info().rss / 1e6
                    print(f"{row.name}: {memory:.0f} MB a worker (<= 120 MB)")
        finally:
            bench.end()


if __name__ == "__main__":
    main()
