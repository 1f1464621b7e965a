"""Folders for the day of an inspection, as they were made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sekisho.inspection.papers.tables import FOLDER
from sekisho.storage import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """One folder that was made.

    Attributes:
        files: How many are in it.
        size: Bytes of the ZIP.
        missing: What was not in it: message and args.
        sums: SHA-256 of its list of SHA-256; that stands in the record.
        digest: SHA-256 of the ZIP.
        record: Index of the record of its making.
    """

    id: int
    at: dt.datetime
    by: str
    language: str
    files: int
    size: int
    missing: Sequence[Mapping[str, Any]]
    sums: str
    digest: str
    record: int


def keep_folder(database: Database, **values: Any) -> int:
    """Keep that a folder was made; return its number."""
    with database.write() as c:
        number: int = c.execute(
            FOLDER.insert().values(**values).returning(FOLDER.c.id)
        ).scalar_one()
        return number


def folders(database: Database, *, limit: int = 100) -> list[Folder]:
    """Return the folders that were made, the newest first."""
    query = sa.select(FOLDER).order_by(FOLDER.c.id.desc()).limit(limit)
    with database.read() as c:
        return [Folder(**row) for row in c.execute(query).mappings()]


def folder(database: Database, number: int) -> Folder | None:
    """Return the folder of that number, None where there is none."""
    with database.read() as c:
        row = c.execute(sa.select(FOLDER).where(FOLDER.c.id == number)).mappings().first()
    return None if row is None else Folder(**row)
