"""The `sekisho` command as it is installed, not as a module."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.unit.ledger.conftest import some

from sekisho.app.installation import open_installation


def test_a_long_record_is_verified_by_the_installed_command(data: Path) -> None:
    """The command on the path verifies a record long enough for both processors, and ends with 0."""
    installation = open_installation(data, create=True)
    with installation.recorder() as recorder:
        recorder.append(some(61_000))
    installation.close()
    command = Path(sys.executable).with_name("sekisho")

    done = subprocess.run(
        [command, "ledger", "verify", "--data", data, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["records"] == 61_000
