"""One recorder owns the log: a lock file here, an advisory lock where databases are shared."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa

from sekisho.errors import ConflictError
from sekisho.ledger.faults import unavailable
from sekisho.storage import Database

LOCK = "recorder.lock"
_ADVISORY = "hashtextextended('sekisho.ledger ' || current_schema(), 0)"


@contextmanager
def sole(data: Path, database: Database) -> Iterator[None]:
    """Be the only recorder of `data` and `database` while the block runs.

    The kernel drops the lock with the process, so what a killed recorder leaves is
    taken over at once.

    Raises:
        ConflictError: Another recorder is there; the error names its process.
        UnavailableError: The data directory cannot be written.
    """
    run = data / "run"
    with unavailable():
        run.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(run / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConflictError("ledger.held", pid=_holder(descriptor)) from error
        with unavailable():
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        with _advisory(database):
            yield
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> str:
    return os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "?"


@contextmanager
def _advisory(database: Database) -> Iterator[None]:
    if database.kind != "postgresql":
        yield
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({_ADVISORY})").scalar_one():
            holder = connection.exec_driver_sql(
                "SELECT holder FROM ledger_owner"
            ).scalar_one_or_none()
            raise ConflictError("ledger.held", pid=holder or "?")
        try:
            yield
        finally:
            # A connection that was lost took its lock along; the fencing number holds us back.
            with suppress(sa.exc.DBAPIError):
                connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_ADVISORY})")
