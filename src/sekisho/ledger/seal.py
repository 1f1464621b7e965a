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
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from sekisho.errors import TamperError
from sekisho.ledger import tail
from sekisho.ledger.columns import SCHEMA, TEXTS, to_records, to_table
from sekisho.ledger.record import Row, canonical, commitment
from sekisho.ledger.tables import RECORD, SEGMENT
from sekisho.ledger.tiles import Tiles
from sekisho.ledger.verify.rows import UnreadableError, groups
from sekisho.storage import Database, fsync_folder

GREATEST = 1_000_000
"""Records in one file at most; a day with more has several."""

GROUP = 32_768
"""Records in a row group."""

FORM: dict[str, Any] = {
    "compression": "zstd",
    "use_dictionary": [*TEXTS, "digest", "origin_file", "origin_connection", "marks.list.element"],
    "write_page_checksum": True,
}
"""How every sealed file is written."""


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
        found = _write(folder / tail.SEALED / path, database, origin, first, last, root(last + 1))
        with database.write() as connection:
            guard(connection)
            connection.execute(
                sa.insert(SEGMENT).values(first=first, last=last, path=path, sha256=found)
            )
            connection.execute(
                sa.delete(RECORD).where(RECORD.c.index >= first, RECORD.c.index <= last)
            )
        # Arrow keeps what it no longer needs for its next table; after a whole day that is much.
        pa.default_memory_pool().release_unused()
    return size - start


def commitments(
    folder: Path, connection: sa.Connection, stored: tail.Extent, stop: int
) -> Iterator[list[bytes]]:
    """Give the commitments of the stored records before `stop`, in batches.

    Those of erased records are read from the tree, where alone they still stand.

    Raises:
        TamperError: A sealed file cannot be read, or an erased record's entry is gone.
    """
    tiles = Tiles(folder)

    def erased(start: int, end: int) -> list[bytes]:
        try:
            return tiles.entries(start, end, stop)
        except FileNotFoundError as error:
            raise TamperError("ledger.record_missing", index=start) from error

    for segment in stored.segments:
        at = segment.first
        for part in _read(folder / tail.SEALED / segment.path):
            made: list[bytes] = []
            for index, body, salt in part:
                if at < index:
                    made += erased(at, index)
                made.append(commitment(salt, body))
                at = index + 1
            yield made
        if at <= segment.last:
            yield erased(at, segment.last + 1)
    for part in tail.rows(connection, stored.sealed, stop):
        yield [commitment(salt, body) for _, body, salt in part]


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
        flush(aside)
        _compare(aside, path.name, first, made)
        made_digest = digest(aside)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    aside.replace(path)
    fsync_folder(path.parent)
    return made_digest


def _compare(aside: Path, name: str, first: int, made: list[bytes]) -> None:
    """Refuse a file from which the verifier does not make the same commitments again."""
    at = 0
    try:
        for indexes, found in groups(aside):
            here = range(first + at, first + at + len(found))
            if indexes != list(here) or found != made[at : at + len(found)]:
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
            pq.ParquetWriter(file, schema, **FORM) as writer,
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


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def flush(path: Path) -> None:
    """Make what was written to `path` survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
