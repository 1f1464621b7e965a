"""Sekisho is killed while the gate serves: nobody is shown what is not on record."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
import pytest
from tests.crash.browsing import GATE, MAP, browse, cut, recorded, upstream
from tests.ports import free_port
from tests.unit.gate.conftest import adopt, sign_in_at

from sekisho.app.installation import open_installation
from sekisho.ledger import verify

KILLS = int(os.environ.get("SEKISHO_GATE_KILLS", "4"))
TREES = int(os.environ.get("SEKISHO_GATE_TREE_KILLS", "2"))
SHOWN = 20
"""Patients that are shown between two kills, at least."""
pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]
Kill = Callable[[], Awaitable[None]]


def _serve(data: Path, *only: str) -> subprocess.Popen[bytes]:
    parts = [word for name in only for word in ("--only", name)]
    return subprocess.Popen(
        [sys.executable, "-m", "sekisho", "serve", *parts, "--data", str(data)],
        stdin=subprocess.DEVNULL,
        stderr=None if only else subprocess.DEVNULL,
        start_new_session=True,
    )


def _set_up(data: Path, *, workers: int) -> tuple[str, int, int, str]:
    """Return origin and port of a gate, the port of its system, and the pass of who is signed in."""
    port, up = free_port(), free_port()
    text = GATE.format(port=port, up=up, workers=workers)
    (data / "gate.toml").write_text(text, encoding="utf-8")
    (data / "map.toml").write_text(MAP, encoding="utf-8")
    (data / "sekisho.toml").write_text(f"[console]\nport = {free_port()}\n", encoding="utf-8")
    origin = f"http://web.localhost:{port}"
    here = open_installation(data, create=True)
    adopt(here)
    token = sign_in_at(here, "N1", origin)
    here.close()
    return origin, port, up, token


async def _kills(
    origin: str, port: int, up: int, token: str, kill: Kill, times: int
) -> Counter[str]:
    """Let eight clients ask while `kill` strikes, `times` times; return whom they were shown."""
    shown: Counter[str] = Counter()
    ended = asyncio.Event()
    runner = await upstream(up)
    clients = [
        asyncio.create_task(way(origin, port, token, ended, shown))
        for way in (*[browse] * 6, cut, cut)
    ]
    for _ in range(times):
        before, until = shown.total(), time.monotonic() + 90
        while shown.total() < before + SHOWN:
            assert time.monotonic() < until, "nothing is shown any more"
            await asyncio.sleep(0.01)
        await asyncio.sleep(random.uniform(0.0, 0.1))
        await kill()
    ended.set()
    await asyncio.gather(*clients)
    await runner.cleanup()
    assert shown.total() >= SHOWN * times
    return shown


def _all_on_record(data: Path, shown: Counter[str]) -> None:
    here = open_installation(data)
    kept = recorded(here.reader().jsonl())
    here.close()
    assert {number: count for number, count in shown.items() if kept[number] < count} == {}
    assert verify(data).ok


def test_what_was_shown_is_on_record_whenever_the_recorder_dies(data: Path) -> None:
    """Every patient number in the bytes that clients got is on record, however often it was killed."""
    origin, port, up, token = _set_up(data, workers=1)
    parts = {name: _serve(data, name) for name in ("recorder", "gate")}

    async def kill() -> None:
        parts["recorder"].send_signal(signal.SIGKILL)
        parts["recorder"].wait()
        parts["recorder"] = _serve(data, "recorder")

    try:
        shown = asyncio.run(_kills(origin, port, up, token, kill, KILLS))
    finally:
        for process in reversed(parts.values()):
            process.terminate()
            process.wait(60)
    _all_on_record(data, shown)


def test_what_was_shown_is_on_record_whenever_everything_dies(data: Path) -> None:
    """However often the whole tree is killed while two workers serve, whom clients were shown is on record."""
    origin, port, up, token = _set_up(data, workers=2)
    trees = [_serve(data)]

    async def kill() -> None:
        parent = psutil.Process(trees[-1].pid)
        for one in (parent, *parent.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):  # it ended by itself
                one.kill()
        trees[-1].wait(60)
        trees.append(_serve(data))

    try:
        shown = asyncio.run(_kills(origin, port, up, token, kill, TREES))
    finally:
        trees[-1].terminate()
        trees[-1].wait(60)
    _all_on_record(data, shown)
