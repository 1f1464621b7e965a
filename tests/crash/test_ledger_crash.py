"""The recorder killed, starved of space, shut out of its disk: nothing acknowledged is lost."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import random
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from sekisho.errors import Error, UnavailableError
from sekisho.ledger import Client, Reader, create_key, recorder, verify
from sekisho.storage import Database, open_database
from sekisho.terms import Access, FixedClock, Origin, PatientId, SystemClock

pytestmark = pytest.mark.crash

KILLS = int(os.environ.get("SEKISHO_KILLS", "12"))
START = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)


def some(count: int, start: int) -> list[Access]:
    """Return `count` different records."""
    return [
        Access(
            occurred_at=START + dt.timedelta(seconds=number),
            source="emr",
            key=hashlib.sha256(b"%d" % number).hexdigest()[:32],
            digest=hashlib.sha256(b"%d" % number).hexdigest(),
            origin=Origin(file="a.csv", row=number + 1),
            user_id=f"u{number % 30}",
            patient_ids=(PatientId(f"{number % 400:08d}"),),
        )
        for number in range(start, start + count)
    ]


class Sender(threading.Thread):
    """Sends records until stopped; keeps what was acknowledged and sends the rest again.

    `passing` are the answers after which it tries again.
    """

    def __init__(
        self, data: Path, base: int, passing: tuple[type[Error], ...] = (UnavailableError,)
    ) -> None:
        super().__init__()
        self._passing = passing
        self.acknowledged: dict[int, int | None] = {}
        self.stopped = threading.Event()
        self._data = data
        self._next = base
        self._random = random.Random(base)

    def run(self) -> None:
        """Send batch after batch."""
        client = Client(self._data)
        while not self.stopped.is_set():
            count = self._random.choice([1, 1, 3, 20, 200])
            try:
                given = client.append(some(count, self._next))
            except self._passing:
                time.sleep(0.003)
                continue
            for number, index in enumerate(given, self._next):
                self.acknowledged[number] = index
            self._next += count
        client.close()


def start(forker: subprocess.Popen[str], data: Path, url: str | None = None) -> int:
    """Start a recorder and wait until it takes records; return its process id."""
    assert forker.stdin is not None
    assert forker.stdout is not None
    forker.stdin.write(f"{data}\t{url or f'sqlite:///{data}/state.db'}\n")
    forker.stdin.flush()
    pid = int(forker.stdout.readline())
    client = Client(data)
    until = time.monotonic() + 90
    while True:
        try:
            client.connect()
        except UnavailableError:
            assert time.monotonic() < until
            time.sleep(0.005)
        else:
            client.close()
            return pid


def gone(pid: int) -> None:
    """Wait until a process has ended."""
    while Path(f"/proc/{pid}").exists():
        time.sleep(0.002)


@pytest.mark.duty("1-3")
@pytest.mark.store
@pytest.mark.timeout(900)
def test_killed_under_load(data: Path, database: Database, forker: subprocess.Popen[str]) -> None:
    """Killed again and again under load and while sealing, the log keeps all it acknowledged."""
    key = create_key(data, "hospital.example/sekisho")
    url = database.engine.url.render_as_string(hide_password=False)
    chance = random.Random(7)
    senders = [Sender(data, base) for base in (0, 10_000_000, 20_000_000)]
    pid = start(forker, data, url)
    for sender in senders:
        sender.start()
    try:
        for kill in range(KILLS):
            time.sleep(chance.uniform(0.01, 0.2))
            if kill % 4 == 3:
                sealing = threading.Thread(target=_seal, args=(data,))
                sealing.start()
                time.sleep(chance.uniform(0, 0.1))
            os.kill(pid, signal.SIGKILL)
            gone(pid)
            if kill % 10 == 9:
                verdict = verify(data, key=key, url=url)
                assert verdict.ok, verdict
            pid = start(forker, data, url)
        until = time.monotonic() + 60
        while not all(sender.acknowledged for sender in senders):
            assert time.monotonic() < until, "nothing is recorded any more"
            time.sleep(0.01)
        time.sleep(0.1)
    finally:
        for sender in senders:
            sender.stopped.set()
        for sender in senders:
            sender.join()
        os.kill(pid, signal.SIGTERM)
        gone(pid)
    assert not (data / "run" / "recorder.sock").exists()
    verdict = verify(data, key=key, url=url)
    assert verdict.ok, verdict
    stored = {line["origin"]["row"] - 1: line["index"] for line in Reader(data, database).jsonl()}
    assert len(stored) == verdict.size
    for sender in senders:
        assert sender.acknowledged
        for number, index in sender.acknowledged.items():
            assert number in stored
            assert index is None or stored[number] == index
    with recorder(data, database, SystemClock()) as log:
        assert log.append(some(1, 30_000_000)) == [verdict.size]
    assert verify(data, key=key, url=url).ok


def _seal(data: Path) -> None:
    client = Client(data)
    try:
        client.seal()
    except UnavailableError:
        pass
    finally:
        client.close()


def test_disk_full_and_free_again(small: Path) -> None:
    """On a disk that fills nothing unwritten is acknowledged; freed, the log goes on and verifies."""
    key = create_key(small, "hospital.example/sekisho")
    database = open_database(f"sqlite:///{small / 'state.db'}")
    acknowledged = 0
    with recorder(small, database, SystemClock()) as log:
        filler = small / "filler"
        failed = 0
        for step in range(200):
            if step == 3:
                room = shutil.disk_usage(small).free
                filler.write_bytes(b"\0" * max(room - 300_000, 0))
            try:
                given = log.append(some(100, acknowledged))
            except UnavailableError:
                failed += 1
                if failed == 3:
                    filler.unlink()
                assert failed < 10
                continue
            assert given == list(range(acknowledged, acknowledged + 100))
            acknowledged += 100
            if failed > 3 or (failed == 3 and acknowledged > 2_000):
                break
        assert failed >= 3
        assert log.size() == acknowledged
    verdict = verify(small, key=key)
    assert verdict.ok, verdict
    assert verdict.size == acknowledged
    database.close()


def test_disk_read_only_and_writable_again(small: Path) -> None:
    """On a read-only disk nothing is recorded and verification still works; writable, it goes on."""
    key = create_key(small, "hospital.example/sekisho")
    database = open_database(f"sqlite:///{small / 'state.db'}")
    with recorder(small, database, SystemClock()) as log:
        assert log.append(some(300, 0)) == list(range(300))
    database.close()
    subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
    try:
        with (
            pytest.raises(UnavailableError, match=r"ledger\.disk_unavailable"),
            recorder(small, database, SystemClock()),
        ):
            pass
        database.close()
        verdict = verify(small, key=key)
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(small)], check=True)
    assert verdict.ok, verdict
    assert verdict.size == 300
    with recorder(small, database, SystemClock()) as log:
        assert log.append(some(10, 300)) == list(range(300, 310))
    assert verify(small, key=key).ok
    database.close()


def test_two_processes_on_one_directory(data: Path, forker: subprocess.Popen[str]) -> None:
    """A second recorder process ends by itself; the first goes on and is named to commands."""
    key = create_key(data, "hospital.example/sekisho")
    database = open_database(f"sqlite:///{data / 'state.db'}")
    first = start(forker, data)
    second = start(forker, data)
    gone(second)
    with recorder(data, database, SystemClock()) as log:
        assert log.append(some(10, 0)) == list(range(10))
    assert (data / "run" / "recorder.lock").read_text().strip() == str(first)
    os.kill(first, signal.SIGTERM)
    gone(first)
    assert verify(data, key=key).ok
    database.close()


def test_clock_jump_over_a_restart(data: Path) -> None:
    """A clock that jumps back over a restart never makes recorded times go back."""
    key = create_key(data, "hospital.example/sekisho")
    database = open_database(f"sqlite:///{data / 'state.db'}")
    for number, hours in enumerate((0, 5, -30, 2, 100)):
        clock = FixedClock(START + dt.timedelta(hours=hours))
        with recorder(data, database, clock) as log:
            log.append(some(5, number * 5))
            log.seal()
    times = [line["recorded_at"] for line in Reader(data, database).jsonl()]
    assert times == sorted(times)
    assert verify(data, key=key).ok
    database.close()


def test_a_start_cut_short_is_taken_up(data: Path) -> None:
    """Killed before its first checkpoint, a new log starts all the same."""
    create_key(data, "hospital.example/sekisho")
    database = open_database(f"sqlite:///{data / 'state.db'}")
    (data / "ledger" / ".checkpoint.1.new").write_bytes(b"half")
    with recorder(data, database, SystemClock()) as log:
        assert log.append(some(1, 0)) == [0]
    with pytest.raises(Error):
        Client(data).size()
    database.close()
