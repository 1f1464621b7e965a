"""The database, opened read-only by itself: what is sealed, and the live tail."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

Row = tuple[Any, Any, Any, Any]
"""Index, recorded at, canonical bytes, salt: not trusted, not even their types."""


_ERASED = re.compile(r"\.\d+-\d+\.(\d{1,18})\.parquet\Z", re.ASCII)


class StateError(Exception):
    """The database cannot be read."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One sealed file, as the database or the file's own name tells."""

    first: int
    last: int
    path: str
    sha256: str | None

    @property
    def erased_by(self) -> int | None:
        """Return which record is said to order the last erasure in it; None: nothing is gone."""
        found = _ERASED.search(self.path)
        return int(found[1]) if found else None


class State:
    """One snapshot of the ledger's tables."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.sqlite = isinstance(connection, sqlite3.Connection)

    def sealed(self) -> list[Sealed]:
        """Return the sealed files in order."""
        rows = self._ask(
            'SELECT "first", "last", path, sha256 FROM ledger_segment ORDER BY "first"'
        )
        found = []
        for first, last, path, digest in rows:
            if not (type(first) is type(last) is int and type(path) is type(digest) is str):
                raise StateError("ledger_segment")
            found.append(Sealed(first, last, path, digest))
        return found

    def tail(self) -> tuple[int, int]:
        """Return the tail's first index and the one after its last; (0, 0) when empty."""
        rows = self._ask('SELECT min("index"), max("index") FROM ledger_record')
        low, high = next(iter(rows))
        if low is None:
            return 0, 0
        if not type(low) is type(high) is int:
            raise StateError("ledger_record")
        return low, high + 1

    def rows(self, start: int, stop: int) -> list[Row]:
        """Return the tail's rows in a range."""
        query = (
            'SELECT "index", recorded_at, canonical, salt FROM ledger_record'  # noqa: S608 (numbers)
            f' WHERE "index" >= {start:d} AND "index" < {stop:d} ORDER BY "index"'
        )
        try:
            found: list[Row] = self._connection.execute(query).fetchall()
        except (sqlite3.Error, TypeError, ValueError) as error:
            raise StateError(str(error)) from error
        return found

    def keys(self) -> Iterator[tuple[int, bytes]]:
        """Give every recorded key with its index, in no order."""
        for index, key in self._ask('SELECT "index", key FROM ledger_key'):
            if type(index) is not int or not isinstance(key, bytes):
                raise StateError("ledger_key")
            yield index, key

    def ordered(self) -> list[int]:
        """Return which records are said to order erasures; that they do they show themselves."""
        try:
            found = list(self._ask("SELECT entry FROM ledger_erasure WHERE entry IS NOT NULL"))
        except StateError:
            return []
        return [row[0] for row in found if type(row[0]) is int]

    def extent_of_keys(self) -> tuple[int, int, int]:
        """Return how many keys there are, and their least and greatest index."""
        query = 'SELECT count(*), min("index"), max("index") FROM ledger_key'
        count, least, greatest = next(iter(self._ask(query)))
        return count, least, greatest

    def _ask(self, query: str) -> Iterator[Any]:
        try:
            yield from self._connection.execute(query)
        except (sqlite3.Error, TypeError, ValueError) as error:
            raise StateError(str(error)) from error


def rows_of(path: Path, start: int, stop: int) -> list[Row]:
    """Return the tail's rows in a range of the SQLite at `path`, in a snapshot of their own.

    Raises:
        StateError: It cannot be read.
    """
    with closing(_sqlite(path)) as connection:
        return State(connection).rows(start, stop)


def keys_of(path: Path, size: int) -> bytes:
    """Return the keys of the indexes below `size`, joined by index; zeros where one is missing.

    Only a fast yes: where it is not what is expected the one snapshot is asked.
    """
    listed = bytearray(size * 16)
    try:
        with closing(_sqlite(path)) as connection:
            for index, key in connection.execute('SELECT "index", key FROM ledger_key'):
                if 0 <= index < size and len(key) == 16:
                    listed[index * 16 : index * 16 + 16] = key
    except (StateError, sqlite3.Error, TypeError, ValueError):
        return b""
    return bytes(listed)


@contextmanager
def opened(data: Path, url: str | None) -> Iterator[State | None]:
    """Give the state in one snapshot; None when there is no database to read.

    Raises:
        StateError: There is one and it cannot be read.
    """
    if url is not None and url.startswith("postgres"):
        with _postgresql(url) as state:
            yield state
        return
    path = data / "state.db"
    if not path.exists():
        yield None
        return
    with closing(_sqlite(path)) as connection:
        yield State(connection)


def _sqlite(path: Path) -> sqlite3.Connection:
    """Open a snapshot; a medium that cannot be written is read as it stands."""
    name = f"file:{quote(str(path.resolve()))}"
    for mode in ("?mode=ro", "?immutable=1"):
        connection = sqlite3.connect(name + mode, uri=True, isolation_level=None, timeout=30)
        try:
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM ledger_segment").fetchone()
        except sqlite3.OperationalError as error:
            connection.close()
            wal = path.with_name(path.name + "-wal")
            if mode == "?mode=ro" and not (wal.exists() and wal.stat().st_size):
                continue
            raise StateError(str(error)) from error
        except sqlite3.Error as error:
            connection.close()
            raise StateError(str(error)) from error
        else:
            return connection
    raise StateError(path.name)


@contextmanager
def _postgresql(url: str) -> Iterator[State]:
    import psycopg  # noqa: PLC0415 (only where the institution uses PostgreSQL)

    try:
        connection = psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://", 1))
    except psycopg.Error as error:
        raise StateError(str(error)) from error
    with connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield State(connection)
        except psycopg.Error as error:
            raise StateError(str(error)) from error
