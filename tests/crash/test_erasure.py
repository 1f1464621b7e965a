"""An erasure killed anywhere in the middle: the record verifies, and the next command ends it."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.crash.test_ledger_crash import some

from sekisho import identity
from sekisho.app import erasure
from sekisho.app.installation import open_installation
from sekisho.identity import Role
from sekisho.ledger import erasure as orders
from sekisho.ledger import verify
from sekisho.terms import SystemClock

pytestmark = [pytest.mark.crash, pytest.mark.duty("1-3"), pytest.mark.timeout(900)]

KILLS = int(os.environ.get("SEKISHO_KILLS", "20")) // 20
MARK = "ERASED-WORD-7"
COUNT = 6_000


@pytest.fixture(scope="module")
def ordered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with a sealed file and a tail, and an erasure that waits for its second person."""
    data = tmp_path_factory.mktemp("ordered") / "data"
    here = open_installation(data, create=True)
    for user, role in (("K1", Role.ADMINISTRATOR), ("S1", Role.SAFETY_OFFICER)):
        identity.create_account(
            here.database, SystemClock(), user_id=user, name="模擬", roles={role}, by="test"
        )
    with here.recorder() as recorder:
        for start in range(0, COUNT, 1_000):
            marked = [
                replace(one, object=MARK) if start + at in {7, 2_345, COUNT - 2} else one
                for at, one in enumerate(some(1_000, start))
            ]
            recorder.append(marked)
            if start == 3_000:
                recorder.seal()
    gone = [(7, 7), (2_345, 2_345), (COUNT - 2, COUNT - 2)]
    erasure.propose(here, erasure.choose(here, records=gone), order="命令 第1号", by="K1")
    here.close()
    return data


def _erase(data: Path, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "sekisho", "ledger", "erase", "--data", str(data), *words]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def _confirmed(data: Path) -> bool:
    with closing(sqlite3.connect(data / "state.db", timeout=30)) as connection:
        query = "SELECT count(*) FROM ledger_erasure WHERE confirmed_at IS NOT NULL"
        return bool(connection.execute(query).fetchone()[0])


def _holding(data: Path) -> list[str]:
    return [
        str(path.relative_to(data))
        for path in sorted(data.rglob("*"))
        if path.is_file() and MARK.encode() in path.read_bytes()
    ]


def test_killed_anywhere_it_is_ended(ordered: Path, tmp_path: Path) -> None:
    """Kill -9 at any moment of the second person's command: nothing else is lost, nothing is left half gone."""
    dice, longest = random.Random(7), 0.0
    for number in range(KILLS + 1):
        data = tmp_path / str(number)
        shutil.copytree(ordered, data, ignore=shutil.ignore_patterns("run"))
        (data / "run").mkdir(mode=0o700)
        process = _erase(data, "--confirm", "1", "--by", "S1")
        while not _confirmed(data):
            assert process.poll() is None or _confirmed(data)
            time.sleep(0.002)
        began = time.monotonic()
        if number == 0:
            assert process.wait(120) == 0
            longest = time.monotonic() - began
        else:
            time.sleep(longest * dice.random())
            process.send_signal(signal.SIGKILL)
            process.wait(30)
        verdict = verify(data)
        assert verdict.ok, verdict.first_wrong
        assert _erase(data).wait(120) == 0
        here = open_installation(data)
        (one,) = orders.erasures(here.database)
        here.close()
        verdict = verify(data)
        assert verdict.ok, verdict.first_wrong
        assert one.state == "done"
        assert verdict.erased == ((one.entry, 3),)
        assert verdict.records >= COUNT - 3
        assert _holding(data) == []
        shutil.rmtree(data)
