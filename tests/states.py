"""States with their tables, made ready once: a file to copy, databases to use again."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from sekisho.storage import open_database

_HERE = "relnamespace = 'public'::regnamespace"
_FORM = f"""
SELECT (SELECT md5(string_agg(concat_ws(' ', oid, relname, relacl, reloptions), ',' ORDER BY oid))
          FROM pg_class WHERE {_HERE}),
       (SELECT md5(string_agg(concat_ws(' ', attrelid, attname, atttypid, attnotnull, attacl), ','
                              ORDER BY attrelid, attnum))
          FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE {_HERE}),
       (SELECT count(*) FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp_'),
       (SELECT count(*) FROM pg_constraint), (SELECT count(*) FROM pg_proc),
       (SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_extension),
       (SELECT count(*) FROM pg_db_role_setting), (SELECT count(*) FROM pg_largeobject_metadata),
       (SELECT count(*) FROM pg_sequences WHERE last_value IS NOT NULL),
       (SELECT count(*) FROM pg_statistic JOIN pg_class ON pg_class.oid = starelid WHERE {_HERE})"""
"""What a test of rows never changes: tables, columns, rights; that no number was given yet, and that
nothing was counted, which holds samples of the rows."""
_FILLED = (
    f"SELECT relname FROM pg_class WHERE relkind = 'r' AND {_HERE} AND pg_relation_size(oid) > 0"
)
_OTHERS = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
 AND backend_type = 'client backend' AND pid <> pg_backend_pid()"""


class Servers:
    """Databases of one PostgreSQL, each with empty tables when it is taken.

    To make one takes many times what emptying one takes, so they are used again; one that is not
    again as it was made is dropped, and another is made.
    """

    def __init__(self, server: str) -> None:
        self._server = sa.make_url(server)
        self._ready = f"ready{uuid.uuid4().hex}"
        self._free: list[str] = []
        with self._at("postgres") as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {self._ready}")
        open_database(self.url(self._ready)).close()
        with self._at(self._ready) as connection:
            self._filled = self._rows(connection)
            self._form = connection.exec_driver_sql(_FORM).one()

    def url(self, name: str) -> str:
        """Return where the database `name` is."""
        return self._server.set(database=name).render_as_string(hide_password=False)

    def take(self) -> str:
        """Return the name of a database with tables and no rows."""
        if self._free:
            return self._free.pop()
        name = f"t{uuid.uuid4().hex}"
        with self._at("postgres") as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {self._ready}")
        return name

    def give_back(self, name: str) -> None:
        """Empty the database `name` for another test, or drop it where that does not do."""
        with self._at(name) as connection:
            again = self._emptied(connection)
        if again:
            self._free.append(name)
        else:
            self._drop(name)

    def close(self) -> None:
        """Drop every database made here."""
        for name in (*self._free, self._ready):
            self._drop(name)

    def _emptied(self, connection: sa.Connection) -> bool:
        """Whether the database is again as it was made, and nobody else's."""
        until = time.monotonic() + 2  # who hung up is gone a moment later
        while connection.exec_driver_sql(_OTHERS).scalar_one():
            if time.monotonic() > until:
                return False
            time.sleep(0.01)
        filled = [
            f'"{name}"'
            for (name,) in connection.exec_driver_sql(_FILLED)
            if name not in self._filled
        ]
        if filled:
            connection.exec_driver_sql(f"TRUNCATE {', '.join(filled)} RESTART IDENTITY CASCADE")
        return (
            self._rows(connection) == self._filled
            and connection.exec_driver_sql(_FORM).one() == self._form
        )

    @staticmethod
    def _rows(connection: sa.Connection) -> dict[str, list[str]]:
        """Return the rows of each table that has some."""
        return {
            name: sorted(
                row for (row,) in connection.exec_driver_sql(f'SELECT t::text FROM "{name}" AS t')
            )
            for (name,) in connection.exec_driver_sql(_FILLED).all()
        }

    def _drop(self, name: str) -> None:
        with self._at("postgres") as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def _at(self, name: str) -> Iterator[sa.Connection]:
        """Give a connection outside any transaction."""
        engine = sa.create_engine(self.url(name), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()
