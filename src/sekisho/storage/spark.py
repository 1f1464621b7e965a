"""Apache Spark with the words of `Analysis`: the same queries, for what one machine does not hold.

PySpark is an extra (``sekisho[spark]``) and is loaded here only. How the queries are said to it
stands in `sekisho.storage.dialect`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyspark
from pyspark.sql import Row, SparkSession
from sqlglot import exp

from sekisho.errors import InvalidInputError, UnavailableError
from sekisho.storage.analysis import Analysis
from sekisho.storage.dialect import Values, parsed, said

if TYPE_CHECKING:
    import pyarrow as pa

_SETTINGS = {
    # Times are UTC without a zone, as they stand in the sealed files.
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    # What would be an error on DuckDB is one here, never a silent NULL.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.ui.showConsoleProgress": "false",
}


class SparkAnalysis(Analysis):
    """One session of Spark with tables of its own; not shared by threads.

    A table is worked out once, as DuckDB does, and kept by the executors: as a view it would
    ask the whole chain before it again at each use.
    """

    def __init__(self, session: SparkSession) -> None:
        super().__init__(session)
        self._session = session
        self._files = 0

    def register(self, name: str, table: pa.Table) -> None:
        """Make `table` readable as `name`."""
        self._keep(name, self._session.createDataFrame(_plain(table)))

    def code(self, name: str, words: str) -> None:
        """Make no type: Spark keeps a text of few words as numbers by itself (`dialect`)."""

    def keep(self, name: str, sql: str, values: Values = (), *, large: bool) -> None:  # noqa: ARG002 (executors put to disk what is large)
        """Make the table `name` of what `sql` gives."""
        self.execute(f"CREATE TABLE {name} AS {sql}", values)

    def expect_few(self) -> None:
        """Change nothing: the cluster shares out each query."""

    def forget(self, name: str) -> None:
        """Let go of what was registered as `name`."""
        self._session.catalog.dropTempView(name)

    def execute(self, sql: str, values: Values = ()) -> None:
        """Run one statement and drop what it answers.

        Raises:
            InvalidInputError: It is none that makes or fills a table or a view.
        """
        statement = self._read_files(self._parsed(sql, values))
        match statement:
            case exp.Insert():
                name = statement.this.name
                there = self._session.table(name)
                added = self._session.sql(said(statement.expression)).toDF(*there.columns)
                # A wider number would change the table's type, and break the views over it.
                typed = [added[one.name].cast(one.dataType) for one in there.schema.fields]
                self._keep(name, there.union(added.select(typed)), once=True)
            case exp.Delete() if not statement.args.get("where"):
                name = statement.this.name
                self._keep(
                    name, self._session.createDataFrame([], self._session.table(name).schema)
                )
            case exp.Create():
                self._create(statement)
            case exp.Drop():
                for one in statement.args["tables"]:
                    self._session.catalog.dropTempView(one.name)
            case exp.Alter(args={"actions": [exp.AlterRename() as renamed]}):
                self._keep(renamed.this.name, self._session.table(statement.this.name))
                self._session.catalog.dropTempView(statement.this.name)
            case _:
                raise InvalidInputError("review.spark.statement", kind=type(statement).__name__)

    def rows(self, sql: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """Return every row of the answer; a struct is a dict, as DuckDB gives it."""
        frame = self._session.sql(said(self._parsed(sql, values)))
        return [tuple(_value(one) for one in row) for row in frame.collect()]

    def table(self, sql: str, values: Values = ()) -> pa.Table:
        """Return the answer as an Arrow table."""
        return self._session.sql(said(self._parsed(sql, values))).toArrow()

    def close(self) -> None:
        """Let go of the cluster."""
        self._session.stop()

    def _parsed(self, sql: str, values: Values) -> Any:
        return parsed(sql, values, lambda name: self._session.table(name).columns)

    def _create(self, statement: Any) -> None:
        name = statement.this.name
        if isinstance(statement.this, exp.Schema):
            columns = ", ".join(said(one) for one in statement.this.expressions)
            self._keep(statement.this.this.name, self._session.createDataFrame([], columns))
        elif statement.args["kind"] == "VIEW":
            # By its words, so that it is asked anew when a table behind it is another.
            query = said(statement.expression)
            self._session.sql(f"CREATE OR REPLACE TEMPORARY VIEW `{name}` AS {query}")
        else:
            self._keep(name, self._session.sql(said(statement.expression)), once=True)

    def _read_files(self, statement: Any) -> Any:
        """Let each call that reads sealed files name a table of them instead."""
        for call in list(statement.find_all(exp.ReadParquet)):
            files = [one.name for one in call.find_all(exp.Literal) if one.is_string]
            self._files += 1
            name = f"sealed_{self._files}"
            self._keep(name, self._session.read.parquet(*files))
            call.replace(exp.to_table(name))
        return statement

    def _keep(self, name: str, frame: Any, *, once: bool = False) -> None:
        if once:
            frame = frame.localCheckpoint(eager=True)
        frame.createOrReplaceTempView(name)


def spark(master: str) -> SparkAnalysis:
    """Return a session on the cluster at `master` (``spark://host:7077``, ``local[2]``).

    The executors must see the sealed files under the same path. Other settings come from
    Spark's own ``spark-defaults.conf`` (SPARK_CONF_DIR).

    Raises:
        UnavailableError: Nobody answers there, or the cluster is of another version.
    """
    builder = SparkSession.builder.master(master).appName("sekisho")
    for name, value in _SETTINGS.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
        # Its warnings are about plans, by the thousand; what fails is an error.
        session.sparkContext.setLogLevel("ERROR")
        parts = max(2, session.sparkContext.defaultParallelism) * 2
        session.conf.set("spark.sql.shuffle.partitions", str(parts))
    except Exception as error:
        raise UnavailableError(
            "review.spark.no_cluster", master=master, version=pyspark.__version__
        ) from error
    return SparkAnalysis(session)


def _plain(table: pa.Table) -> pa.Table:
    """Return `table` with moments in the unit that Spark has: microseconds."""
    import pyarrow as pa  # noqa: PLC0415 (see `analysis`)

    fields = [
        field.with_type(pa.timestamp("us")) if pa.types.is_timestamp(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))


def _value(one: Any) -> Any:
    if isinstance(one, Row):
        return {name: _value(each) for name, each in one.asDict().items()}
    return [_value(each) for each in one] if isinstance(one, list) else one
