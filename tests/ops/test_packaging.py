"""What a hospital installs from: the unit, the scripts, the set-up, told without installing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.missing import missing

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPTS = sorted([*(ROOT / "tools").glob("*.sh"), *(ROOT / "packaging").glob("*.sh")])


def _run(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_read_by_their_shell(script: Path) -> None:
    """Each script is free of errors of form in the shell that its first line names."""
    first = script.read_text(encoding="utf-8").splitlines()[0]
    shell = "bash" if "bash" in first else "sh"

    done = _run(shell, "-n", script)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_stop_at_the_first_failure(script: Path) -> None:
    """Each script ends at its first failing step instead of going on."""
    text = script.read_text(encoding="utf-8")

    assert re.search(r"^set -e", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("place", "right"),
    [
        ("sekisho.service", ""),
        ("sekisho-witness.service", ""),
        ("ban/sekisho-ban.service", "CAP_NET_ADMIN"),
    ],
)
def test_the_unit_is_one_that_systemd_knows(tmp_path: Path, place: str, right: str) -> None:
    """A unit has no directive that systemd does not know, and is closed as far as it can be; one alone has a right, and one."""
    name = Path(place).name
    if shutil.which("systemd-analyze") is None:
        missing("systemd-analyze is not here (Debian: systemd)")
    unit = tmp_path / name
    text = (ROOT / "packaging" / place).read_text(encoding="utf-8")
    unit.write_text(
        text.replace("ExecStart=/opt/sekisho/current/bin/sekisho", "ExecStart=/bin/true")
    )

    done = _run("systemd-analyze", "verify", "--man=no", unit)

    assert not [line for line in done.stderr.splitlines() if name in line]
    for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", f"CapabilityBoundingSet={right}\n"):
        assert line in text


def test_an_unsigned_bundle_is_not_made() -> None:
    """Without a release key no bundle is made, and the way to one is told."""
    environment = {key: value for key, value in os.environ.items() if key != "SEKISHO_RELEASE_KEY"}

    done = subprocess.run(
        [str(ROOT / "tools" / "bundle.sh")],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )

    assert done.returncode == 2
    assert "SEKISHO_RELEASE_KEY" in done.stderr


def test_make_alone_lists_the_targets() -> None:
    """`make` alone prints each target with one line about it, and does nothing."""
    done = _run("make")

    assert done.returncode == 0
    assert {"demo", "test", "check", "bundle"} <= set(re.findall(r"make ([a-z-]+) ", done.stdout))


def test_the_set_up_asks_for_python_by_name(tmp_path: Path) -> None:
    """Where Python is too old, the set-up stops with what is needed and makes nothing."""
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    place = tmp_path / "checkout"
    (place / "tools").mkdir(parents=True)
    shutil.copy(ROOT / "tools" / "env.sh", place / "tools" / "env.sh")
    shutil.copytree(ROOT / "requirements", place / "requirements")

    done = _run(place / "tools" / "env.sh", "run", PYTHON=str(old))

    assert done.returncode == 2
    assert "3.11" in done.stderr
    assert not (place / ".venv").exists()


def test_ci_runs_what_the_readme_says() -> None:
    """CI runs the test command of the README, and what is too long for it; nothing weaker."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")

    assert re.findall(r"^make (\S+)$", script, re.MULTILINE) == [
        "test", "soak-short", "spark",
    ]  # fmt: skip
    assert "CI=true" in script
