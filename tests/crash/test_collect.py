"""Recorder and listener killed while messages come: none that was taken is lost, none is twice."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.ports import free_port

from sekisho import collect
from sekisho.app.installation import open_installation
from sekisho.errors import UnavailableError
from sekisho.ledger import Client, verify

pytestmark = pytest.mark.crash

COUNT = 6000
KILLS = int(os.environ.get("SEKISHO_TREE_KILLS", "3"))


@pytest.fixture
def port() -> int:
    """The listener's port."""
    return free_port()


@pytest.fixture
def serving(data: Path, port: int) -> Iterator[psutil.Process]:
    """Everything running, with a listener for TCP."""
    (data / "sekisho.toml").write_text(f"[console]\nport = {free_port()}\n", encoding="utf-8")
    (data / "collect.toml").write_text(
        f'[syslog.hosts]\ntransport = "tcp"\nport = {port}\n', encoding="utf-8"
    )
    command = [sys.executable, "-m", "sekisho", "serve", "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(60)


def kill(serving: psutil.Process, part: str) -> None:
    """Kill one part, without a chance to say anything; the supervisor starts it again."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for child in serving.children():
            with contextlib.suppress(psutil.Error):  # a killed one that was not yet buried
                if child.cmdline()[-1:] == [part]:
                    os.kill(child.pid, signal.SIGKILL)
                    # Until it is gone its sockets still take connections that nobody reads.
                    child.wait(30)
                    return
        time.sleep(0.05)
    pytest.fail(f"{part} does not run")


def connect(port: int) -> socket.socket:
    """Connect once the listener is there."""
    until = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 60)
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.05)


def line(number: int) -> bytes:
    """Return the `number`-th line, unlike every other."""
    return b"<13>1 2026-11-01T00:00:00Z h app-%d - - - x\n" % number


def durable(data: Path, count: int) -> int:
    """Wait until `count` records are durable; return how many are."""
    until = time.monotonic() + 90
    while True:
        client = Client(data)
        try:
            size = client.size()
            if size >= count or time.monotonic() > until:
                return size
        except UnavailableError:
            assert time.monotonic() < until
        finally:
            client.close()
        time.sleep(0.1)


def objects(data: Path) -> Counter[str]:
    """Return how often each line is on record; the record must be intact."""
    installation = open_installation(data)
    try:
        with installation.recorder():
            pass
        assert verify(data).ok
        source = [s.name for s in collect.sources(installation.database)]
        return Counter(
            str(one["object"]) for one in installation.reader().jsonl() if one["source"] in source
        )
    finally:
        installation.close()


@pytest.mark.duty("1-3")
@pytest.mark.timeout(400)
def test_the_recorder_killed_loses_nothing_of_what_comes(
    serving: psutil.Process, data: Path, port: int
) -> None:
    """Killed again and again under a stream that is sent once, the recorder has every line once."""
    with connect(port) as stream:
        for number in range(COUNT):
            stream.sendall(line(number))
            if number % (COUNT // KILLS) == COUNT // KILLS - 1:
                kill(serving, "recorder")
                durable(data, 0)
        assert durable(data, COUNT) >= COUNT
    serving.terminate()
    serving.wait(60)

    assert objects(data) == Counter({f"h/app-{n}": 1 for n in range(COUNT)})


@pytest.mark.duty("1-3")
@pytest.mark.timeout(400)
def test_the_listener_killed_keeps_what_was_durable_and_doubles_nothing(
    serving: psutil.Process, data: Path, port: int
) -> None:
    """A sender that sends all again after each break brings every line to the record once."""
    for _ in range(KILLS):
        with connect(port) as stream:
            stream.sendall(b"".join(line(n) for n in range(COUNT // 2)))
            before = durable(data, 1)
        kill(serving, "collect")
        assert durable(data, before) >= before
    with connect(port) as stream:
        stream.sendall(b"".join(line(n) for n in range(COUNT)))
        durable(data, COUNT)
    serving.terminate()
    serving.wait(60)

    assert objects(data) == Counter({f"h/app-{n}": 1 for n in range(COUNT)})
