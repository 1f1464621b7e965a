"""`sekisho serve`: starts and watches the recorder, the console, the jobs; gate and collect.

Each is a process of its own and restarts alone. A child that loses its parent
ends itself: it holds the read end of a pipe whose write end only the parent has.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sekisho.app.installation import Installation
from sekisho.app.jobs import run_due
from sekisho.app.verification import OTHERS
from sekisho.app.walk import work_once
from sekisho.collect.live.config import read_config
from sekisho.errors import UnavailableError
from sekisho.gate.config import read_gate

PARTS = ("recorder", "console", "jobs")
GATE = "gate"
"""Serves the protected systems where ``gate.toml`` names one; as many as it says."""
COLLECT = "collect"
"""Takes what other systems send where ``collect.toml`` names a way in."""
PIPE = "SEKISHO_PARENT_PIPE"
LATER = 75
"""Exit code of a part that could not go on now and may later (EX_TEMPFAIL of sysexits(3))."""
STEADY = 30.0
"""Seconds after which a part counts as started well."""
AGAIN = 5.0
"""Seconds until the jobs try again where the disk or the database refused them."""

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Part:
    """One watched process.

    Attributes:
        steady: It once ran well: what ends it later is no fault of how it is set up.
    """

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    not_before: float = 0.0
    started: float = field(default=0.0)
    steady: bool = False


class Supervisor:
    """Keeps the parts running until it is told to stop."""

    def __init__(self, data: Path, config_file: Path | None, parts: Sequence[str] = PARTS) -> None:
        self._read, self._write = os.pipe()
        self._stop = threading.Event()
        self._code = 0
        extra = ["--config", str(config_file)] if config_file else []
        base = [sys.executable, "-m", "sekisho", "serve", "--data", str(data), *extra]
        gate = read_gate(data)
        if (data / OTHERS).exists():
            from sekisho.witness import read_witnesses  # noqa: PLC0415 (only where others are asked)

            read_witnesses(data)
        more = [COLLECT] if read_config(data) else []
        names = [*parts, *more, *[GATE] * (gate.workers if gate is not None and gate.routes else 0)]
        self.parts = [Part(name, [*base, "--only", name]) for name in names]

    def stop(self, *_: object) -> None:
        """Ask everything to end."""
        self._stop.set()

    def run(self, tick: Callable[[], None] = lambda: None) -> int:
        """Start the parts and watch them until `stop`, or until one says that it cannot run.

        Returns:
            The exit code, once all have ended: 0 after `stop`, 2 where a part refused
            to run and said why.
        """
        try:
            while not self._stop.is_set():
                for part in self.parts:
                    self._watch(part)
                tick()
                self._stop.wait(0.1)
        finally:
            self._end()
        return self._code

    def _watch(self, part: Part) -> None:
        now = time.monotonic()
        if part.process is not None:
            code = part.process.poll()
            if now - part.started > STEADY:
                part.steady, part.failures = True, 0
            if code is None:
                return
            part.process = None
            if code == 2 and not part.steady:
                # The configuration or the directory is wrong: starting again cannot mend it.
                # A part that ran well is started again: a disk that filled is freed, and
                # meanwhile the gate must stay for the envelope.
                self._code = code
                self._stop.set()
                return
            part.failures += 1
            part.not_before = now + min(0.2 * 2 ** (part.failures - 1), 10.0)
        if now >= part.not_before:
            part.process = subprocess.Popen(  # noqa: S603 (our own program, no shell)
                list(part.command),
                pass_fds=[self._read],
                env={**os.environ, PIPE: str(self._read)},
                start_new_session=True,
            )
            part.started = now

    def _end(self) -> None:
        # The recorder ends last, so that the others can still record how they ended.
        for part in sorted(self.parts, key=lambda p: p.name == "recorder"):
            if part.process is None:
                continue
            part.process.terminate()
            try:
                part.process.wait(10)
            except subprocess.TimeoutExpired:
                part.process.kill()
                part.process.wait()
        os.close(self._read)
        os.close(self._write)


def end_with_parent() -> None:
    """Send SIGTERM to this process when the parent that started it is gone."""
    number = os.environ.pop(PIPE, None)
    if number is None:
        return

    def watch() -> None:
        os.read(int(number), 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def run_jobs(installation: Installation) -> None:
    """Work on imports as they come and run jobs as they fall due, until SIGTERM."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    while not stop.is_set():
        try:
            if not work_once(installation):
                run_due(installation)
                stop.wait(0.3)
        except (UnavailableError, OSError) as error:
            # A full disk ends no process: the gate's emergency operation needs the others.
            _LOG.warning("jobs: tried again soon: %s", type(error).__name__)
            stop.wait(AGAIN)
