"""Hand out the record: lines with their proofs, and one Parquet file."""

from __future__ import annotations

import datetime as dt
import gzip
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sekisho.errors import ConflictError, UnavailableError
from sekisho.ledger.columns import SCHEMA, to_records
from sekisho.ledger.note import Checkpoint
from sekisho.ledger.read import Erased, Progress, Prover, Reader
from sekisho.ledger.record import canonical, promised

HIDDEN = ("key", "digest", "salt")
"""Columns that a table for people does not need; the salt would unmake the commitment."""


def with_proofs(
    reader: Reader,
    start: dt.datetime | None = None,
    end: dt.datetime | None = None,
    *,
    signed: Checkpoint | None = None,
    progress: Progress | None = None,
) -> Iterator[dict[str, Any]]:
    """Give each record in the promised form with what proves it to a stranger.

    ``canonical`` and ``salt`` (hex) make the tree's entry, ``tlog_proof`` is the C2SP
    tlog-proof text; all prove against the one checkpoint `signed`, or that stood at the beginning.
    A record younger than that has null in all three. Of the whole record, what is left of
    an erased one is a line too: ``index``, ``erased_by``, ``entry`` (hex) and ``tlog_proof``.
    Before them, for who holds an older key, the notes that lead to the newest (``rotation``).

    Raises:
        TamperError: A record is not the one that was signed.
    """
    for note in reader.rotations():
        yield {"rotation": note}
    signed = signed or reader.signed()
    prove = reader.prover(signed)
    whole, at = start is None and end is None, 0
    for index, record, salt in reader.stored(start, end, progress=progress):
        if whole:
            yield from map(_gone, reader.erased(at, index, signed))
            at = index + 1
        body = canonical(record)
        proof = prove(index, body, salt)
        yield {
            **promised(index, record),
            "canonical": body.decode() if proof else None,
            "salt": salt.hex() if proof else None,
            "tlog_proof": proof.tlog_proof if proof else None,
        }


def _gone(erased: Erased) -> dict[str, Any]:
    return {
        "index": erased.index,
        "erased_by": erased.by,
        "entry": erased.entry.hex(),
        "tlog_proof": erased.tlog_proof,
    }


def line_writer(kind: str, origin: str) -> Callable[[dict[str, Any]], bytes]:
    """Return what makes one line of a record in the promised form.

    Args:
        kind: ``jsonl``; ``fhir`` (FHIR R4 AuditEvent); ``atna`` (DICOM AuditMessage).
        origin: The log's name.
    """
    if kind == "fhir":
        from sekisho.ledger.audit_event import audit_event  # noqa: PLC0415 (only where asked for)

        return lambda record: orjson.dumps(audit_event(record, origin))
    if kind == "atna":
        from sekisho.ledger.audit_message import audit_message  # noqa: PLC0415 (only where asked for)

        return lambda record: audit_message(record, origin)
    return orjson.dumps


def write_parquet(
    reader: Reader,
    file: BinaryIO,
    start: dt.datetime | None = None,
    end: dt.datetime | None = None,
    *,
    with_proof: bool = False,
    signed: Checkpoint | None = None,
    progress: Progress | None = None,
) -> int:
    """Write the records of a period to `file` (zstd, times UTC) and return how many.

    Args:
        reader: Of the log.
        file: Takes the Parquet file.
        start: Only records that occurred at or after it (aware).
        end: Only records that occurred before it (aware).
        with_proof: Add the column ``tlog_proof`` (see `with_proofs`).
        signed: The checkpoint to prove against; the one that stands now when None.
        progress: Called now and then with records passed and records in all.

    Raises:
        TamperError: With proofs: a record is not the one that was signed.
    """
    fields = [field for field in SCHEMA if field.name not in HIDDEN]
    prove = reader.prover(signed) if with_proof else None
    schema = pa.schema([*fields, pa.field("tlog_proof", pa.string())] if prove else fields)
    count = 0
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for table in reader.tables(progress=progress):
            part = table.filter(_within(table["occurred_at"], start, end))
            arrays = [part[field.name] for field in fields]
            if prove:
                arrays.append(pa.array(_proofs(part, prove), pa.string()))
            writer.write_table(pa.table(arrays, schema=schema))
            count += part.num_rows
    return count


@contextmanager
def packed(file: BinaryIO) -> Iterator[BinaryIO]:
    """Give `file` to write gzip into; the same lines give the same bytes."""
    with gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as inside:
        yield inside  # type: ignore[misc]


@contextmanager
def fresh(out: Path) -> Iterator[BinaryIO]:
    """Give the new file `out` (0600) to write; it stays only when the block ends well.

    Raises:
        ConflictError: It exists; nothing is overwritten.
        UnavailableError: It cannot be written; nothing is left there.
    """
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise ConflictError("ledger.out_exists", file=str(out)) from error
    except OSError as error:
        raise UnavailableError("ledger.out_not_written", file=str(out)) from error
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException as error:
        out.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise UnavailableError("ledger.out_not_written", file=str(out)) from error
        raise


def _proofs(table: pa.Table, prove: Prover) -> list[str | None]:
    made = (prove(index, canonical(record), salt) for index, record, salt in to_records(table))
    return [None if proof is None else proof.tlog_proof for proof in made]


def _within(at: Any, start: dt.datetime | None, end: dt.datetime | None) -> Any:
    keep = pc.is_valid(at)
    for moment, compare in ((start, pc.greater_equal), (end, pc.less)):
        if moment is not None:
            naive = moment.astimezone(dt.UTC).replace(tzinfo=None)
            keep = pc.and_(keep, compare(at, pa.scalar(naive, pa.timestamp("ms"))))
    return keep
