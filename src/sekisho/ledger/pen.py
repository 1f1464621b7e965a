"""The pen: what an append asks of the database, in each kind's own fewest words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from operator import itemgetter
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

_MUCH = 1_000
"""Records of an import, not of people at work."""


class Pen(Protocol):
    """One transaction that appends."""

    def check_fence(self, fence: int) -> None:
        """Hold the owner's row; see `tail.check_fence`."""

    def claim(self, keys: Sequence[bytes], first: int) -> set[bytes]:
        """Number those of `keys` from `first` that are not recorded yet; return the others.

        Args:
            keys: All different.
            first: No key has this number yet, nor a higher one.
        """

    def insert(self, rows: Iterable[Row], recorded_at: str) -> None:
        """Add records."""


@contextmanager
def pen(database: Database, records: int) -> Iterator[Pen]:
    """Give the pen for so many records; what it wrote is durable when the block ends.

    Raises:
        UnavailableError, TamperError: As `Database.write`.
    """
    if database.kind == "postgresql":
        with database.write() as connection:
            yield _Postgresql(connection)
    else:
        with database.write_driver(much=records >= _MUCH) as cursor:
            yield _Sqlite(cursor)


class _Postgresql:
    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def check_fence(self, fence: int) -> None:
        tail.check_fence(self._connection, fence)

    def claim(self, keys: Sequence[bytes], first: int) -> set[bytes]:
        found = self._connection.exec_driver_sql(
            "SELECT key FROM ledger_key WHERE key = ANY(%s)", (list(keys),)
        )
        known = {bytes(row[0]) for row in found}
        fresh = [key for key in keys if key not in known]
        self._connection.exec_driver_sql(
            'INSERT INTO ledger_key (key, "index")'
            " SELECT k, i FROM unnest(%s::bytea[], %s::bigint[]) AS t(k, i)",
            (fresh, list(range(first, first + len(fresh)))),
        )
        return known

    def insert(self, rows: Iterable[Row], recorded_at: str) -> None:
        rows = list(rows)
        if not rows:
            return
        self._connection.exec_driver_sql(
            'INSERT INTO ledger_record ("index", recorded_at, canonical, salt)'
            " SELECT i, %s, c, s FROM unnest(%s::bigint[], %s::bytea[], %s::bytea[]) AS t(i, c, s)",
            (recorded_at, *(list(column) for column in zip(*rows, strict=True))),
        )


class _Sqlite:
    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def check_fence(self, fence: int) -> None:
        found = self._cursor.execute("SELECT fence, holder FROM ledger_owner").fetchone()
        if found is None or found[0] != fence:
            raise ConflictError("ledger.fenced", holder=found[1] if found else "")

    def claim(self, keys: Sequence[bytes], first: int) -> set[bytes]:
        if self._number(keys, first) == len(keys):
            return set()
        # Some have a number already, so that the others got too high ones.
        known: set[bytes] = set()
        for part in _parts(keys):
            marks = ",".join("?" * len(part))
            self._cursor.execute(
                f'DELETE FROM ledger_key WHERE key IN ({marks}) AND "index" >= ?',  # noqa: S608 (question marks)
                [*part, first],
            )
            self._cursor.execute(f"SELECT key FROM ledger_key WHERE key IN ({marks})", part)  # noqa: S608 (question marks)
            known.update(row[0] for row in self._cursor.fetchall())
        self._number([key for key in keys if key not in known], first)
        return known

    def _number(self, keys: Sequence[bytes], first: int) -> int:
        """Add `keys` with the numbers from `first` on, in the order of the table; how many were new."""
        added = 0
        numbered = zip(keys, range(first, first + len(keys)), strict=True)
        for pairs in _parts(sorted(numbered, key=itemgetter(0))):
            marks = ",".join(["(?,?)"] * len(pairs))
            self._cursor.execute(
                f'INSERT INTO ledger_key (key, "index") VALUES {marks} ON CONFLICT DO NOTHING',  # noqa: S608 (question marks)
                [each for pair in pairs for each in pair],
            )
            added += self._cursor.rowcount
        return added

    def insert(self, rows: Iterable[Row], recorded_at: str) -> None:
        rows = iter(rows)
        while together := list(islice(rows, _TOGETHER)):
            for part in _parts(together):
                marks = ",".join(["(?,?,?,?)"] * len(part))
                self._cursor.execute(
                    f'INSERT INTO ledger_record ("index", recorded_at, canonical, salt) VALUES {marks}',  # noqa: S608 (question marks)
                    [
                        each
                        for index, body, salt in part
                        for each in (index, recorded_at, body, salt)
                    ],
                )


def _parts(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Cut `items` into parts of few different sizes: SQLite keeps each prepared."""
    start = 0
    while start < len(items):
        width = min(_TOGETHER, 1 << ((len(items) - start).bit_length() - 1))
        yield items[start : start + width]
        start += width
