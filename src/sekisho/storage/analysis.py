"""DuckDB, as the rooms may use it: in memory, no network, no extension from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import pyarrow as pa

Values = Sequence[object] | Mapping[str, object]
Job = Callable[["Analysis"], Any]
WORDS = 30_000
"""So many words make a type: each query goes through all of them once."""


class Analysis:
    """One in-memory DuckDB; not shared by threads.

    Results come whole, as rows or Arrow: relations of DuckDB 2.0 have no fetchone.

    Attributes:
        given: What is registered, by its name.
        hands: How many jobs are asked at a time (`together`).
    """

    def __init__(self, connection: Any, folder: TemporaryDirectory[str] | None = None) -> None:
        self._connection = connection
        self._folder = folder
        self._shelf = False
        self.given: dict[str, pa.Table] = {}
        self.hands = 1
        self._beside: Analysis | None = None

    def register(self, name: str, table: pa.Table) -> None:
        """Make `table` readable as `name`."""
        self._connection.register(name, table)
        self.given[name] = table

    def forget(self, name: str) -> None:
        """Let go of what was registered as `name`."""
        self._connection.unregister(name)
        del self.given[name]

    def execute(self, sql: str, values: Values = ()) -> None:
        """Run one statement and drop what it answers."""
        self._connection.execute(sql, values or None)

    def code(self, name: str, words: str) -> None:
        """Make the type `name`, of a text among those that the query `words` gives.

        It is kept and compared as a number, sorted and read as the text that it is. Where there
        are more than `WORDS` it is any text, as it stands.
        """
        told = f"{name}_words"
        self.execute(
            f"CREATE TABLE {told} AS SELECT DISTINCT t.word FROM ({words}) AS t (word)"  # noqa: S608 (a query of the program)
            " WHERE t.word IS NOT NULL"
        )
        many = self.rows(f"SELECT count(*) FROM {told}")[0][0]  # noqa: S608 (as above)
        form = f"ENUM (SELECT word FROM {told} ORDER BY ALL)" if 0 < many <= WORDS else "VARCHAR"  # noqa: S608 (as above)
        self.execute(f"CREATE TYPE {name} AS {form}")
        self.execute(f"DROP TABLE {told}")

    def keep(self, name: str, sql: str, values: Values = (), *, large: bool) -> None:
        """Make the table `name` of what `sql` gives; where it is `large`, packed."""
        if not large:
            self.execute(f"CREATE TABLE {name} AS {sql}", values)
            return
        if not self._shelf:
            # In memory, from where it goes to `folder` as need be: to write a file costs as much
            # time again as to work it out.
            self.execute("ATTACH ':memory:' AS shelf (COMPRESS)")
            self._shelf = True
        self.execute(f"CREATE TABLE shelf.{name} AS {sql}", values)
        self.execute(f"CREATE VIEW {name} AS SELECT * FROM shelf.{name}")  # noqa: S608 (a name of the program)

    def rows(self, sql: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """Return every row of the answer."""
        answer: list[tuple[Any, ...]] = self._connection.execute(sql, values or None).fetchall()
        return answer

    def table(self, sql: str, values: Values = ()) -> pa.Table:
        """Return the answer as an Arrow table."""
        return self._connection.sql(sql, params=values or None).to_arrow_table()

    def expect_few(self) -> None:
        """Be told that few rows are asked of: DuckDB takes longer to plan a query than to answer it.

        It plans on one core, so two jobs are asked at a time (with many rows they would take twice
        the memory), and a seventh of it is the search for what a query says twice or asks once.
        """
        self.execute("SET disabled_optimizers = 'common_subplan,cte_inlining'")
        self.hands = 2

    def together(self, jobs: Iterable[Job]) -> list[Any]:
        """Return what each of `jobs` returns, `hands` at a time: none may need what another makes.

        Once a job fails no other is begun, and its error is raised.
        """
        if self.hands == 1:
            return [job(self) for job in jobs]
        if self._beside is None:
            self._beside = Analysis(_in_utc(self._connection.cursor()))
        self._beside.take_over(self.given)
        shared = _Shared(jobs)
        with ThreadPoolExecutor(1) as other:
            theirs = other.submit(shared.work, self._beside)
            try:
                shared.work(self)
            finally:
                theirs.result()
        self.take_over({**self._beside.given, **self.given})
        return [shared.answers[place] for place in sorted(shared.answers)]

    def take_over(self, given: Mapping[str, pa.Table]) -> None:
        """Let what is registered be `given`: each connection has its own."""
        for name in self.given.keys() - given.keys():
            self.forget(name)
        for name, table in given.items():
            if self.given.get(name) is not table:
                self.register(name, table)

    def close(self) -> None:
        """Drop it, and what lies on disk."""
        if self._beside is not None:
            self._beside.close()
        self._connection.close()
        if self._folder is not None:
            self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Shared:
    """Jobs that two hands take from."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._jobs, self._lock, self._failed = iter(enumerate(jobs)), Lock(), False
        self.answers: dict[int, Any] = {}

    def work(self, analysis: Analysis) -> None:
        """Do jobs while there are any and none has failed."""
        while (taken := self._take()) is not None:
            place, job = taken
            try:
                self.answers[place] = job(analysis)
            except BaseException:
                self._failed = True
                raise

    def _take(self) -> tuple[int, Job] | None:
        with self._lock:
            return None if self._failed else next(self._jobs, None)


def asks(*statements: str) -> Job:
    """Return the job of running `statements`, one after the other."""

    def ask(analysis: Analysis) -> None:
        for sql in statements:
            analysis.execute(sql)

    return ask


def _in_utc(connection: Any) -> Any:
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def analysis(*, threads: int = 2, memory: str = "1100MB", folder: Path | None = None) -> Analysis:
    """Return a fresh DuckDB that reaches nothing but local files; session zone UTC.

    What is too large for `memory` lies until it is closed in a folder that nobody else may
    read, under `folder`; under the system's own for such things unless given.
    """
    import duckdb  # noqa: PLC0415 (40 MB: a worker of the gate never asks it)

    place = TemporaryDirectory(prefix="sekisho-", dir=folder)
    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": threads,
            "memory_limit": memory,
            "preserve_insertion_order": False,
            "temp_directory": place.name,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            # What lies in memory needs no checkpoint, which would pack every new table again.
            "checkpoint_threshold": "1TB",
        },
    )
    return Analysis(_in_utc(connection), place)
