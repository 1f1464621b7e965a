"""What tables are made of: one collection for every room, and times that are never naive."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every room's tables; rooms add to it in their `tables.py`."""


class Utc(sa.types.TypeDecorator[dt.datetime]):
    """An aware UTC time with milliseconds, kept as RFC 3339 text.

    Text sorts as time does and reads the same on both kinds of database.
    """

    impl = sa.String(24)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, _dialect: sa.Dialect) -> str | None:
        """Return the text kept; a naive time is refused."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive time")
        at = value.astimezone(dt.UTC)
        return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"

    def process_result_value(self, value: str | None, _dialect: sa.Dialect) -> dt.datetime | None:
        """Return the aware time."""
        return None if value is None else dt.datetime.fromisoformat(value)
