"""Two machines, one database: the index is given by one recorder only."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pytest

from sekisho.errors import ConflictError
from sekisho.ledger import Reader, recorder, verify
from sekisho.storage import Database, open_database
from sekisho.terms import FixedClock

pytestmark = pytest.mark.store

_CUT = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND (classid::bigint << 32 | objid::bigint)
      = hashtextextended('sekisho.ledger ' || current_schema(), 0)
"""


def _url(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


@pytest.mark.duty("1-3")
def test_a_recorder_that_lost_its_lock_is_fenced(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any, tmp_path: Path
) -> None:
    """From two directories with one database only the newest owner gives indexes, even when the first does not know that it lost its lock."""
    other = tmp_path / "other"
    second = open_database(_url(database), prepare=False)
    with recorder(data, database, clock) as first:
        assert first.append(make(300)) == list(range(300))
        shutil.copytree(data, other, ignore=shutil.ignore_patterns("run", "state.db*"))
        (other / "run").mkdir()
        if database.kind == "postgresql":
            # A file lock does not reach another machine; the database's own lock does.
            with pytest.raises(ConflictError, match=r"ledger\.held") as held:
                recorder(other, second, clock).__enter__()
            assert held.value.args_["pid"] != "?"
            with second.read() as connection:
                assert connection.exec_driver_sql(_CUT).scalar_one() is True
        with recorder(other, second, clock) as later:
            assert later.append(make(100, 300)) == list(range(300, 400))
        with pytest.raises(ConflictError, match=r"ledger\.fenced"):
            first.append(make(100, 400))
        with pytest.raises(ConflictError, match=r"ledger\.fenced"):
            first.seal()
        # What the first is given again it does not take for its own either.
        with pytest.raises(ConflictError, match=r"ledger\.fenced"):
            first.append(make(100, 300))
    clock.move(dt.timedelta(seconds=1))
    with recorder(other, second, clock) as later:
        assert later.append(make(150, 400)) == list(range(400, 550))
        assert later.seal() == 550
    rows = [line["origin"]["row"] for line in Reader(other, second).jsonl()]
    assert rows == list(range(1, 551))
    verdict = verify_there(other, second, key)
    assert verdict.ok, verdict
    second.close()


def verify_there(data: Path, database: Database, key: str) -> Any:
    """Verify a directory whose state is elsewhere."""
    if database.path is not None:
        for path in database.path.parent.glob("state.db*"):
            shutil.copy(path, data)
    return verify(data, key=key, url=None if database.path else _url(database))
