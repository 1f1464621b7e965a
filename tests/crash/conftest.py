"""A small disk for what fills it, and recorders that start quickly."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.missing import missing


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder on the disk, also where the others' are in memory: kills come while it is waited for."""
    with tempfile.TemporaryDirectory(
        prefix="sekisho-crash-", dir="/var/tmp", ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A data directory on a file system of 8 MB (needs root)."""
    if os.geteuid() != 0:
        missing("a file system of its own needs root; the limit on file sizes is tested instead")
    place = tmp_path / "small"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "tmpfs", str(place)],
        check=False,
        capture_output=True,
    )
    if made.returncode:
        missing("file systems cannot be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture
def forker() -> Iterator[subprocess.Popen[str]]:
    """The process that forks recorders."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("forker.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
