"""What the institution says of itself: few named values, each with who and when."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from sekisho.app.tables import SETTING
from sekisho.storage import Database


def setting(database: Database, name: str, default: Any = None) -> Any:
    """Return the value of `name`, or `default`."""
    with database.read() as connection:
        value = connection.execute(
            sa.select(SETTING.c.value).where(SETTING.c.name == name)
        ).scalar_one_or_none()
    return default if value is None else value


def set_setting(database: Database, name: str, value: Any, *, by: str, at: dt.datetime) -> None:
    """Keep `value` under `name`."""
    with database.write() as connection:
        done = connection.execute(
            SETTING.update().where(SETTING.c.name == name).values(value=value, by=by, at=at)
        )
        if not done.rowcount:
            connection.execute(SETTING.insert().values(name=name, value=value, by=by, at=at))
