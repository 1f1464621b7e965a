"""Connections to the state: one SQLite file by default, PostgreSQL by one URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from sekisho.errors import InvalidInputError


class Database:
    """The state of one installation.

    `engine` may be shared by threads. `path` is the SQLite file, None on PostgreSQL.
    """

    def __init__(self, engine: sa.Engine, path: Path | None) -> None:
        self.engine = engine
        self.path = path

    @property
    def kind(self) -> str:
        """Return ``sqlite`` or ``postgresql``."""
        return self.engine.dialect.name

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Give a connection that sees one state; what it writes is rolled back."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Give a connection whose writes are durable when the block ends.

        On SQLite the write lock is taken first (BEGIN IMMEDIATE), so that a
        reader never turns into a writer half way.
        """
        with (
            self.engine.connect().execution_options(immediate=True) as connection,
            connection.begin(),
        ):
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def open_database(url: str, *, prepare: bool = True) -> Database:
    """Return the database at `url` (``sqlite:///…/state.db`` or ``postgresql+psycopg://…``).

    Args:
        url: SQLAlchemy URL.
        prepare: Bring the tables to the newest form first (migrations).

    Raises:
        InvalidInputError: The URL names neither SQLite nor PostgreSQL.
    """
    parsed = sa.make_url(url)
    name = parsed.get_backend_name()
    if name == "sqlite":
        database = _sqlite(Path(str(parsed.database)))
    elif name == "postgresql":
        engine = sa.create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
        database = Database(engine, None)
    else:
        raise InvalidInputError("storage.unknown_database", kind=name)
    if prepare:
        from sekisho.storage.migrate import prepare as bring_up  # noqa: PLC0415 (alembic is slow to import)

        bring_up(database.engine)
    return database


def _sqlite(path: Path) -> Database:
    engine = sa.create_engine(
        f"sqlite:///{path}",
        connect_args={"check_same_thread": False, "timeout": 30.0, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def _pragmas(raw: Any, _record: object) -> None:
        cursor = raw.cursor()
        for line in (
            "PRAGMA journal_mode=WAL",
            "PRAGMA synchronous=FULL",
            "PRAGMA foreign_keys=ON",
            "PRAGMA busy_timeout=30000",
        ):
            cursor.execute(line)
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return Database(engine, path)
