"""The live tail in the database, as it is read; `pen` writes it. Nothing here opens a connection."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from sekisho.errors import ConflictError, TamperError
from sekisho.ledger.record import Row
from sekisho.ledger.tables import OWNER, RECORD, SEGMENT

SEALED = "sealed"
"""Folder of the sealed files below ``ledger/``."""

_NAME = re.compile(r"(\d{4}-\d\d-\d\d)\.(\d+)-(\d+)(?:\.(\d+))?\.parquet")
"""Day, first and last record, and the record that ordered the last erasure in it."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One sealed file: records `first` to `last`, `path` below ``ledger/sealed``."""

    first: int
    last: int
    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Extent:
    """What the database holds: sealed segments, then the tail up to `size`."""

    segments: tuple[Segment, ...]
    size: int

    @property
    def sealed(self) -> int:
        """Return the number of sealed records."""
        return self.segments[-1].last + 1 if self.segments else 0


def extent(connection: sa.Connection) -> Extent:
    """Return what is stored.

    Raises:
        TamperError: A segment or a record is missing between the others.
    """
    segments = tuple(
        Segment(*row)
        for row in connection.execute(
            sa.select(SEGMENT.c.first, SEGMENT.c.last, SEGMENT.c.path, SEGMENT.c.sha256).order_by(
                SEGMENT.c.first
            )
        )
    )
    expected = 0
    for segment in segments:
        if segment.first != expected or segment.last < segment.first:
            raise TamperError("ledger.segment_missing", index=expected)
        expected = segment.last + 1
    low, high, count = connection.execute(
        sa.select(sa.func.min(RECORD.c.index), sa.func.max(RECORD.c.index), sa.func.count())
    ).one()
    if not count:
        return Extent(segments, expected)
    if low != expected or high - low + 1 != count:
        raise TamperError("ledger.record_missing", index=expected if low != expected else low)
    return Extent(segments, high + 1)


def clear(folder: Path, stored: Extent) -> None:
    """Remove what an interrupted sealing or erasure left: files that no segment names.

    Only a file whose records are all in the tail goes, and one that was written anew
    since; any other is left for verification to name.
    """
    named = {segment.path for segment in stored.segments}
    erased = {(one.first, one.last) for one in stored.segments if erased_at(one.path) is not None}
    place = folder / SEALED
    for path in sorted(place.glob("*/*/.*.new")):
        path.unlink()
    for path in sorted(place.glob("*/*/*.parquet")):
        found = _NAME.fullmatch(path.name)
        if found is None or str(path.relative_to(place)) in named:
            continue
        first, last = int(found[2]), int(found[3])
        if stored.sealed <= first <= last < stored.size or (first, last) in erased:
            path.unlink()


def rewritten(name: str, entry: int) -> str:
    """Return the name of a sealed file without what record `entry` ordered to be erased."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise TamperError("ledger.file_missing", file=name)
    return f"{found[1]}.{found[2]}-{found[3]}.{entry}.parquet"


def erased_at(path: str) -> int | None:
    """Return which record ordered the last erasure in a sealed file; None: nothing is gone."""
    found = _NAME.fullmatch(path.rpartition("/")[2])
    return int(found[4]) if found and found[4] else None


def rows(
    connection: sa.Connection, start: int, stop: int, *, batch: int = 20_000
) -> Iterator[list[Row]]:
    """Give the tail's rows from `start` to before `stop`, in batches."""
    query = sa.select(RECORD.c.index, RECORD.c.canonical, RECORD.c.salt).order_by(RECORD.c.index)
    while start < stop:
        end = min(start + batch, stop)
        found = connection.execute(query.where(RECORD.c.index >= start, RECORD.c.index < end))
        part = [(index, bytes(canonical), bytes(salt)) for index, canonical, salt in found]
        if len(part) != end - start:
            raise TamperError("ledger.record_missing", index=_gap(part, start))
        yield part
        start = end


def days(connection: sa.Connection, start: int, stop: int) -> list[tuple[str, int, int]]:
    """Return the recorded days (UTC) in a range: day, first and last index."""
    day = sa.func.substr(RECORD.c.recorded_at, 1, 10, type_=sa.String)
    query = (
        sa.select(day, sa.func.min(RECORD.c.index), sa.func.max(RECORD.c.index))
        .where(RECORD.c.index >= start, RECORD.c.index < stop)
        .group_by(day)
        .order_by(sa.func.min(RECORD.c.index))
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(query)]


def last_recorded(connection: sa.Connection) -> dt.datetime | None:
    """Return when the tail's last record was recorded."""
    query = sa.select(RECORD.c.recorded_at).order_by(RECORD.c.index.desc()).limit(1)
    found: dt.datetime | None = connection.execute(query).scalar_one_or_none()
    return found


def take_over(connection: sa.Connection, holder: str, at: dt.datetime) -> int:
    """Make the caller the only one that may append; return its fencing number."""
    fence = (connection.execute(sa.select(OWNER.c.fence)).scalar_one_or_none() or 0) + 1
    connection.execute(sa.delete(OWNER))
    connection.execute(sa.insert(OWNER).values(id=1, fence=fence, holder=holder, since=at))
    return fence


def check_fence(connection: sa.Connection, fence: int) -> None:
    """Hold the owner's row for this transaction.

    Raises:
        ConflictError: Another recorder took over since.
    """
    found = connection.execute(
        sa.select(OWNER.c.fence, OWNER.c.holder).with_for_update()
    ).one_or_none()
    if found is None or found[0] != fence:
        raise ConflictError("ledger.fenced", holder=found[1] if found else "")


def _gap(part: Sequence[Row], start: int) -> int:
    for row in part:
        if row[0] != start:
            break
        start += 1
    return start
