"""A witness that is killed keeps what it signed, and signs no fork afterwards."""

from __future__ import annotations

import dataclasses
import http.client
import signal
import threading
import time
from pathlib import Path

import pytest
from tests.peers.witnesses import new_witness
from tests.unit.witness.logs import ORIGIN, Past, new_log

from sekisho.terms import SystemClock
from sekisho.witness import Keeper

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]
KILLS = 6
"""Kills at least; on a busy machine more, each later than the one before, until one came too late."""


def _send(host: str, port: int, body: bytes) -> tuple[int, bytes]:
    line = http.client.HTTPConnection(host, port, timeout=10)
    try:
        line.request("POST", "/add-checkpoint", body)
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()


def test_killed_witnesses_sign_no_fork(tmp_path: Path) -> None:
    """After kill -9 in the middle of work, what was answered is remembered and no fork is signed."""
    log = new_log()
    witness = new_witness(tmp_path / "w2", "127.0.0.2", log.signer.verifier)
    answered = kill = 0
    while kill < KILLS or not answered:
        assert kill < 100, "the witness answers nothing"
        witness.start()
        assert witness.process is not None
        pid = witness.process
        timer = threading.Timer(0.03 * 2**kill, pid.kill)
        grown = _growing(log, answered, witness.host, witness.port, timer)
        witness.end(signal.SIGKILL)
        timer.cancel()
        answered = max(answered, grown)
        last = Keeper(witness.folder, SystemClock()).last(ORIGIN)
        kept = last.checkpoint.size if last else 0
        assert kept >= answered
        answered, kill = kept, kill + 1
    witness.start()
    fork = dataclasses.replace(log, seed=1, fork=answered - 1)
    for old in (0, answered):
        status, _ = _send(witness.host, witness.port, fork.request(old, answered + 5))
        assert status in {409, 422}
    assert _send(witness.host, witness.port, fork.request(answered, answered))[0] == 409
    assert _send(witness.host, witness.port, log.request(answered, answered + 5))[0] == 200
    assert witness.end() == 0


def _growing(log: Past, size: int, host: str, port: int, timer: threading.Timer) -> int:
    """Have ever larger checkpoints cosigned until the witness is dead; the last one answered."""
    timer.start()
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        try:
            status, _ = _send(host, port, log.request(size, size + 1))
        except (OSError, http.client.HTTPException):
            return size
        if status == 409:
            # It had kept what its death kept it from answering.
            return size
        assert status == 200
        size += 1
    raise AssertionError("the witness was not killed")
