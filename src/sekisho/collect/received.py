"""What was received so far: sources and files."""

from __future__ import annotations

import sqlalchemy as sa

from sekisho.collect.interface import FileView, SourceView
from sekisho.collect.tables import FILE, SOURCE
from sekisho.storage import Database


def sources(database: Database) -> list[SourceView]:
    """Return every source, the one heard last first."""
    with database.read() as c:
        rows = c.execute(sa.select(SOURCE).order_by(SOURCE.c.last_heard.desc(), SOURCE.c.name))
        return [SourceView(**row) for row in rows.mappings()]


def files(
    database: Database, *, source: str | None = None, before: int | None = None, limit: int = 100
) -> list[FileView]:
    """Return the files received, the newest first, from before the id `before`."""
    query = sa.select(FILE).order_by(FILE.c.id.desc()).limit(limit)
    if source is not None:
        query = query.where(FILE.c.source == source)
    if before is not None:
        query = query.where(FILE.c.id < before)
    names = FileView.__dataclass_fields__.keys() - {"error"}
    with database.read() as c:
        return [
            FileView(
                **{name: getattr(row, name) for name in names},
                error=(row.error, row.error_args or {}) if row.error else None,
            )
            for row in c.execute(query)
        ]
