"""The power goes while records are written, on a real file system over a disk that loses its cache."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.crash.test_ledger_crash import Sender, _seal, gone, some, start
from tests.missing import missing

from sekisho.errors import TamperError, UnavailableError
from sekisho.ledger import Reader, create_key, recorder, verify
from sekisho.storage import open_database
from sekisho.terms import SystemClock

pytestmark = pytest.mark.crash

CUTS = int(os.environ.get("SEKISHO_CUTS", "2"))
SIZE = 96 << 20


def run(*words: str | Path) -> str:
    """Return what a program of the system says; it must succeed."""
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


class Machine:
    """A machine with one disk: switched on, cut off, and its disk looked at afterwards."""

    def __init__(self, folder: Path) -> None:
        self.place = folder / "place"
        self._image, self._bus = folder / "image", folder / "bus"
        for each in (self.place, self._bus):
            each.mkdir()
        with self._image.open("wb") as image:
            image.truncate(SIZE)
        run("mkfs.ext4", "-q", "-F", self._image)
        self._disk: subprocess.Popen[bytes] | None = None
        self._loop = ""

    def on(self, seed: int, early: float) -> None:
        """Mount the disk; what it does not flush a cut will lose."""
        script = Path(__file__).with_name("power.py")
        words = [str(script), str(self._image), str(self._bus), str(seed), str(early)]
        self._disk = subprocess.Popen([sys.executable, *words])
        while not (self._bus / "disk").exists():
            assert self._disk.poll() is None, "the disk did not start"
            time.sleep(0.01)
        self._attach(self._bus / "disk")

    def cut(self) -> None:
        """Take the power away."""
        assert self._disk is not None
        self._disk.send_signal(signal.SIGKILL)
        self._disk.wait()
        self._disk = None

    def rest(self) -> None:
        """Look at what is left: the image alone, its journal replayed as after any cut."""
        self.off()
        self._attach(self._image)

    def off(self) -> None:
        """Let go of everything."""
        if self._loop:
            # After a cut nothing can be written back: the kernel says so and lets go.
            subprocess.run(["umount", "-l", self.place], check=False, capture_output=True)
            subprocess.run(["losetup", "-d", self._loop], check=False, capture_output=True)
            self._loop = ""
        if self._disk is not None:
            self.cut()
        subprocess.run(["umount", "-l", self._bus], check=False, capture_output=True)

    def _attach(self, backing: Path) -> None:
        self._loop = run("losetup", "--find", "--show", backing)
        run("mount", "-t", "ext4", self._loop, self.place)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine whose power can be cut; needs root, FUSE and loop devices."""
    if os.geteuid() != 0:
        missing("a disk of its own needs root")
    for device in ("/dev/fuse", "/dev/loop-control"):
        if not Path(device).exists():
            missing(f"{device} is needed")
    try:
        import mfusepy  # noqa: F401, PLC0415 (needs libfuse when it is imported)
    except OSError:
        missing("libfuse3-3 is needed")
    made = Machine(tmp_path)
    yield made
    made.off()


def test_the_disk_loses_what_was_not_flushed(machine: Machine) -> None:
    """The disk of these tests keeps what was flushed before the cut, and nothing else."""
    machine.on(seed=1, early=0.0)
    for name in ("flushed", "not"):
        with (machine.place / name).open("wb") as file:
            file.write(b"x" * 10_000)
            if name == "flushed":
                file.flush()
                os.fsync(file.fileno())
    folder = os.open(machine.place, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
    with (machine.place / "flushed").open("ab") as file:
        file.write(b"y" * 10_000)
    machine.cut()
    machine.rest()
    assert (machine.place / "flushed").read_bytes() == b"x" * 10_000
    late = machine.place / "not"
    assert not late.exists() or late.read_bytes() != b"x" * 10_000


@pytest.mark.duty("1-3")
@pytest.mark.timeout(900)
def test_power_cut_under_load(machine: Machine, tmp_path: Path) -> None:
    """Cut off again and again under load and while sealing, the log keeps all it acknowledged."""
    data, chance = machine.place / "data", random.Random(11)
    url = f"sqlite:///{data / 'state.db'}"
    key = ""
    acknowledged: dict[int, int | None] = {}
    for cut in range(CUTS):
        machine.on(seed=cut, early=chance.choice([0.0, 0.3, 0.7]))
        if not key:
            data.mkdir(mode=0o700)
            key = create_key(data, "hospital.example/sekisho")
            open_database(url).close()
            os.sync()
        # To who reads just then, a disk that is cut off may look damaged: nothing is acknowledged.
        passing = (UnavailableError, TamperError)
        senders = [Sender(data, (cut * 3 + number) * 1_000_000, passing) for number in range(3)]
        with _forker() as forker:
            pid = start(forker, data)
            for sender in senders:
                sender.start()
            time.sleep(chance.uniform(0.1, 1.5))
            if cut % 2:
                sealing = threading.Thread(target=_seal, args=(data,))
                sealing.start()
                time.sleep(chance.uniform(0, 0.5))
            if cut == CUTS - 1:
                _wait_for(senders, 10 * CUTS - len(acknowledged))
            machine.cut()
            time.sleep(0.05)  # whoever writes learns it by himself
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            gone(pid)
        for sender in senders:
            sender.stopped.set()
        for sender in senders:
            sender.join()
            acknowledged |= sender.acknowledged
        machine.rest()
        verdict = verify(data, key=key)
        assert verdict.ok, verdict
        database = open_database(url)
        stored = {
            line["origin"]["row"] - 1: line["index"] for line in Reader(data, database).jsonl()
        }
        lost = {number for number in acknowledged if number not in stored}
        assert not lost, f"cut {cut}: {len(lost)} of {len(acknowledged)} acknowledged are gone"
        assert all(
            index is None or stored[number] == index for number, index in acknowledged.items()
        )
        with recorder(data, database, SystemClock()) as log:
            assert log.append(some(1, 900_000_000 + cut)) == [len(stored)]
        assert verify(data, key=key).ok
        database.close()
        machine.off()
    assert len(acknowledged) > 10 * CUTS


def _wait_for(senders: list[Sender], count: int) -> None:
    """Wait until more than `count` records of these are acknowledged: a busy disk takes its time."""
    until = time.monotonic() + 60
    while sum(len(sender.acknowledged) for sender in senders) <= count:
        assert time.monotonic() < until, "nothing is recorded"
        time.sleep(0.01)


@contextlib.contextmanager
def _forker() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("forker.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
