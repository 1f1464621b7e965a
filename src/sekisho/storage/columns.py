"""Rows as Arrow columns, a batch at a time: of millions of rows no Python object each is made."""

from __future__ import annotations

from collections.abc import Collection
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

    kinds = {column.name: _kind(column.type) for column in query.selected_columns}
    asked = query.with_only_columns(*(_plain(column) for column in query.selected_columns))
    result = connection.execute(asked, execution_options={"yield_per": BATCH})
    batches = [
        pa.table(
            [
                pa.array(values, _stored(connection, kind)).cast(kind)
                for values, kind in zip(zip(*rows, strict=True), kinds.values(), strict=True)
            ],
            names=list(kinds),
        )
        for rows in result.partitions()
    ]
    return pa.concat_tables([pa.schema(list(kinds.items())).empty_table(), *batches])


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


def _plain(column: Any) -> Any:
    """Return the column as the driver gives it: Arrow reads a day quicker than Python."""
    plain = isinstance(column.type, sa.Date | sa.DateTime | sa.Boolean)
    return sa.type_coerce(column, sa.types.NullType()).label(column.name) if plain else column


def _stored(connection: sa.Connection, kind: pa.DataType) -> pa.DataType:
    """Return as what the driver gives it: SQLite keeps days and moments as text, a truth as a number."""
    import pyarrow as pa  # noqa: PLC0415 (see `read_columns`)

    if connection.dialect.name != "sqlite":
        return kind
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return pa.string()
    return pa.int64() if pa.types.is_boolean(kind) else kind
