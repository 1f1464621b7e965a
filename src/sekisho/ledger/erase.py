"""Erase: sealed files are written anew without the records that an erasure names.

Order: new file written aside without them, flushed, read back and compared with the
tree, renamed under a name of its own, then in one transaction named in place of the old
one, which is removed. A crash in between leaves a file that no segment names;
`tail.clear` removes it, and the erasure is begun again from where it stood.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from sekisho.errors import TamperError
from sekisho.ledger import runs, seal, tail
from sekisho.ledger.runs import Run
from sekisho.ledger.tables import SEGMENT
from sekisho.ledger.tiles import Tiles
from sekisho.ledger.verify.rows import UnreadableError, groups
from sekisho.storage import Database, fsync_folder


def erase(
    folder: Path,
    database: Database,
    records: Sequence[Run],
    entry: int,
    size: int,
    guard: Callable[[sa.Connection], None],
) -> None:
    """Take sealed records away; what is gone already is passed over.

    Args:
        folder: ``ledger/``.
        database: Names the sealed files.
        records: What goes; all of it is sealed.
        entry: Index of the record that orders it, for the new files' names.
        size: Of the signed tree.
        guard: Checks in each transaction that the caller still owns the log.

    Raises:
        TamperError: A record that stays is not the one that was signed; its file is left.
    """
    with database.read() as connection:
        stored = tail.extent(connection)
        tail.clear(folder, stored)
    place = folder / tail.SEALED
    tiles = Tiles(folder)
    for segment in stored.segments:
        part = list(runs.within(records, segment.first, segment.last))
        if not part or tail.erased_at(segment.path) == entry:
            continue
        old = place / segment.path
        new = old.with_name(tail.rewritten(old.name, entry))
        digest = _write(old, new, part, tiles, size)
        with database.write() as connection:
            guard(connection)
            connection.execute(
                sa.update(SEGMENT)
                .where(SEGMENT.c.first == segment.first)
                .values(path=str(new.relative_to(place)), sha256=digest)
            )
        old.unlink()
        fsync_folder(old.parent)
        pa.default_memory_pool().release_unused()


def _write(old: Path, new: Path, part: Sequence[Run], tiles: Tiles, size: int) -> str:
    """Write `old` without some records, checked; return the new file's SHA-256."""
    aside = new.with_name(f".{new.name}.new")
    try:
        stay = _write_aside(old, aside, part)
        seal.flush(aside)
        _compare(aside, old.name, stay, tiles, size)
        digest = seal.digest(aside)
    except (pa.ArrowException, KeyError, UnreadableError) as error:
        raise TamperError("ledger.file_unreadable", file=old.name) from error
    aside.replace(new)
    fsync_folder(new.parent)
    return digest


def _write_aside(old: Path, aside: Path, part: Sequence[Run]) -> list[int]:
    """Write the rows that stay; return their indexes."""
    stay: list[int] = []
    with pq.ParquetFile(old) as file:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with (
            os.fdopen(descriptor, "wb") as out,
            pq.ParquetWriter(out, file.schema_arrow, **seal.FORM) as writer,
        ):
            for group in range(file.num_row_groups):
                table = file.read_row_group(group)
                stays = [not runs.holds(part, each) for each in table["index"].to_pylist()]
                left = table.filter(pa.array(stays, pa.bool_()))
                if left.num_rows:
                    writer.write_table(left, row_group_size=seal.GROUP)
                    stay += left["index"].to_pylist()
    return stay


def _compare(aside: Path, name: str, stay: list[int], tiles: Tiles, size: int) -> None:
    """Refuse a file that does not hold just what stays, as it was signed."""
    at = 0
    for indexes, found in groups(aside):
        signed = tiles.entries(indexes[0], indexes[-1] + 1, size) if indexes else []
        for index, commitment in zip(indexes, found, strict=True):
            if stay[at : at + 1] != [index] or commitment != signed[index - indexes[0]]:
                raise TamperError("ledger.seal_differs", file=name, index=index)
            at += 1
    if at != len(stay):
        raise TamperError("ledger.seal_differs", file=name, index=stay[at])
