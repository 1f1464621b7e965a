"""The whole tree of processes, killed at any moment."""

from __future__ import annotations

import contextlib
import csv
import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from tests.ports import free_port

from sekisho.app.installation import open_installation
from sekisho.ledger import verify

KILLS = int(os.environ.get("SEKISHO_TREE_KILLS", "3"))
pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]


def _start(data: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "sekisho", "serve", "--data", str(data)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _family(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    try:
        parent = psutil.Process(process.pid)
        return [*parent.children(recursive=True), parent]
    except psutil.NoSuchProcess:
        return []


def _parts(process: subprocess.Popen[bytes]) -> dict[str, psutil.Process]:
    found = {}
    for one in _family(process):
        with contextlib.suppress(psutil.Error):  # some are there for a moment only
            words = one.cmdline()
            if "--only" in words:
                found[words[-1]] = one
    return found


def _ready(data: Path, port: int) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        with socket.socket() as probe, socket.socket(socket.AF_UNIX) as recorder:
            if (
                probe.connect_ex(("127.0.0.1", port)) == 0
                and recorder.connect_ex(str(data / "run" / "recorder.sock")) == 0
            ):
                return
        time.sleep(0.05)
    pytest.fail("the tree did not become ready")


@pytest.fixture
def served(data: Path) -> tuple[Path, int]:
    """A data directory set up, with a console port of its own."""
    port = free_port()
    (data / "sekisho.toml").write_text(f"[console]\nport = {port}\n", encoding="utf-8")
    open_installation(data, create=True).close()
    return data, port


def _log(path: Path, rows: int, first: int) -> None:
    with path.open("w", encoding="cp932", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["アクセス日時", "利用者ID", "患者ID", "処理", "端末"])
        for number in range(first, first + rows):
            minute, second = divmod(number % 3600, 60)
            writer.writerow(
                [
                    f"2026/10/{number // 86400 % 28 + 1:02d} {number // 3600 % 24:02d}:{minute:02d}:{second:02d}",
                    f"U{number % 300:05d}",
                    f"{number:010d}",
                    "参照",
                    f"PC-{number % 40:02d}",
                ]
            )


def test_a_killed_tree_loses_nothing_acknowledged(served: tuple[Path, int], tmp_path: Path) -> None:
    """However often everything is killed, what a finished import reported is there and verifies."""
    data, port = served
    rows = 1_500
    rng = random.Random(11)
    for number in range(KILLS):
        tree = _start(data)
        _ready(data, port)
        log = tmp_path / "log.csv"
        _log(log, rows, number * rows)
        reader = subprocess.Popen(
            [sys.executable, "-m", "sekisho", "collect", str(log), "--data", str(data)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(rng.uniform(0.3, 1.5))
        for one in _family(tree):
            try:
                os.kill(one.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        tree.wait(60)
        reader.wait(120)
        done = subprocess.run(
            [sys.executable, "-m", "sekisho", "collect", str(log), "--data", str(data)],
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()

    verdict = verify(data)
    assert verdict.ok, verdict.first_wrong
    installation = open_installation(data)
    patients = [
        record["patient_ids"][0]["id"]
        for record in installation.reader().jsonl()
        if record["patient_ids"]
    ]
    installation.close()
    # Each row has a patient of its own: none is missing, none is there twice.
    assert sorted(patients) == [f"{number:010d}" for number in range(KILLS * rows)]


def test_children_end_with_their_parent(served: tuple[Path, int]) -> None:
    """When the watching process is killed, no part goes on alone."""
    data, port = served
    tree = _start(data)
    _ready(data, port)
    family = [one for one in _family(tree) if one.pid != tree.pid]

    os.kill(tree.pid, signal.SIGKILL)
    tree.wait(60)
    # Each ends in an orderly way; beside a full machine that takes a while.
    _, alive = psutil.wait_procs(family, timeout=60)

    assert alive == []


def test_a_killed_part_comes_back_alone(served: tuple[Path, int]) -> None:
    """The recorder killed, it is started again while the console keeps running."""
    data, port = served
    tree = _start(data)
    try:
        _ready(data, port)
        by_part = _parts(tree)
        by_part["recorder"].kill()
        by_part["recorder"].wait(60)
        time.sleep(0.3)
        _ready(data, port)

        now = _parts(tree)
        assert now["console"].pid == by_part["console"].pid
        assert now["recorder"].pid != by_part["recorder"].pid
    finally:
        tree.terminate()
        tree.wait(60)
    assert tree.returncode == 0
