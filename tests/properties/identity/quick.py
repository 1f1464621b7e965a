"""A state in memory: the same SQL, no disk to wait for."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import StaticPool

from sekisho.identity.tables import SESSION
from sekisho.storage import METADATA, Database


def quick_database() -> Database:
    """Return a database of one connection, with this room's tables."""
    engine = sa.create_engine(
        "sqlite://",
        poolclass=StaticPool,
        connect_args={"check_same_thread": False, "isolation_level": None},
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN")

    own = [table for name, table in METADATA.tables.items() if name.startswith("identity_")]
    assert SESSION in own
    METADATA.create_all(engine, tables=own)
    return Database(engine, None)
