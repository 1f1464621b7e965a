"""The whole way on this machine: a month's CSV to sealed records, its review, the first page.

Run it as a script; it makes everything in a folder of its own and removes it. The
month is simulated. Peers in the same run: a plain reading loop (csv.DictReader and
strptime into SQLite, nothing provable) for the import, none for the rest.
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

from sekisho import identity
from sekisho.app.demo.hospital import make
from sekisho.app.installation import open_installation
from sekisho.identity import Role
from sekisho.terms import Secret

ROWS = 150_000
PASSWORD = "bench-only-9f3c17"


def run(*args: str) -> float:
    """Run `sekisho` and return its wall seconds."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "sekisho", *args], check=True, stdout=subprocess.DEVNULL)
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


def console(data: Path, port: int) -> tuple[float, float]:
    """Return the median milliseconds of the first page and the console's MiB."""
    tree = subprocess.Popen(
        [sys.executable, "-m", "sekisho", "serve", "--data", str(data)],
        stdout=subprocess.DEVNULL,
        start_new_session=True,
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
            status, _, _ = browser.ask("/")
            times.append((time.perf_counter() - began) * 1000)
            assert status == 200, f"the first page answered {status}"
        browser.ask("/records")
        memory = max(
            child.memory_info().rss
            for child in psutil.Process(tree.pid).children(recursive=True)
            if child.cmdline()[-1:] == ["console"]
        )
        return statistics.median(times), memory / 2**20
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
        plain = peer(truth.log, folder / "peer.db")
        took = run("collect", str(truth.log), "--data", str(data))
        print(
            f"CSV of {ROWS:,} rows to durable, provable, sealed records: {took:.1f} s"
            f" ({ROWS / took:,.0f} rows/s; a plain loop into SQLite, nothing provable: {plain:.1f} s)"
        )
        run("care", "load", *map(str, truth.lists), "--data", str(data))
        run("review", "approve", "--shipped", "--by", "U1", "--data", str(data))
        installation = open_installation(data)
        from sekisho import review  # noqa: PLC0415 (after the import is timed)

        seconds = []
        for _ in range(3):
            done = review.run(installation.database, installation.reader(), installation.clock)
            seconds.append(float(done.summary["seconds"]))
        print(f"review of that month: {statistics.median(seconds):.1f} s (median of 3)")
        identity.create_demo_account(
            installation.database,
            installation.clock,
            user_id="U1",
            name="計測用（模擬）",
            roles={Role.REVIEWER},
            password=Secret(PASSWORD),
        )
        installation.close()
        page, memory = console(data, port)
        print(f"console, first page: {page:.0f} ms (median of 30); its process: {memory:.0f} MiB")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
