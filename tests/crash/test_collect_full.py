"""The disk fills while messages come: they wait, and all are there once it is free again."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.crash.test_collect import connect, durable, line, objects
from tests.ports import free_port

pytestmark = pytest.mark.crash

BEFORE, MEANWHILE, AFTER = 300, 3000, 300


@pytest.mark.duty("1-3")
@pytest.mark.timeout(300)
def test_a_full_disk_loses_nothing_of_what_comes(small: Path) -> None:
    """Lines sent once while the disk is full are all on record, once each, when it has room again."""
    port = free_port()
    (small / "sekisho.toml").write_text(f"[console]\nport = {free_port()}\n", encoding="utf-8")
    (small / "collect.toml").write_text(
        f'[syslog.hosts]\ntransport = "tcp"\nport = {port}\n', encoding="utf-8"
    )
    filler = small / "filler"
    sent = 0
    command = [sys.executable, "-m", "sekisho", "serve", "--data", str(small)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            with connect(port) as stream:

                def send(count: int) -> None:
                    nonlocal sent
                    for number in range(sent, sent + count):
                        stream.sendall(line(number))
                    sent += count

                send(BEFORE)
                assert durable(small, BEFORE) >= BEFORE
                # Others write too: who comes too late for the last block is told that it is full.
                with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
                    while (free := shutil.disk_usage(small).free) > 0:
                        file.write(b"\0" * min(free, 1 << 16))
                send(MEANWHILE)
                time.sleep(3)
                kept = durable(small, 0)
                assert kept < sent, "the disk was not full"
                filler.unlink()
                send(AFTER)
                assert durable(small, sent) >= sent
        finally:
            process.terminate()
            process.wait(60)
    assert objects(small) == Counter({f"h/app-{n}": 1 for n in range(sent)})
