"""The command line as a script calls it, and a small hospital's folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sekisho.app.demo.hospital import Truth, make
from sekisho.cli.main import main


@dataclass(frozen=True, slots=True)
class Said:
    """What one call of the command line gave."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The JSON Lines of the answer."""
        return [json.loads(line) for line in self.out.splitlines()]


Call = Callable[..., Said]


def call(*words: object, language: str = "ja") -> Said:
    """Call ``sekisho`` with `words`; anything but an exit code is a failure of the test."""
    runner = CliRunner(env={"SEKISHO_LANG": language})
    result = runner.invoke(main, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Said(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def data(data: Path, ready: Path) -> Path:
    """The data directory, its tables ready: `reviewed` is one that a command made from nothing."""
    shutil.copyfile(ready, data / "state.db")
    return data


@pytest.fixture
def sekisho() -> Call:
    """Call the command line."""
    return call


@pytest.fixture(scope="session")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    """A small fictitious hospital's folder."""
    return make(tmp_path_factory.mktemp("hospital"), rows=2_000)


@pytest.fixture(scope="session")
def reviewed(truth: Truth, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Said]:
    """A data directory with the hospital's month in it, and its first review as JSON."""
    data = tmp_path_factory.mktemp("reviewed") / "data"
    assert call("collect", truth.log, "--data", data).code == 0
    assert call("care", "load", *truth.lists, "--data", data).code == 0
    assert call("review", "approve", "--shipped", "--by", "U1", "--data", data).code == 0
    return data, call("review", "run", "--data", data, "--json")


HEAD = "アクセス日時,利用者ID,患者ID,機能名,処理,端末"


def rows(days: range = range(1, 6)) -> list[str]:
    """Return a few rows of a log, as a vendor writes them."""
    return [
        f"2026/10/{day:02d} 09:{minute:02d}:00,U0{minute % 3},000012{minute:02d},カルテ,参照,PC1"
        for day in days
        for minute in range(4)
    ]


def csv(path: Path, lines: list[str], encoding: str = "cp932") -> Path:
    """Write `lines` as a file and return its path."""
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))
    return path
