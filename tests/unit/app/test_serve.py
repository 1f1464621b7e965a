"""The parts are watched: who cannot start ends all, who ran well is started again."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from sekisho.app import serve
from sekisho.app.serve import Part, Supervisor


def _watched(data: Path, script: str) -> Supervisor:
    supervisor = Supervisor(data, None, parts=())
    supervisor.parts = [Part("part", ["sh", "-c", f"echo start >> {data}/starts; {script}"])]
    return supervisor


def test_a_part_that_cannot_start_ends_all(data: Path) -> None:
    """A part that refuses at its start ends everything with 2."""
    assert _watched(data, "exit 2").run() == 2
    assert (data / "starts").read_text().split() == ["start"]


def test_a_part_that_ran_well_is_started_again(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that ran well and is refused later, by a full disk for instance, is started again."""
    monkeypatch.setattr(serve, "STEADY", 0.1)
    supervisor = _watched(data, "sleep 0.6; exit 2")
    ended: list[int] = []
    thread = threading.Thread(target=lambda: ended.append(supervisor.run()))
    thread.start()
    until = time.monotonic() + 60
    while not (data / "starts").exists() or (data / "starts").read_text().count("start") < 3:
        assert thread.is_alive(), "it gave up"
        assert time.monotonic() < until
        time.sleep(0.05)
    supervisor.stop()
    thread.join()
    assert ended == [0]
