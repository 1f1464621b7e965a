"""A record as columns: the sealed Parquet's schema, there and back without loss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from sekisho.ledger.record import SALT, Row

TEXTS = (
    "time_precision",
    "user_id",
    "user_kind",
    "session",
    "action",
    "outcome",
    "source",
    "terminal",
    "object",
    "class",
    "duty",
    "reason",
)
_PATIENT = pa.struct([pa.field("id", pa.string(), nullable=False), ("authority", pa.string())])
_MOMENT = pa.timestamp("ms")

SCHEMA = pa.schema(
    [
        pa.field("index", pa.int64(), nullable=False),
        pa.field("recorded_at", _MOMENT, nullable=False),
        pa.field("occurred_at", _MOMENT, nullable=False),
        pa.field("ended_at", _MOMENT),
        *[pa.field(name, pa.string()) for name in TEXTS],
        pa.field("patient_ids", pa.list_(pa.field("element", _PATIENT, nullable=False))),
        pa.field("of", pa.int64()),
        pa.field("marks", pa.list_(pa.field("element", pa.string(), nullable=False))),
        pa.field("origin_file", pa.string()),
        pa.field("origin_connection", pa.string()),
        pa.field("origin_row", pa.int64()),
        pa.field("origin_message", pa.int64()),
        pa.field("key", pa.binary(16), nullable=False),
        pa.field("digest", pa.binary(32), nullable=False),
        pa.field("salt", pa.binary(SALT), nullable=False),
    ]
)
"""Columns of a sealed file; times are UTC without a zone, in milliseconds."""

VIEW = """
SELECT "index", CAST(recorded_at AS TIMESTAMP) AS recorded_at,
       CAST(occurred_at AS TIMESTAMP) AS occurred_at, CAST(ended_at AS TIMESTAMP) AS ended_at,
       time_precision, user_id, user_kind, patient_ids, session, action, outcome, source,
       terminal, object, "class", duty, reason, "of", marks, origin_file, origin_connection,
       origin_row, origin_message, lower(hex("key")) AS "key", lower(hex(digest)) AS digest
FROM """
"""What review and console read of a sealed file or of the tail."""


_TEXT_LINES = pa.schema(
    [
        *[pa.field(name, pa.string()) for name in (*TEXTS, "key", "digest")],
        *[pa.field(name, pa.string()) for name in ("recorded_at", "occurred_at", "ended_at")],
        SCHEMA.field("patient_ids"),
        SCHEMA.field("marks"),
        SCHEMA.field("of"),
        pa.field(
            "origin",
            pa.struct(
                [
                    ("connection", pa.string()),
                    ("file", pa.string()),
                    ("message", pa.int64()),
                    ("row", pa.int64()),
                ]
            ),
        ),
    ]
)


def to_table(rows: Sequence[Row]) -> pa.Table:
    """Return recorded rows as columns."""
    if not rows:
        return SCHEMA.empty_table()
    lines = b"\n".join([canonical for _, canonical, _ in rows])
    read = pj.read_json(
        pa.BufferReader(lines),
        pj.ReadOptions(use_threads=False, block_size=len(lines) + 1),
        pj.ParseOptions(explicit_schema=_TEXT_LINES, unexpected_field_behavior="error"),
    ).combine_chunks()
    origin = read.column("origin").combine_chunks()
    arrays: dict[str, Any] = {
        name: read.column(name) for name in (*TEXTS, "of", "marks", "patient_ids")
    }
    arrays["index"] = pa.array([index for index, _, _ in rows], pa.int64())
    arrays["salt"] = _packed(b"".join([salt for _, _, salt in rows]), SALT)
    arrays["key"] = _packed(bytes.fromhex("".join(read.column("key").to_pylist())), 16)
    arrays["digest"] = _packed(bytes.fromhex("".join(read.column("digest").to_pylist())), 32)
    for name in ("recorded_at", "occurred_at", "ended_at"):
        arrays[name] = pc.utf8_slice_codeunits(read.column(name), 0, 23).cast(_MOMENT)
    for name in ("file", "connection", "row", "message"):
        arrays[f"origin_{name}"] = pc.struct_field(origin, name)
    return pa.table([arrays[field.name] for field in SCHEMA], schema=SCHEMA)


def _packed(data: bytes, width: int) -> pa.Array:
    count = len(data) // width
    return pa.Array.from_buffers(pa.binary(width), count, [None, pa.py_buffer(data)])


def to_records(table: pa.Table | pa.RecordBatch) -> Iterator[tuple[int, dict[str, Any], bytes]]:
    """Give index, recorded object and salt of each row; the inverse of `to_table`."""
    columns: dict[str, list[Any]] = {}
    for field in SCHEMA:
        column = table.column(field.name)
        if field.type == _MOMENT:
            column = pc.strftime(column, format="%Y-%m-%dT%H:%M:%SZ")
        columns[field.name] = column.to_pylist()
    plain = [*TEXTS, "recorded_at", "occurred_at", "ended_at", "patient_ids", "of", "marks"]
    lists = [columns[name] for name in plain]
    for index, file, connection, row, message, key, digest, salt, *values in zip(
        columns["index"],
        columns["origin_file"],
        columns["origin_connection"],
        columns["origin_row"],
        columns["origin_message"],
        columns["key"],
        columns["digest"],
        columns["salt"],
        *lists,
        strict=True,
    ):
        record = dict(zip(plain, values, strict=True))
        record["key"] = key.hex()
        record["digest"] = digest.hex()
        origin: dict[str, Any] = {"connection": connection} if file is None else {"file": file}
        origin.update({"row": row} if message is None else {"message": message})
        record["origin"] = origin
        yield index, record, salt
