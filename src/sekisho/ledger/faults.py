"""Faults of disk and database, told apart from everything else."""

from __future__ import annotations

import sqlalchemy as sa

from sekisho.errors import InvalidInputError, UnavailableError
from sekisho.storage import DriverDataError, DriverError


class unavailable:  # noqa: N801 (reads as a word in a with statement)
    """Turn a disk or database that cannot be written into `UnavailableError`."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, sa.exc.DataError | DriverDataError):
            raise InvalidInputError("ledger.bad_record") from error
        if isinstance(error, DriverError):
            raise UnavailableError("ledger.database_unavailable", why=str(error)) from error
        if isinstance(error, sa.exc.DBAPIError):
            raise UnavailableError("ledger.database_unavailable", why=str(error.orig)) from error
        if isinstance(error, OSError):
            raise UnavailableError("ledger.disk_unavailable", why=_why(error)) from error


def _why(error: OSError) -> str:
    return ": ".join(str(part) for part in (error.filename, error.strerror) if part)
