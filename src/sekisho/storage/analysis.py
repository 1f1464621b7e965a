"""DuckDB, as the rooms may use it: in memory, no network, no extension from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import pyarrow as pa

WORDS = 30_000
"""So many words make a type: each query goes through all of them once."""


class Analysis:
    """One in-memory DuckDB; not shared by threads.

    Results come whole, as rows or Arrow: relations of DuckDB 2.0 have no fetchone.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def register(self, name: str, table: pa.Table) -> None:
        """Make `table` readable as `name`."""
        self._connection.register(name, table)

    def execute(self, sql: str, values: Sequence[object] | Mapping[str, object] = ()) -> None:
        """Run one statement and drop what it answers."""
        self._connection.execute(sql, values or None)

    def code(self, name: str, words: str) -> None:
        """Make the type `name`, of a text among those that the query `words` gives.

        It is kept and compared as a number, sorted and read as the text that it is. Where there
        are more than `WORDS` it is any text, as it stands.
        """
        told = f"SELECT DISTINCT t.word FROM ({words}) AS t (word) WHERE t.word IS NOT NULL"  # noqa: S608 (a query of the program)
        many = self.rows(f"SELECT count(*) FROM ({told})")[0][0]  # noqa: S608 (as above)
        form = f"ENUM ({told} ORDER BY ALL)" if 0 < many <= WORDS else "VARCHAR"
        self.execute(f"CREATE TYPE {name} AS {form}")

    def rows(
        self, sql: str, values: Sequence[object] | Mapping[str, object] = ()
    ) -> list[tuple[Any, ...]]:
        """Return every row of the answer."""
        answer: list[tuple[Any, ...]] = self._connection.execute(sql, values or None).fetchall()
        return answer

    def table(self, sql: str, values: Sequence[object] | Mapping[str, object] = ()) -> pa.Table:
        """Return the answer as an Arrow table."""
        return self._connection.execute(sql, values or None).to_arrow_table()

    def close(self) -> None:
        """Drop it."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def analysis(*, threads: int = 2, memory: str = "2GB") -> Analysis:
    """Return a fresh DuckDB that reaches nothing but local files; session zone UTC."""
    import duckdb  # noqa: PLC0415 (40 MB: a worker of the gate never asks it)

    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": threads,
            "memory_limit": memory,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )
    connection.execute("SET TimeZone = 'UTC'")
    return Analysis(connection)
