"""The table's file: quick, private, and used only when it is exactly our own."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from sekisho import access
from sekisho.access import cache
from sekisho.access.files import shipped
from sekisho.storage import Database
from sekisho.terms import FixedClock


@pytest.fixture
def kept(database: Database, clock: FixedClock, data: Path) -> Path:
    """The cache of an adopted book."""
    number = access.propose(database, shipped(), by="A", at=clock.now()).number
    access.approve(database, number, by="B", at=clock.now())
    path = data / "access" / "table"
    access.active(database, path)
    return path


def _load(database: Database, path: Path) -> access.Table | None:
    now = access.current(database)
    assert now is not None
    return cache.load(path, access.version_of(database), now.digest)


def test_the_file_gives_the_same_table(database: Database, kept: Path) -> None:
    """What is read from the file is what is built from the book, cell by cell."""
    loaded = _load(database, kept)

    assert loaded is not None
    assert list(loaded.places()) == list(access.active(database).places())


def test_file_and_key_are_this_user_s_alone(kept: Path) -> None:
    """Nobody else may read or write the table's file or its key."""
    for path in (kept, kept.with_name("table.key")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("at", [0, 40, -1])
def test_one_changed_byte_makes_it_worthless(database: Database, kept: Path, at: int) -> None:
    """A file of which one byte differs is not used; the right table is built instead."""
    whole = bytearray(kept.read_bytes())
    whole[at] ^= 1
    kept.write_bytes(whole)

    assert _load(database, kept) is None
    assert list(access.active(database, kept).places()) == list(access.active(database).places())


@pytest.mark.parametrize("content", [b"", b"x" * 10, b"\0" * 5000])
def test_any_bytes_are_only_a_slower_start(database: Database, kept: Path, content: bytes) -> None:
    """Whatever stands in the file, the table in force is the approved one."""
    kept.write_bytes(content)

    assert _load(database, kept) is None


def test_a_key_that_others_may_read_is_not_trusted(database: Database, kept: Path) -> None:
    """A key with open rights authenticates nothing."""
    kept.with_name("table.key").chmod(0o644)

    assert _load(database, kept) is None


def test_the_file_of_an_earlier_book_is_not_used(database: Database, kept: Path) -> None:
    """A file that is genuine but of another book or version is not used."""
    now = access.current(database)
    assert now is not None

    assert cache.load(kept, access.version_of(database), "0" * 64) is None
    assert cache.load(kept, "7-000000000000", now.digest) is None
