"""What disk and database could not do, as our errors: full, not allowed, damaged, silent."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from sekisho.errors import Error, TamperError, UnavailableError

DriverError = sqlite3.Error
"""What a driver's own cursor raises (`Database.write_driver`)."""

DriverDataError = sqlite3.DataError
"""That for a value which the database cannot hold."""

_LEAST = 64 * 1024  # bytes; SQLite makes its shared index in pieces of half of this
_FULL_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NOT_ALLOWED = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def faults(path: Path | None = None) -> Iterator[None]:
    """Turn a fault of the disk, or of the state (in the SQLite file `path`), into an `Error`.

    Anything else, such as a mistake in a statement, passes as it is.

    Raises:
        UnavailableError: Disk full, not writable, failing; the database does not answer,
            or another process holds it for longer than is waited.
        TamperError: The state's file is damaged.
    """
    try:
        yield
    except (sa.exc.DBAPIError, sqlite3.Error) as error:
        fault = _of_database(error, path)
        if fault is None:
            raise
        raise fault from error
    except OSError as error:
        fault = _of_disk(error)
        if fault is None:
            raise
        raise fault from error


def _of_database(error: sa.exc.DBAPIError | sqlite3.Error, path: Path | None) -> Error | None:
    said = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    code = getattr(said, "sqlite_errorcode", None)
    if code is None:
        match getattr(said, "sqlstate", None):  # PostgreSQL documentation, appendix A
            case "53100":  # disk_full
                return UnavailableError("storage.full")
            case "55P03":  # lock_not_available
                return UnavailableError("storage.busy", file="PostgreSQL")
        if isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError) and path is None:
            return UnavailableError("storage.no_answer")
        return None
    name = path.name if path else "?"
    match code & 0xFF:  # the primary result code, https://www.sqlite.org/rescode.html
        case 11 | 26:  # CORRUPT, NOTADB
            return TamperError("storage.damaged", file=name, why=str(said)[:200])
        case 13:  # FULL
            return UnavailableError("storage.full")
        case 3 | 8 | 14:  # PERM, READONLY, CANTOPEN
            return UnavailableError("storage.not_allowed", file=str(path or name))
        case 5 | 6:  # BUSY, LOCKED
            return UnavailableError("storage.busy", file=name)
        case 10 if path is not None and shutil.disk_usage(path.parent).free < _LEAST:
            return UnavailableError("storage.full")  # IOERR: the shared index found no room
        case 10:  # IOERR
            return UnavailableError("storage.disk_fault", why=str(said)[:200])
        case _:
            return None


def _of_disk(error: OSError) -> Error | None:
    if error.errno in _FULL_DISK:
        return UnavailableError("storage.full")
    if error.errno in _NOT_ALLOWED and error.filename is not None:
        return UnavailableError("storage.not_allowed", file=str(error.filename))
    if error.errno == errno.EIO:
        return UnavailableError("storage.disk_fault", why=error.strerror or "EIO")
    return None
