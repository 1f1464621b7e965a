"""A large file is read and recorded by two processes; killing either loses and doubles nothing."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from sekisho.app.installation import open_installation
from sekisho.ledger import verify

pytestmark = pytest.mark.crash

ROWS = 40_000


def collect(path: Path, data: Path) -> subprocess.Popen[bytes]:
    """Start the command."""
    words = [sys.executable, "-m", "sekisho", "collect", str(path), "--data", str(data), "--json"]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.duty("1-3")
@pytest.mark.timeout(300)
def test_either_process_killed_loses_nothing(data: Path, tmp_path: Path) -> None:
    """Whichever of the two is killed, no process stays, and the command once more brings every row once."""
    path, chance = tmp_path / "month.jsonl", random.Random(3)
    with path.open("w", encoding="utf-8") as file:
        for number in range(ROWS):
            line = {
                "occurred_at": f"2026-10-{1 + number * 30 // ROWS:02d}T00:00:00.{number % 1000:03d}Z",
                "source": "portal",
                "user_id": f"D{number}",
                "action": "read",
                "patient_ids": [{"id": f"{number:010d}", "authority": None}],
            }
            file.write(json.dumps(line) + "\n")
    for turn in range(4):
        with collect(path, data) as command:
            until = time.monotonic() + 60
            while not (data / "run" / "recorder.sock").exists() and command.poll() is None:
                assert time.monotonic() < until
                time.sleep(0.005)
            time.sleep(chance.uniform(0, 0.6))
            children = psutil.Process(command.pid).children() if command.poll() is None else []
            victim = children[0].pid if children and turn % 2 else command.pid
            if command.poll() is None:
                with contextlib.suppress(ProcessLookupError):  # it ended just now
                    os.kill(victim, signal.SIGKILL)
            command.communicate(timeout=60)
            gone, alive = psutil.wait_procs(children, timeout=30)
            assert not alive, gone
    with collect(path, data) as command:
        said, wrong = command.communicate(timeout=120)
    assert command.returncode == 0, wrong
    report = json.loads(said.splitlines()[0])
    assert report["added"] + report["already"] == ROWS
    installation = open_installation(data)
    rows = sorted(
        line["origin"]["row"]
        for line in installation.reader().jsonl()
        if line["source"] == "portal"
    )
    installation.close()
    assert rows == list(range(1, ROWS + 1))
    assert verify(data).ok
