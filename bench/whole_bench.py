"""The whole way on this machine: a month's CSV to sealed records, its review, the first page.

Run: .venv/bin/python bench/whole_bench.py
It makes everything in a folder of its own and removes it; the month is simulated. The peer
of the import is a plain loop (csv.DictReader and strptime into SQLite, nothing provable).
The commands run as an installed program does, with its modules compiled.
"""

from __future__ import annotations

import csv
import datetime as dt
import http.client
import os
import re
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

import psutil
from table import head, judged, rate, row

from sekisho import identity
from sekisho.app.demo.hospital import make
from sekisho.app.installation import open_installation
from sekisho.identity import Role
from sekisho.terms import Secret

ROWS = 150_000
PAGES = ("/records", "/review", "/review/month")
PASSWORD = "bench-only-9f3c17"
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
ENVIRONMENT.setdefault("PYTHONPYCACHEPREFIX", tempfile.mkdtemp(prefix="sekisho-bench-"))


def run(*args: str) -> float:
    """Run `sekisho` and return its wall seconds."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "sekisho", *args],
        check=True,
        stdout=subprocess.DEVNULL,
        env=ENVIRONMENT,
    )
    return time.perf_counter() - began


def peer(log: Path, database: Path) -> float:
    """Return the seconds in which a plain loop puts the same rows into SQLite."""
    began = time.perf_counter()
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE log (at TEXT, user TEXT, patient TEXT, screen TEXT, act TEXT)")
    with log.open(encoding="cp932", newline="") as file:
        rows = []
        for row in csv.DictReader(file):
            at = dt.datetime.strptime(row["アクセス日時"], "%Y/%m/%d %H:%M:%S")  # noqa: DTZ007 (a plain loop)
            rows.append(
                (at.isoformat(), row["利用者ID"], row["患者ID"], row["機能名"], row["処理"])
            )
            if len(rows) == 2_000:
                connection.executemany("INSERT INTO log VALUES (?,?,?,?,?)", rows)
                connection.commit()
                rows = []
        connection.executemany("INSERT INTO log VALUES (?,?,?,?,?)", rows)
        connection.commit()
    connection.close()
    return time.perf_counter() - began


def free_port() -> int:
    """Return a port of loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Browser:
    """Enough of one to sign in: keeps cookies, Secure ones too, and follows nothing."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Return status, Location and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        origin = f"http://localhost:{self.port}"
        headers = {
            "Host": f"localhost:{self.port}",
            "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()),
            "Origin": origin,
            "Sec-Fetch-Site": "same-origin",
        }
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request("POST" if form is not None else "GET", path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        connection.close()
        return answer.status, answer.getheader("Location") or "", text


def console(data: Path, port: int) -> tuple[list[float], float]:
    """Return the milliseconds of the first page, thirty times, and the console's MB after use."""
    tree = subprocess.Popen(
        [sys.executable, "-m", "sekisho", "serve", "--data", str(data)],
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        env=ENVIRONMENT,
    )
    try:
        browser = Browser(port)
        for _ in range(400):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        _, _, page = browser.ask("/sign-in")
        hidden = dict(re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', page))
        status, _, _ = browser.ask(
            "/sign-in", {**hidden, "user_id": "U1", "user": "U1", "password": PASSWORD}
        )
        assert status in {302, 303}, f"sign-in answered {status}"
        times = []
        for _ in range(30):
            began = time.perf_counter()
            status, _, page = browser.ask("/")
            times.append((time.perf_counter() - began) * 1000)
            assert status == 200, f"the first page answered {status}"
            assert "今日やること" in page
            assert "/sign-out" in page
        for path in PAGES:
            status, _, _ = browser.ask(path)
            assert status == 200, f"{path} answered {status}"
        memory = max(
            child.memory_info().rss
            for child in psutil.Process(tree.pid).children(recursive=True)
            if child.status() != psutil.STATUS_ZOMBIE and child.cmdline()[-1:] == ["console"]
        )
        return times, memory / 1e6
    finally:
        os.kill(tree.pid, signal.SIGTERM)
        tree.wait(30)


def main() -> None:
    """Measure and print."""
    folder = Path(tempfile.mkdtemp(prefix="sekisho-bench-"))
    try:
        truth = make(folder / "hospital", rows=ROWS)
        data = folder / "data"
        data.mkdir(mode=0o700)
        port = free_port()
        (data / "sekisho.toml").write_text(f"[console]\nport = {port}\n", encoding="utf-8")
        few = folder / "few.csv"
        few.write_bytes(b"".join(truth.log.open("rb").readlines()[:50]))
        run("collect", str(few), "--data", str(folder / "few"))  # compiles what is measured below
        head()
        plain = peer(truth.log, folder / "peer.db")
        took = run("collect", str(truth.log), "--data", str(data))
        row(
            f"CSV, {ROWS:,} rows, to sealed records",
            f"{took:.1f} s",
            peer=f"plain loop, nothing provable: {plain:.1f} s",
            ratio=plain / took,
            target=judged(took, "<= 10 s"),
        )
        row("the same as a rate", rate(ROWS, took), peer=rate(ROWS, plain))
        run("care", "load", *map(str, truth.lists), "--data", str(data))
        run("review", "approve", "--shipped", "--by", "U1", "--data", str(data))
        installation = open_installation(data)
        from sekisho import review  # noqa: PLC0415 (after the import is timed)

        seconds = []
        for _ in range(3):
            done = review.run(installation.database, installation.reader(), installation.clock)
            seconds.append(float(done.summary["seconds"]))
        spent = statistics.median(seconds)
        row("review of that month, median of 3", f"{spent:.1f} s", target=judged(spent, "<= 3 s"))
        identity.create_demo_account(
            installation.database,
            installation.clock,
            user_id="U1",
            name="計測用（模擬）",
            roles={Role.REVIEWER},
            password=Secret(PASSWORD),
        )
        installation.close()
        times, memory = console(data, port)
        page = statistics.median(times)
        row("console, first page, median of 30", f"{page:.0f} ms", target=judged(page, "<= 150 ms"))
        row("console, first page, slowest of 30", f"{max(times):.0f} ms")
        row("console process after use", f"{memory:.0f} MB", target=judged(memory, "<= 200 MB"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(ENVIRONMENT["PYTHONPYCACHEPREFIX"], ignore_errors=True)


if __name__ == "__main__":
    main()
