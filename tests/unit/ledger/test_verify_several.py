"""Verification by several processes finds what one finds."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.unit.ledger.conftest import some

from sekisho.ledger import Verdict, verify
from sekisho.ledger.append import Ledger
from sekisho.ledger.keys import create_key
from sekisho.storage import open_database
from sekisho.terms import SystemClock

SIZE = 61_000
"""Enough for several processes."""


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a long live tail."""
    data = tmp_path_factory.mktemp("long") / "data"
    data.mkdir()
    create_key(data, "hospital.example/long")
    database = open_database(f"sqlite:///{data / 'state.db'}")
    ledger = Ledger(data, database, SystemClock())
    ledger.append(some(SIZE))
    ledger.publish()
    database.close()
    return data


def _after(long: Path, data: Path, sql: str, *values: object) -> Verdict:
    shutil.copytree(long, data, dirs_exist_ok=True)
    with closing(sqlite3.connect(data / "state.db")) as connection, connection:
        assert connection.execute(sql, values).rowcount == 1
    return verify(data, processes=2)


def test_a_long_tail_is_intact_by_two_processes(long: Path) -> None:
    """What two processes read by themselves is found intact, all of it."""
    verdict = verify(long, processes=2)

    assert (verdict.ok, verdict.records) == (True, SIZE)


@pytest.mark.parametrize(
    ("sql", "values", "index"),
    [
        ('UPDATE ledger_key SET key = ? WHERE "index" = 40000', (b"\x01" * 16,), 40_000),
        ('DELETE FROM ledger_key WHERE "index" = 40000', (), 40_000),
        ('INSERT INTO ledger_key (key, "index") VALUES (?, 61000)', (b"\x02" * 16,), 61_000),
        ('UPDATE ledger_record SET salt = ? WHERE "index" = 50000', (b"\x03" * 16,), 50_000),
        ('DELETE FROM ledger_record WHERE "index" = 50000', (), 50_000),
    ],
)
def test_each_harm_is_named_by_two_processes_too(
    long: Path, data: Path, sql: str, values: tuple[object, ...], index: int
) -> None:
    """A changed, missing or planted row is named with its index, whoever read it."""
    verdict = _after(long, data, sql, *values)

    assert verdict.first_wrong is not None
    assert verdict.first_wrong.index == index


def test_no_more_processes_than_asked(long: Path) -> None:
    """One process gives the same verdict as two."""
    assert verify(long, processes=1).root == verify(long, processes=os.cpu_count() or 2).root
