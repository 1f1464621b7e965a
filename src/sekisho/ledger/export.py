"""Hand out the record: lines with their proofs, and one Parquet file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sekisho.errors import ConflictError, UnavailableError
from sekisho.ledger.columns import SCHEMA
from sekisho.ledger.read import Reader

HIDDEN = ("key", "digest", "salt")
"""Columns that a table for people does not need; the salt would unmake the commitment."""


def with_proofs(
    reader: Reader, start: dt.datetime | None = None, end: dt.datetime | None = None
) -> Iterator[dict[str, Any]]:
    """Give each record in the promised form with what proves it to a stranger.

    ``canonical`` and ``salt`` (hex) make the tree's entry, ``tlog_proof`` is the
    C2SP tlog-proof text with the signed checkpoint in it. A record that is not
    signed yet has null there.
    """
    for line in reader.jsonl(start=start, end=end):
        try:
            proof = reader.proof(line["index"])
        except ConflictError:
            yield {**line, "canonical": None, "salt": None, "tlog_proof": None}
            continue
        yield {
            **line,
            "canonical": proof.canonical.decode(),
            "salt": proof.salt.hex(),
            "tlog_proof": proof.tlog_proof,
        }


def write_parquet(
    reader: Reader, out: Path, start: dt.datetime | None = None, end: dt.datetime | None = None
) -> int:
    """Write the records of a period to `out` (zstd, times UTC) and return how many.

    Raises:
        ConflictError: `out` exists; nothing is overwritten.
        UnavailableError: It cannot be written; nothing is left there.
    """
    if out.exists():
        raise ConflictError("ledger.out_exists", file=str(out))
    names = [name for name in SCHEMA.names if name not in HIDDEN]
    schema = pa.schema([SCHEMA.field(name) for name in names])
    aside = out.with_name(f".{out.name}.new")
    count = 0
    try:
        with pq.ParquetWriter(aside, schema, compression="zstd") as writer:
            for table in reader.tables():
                part = table.filter(_within(table["occurred_at"], start, end)).select(names)
                writer.write_table(part)
                count += part.num_rows
        aside.replace(out)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise UnavailableError("ledger.out_not_written", file=str(out)) from error
    return count


def _within(at: Any, start: dt.datetime | None, end: dt.datetime | None) -> Any:
    keep = pc.is_valid(at)
    for moment, compare in ((start, pc.greater_equal), (end, pc.less)):
        if moment is not None:
            naive = moment.astimezone(dt.UTC).replace(tzinfo=None)
            keep = pc.and_(keep, compare(at, pa.scalar(naive, pa.timestamp("ms"))))
    return keep
