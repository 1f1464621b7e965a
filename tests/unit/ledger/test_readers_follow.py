"""Readers follow a log that is being written: what is not committed is not there, and holds nobody up."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from sekisho.ledger import Reader, recorder, verify
from sekisho.storage import Database, open_database
from sekisho.terms import FixedClock

pytestmark = pytest.mark.store


@pytest.mark.duty("1-3")
def test_a_commit_held_open_is_seen_by_no_reader(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """While a commit is held open readers see all records before it, without a gap and without waiting; then all."""
    url = database.engine.url.render_as_string(hide_password=False)
    other, third = (open_database(url, prepare=False) for _ in range(2))

    def seen() -> list[int]:
        return [line["index"] for line in Reader(data, other).jsonl()]

    with recorder(data, database, clock) as log:
        log.append(make(100))
        with third.write() as holding:
            if database.kind == "postgresql":
                # The records are inserted, their keys wait: a transaction half-way.
                holding.exec_driver_sql("LOCK TABLE ledger_key IN SHARE MODE")
            writing = threading.Thread(target=lambda: log.append(make(50, 100)))
            writing.start()
            until = time.monotonic() + 1
            while time.monotonic() < until:
                assert seen() == list(range(100))
            assert writing.is_alive(), "nothing was held open"
        writing.join()
        assert seen() == list(range(150))
    for each in (other, third):
        each.close()
    if database.kind == "sqlite":
        assert verify(data, key=key).ok
