"""Brings the tables to the newest form (Alembic)."""

from __future__ import annotations

import sqlalchemy as sa

from sekisho.storage.schema import METADATA


def prepare(engine: sa.Engine) -> None:
    """Bring the tables to the newest form."""
    METADATA.create_all(engine)
