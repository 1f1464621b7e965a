"""A state in PostgreSQL set aside while a newer version tries itself on it, and put back whole.

The copy is a schema beside, made and read by the server alone. What it cannot tell (which
columns, indexes and tables there were) is kept by whoever holds the `Aside`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from sekisho.errors import UnavailableError

_SUFFIX = "_before_update"


@dataclass(frozen=True, slots=True)
class _Form:
    """A table: its columns and its indexes (true where a constraint of that name owns it)."""

    columns: frozenset[str]
    indexes: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Aside:
    """A state that stands in a schema beside, and the form its tables had."""

    engine: sa.Engine
    tables: Mapping[str, _Form]

    def put_back(self) -> None:
        """Let the state be what it was: its rows, and nothing that was added since; or nothing.

        Raises:
            UnavailableError: A table or a column that was there is gone; the copy stays.
        """
        with self.engine.begin() as connection:
            now = _forms(connection)
            for name, before in self.tables.items():
                if name not in now or before.columns - now[name].columns:
                    raise UnavailableError("update.not_put_back", schema=_beside(connection))
            for name in now.keys() - self.tables.keys():
                connection.exec_driver_sql(f'DROP TABLE "{name}" CASCADE')
            for name, before in self.tables.items():
                for column in now[name].columns - before.columns:
                    connection.exec_driver_sql(f'ALTER TABLE "{name}" DROP COLUMN "{column}"')
                for index in now[name].indexes.keys() - before.indexes.keys():
                    if now[name].indexes[index]:
                        drop = f'ALTER TABLE "{name}" DROP CONSTRAINT IF EXISTS "{index}"'
                    else:
                        drop = f'DROP INDEX IF EXISTS "{index}"'
                    connection.exec_driver_sql(drop)
            self._rows(connection)
        forget_aside(self.engine)

    def _rows(self, connection: sa.Connection) -> None:
        if not self.tables:
            return
        beside = _beside(connection)
        every = ", ".join(f'"{name}"' for name in self.tables)
        connection.exec_driver_sql(f"TRUNCATE {every}")
        # What is pointed to comes before what points to it.
        for name, _ in sa.inspect(connection).get_sorted_table_and_fkc_names():
            if name is not None:
                columns = ", ".join(f'"{each}"' for each in sorted(self.tables[name].columns))
                connection.exec_driver_sql(
                    f'INSERT INTO "{name}" ({columns}) SELECT {columns} FROM "{beside}"."{name}"'  # noqa: S608 (names of our own tables)
                )


def set_aside(engine: sa.Engine) -> Aside:
    """Copy the state into a schema beside; nothing writes to it meanwhile.

    Raises:
        UnavailableError: The role may not make a schema, or there is no room.
    """
    try:
        with engine.begin() as connection:
            beside = _beside(connection)
            connection.exec_driver_sql(f'DROP SCHEMA IF EXISTS "{beside}" CASCADE')
            connection.exec_driver_sql(f'CREATE SCHEMA "{beside}"')
            tables = _forms(connection)
            for name in tables:
                connection.exec_driver_sql(f'CREATE TABLE "{beside}"."{name}" AS TABLE "{name}"')
    except sa.exc.ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) == "42501":  # insufficient_privilege
            raise UnavailableError("update.state_not_kept") from error
        raise
    return Aside(engine, tables)


def forget_aside(engine: sa.Engine) -> None:
    """Let go of the copy, also of one that an update left that was cut off."""
    with engine.begin() as connection:
        connection.exec_driver_sql(f'DROP SCHEMA IF EXISTS "{_beside(connection)}" CASCADE')


def _beside(connection: sa.Connection) -> str:
    schema = connection.exec_driver_sql("SELECT current_schema()").scalar_one()
    return f"{schema}{_SUFFIX}"


def _forms(connection: sa.Connection) -> dict[str, _Form]:
    seen = sa.inspect(connection)
    return {
        name: _Form(
            frozenset(column["name"] for column in seen.get_columns(name)),
            {
                str(index["name"]): "duplicates_constraint" in index
                for index in seen.get_indexes(name)
            },
        )
        for name in seen.get_table_names()
    }
