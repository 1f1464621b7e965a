"""Connections to the state: one SQLite file by default, PostgreSQL by one URL."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from sekisho.errors import InvalidInputError, TamperError, UnavailableError
from sekisho.storage import aside, scrub
from sekisho.storage.faults import faults

_PATIENCE = 60.0
"""Seconds to wait for readers before the log of SQLite can be cut."""

_ROOM = {False: (2_000, 1_000), True: (64_000, 32_000)}
"""KiB of pages that SQLite keeps in memory, and pages in its log before that goes into the file: its
own defaults, and for who writes much at a time. Then fewer pages are written and read again before
all of it is whole, and fewer flushes are waited for; the one that comes takes longer. The keys of an
import go all over their table: the same pages are changed by one commit after the other, and go into
the file once."""

Cursor = sqlite3.Cursor
"""What `Database.write_driver` gives."""


class Database:
    """The state of one installation.

    `engine` may be shared by threads. `path` is the SQLite file, None on PostgreSQL.
    """

    def __init__(self, engine: sa.Engine, path: Path | None) -> None:
        self.engine = engine
        self.path = path
        # PostgreSQL's default gives every statement a state of its own.
        self._reading = (
            engine.execution_options(isolation_level="REPEATABLE READ")
            if engine.dialect.name == "postgresql"
            else engine
        )

    @property
    def kind(self) -> str:
        """Return ``sqlite`` or ``postgresql``."""
        return self.engine.dialect.name

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Give a connection that sees one state; what it writes is rolled back.

        Raises:
            UnavailableError: The disk or the database does not do its part (see `faults`).
            TamperError: The file is damaged.
        """
        with faults(self.path), self._reading.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Give a connection whose writes are durable when the block ends.

        On SQLite the write lock is taken first (BEGIN IMMEDIATE), so that a
        reader never turns into a writer half way. Raises as `read` does.
        """
        with (
            faults(self.path),
            self.engine.connect().execution_options(immediate=True) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def write_driver(self, *, much: bool = False) -> Iterator[Cursor]:
        """As `write`, of SQLite and for a hot path: the driver's own cursor, nothing between.

        What is asked of it raises the driver's own errors; those of the disk become ours.
        `much` gives room for thousands of rows.
        """
        with faults(self.path):
            connection = self.engine.raw_connection()
            try:
                cursor: Cursor = connection.cursor()  # type: ignore[assignment]
                if connection.info.get("much", False) is not much:
                    memory, log = _ROOM[much]
                    cursor.execute(f"PRAGMA cache_size=-{memory}")
                    cursor.execute(f"PRAGMA wal_autocheckpoint={log}")
                    connection.info["much"] = much
                cursor.execute("BEGIN IMMEDIATE")
                yield cursor
                cursor.execute("COMMIT")
            finally:
                connection.close()  # rolls back what is not committed

    def scrub(self, tables: Sequence[sa.Table]) -> None:
        """Let go of the bytes of rows that were removed from `tables`, or changed in them.

        SQLite is written anew (VACUUM, free space set to zero) and its log cut to nothing.
        PostgreSQL writes the tables and what it counted of them anew (`scrub.write_anew`); what
        is beyond that, `kept_elsewhere` tells.

        Raises:
            UnavailableError: There is no room, somebody reads for longer than is waited, or the
                role may not.
        """
        if self.path is None:
            with faults():
                aside.forget_aside(self.engine)
                scrub.write_anew(self.engine, tables, _PATIENCE)
            return
        with faults(self.path):
            raw = self.engine.raw_connection()
            try:
                cursor = raw.cursor()
                # By the driver: VACUUM does not run inside the transaction that SQLAlchemy opens.
                cursor.execute("PRAGMA secure_delete=ON")
                cursor.execute("VACUUM")
                until = time.monotonic() + _PATIENCE
                while cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                    if time.monotonic() > until:
                        raise UnavailableError("storage.busy", file=self.path.name)
                    time.sleep(0.1)
                cursor.close()
            finally:
                raw.close()

    def kept_elsewhere(self) -> tuple[str, ...]:
        """Return where removed rows may still be after `scrub`; nowhere for SQLite.

        See `scrub.kept_elsewhere`. Raises as `read` does.
        """
        if self.path is not None:
            return ()
        with faults():
            return scrub.kept_elsewhere(self.engine)

    def damage(self) -> str | None:
        """Return what SQLite finds wrong with its own file; None: nothing, or PostgreSQL."""
        if self.path is None:
            return None
        try:
            with self.read() as connection:
                (said,) = connection.exec_driver_sql("PRAGMA quick_check(1)").one()
        except TamperError as error:
            return str(error.args_["why"])
        return None if said == "ok" else str(said)[:200]

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def open_database(url: str, *, prepare: bool = True) -> Database:
    """Return the database at `url` (``sqlite:///…/state.db`` or ``postgresql+psycopg://…``).

    Args:
        url: SQLAlchemy URL.
        prepare: Bring the tables to the newest form first (migrations).

    Raises:
        InvalidInputError: The URL names neither SQLite nor PostgreSQL, or the tables
            are not ones this version can use.
        UnavailableError: The disk or the database does not do its part (see `faults`).
        TamperError: The file is damaged.
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

        with faults(database.path):
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
