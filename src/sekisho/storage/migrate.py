"""Brings the tables to the newest form (Alembic)."""

from __future__ import annotations

from sekisho.storage.database import METADATA, Database


def prepare(database: Database) -> None:
    """Bring the tables of `database` to the newest form."""
    METADATA.create_all(database.engine)
