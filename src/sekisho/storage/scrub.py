"""Bytes of removed rows: what PostgreSQL keeps of them after the rows are gone.

A deleted row stays in its table until it is written anew; the planner's statistics hold whole
values of their own (most common values, bounds of histograms, one index entry each), and so do
dead rows of those statistics. PostgreSQL documentation, 25.1 (routine vacuuming), VACUUM,
53.51 (pg_statistic).
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from sekisho.errors import UnavailableError

_STATISTICS = "pg_catalog.pg_statistic"


def write_anew(engine: sa.Engine, tables: Sequence[sa.Table], patience: float) -> None:
    """Write `tables` anew without what was removed, and their statistics, for `patience` seconds.

    Raises:
        UnavailableError: Somebody still reads from before the removal, or the role is neither
            the database's owner nor its superuser; the old rows may be there.
        sqlalchemy.exc.DBAPIError: As the driver says it.
    """
    until = time.monotonic() + patience
    at_will = engine.execution_options(isolation_level="AUTOCOMMIT")
    with at_will.connect() as connection:
        connection.exec_driver_sql(f"SET lock_timeout = '{int(patience)}s'")
        for table in tables:
            # The value as it is: what is changed is that PostgreSQL forgets what it counted.
            told = [
                f'ALTER COLUMN "{column.name}" TYPE {column.type.compile(engine.dialect)}'
                for column in table.c
                if isinstance(column.type, sa.String | sa.LargeBinary | sa.types.TypeDecorator)
            ]
            if told:
                connection.exec_driver_sql(f'ALTER TABLE "{table.name}" {", ".join(told)}')
            _vacuum(connection, f'"{table.name}"', until)
        _vacuum(connection, _STATISTICS, until)
        for table in tables:
            connection.exec_driver_sql(f'ANALYZE "{table.name}"')
        connection.exec_driver_sql("RESET lock_timeout")


def _vacuum(connection: sa.Connection, name: str, until: float) -> None:
    """Write one table anew until no dead row is kept for somebody who still reads."""
    while True:
        said = _said(connection, f"VACUUM (FULL, VERBOSE) {name}")
        if any(gravity == "WARNING" for gravity, _ in said):
            raise UnavailableError("storage.not_owner", table=name.strip('"'))
        # INFO: "…": found … / DETAIL: 0 dead row versions cannot be removed yet.
        dead = [re.search(r"\d+", detail) for _, detail in said]
        if not any(int(found[0]) for found in dead if found):
            return
        if time.monotonic() > until:
            raise UnavailableError("storage.busy", file="PostgreSQL")
        time.sleep(0.2)


def _said(connection: sa.Connection, statement: str) -> list[tuple[str, str]]:
    """Do it; return what the server said beside: how grave, and in detail."""
    driver: Any = connection.connection.driver_connection
    heard: list[tuple[str, str]] = []

    def hear(told: Any) -> None:  # psycopg.errors.Diagnostic; it can be read now only
        heard.append((told.severity_nonlocalized or "", told.message_detail or ""))

    driver.add_notice_handler(hear)
    try:
        connection.exec_driver_sql(statement)
    finally:
        driver.remove_notice_handler(hear)
    return heard


def kept_elsewhere(engine: sa.Engine) -> tuple[str, ...]:
    """Return what of removed rows is beyond `write_anew`, as names of where.

    ``log``: its own log (WAL), until the server uses that file again; ``archive``: copies of it
    that are kept; ``replica``: other servers that follow, or a place kept for one.
    """
    with engine.connect() as connection:
        (archive,) = connection.exec_driver_sql("SHOW archive_mode").one()
        (followers,) = connection.exec_driver_sql(
            "SELECT (SELECT count(*) FROM pg_replication_slots)"
            " + (SELECT count(*) FROM pg_stat_replication)"
        ).one()
    return (
        "log",
        *(("archive",) if archive != "off" else ()),
        *(("replica",) if followers else ()),
    )
