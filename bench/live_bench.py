"""How fast audit messages that come by TLS are on record, and how long each is not.

Run: .venv/bin/python bench/live_bench.py [--messages 30000] [--seconds 20]
A real `sekisho serve` (recorder, listener, console, jobs) takes ATNA messages by syslog over
TLS with certificates of both sides (RFC 5425), made and sent by this process on the same
machine. "Durable" is what the recorder says it has written and flushed, asked every two
milliseconds. There is no peer: rsyslog writes lines and proves nothing.
"""

from __future__ import annotations

import argparse
import datetime as dt
import multiprocessing
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from table import head, judged, rate, row

from sekisho.errors import UnavailableError
from sekisho.ledger import Client

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.peers.senders import Papers  # noqa: E402 (same)
from tests.ports import free_port  # noqa: E402 (found only now)

A_SECOND = 500
"""Messages a second at which the time to durable is measured."""
AUDIT = (
    '<85>1 {at} pacs ris 1 IHE+RFC-3881 - <?xml version="1.0"?>'
    '<AuditMessage><EventIdentification EventActionCode="R" EventDateTime="{at}" '
    'EventOutcomeIndicator="0"><EventID csd-code="110110" codeSystemName="DCM" '
    'originalText="Patient Record"/></EventIdentification>'
    '<ActiveParticipant UserID="D{user}" UserIsRequestor="true" NetworkAccessPointID="10.1.{ward}.7"'
    ' NetworkAccessPointTypeCode="2"/>'
    '<AuditSourceIdentification AuditEnterpriseSiteID="h" AuditSourceID="pacs"/>'
    '<ParticipantObjectIdentification ParticipantObjectID="{patient:08d}^^^&amp;1.2.3&amp;ISO" '
    'ParticipantObjectTypeCode="1" ParticipantObjectTypeCodeRole="1"/></AuditMessage>'
)


def messages(start: int, count: int) -> list[bytes]:
    """Return audit messages, each unlike every other, with their octet counts."""
    now = dt.datetime.now(dt.UTC)
    made = []
    for number in range(start, start + count):
        at = (now + dt.timedelta(milliseconds=number)).isoformat(timespec="milliseconds")
        text = AUDIT.format(at=at, user=number % 800, ward=number % 40, patient=number).encode()
        made.append(b"%d %s" % (len(text), text))
    return made


@contextmanager
def serving(folder: Path) -> Iterator[tuple[Path, int, Papers]]:
    """Give a data directory, its listener's port and the certificates, everything running."""
    data, port, papers = folder / "data", free_port(), Papers.made(folder)
    data.mkdir(mode=0o700)
    (data / "sekisho.toml").write_text(f"[console]\nport = {free_port()}\n", "utf-8")
    (data / "collect.toml").write_text(
        f'[syslog.pacs]\ntransport = "tls"\nport = {port}\n'
        f'certificate = "{papers.server}"\nprivate_key = "{papers.server_key}"\n'
        f'authority = "{papers.authority}"\n',
        "utf-8",
    )
    command = [sys.executable, "-m", "sekisho", "serve", "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            yield data, port, papers
        finally:
            process.terminate()
            process.wait(60)


def connected(port: int, papers: Papers) -> ssl.SSLSocket:
    """Return a connection with both certificates, once the listener is there."""
    context = ssl.create_default_context(cafile=str(papers.authority))
    context.load_cert_chain(papers.sender, papers.sender_key)
    until = time.monotonic() + 120
    while True:
        try:
            plain = socket.create_connection(("127.0.0.1", port), 60)
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
            continue
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return context.wrap_socket(plain, server_hostname="localhost")


def size(data: Path) -> int:
    """Return how many records are durable, waiting for the recorder."""
    while True:
        client = Client(data)
        try:
            return client.size()
        except UnavailableError:
            time.sleep(0.1)
        finally:
            client.close()


def watch(data: Path, until: int, seen: list[tuple[float, int]]) -> None:
    """Note when how many were durable, until `until` are."""
    client = Client(data)
    last = 0
    while last < until:
        found = client.size()
        if found != last:
            seen.append((time.monotonic(), found))
            last = found
        time.sleep(0.002)
    client.close()


def _pour(port: int, papers: Papers, start: int, count: int) -> None:
    made = messages(start, count)
    with connected(port, papers) as stream:
        for at in range(0, count, 50):
            stream.sendall(b"".join(made[at : at + 50]))


def poured(data: Path, port: int, papers: Papers, count: int) -> None:
    """Send as fast as is taken, on two connections, and measure until all are durable."""
    before = size(data)
    half = count // 2
    senders = [
        multiprocessing.get_context("spawn").Process(
            target=_pour, args=(port, papers, number * half, half)
        )
        for number in range(2)
    ]
    for one in senders:
        one.start()
    seen: list[tuple[float, int]] = []
    watch(data, before + 2 * half, seen)
    for one in senders:
        one.join()
    began, first = next(pair for pair in seen if pair[1] > before)
    took = seen[-1][0] - began
    done = before + 2 * half - first
    row(
        "ATNA over TLS, two senders",
        rate(done, took),
        target=judged(done / took, ">= 3,000 /s"),
    )


def paced(data: Path, port: int, papers: Papers, seconds: int) -> None:
    """Send some a second and measure how long each is not durable yet."""
    made = messages(10_000_000, A_SECOND * seconds)
    before = size(data)
    seen: list[tuple[float, int]] = []
    watching = threading.Thread(target=watch, args=(data, before + len(made), seen))
    watching.start()
    sent: list[float] = []
    with connected(port, papers) as stream:
        began = time.monotonic()
        for number, message in enumerate(made):
            wait = began + number / A_SECOND - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            stream.sendall(message)
            sent.append(time.monotonic())
        watching.join(120)
    waits = []
    at = 0
    for moment, found in seen:
        while at < len(sent) and before + at < found:
            waits.append(moment - sent[at])
            at += 1
    waits = [wait * 1000 for wait in waits]
    cut = statistics.quantiles(waits, n=100)
    row(
        f"sent to durable, {A_SECOND}/s, p50",
        f"{cut[49]:.1f} ms",
    )
    row(
        f"sent to durable, {A_SECOND}/s, p99",
        f"{cut[98]:.1f} ms",
        target=judged(cut[98], "<= 50 ms"),
    )


def main() -> None:
    """Run both."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=30_000)
    parser.add_argument("--seconds", type=int, default=20)
    given = parser.parse_args()
    head()
    with tempfile.TemporaryDirectory(prefix="sekisho-live-") as name, serving(Path(name)) as house:
        connected(house[1], house[2]).close()
        poured(*house, given.messages)
        paced(*house, given.seconds)


if __name__ == "__main__":
    main()
