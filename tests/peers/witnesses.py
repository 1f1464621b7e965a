"""Witnesses as other institutions run them: processes of their own, each on its own address."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner
from tests.ports import free_port

from sekisho.cli.main import main

_AT = re.compile(r"http://[0-9.]+:\d+")


@dataclass
class Witness:
    """One witness: its folder, its key, and its address while it runs."""

    folder: Path
    host: str
    key: str
    port: int
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://{self.host}:{self.port}"

    def start(self) -> None:
        """Start it; it answers when this returns."""
        self.spawn()
        self.await_ready()

    def spawn(self) -> None:
        """Start its process."""
        call = [sys.executable, "-m", "sekisho", "witness", "serve", "--data", self.folder]
        call += ["--host", self.host, "--port", self.port]
        self.process = subprocess.Popen(
            [str(word) for word in call],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )

    def await_ready(self) -> None:
        """Wait until it says where it answers."""
        assert self.process is not None
        assert self.process.stdout is not None
        found = _AT.search(self.process.stdout.readline())
        assert found, "the witness says where it answers"
        self.port = int(found[0].rpartition(":")[2])

    def end(self, number: int = signal.SIGTERM) -> int:
        """End it by a signal; return its exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(number)
        code = self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = None
        return code


def run(*words: str | Path) -> str:
    """Run ``sekisho witness …``; what it said."""
    done = CliRunner().invoke(main, ["witness", *(str(word) for word in words)])
    assert done.exit_code == 0, done.output
    return done.stdout


def new_witness(folder: Path, host: str, *logs: str) -> Witness:
    """Return a witness that trusts `logs` (verifier keys), not started yet."""
    said = run("init", "--data", folder, "--name", f"{folder.name}.example/w")
    for log in logs:
        run("trust", log, "--data", folder)
    return Witness(folder, host, said.splitlines()[-1], free_port())


def settings(*witnesses: Witness) -> str:
    """Return the ``witness.toml`` that asks these."""
    return "".join(
        f'[witness.{one.folder.name}]\nurl = "{one.url}"\nkey = "{one.key}"\n' for one in witnesses
    )
