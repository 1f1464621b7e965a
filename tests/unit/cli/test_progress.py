"""Long work says how far it is: to a person at a terminal, and to nobody else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.cli.conftest import Said


def _at_a_terminal(*words: object) -> tuple[bytes, bytes]:
    """Call ``sekisho`` with a terminal for its errors; return what it wrote to each."""
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "sekisho", *map(str, words)], stdout=subprocess.PIPE, stderr=theirs
    ) as process:
        os.close(theirs)
        seen, _ = process.communicate(timeout=100)
    shown = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # the other side is closed and all is read
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert process.returncode == 0, shown
    return seen, shown


@pytest.mark.parametrize(
    "words",
    [("verify",), ("export",), ("export", "--with-proof"), ("export", "--format", "parquet")],
    ids=" ".join,
)
def test_verify_and_export_say_how_far_they_are(
    reviewed: tuple[Path, Said], tmp_path: Path, words: tuple[str, ...]
) -> None:
    """A terminal sees the share done, which is wiped away at the end; the answer has none of it."""
    out = ("--out", tmp_path / "out") if "export" in words else ()

    seen, shown = _at_a_terminal("ledger", *words, "--data", reviewed[0], *out)

    assert b"100%" in shown
    assert shown.endswith(b"\r" + b" " * 40 + b"\r")
    assert b"%" not in seen


def test_a_script_sees_no_bar(reviewed: tuple[Path, Said]) -> None:
    """Where no terminal is, nothing is drawn."""
    done = subprocess.run(
        [sys.executable, "-m", "sekisho", "ledger", "verify", "--data", str(reviewed[0])],
        capture_output=True,
        check=True,
    )

    assert done.stderr == b""
