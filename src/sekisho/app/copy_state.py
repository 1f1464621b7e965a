"""The state copied from one database to another, row by row, and compared."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import sekisho
from sekisho.errors import ConflictError, TamperError
from sekisho.storage import METADATA, Database

_BATCH = 2_000
Progress = Callable[[int, int], None]


def copy_state(source: Database, target: Database, progress: Progress | None = None) -> int:
    """Copy every row of `source`, as of one moment, into the empty `target`; return how many.

    Either may be SQLite or PostgreSQL. `progress` is called with rows copied and rows in all.

    Raises:
        ConflictError: There is a state in `target` already.
        TamperError: What arrived is not what was sent.
    """
    every_table()
    with source.read() as old, target.write() as new:
        counts = {table: _count(old, table) for table in METADATA.sorted_tables}
        if any(_count(new, table) for table in counts):
            raise ConflictError("app.move.not_empty")
        done, whole = 0, sum(counts.values())
        for table in counts:
            with old.execute(_rows_of(table)) as rows:
                for part in rows.mappings().partitions(_BATCH):
                    new.execute(sa.insert(table), [dict(row) for row in part])
                    done += len(part)
                    if progress is not None:
                        progress(done, whole)
        for table in counts:
            if _digest(old, table) != _digest(new, table):
                raise TamperError("app.move.differs", table=table.name)
        if target.kind == "postgresql":
            _numbers(new)
    return done


def every_table() -> None:
    """Let every room, and every room within one, add its tables to METADATA."""
    house = Path(sekisho.__file__).parent
    for tables in sorted(house.rglob("tables.py")):
        importlib.import_module(
            "sekisho." + ".".join(tables.relative_to(house).with_suffix("").parts)
        )


def _rows_of(table: sa.Table) -> sa.Select[Any]:
    return sa.select(table).execution_options(yield_per=_BATCH)


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def _digest(connection: sa.Connection, table: sa.Table) -> bytes:
    """Return a hash of every row, whatever order each database gives them in."""
    total = 0
    with connection.execute(_rows_of(table)) as rows:
        for row in rows:
            values = tuple(bytes(one) if isinstance(one, memoryview) else one for one in row)
            total += int.from_bytes(hashlib.sha256(repr(values).encode()).digest())
    return (total % (1 << 256)).to_bytes(32)


def _numbers(connection: sa.Connection) -> None:
    """Let numbers that the database gives go on after the greatest that came."""
    for table in METADATA.sorted_tables:
        column = table.autoincrement_column
        if column is None:
            continue
        name = sa.func.pg_get_serial_sequence(table.name, column.name)
        if connection.execute(sa.select(name)).scalar_one() is None:
            continue
        greatest = sa.select(sa.func.max(column)).scalar_subquery()
        value = sa.func.coalesce(greatest, 0) + 1
        connection.execute(sa.select(sa.func.setval(name, value, False)))  # noqa: FBT003 (its own word)
