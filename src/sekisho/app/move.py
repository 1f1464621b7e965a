"""The state from one database to another, row by row, and then verified there.

Files of the data directory (sealed records, tiles, keys) stay where they are.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import pkgutil
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import sekisho
from sekisho.app.config import FILE, read_config
from sekisho.errors import ConflictError, InvalidInputError, TamperError
from sekisho.ledger import verify
from sekisho.ledger.lock import sole
from sekisho.storage import METADATA, Database, open_database, write_durably

_BATCH = 2_000
Progress = Callable[[int, int], None]


def move_state(data: Path, url: str, *, progress: Progress | None = None) -> int:
    """Copy the state of `data` into the empty PostgreSQL at `url`, verify it, and use it from now on.

    The old file stays beside as ``state.db.moved``, untouched, until somebody removes it.

    Args:
        data: The data directory; nothing may be running on it.
        url: ``postgresql://…``.
        progress: Called with rows copied and rows in all.

    Returns:
        The number of rows moved.

    Raises:
        InvalidInputError: The state is not the SQLite of this directory, or `url` no PostgreSQL.
        ConflictError: Something runs on the data, or there is a state at `url` already.
        TamperError: What arrived is not what was sent, or the record is not intact there.
    """
    config = read_config(data)
    old = data / "state.db"
    if not config.storage_url.startswith("sqlite:///") or not old.exists():
        raise InvalidInputError("app.move.not_sqlite")
    if not url.startswith(("postgresql://", "postgresql+psycopg://")):
        raise InvalidInputError("app.move.not_postgresql")
    if sa.make_url(url).password is not None or re.search(r'["\\\s]', url):
        # It would stand in a settings file and in the list of processes.
        raise InvalidInputError("app.move.password")
    _every_table()
    source = open_database(config.storage_url)
    try:
        with sole(data, source):
            target = open_database(url)
            try:
                moved = _copy(source, target, progress)
                verdict = verify(data, url=url)
                if not verdict.ok:
                    raise TamperError("app.move.not_intact")
            finally:
                target.close()
            _use(data, url)
    finally:
        source.close()
    for name in ("state.db-wal", "state.db-shm"):
        (data / name).unlink(missing_ok=True)
    old.replace(data / "state.db.moved")
    return moved


def _every_table() -> None:
    """Let every room add its tables to METADATA."""
    for room in pkgutil.iter_modules(sekisho.__path__, "sekisho."):
        if room.ispkg and importlib.util.find_spec(f"{room.name}.tables") is not None:
            importlib.import_module(f"{room.name}.tables")


def _copy(source: Database, target: Database, progress: Progress | None) -> int:
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
        _numbers(new)
    return done


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


def _use(data: Path, url: str) -> None:
    """Write the address into the settings."""
    path = data / FILE
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    rest = re.sub(r"(?m)^\[storage\][^\[]*", "", text).strip()
    line = f'[storage]\nurl = "{url}"\n'
    write_durably(path, (f"{rest}\n\n{line}" if rest else line).encode())
