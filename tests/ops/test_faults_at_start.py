"""What keeps Sekisho from starting is said in a sentence with what to do: exit 2, never a traceback."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from tests.missing import missing
from tests.ports import free_port

from sekisho.app.installation import open_installation
from sekisho.pages import words
from sekisho.terms import SystemClock

NOBODY = 65534
SEKISHO = [sys.executable, "-m", "sekisho"]


@pytest.fixture
def installed(data: Path) -> Path:
    """An installation that was set up and runs nowhere; its console would listen on a free port."""
    (data / "sekisho.toml").write_text(f"[console]\nport = {free_port()}\n", encoding="utf-8")
    installation = open_installation(data, create=True, clock=SystemClock())
    with installation.recorder():
        pass
    installation.close()
    return data


def _refused(command: list[str]) -> str:
    """Run `command`, which must end by itself with 2 and a sentence, and return what it said."""
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env={**os.environ, "SEKISHO_LANG": "ja"},
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 2, (done.returncode, done.stdout, done.stderr)
    return done.stderr


def _plain_user(path: Path) -> list[str]:
    """Make `path` another's, and return what to put before a command to feel it, root or not."""
    if os.geteuid() != 0:
        path.chmod(0)
        return []
    if shutil.which("setpriv") is None:
        missing("setpriv (util-linux) is not here")
    os.chown(path, NOBODY, NOBODY)
    path.chmod(0o700 if path.is_dir() else 0o600)
    return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--"]


def _own_disk(data: Path, then: str) -> list[str]:
    """Return a command that serves from a copy of `data` on a disk of its own, after `then` in it."""
    script = f"""set -e
mount -t tmpfs -o size=24m,mode=700 tmpfs "$1"
cp -a "$2/." "$1"
cd "$1"
{then}
cd /
shift 2
exec "$@"
"""
    place = data.parent / "disk"
    place.mkdir()
    own = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--user", "--map-root-user"])
    if subprocess.run([*own, "true"], check=False, capture_output=True).returncode:
        missing("file systems cannot be mounted here")
    serve = [*SEKISHO, "serve", "--data", str(place)]
    return [*own, "sh", "-c", script, "sh", str(place), str(data), *serve]


@pytest.mark.parametrize("part", ["state.db", "ledger/key", "ledger", "run", "sekisho.toml", "."])
def test_a_part_that_belongs_to_another_is_named(installed: Path, part: str) -> None:
    """Where a file or folder of the data belongs to another user, it is named and nothing starts."""
    before = _plain_user(installed / part)

    said = _refused([*before, *SEKISHO, "serve", "--data", str(installed)])

    assert (installed / part).name in said
    assert any(word in said for word in ("持ち主", "権限", "読めません", "書き込めません"))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """Where the data directory cannot be made, its place is named."""
    other = tmp_path / "other"
    other.mkdir()

    said = _refused([*_plain_user(other), *SEKISHO, "serve", "--data", str(other / "data")])

    assert str(other) in said


def test_a_full_disk_is_said(installed: Path) -> None:
    """On a disk without room nothing starts, and it is said that nothing recorded is lost."""
    said = _refused(_own_disk(installed, "cat /dev/zero > filler 2>/dev/null || true"))

    assert words.say("ja", "storage.full") in said


def test_a_read_only_disk_is_said(installed: Path) -> None:
    """On a disk that is read-only nothing starts, and the folder is named."""
    said = _refused(_own_disk(installed, 'mount -o remount,ro "$1"'))

    assert str(installed.parent / "disk") in said


def test_a_damaged_state_is_said(installed: Path) -> None:
    """A damaged state stops the start and says how to bring a backup back."""
    (installed / "state.db").write_bytes(b"\xff" * 8192)

    assert "sekisho restore" in _refused([*SEKISHO, "serve", "--data", str(installed)])


def test_a_state_that_is_too_new_is_said(installed: Path) -> None:
    """A state newer by two versions stops the start with both numbers."""
    with sqlite3.connect(installed / "state.db") as connection:
        connection.execute("UPDATE storage_version SET version_num = '09_001'")
    connection.close()

    assert "09_001" in _refused([*SEKISHO, "serve", "--data", str(installed)])


def test_a_silent_postgresql_is_said(data: Path) -> None:
    """Where PostgreSQL does not answer, it is said so, and what to look at."""
    (data / "sekisho.toml").write_text(
        f'[storage]\nurl = "postgresql://sekisho@/none?host={data}"\n', encoding="utf-8"
    )

    said = _refused([*SEKISHO, "serve", "--data", str(data)])

    assert words.say("ja", "storage.no_answer") in said


def test_a_second_start_on_one_directory_is_refused(installed: Path) -> None:
    """A second `serve` on a data directory ends with 2 and names the process that holds it."""
    first = subprocess.Popen(
        [*SEKISHO, "serve", "--data", str(installed)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        lock = installed / "run" / "recorder.sock"
        for _ in range(600):
            if lock.exists():
                break
            try:
                first.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            pytest.fail("the first one ended")

        said = _refused([*SEKISHO, "serve", "--data", str(installed)])

        assert (installed / "run" / "recorder.lock").read_text().strip() in said
        assert first.poll() is None
    finally:
        first.terminate()
        first.wait(60)


def test_commands_say_it_too(installed: Path) -> None:
    """A command on a state that belongs to another says the same, in English where asked."""
    before = _plain_user(installed / "state.db")

    done = subprocess.run(
        [*before, *SEKISHO, "review", "run", "--data", str(installed), "--json"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SEKISHO_LANG": "en"},
    )

    assert done.returncode == 2
    assert words.say("en", "storage.not_allowed", file=str(installed / "state.db")) in done.stderr
