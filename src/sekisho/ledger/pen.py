"""The pen: what an append asks of the database, in each kind's own fewest words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

import sqlalchemy as sa

from sekisho.errors import ConflictError
from sekisho.ledger import tail
from sekisho.ledger.record import Row
from sekisho.storage import Cursor, Database

_T = TypeVar("_T")
_TOGETHER = 128
"""Rows in one statement of SQLite: each lets go of the interpreter once, so that a thousand
rows wait eight times for a busy thread beside, not a thousand times."""


class Pen(Protocol):
    """One transaction that appends."""

    def check_fence(self, fence: int) -> None:
        """Hold the owner's row; see `tail.check_fence`."""

    def known(self, keys: Sequence[bytes]) -> set[bytes]:
        """Return those of `keys` that are recorded already."""

    def insert(self, rows: Sequence[Row], keys: Sequence[bytes], recorded_at: str) -> None:
        """Add records and their keys."""


@contextmanager
def pen(database: Database) -> Iterator[Pen]:
    """Give the pen; what it wrote is durable when the block ends.

    Raises:
        UnavailableError, TamperError: As `Database.write`.
    """
    if database.kind == "postgresql":
        with database.write() as connection:
            yield _Postgresql(connection)
    else:
        with database.write_driver() as cursor:
            yield _Sqlite(cursor)


class _Postgresql:
    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def check_fence(self, fence: int) -> None:
        tail.check_fence(self._connection, fence)

    def known(self, keys: Sequence[bytes]) -> set[bytes]:
        rows = self._connection.exec_driver_sql(
            "SELECT key FROM ledger_key WHERE key = ANY(%s)", (list(keys),)
        )
        return {bytes(row[0]) for row in rows}

    def insert(self, rows: Sequence[Row], keys: Sequence[bytes], recorded_at: str) -> None:
        indexes = [row[0] for row in rows]
        self._connection.exec_driver_sql(
            'INSERT INTO ledger_record ("index", recorded_at, canonical, salt)'
            " SELECT i, %s, c, s FROM unnest(%s::bigint[], %s::bytea[], %s::bytea[]) AS t(i, c, s)",
            (recorded_at, indexes, [row[1] for row in rows], [row[2] for row in rows]),
        )
        self._connection.exec_driver_sql(
            'INSERT INTO ledger_key (key, "index")'
            " SELECT k, i FROM unnest(%s::bytea[], %s::bigint[]) AS t(k, i)",
            (list(keys), indexes),
        )


class _Sqlite:
    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def check_fence(self, fence: int) -> None:
        found = self._cursor.execute("SELECT fence, holder FROM ledger_owner").fetchone()
        if found is None or found[0] != fence:
            raise ConflictError("ledger.fenced", holder=found[1] if found else "")

    def known(self, keys: Sequence[bytes]) -> set[bytes]:
        found: set[bytes] = set()
        for part in _parts(keys):
            marks = ",".join("?" * len(part))
            self._cursor.execute(f"SELECT key FROM ledger_key WHERE key IN ({marks})", part)  # noqa: S608 (question marks)
            found.update(row[0] for row in self._cursor.fetchall())
        return found

    def insert(self, rows: Sequence[Row], keys: Sequence[bytes], recorded_at: str) -> None:
        for part in _parts(rows):
            marks = ",".join(["(?,?,?,?)"] * len(part))
            self._cursor.execute(
                f'INSERT INTO ledger_record ("index", recorded_at, canonical, salt) VALUES {marks}',  # noqa: S608 (question marks)
                [each for index, body, salt in part for each in (index, recorded_at, body, salt)],
            )
        for pairs in _parts(sorted((key, row[0]) for key, row in zip(keys, rows, strict=True))):
            marks = ",".join(["(?,?)"] * len(pairs))
            self._cursor.execute(
                f'INSERT INTO ledger_key (key, "index") VALUES {marks}',  # noqa: S608 (question marks)
                [each for pair in pairs for each in pair],
            )


def _parts(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Cut `items` into parts of few different sizes: SQLite keeps each prepared."""
    start = 0
    while start < len(items):
        width = min(_TOGETHER, 1 << ((len(items) - start).bit_length() - 1))
        yield items[start : start + width]
        start += width
