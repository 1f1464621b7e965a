"""Rows as Arrow columns, a batch at a time: of millions of rows no Python object each is made."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 5_000
"""Rows that are Python objects at one time."""


def read_columns(connection: sa.Connection, query: sa.Select[Any]) -> pa.Table:
    """Return what `query`, of columns of one table, gives.

    Texts, whole numbers (int64), truths, days (date32) and moments without a zone (timestamp,
    microseconds). Their order is the store's.
    """
    import pyarrow as pa  # noqa: PLC0415 (20 MB: the gate needs none)

    schema = pa.schema([(column.name, _kind(column.type)) for column in query.selected_columns])
    # As the store gives them: Arrow reads a day quicker than Python.
    asked: list[sa.ColumnElement[Any]] = [
        sa.type_coerce(column, sa.types.NullType()) for column in query.selected_columns
    ]
    read = _read_rows
    if connection.dialect.name == "sqlite":
        # A text a row is taken over from it in half the time of its values.
        asked, read = [sa.func.json_array(*asked, type_=sa.Text)], _read_json
    result = connection.execute(
        query.with_only_columns(*asked), execution_options={"yield_per": BATCH}
    )
    batches = [read(rows, schema) for rows in result.partitions()]
    return pa.concat_tables([schema.empty_table(), *batches])


def _read_json(rows: Iterable[Sequence[str]], schema: pa.Schema) -> pa.Table:
    """Return `rows`, each an array of JSON: CSV in brackets, where no sign of a text is escaped."""
    import orjson  # noqa: PLC0415 (only where it is asked)
    import pyarrow as pa  # noqa: PLC0415 (see `read_columns`)
    from pyarrow import csv  # noqa: PLC0415 (see `read_columns`)

    text = "\n".join([array[1:-1] for (array,) in rows])
    if "\\" in text:
        columns = zip(*(orjson.loads(array) for (array,) in rows), strict=True)
        return pa.table(list(map(pa.array, columns)), names=schema.names).cast(schema)
    lines = pa.py_buffer(text.encode())
    return csv.read_csv(
        lines,
        csv.ReadOptions(column_names=schema.names, block_size=lines.size + 1, use_threads=False),
        convert_options=csv.ConvertOptions(
            column_types=schema,
            null_values=["null"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def _read_rows(rows: Iterable[Sequence[Any]], schema: pa.Schema) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 (see `read_columns`)

    columns = zip(zip(*rows, strict=True), schema.types, strict=True)
    return pa.table([pa.array(values, kind) for values, kind in columns], schema=schema)


def is_one_of(
    connection: sa.Connection, column: sa.ColumnElement[str], texts: Collection[str]
) -> sa.ColumnElement[bool]:
    """Return that `column` is one of `texts`, however many they are."""
    if connection.dialect.name == "sqlite":
        import orjson  # noqa: PLC0415 (only where it is asked)

        told = sa.func.json_each(orjson.dumps(sorted(texts)).decode()).table_valued("value")
        return column.in_(sa.select(told.c.value))
    return column == sa.any_(sa.cast(sorted(texts), ARRAY(sa.Text)))


def as_it_lies(connection: sa.Connection, query: sa.Select[Any]) -> sa.Select[Any]:
    """Return `query`, of one table and by an index of it, to be read in the order of the file.

    SQLite would turn to and fro in it, for every row that the index names. PostgreSQL does it so.
    """
    if connection.dialect.name != "sqlite":
        return query
    rowid = sa.literal_column("rowid", sa.Integer)
    found = query.with_only_columns(rowid).correlate(None)
    return sa.select(*query.selected_columns).where(rowid.in_(found))


def _kind(stored: sa.types.TypeEngine[Any]) -> pa.DataType:
    import pyarrow as pa  # noqa: PLC0415 (see `read_columns`)

    match stored:
        case sa.Date():
            return pa.date32()
        case sa.DateTime():
            return pa.timestamp("us")
        case sa.Boolean():
            return pa.bool_()
        case sa.Integer():
            return pa.int64()
        case _:
            return pa.string()
