"""However a demonstration ends, no folder and no process of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from tests.ports import free_port


def _of(place: Path) -> list[str]:
    """Return what still runs with `place` in its arguments."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if any(str(place) in word for word in words):
            found.append(" ".join(words))
    return found


@pytest.mark.crash
@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("number", "until"),
    [
        (signal.SIGTERM, " 1."),
        (signal.SIGINT, "Ctrl-C"),
        (signal.SIGHUP, "Ctrl-C"),
        (signal.SIGKILL, "Ctrl-C"),
    ],
)
def test_a_demo_leaves_nothing(tmp_path: Path, number: signal.Signals, until: str) -> None:
    """Ended early or while it runs, by Ctrl-C, SIGTERM, a closed terminal or a kill: all is gone."""
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "sekisho", "demo", "--no-browser"),
            *("--rows", "1000", "--port", str(free_port())),
        ],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1", "SEKISHO_LANG": "ja"},
    ) as demo:
        assert demo.stdout is not None
        assert any(until in line for line in demo.stdout), "the demo ended before it was ready"
        demo.send_signal(number)
        demo.wait(60)
    for _ in range(900):
        if not list(tmp_path.iterdir()) and not _of(tmp_path):
            break
        time.sleep(0.1)

    assert list(tmp_path.iterdir()) == []
    assert _of(tmp_path) == []
