"""Seal: the tail becomes Parquet files by recorded day (UTC), checked before the tail lets go.

Order: file written aside, flushed, read back and compared with the records,
renamed, then in one transaction noted as a segment and removed from the tail. A
crash in between leaves a file that no segment names; `tail.clear` removes it at start.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from sekisho.errors import TamperError
from sekisho.ledger import tail
from sekisho.ledger.columns import SCHEMA, TEXTS, to_records, to_table
from sekisho.ledger.record import Row, canonical, commitment
from sekisho.ledger.tables import RECORD, SEGMENT
from sekisho.ledger.verify.rows import UnreadableError, groups
from sekisho.storage import Database, fsync_folder

GREATEST = 1_000_000
"""Records in one file at most; a day with more has several."""

GROUP = 32_768
"""Records in a row group."""

_DICTIONARY = [*TEXTS, "origin_file", "origin_connection", "marks.list.element"]


def seal(
    folder: Path,
    database: Database,
    origin: str,
    size: int,
    root: Callable[[int], bytes],
    guard: Callable[[sa.Connection], None],
) -> int:
    """Seal the tail's records below `size`, which a checkpoint has signed.

    Args:
        folder: ``ledger/``.
        database: Holds the tail.
        origin: The log's name, for the file's metadata.
        size: Records from here on stay in the tail.
        root: Gives the tree's root at a size.
        guard: Checks in each transaction that the caller still owns the log.

    Returns:
        The number of records sealed.
    """
    with database.read() as connection:
        stored = tail.extent(connection)
        tail.clear(folder, stored)
        start = stored.sealed
        parts = [
            (day, first, min(first + GREATEST - 1, last))
            for day, low, last in tail.days(connection, start, size)
            for first in range(low, last + 1, GREATEST)
        ]
    for day, first, last in parts:
        path = f"{day[:4]}/{day[5:7]}/{day}.{first}-{last}.parquet"
        digest = _write(folder / tail.SEALED / path, database, origin, first, last, root(last + 1))
        with database.write() as connection:
            guard(connection)
            connection.execute(
                sa.insert(SEGMENT).values(first=first, last=last, path=path, sha256=digest)
            )
            connection.execute(
                sa.delete(RECORD).where(RECORD.c.index >= first, RECORD.c.index <= last)
            )
        # Arrow keeps what it no longer needs for its next table; after a whole day that is much.
        pa.default_memory_pool().release_unused()
    return size - start


def rows(
    folder: Path, connection: sa.Connection, stored: tail.Extent, start: int, stop: int
) -> Iterator[list[Row]]:
    """Give stored records from `start` to before `stop`, sealed or not, in batches."""
    for segment in stored.segments:
        if segment.last < start or segment.first >= stop:
            continue
        for part in _read(folder / tail.SEALED / segment.path):
            chosen = [row for row in part if start <= row[0] < stop]
            if chosen:
                yield chosen
    yield from tail.rows(connection, max(start, stored.sealed), stop)


def last_recorded(folder: Path, stored: tail.Extent) -> dt.datetime:
    """Return when the last sealed record was recorded."""
    metadata = pq.read_schema(folder / tail.SEALED / stored.segments[-1].path).metadata or {}
    return dt.datetime.fromisoformat(metadata[b"sekisho.last_recorded_at"].decode())


def _write(path: Path, database: Database, origin: str, first: int, last: int, root: bytes) -> str:
    """Write the sealed file of a range, checked; return its SHA-256."""
    missing = [folder for folder in (path.parent, *path.parent.parents) if not folder.exists()]
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in missing:
        fsync_folder(folder.parent)
    aside = path.with_name(f".{path.name}.new")
    try:
        made = _write_aside(aside, database, origin, first, last, root)
        _flush(aside)
        _compare(aside, path.name, first, made)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    with aside.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    aside.replace(path)
    fsync_folder(path.parent)
    return digest


def _compare(aside: Path, name: str, first: int, made: list[bytes]) -> None:
    """Refuse a file from which the verifier does not make the same commitments again."""
    at = 0
    try:
        for start, found in groups(aside):
            if start != first + at or found != made[at : at + len(found)]:
                raise TamperError("ledger.seal_differs", file=name, index=first + at)
            at += len(found)
    except UnreadableError as error:
        raise TamperError("ledger.seal_differs", file=name, index=first + at) from error
    if at != len(made):
        raise TamperError("ledger.seal_differs", file=name, index=first + at)


def _write_aside(
    aside: Path, database: Database, origin: str, first: int, last: int, root: bytes
) -> list[bytes]:
    """Write the rows of a range; return their commitments."""
    made: list[bytes] = []
    with database.read() as connection:
        end = connection.execute(
            sa.select(RECORD.c.recorded_at).where(RECORD.c.index == last)
        ).scalar_one()
        schema = SCHEMA.with_metadata(
            {
                "sekisho.format": "ledger-1",
                "sekisho.origin": origin,
                "sekisho.first": str(first),
                "sekisho.last": str(last),
                "sekisho.root": root.hex(),
                "sekisho.last_recorded_at": end.isoformat(),
            }
        )
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with (
            os.fdopen(descriptor, "wb") as file,
            pq.ParquetWriter(
                file,
                schema,
                compression="zstd",
                use_dictionary=_DICTIONARY,
                write_page_checksum=True,
            ) as writer,
        ):
            for table in _tables(tail.rows(connection, first, last + 1, batch=GROUP), made):
                writer.write_table(table, row_group_size=GROUP)
    return made


def _tables(parts: Iterator[list[Row]], made: list[bytes]) -> Iterator[pa.Table]:
    """Give each part as columns, made while the next one is read; `made` gets its commitments."""
    before: Future[pa.Table] | None = None
    with ThreadPoolExecutor(1) as hand:
        for part in parts:
            under_way = hand.submit(to_table, part)
            made += [commitment(salt, body) for _, body, salt in part]
            if before is not None:
                yield before.result()
            before = under_way
        if before is not None:
            yield before.result()


def _read(path: Path) -> Iterator[list[Row]]:
    """Give the rows of a sealed file, its canonical bytes made from the columns."""
    try:
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                table = file.read_row_group(group, columns=SCHEMA.names)
                yield [
                    (index, canonical(record), salt) for index, record, salt in to_records(table)
                ]
    except (pa.ArrowException, KeyError, ValueError) as error:
        raise TamperError("ledger.file_unreadable", file=path.name) from error


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
