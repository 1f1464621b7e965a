"""Where a value can stand: what each row group of the sealed files holds (a skip index).

A search over years opens only what can hold an answer. The index is derived from the
sealed files: missing or made of another file, it is as if it were not there, and that
file is simply searched. Verification, export and review never look at it.

One file for each month of sealed files, ``ledger/skip/YYYY-MM``: a line of JSON (of each
sealed file its path and SHA-256; of each of its row groups the first and last index, the
least and greatest ``occurred_at`` in milliseconds since 1970, and how many hashes each
column has), then for each group and column the sorted 32-bit hashes of the values there,
little-endian. A hash says "perhaps": the search itself compares the values.
"""

from __future__ import annotations

import hashlib
import itertools
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sekisho.ledger.tail import SEALED, Segment
from sekisho.storage import fsync_folder, write_durably

FOLDER = "skip"
"""Below ``ledger/``."""
PATIENT = "patient"
"""Name of the hashes of every patient id of a record."""
COLUMNS = ("user_id", "terminal", "action", "outcome", "source", "class")
"""Columns whose values are looked up; and `PATIENT`."""
_FORMAT = "skip-1"
_NAMES = (*COLUMNS, PATIENT)
_WIDTH = 4


@dataclass(frozen=True, slots=True)
class Looked:
    """What a search asks for.

    Attributes:
        low: Least ``occurred_at`` in milliseconds since 1970, or None; `high` the greatest.
        any_of: Column (or `PATIENT`) → values, one of which a record must have.
        indexes: Only these records, in order.
    """

    low: int | None = None
    high: int | None = None
    indexes: Sequence[int] | None = None
    any_of: Mapping[str, Sequence[str]] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Records `first` to before `stop` of a sealed file, where an answer can stand.

    Attributes:
        low: Least ``occurred_at`` there in milliseconds since 1970; `high` the greatest.
            None where nothing is known of the file.
    """

    segment: Segment
    first: int
    stop: int
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """What is known of one sealed file: its row groups, and their hashes joined."""

    groups: list[dict[str, Any]]
    hashes: array[int]


_Parts = dict[tuple[str, str], _Part]
"""By path and SHA-256 of the sealed file: what was made of another file is not found."""


def places(folder: Path, segments: Sequence[Segment], looked: Looked) -> list[Place]:
    """Return where in the sealed files an answer can stand, in their order.

    Args:
        folder: ``ledger/``.
        segments: The sealed files.
        looked: What is asked.
    """
    wanted = [
        (_NAMES.index(name), [_short(value) for value in values])
        for name, values in (looked.any_of or {}).items()
    ]
    if looked.indexes is not None:
        segments = [each for each in segments if _stands(looked.indexes, each.first, each.last)]
    found: list[Place] = []
    for month, those in itertools.groupby(segments, _month):
        known = _read(folder / FOLDER / month)
        for segment in those:
            part = known.get((segment.path, segment.sha256))
            if part is None:
                found.append(Place(segment, segment.first, segment.last + 1))
            else:
                found.extend(_places(segment, part, looked, wanted))
    return found


def keep(folder: Path, segments: Sequence[Segment]) -> int:
    """Make the index of every sealed file that has none; return how many were made.

    What was made of a file that is no more, or is another now, goes.

    Raises:
        OSError: The disk cannot be written. Nothing but speed is lost.
    """
    place = folder / FOLDER
    months = {month: list(those) for month, those in itertools.groupby(segments, _month)}
    for path in sorted(place.glob("*")):
        if path.name not in months:
            path.unlink()
    made = 0
    for month, those in months.items():
        known = _read(place / month)
        parts: _Parts = {}
        for segment in those:
            name = (segment.path, segment.sha256)
            part = known.get(name)
            if part is None:
                part = _made(folder / SEALED / segment.path)
                made += part is not None
            if part is not None:
                parts[name] = part
        if parts.keys() != known.keys():
            _write(place / month, parts)
    return made


def mend(folder: Path, segments: Sequence[Segment]) -> list[str]:
    """Make everything again; return the path of each sealed file of which it said otherwise.

    Somebody could have changed it, to hide records from a search.

    Raises:
        OSError: The disk cannot be written.
    """
    wrong: list[str] = []
    for month, those in itertools.groupby(segments, _month):
        path = folder / FOLDER / month
        known = _read(path)
        found = len(wrong)
        for segment in those:
            name = (segment.path, segment.sha256)
            if name in known:
                made = _made(folder / SEALED / segment.path)
                if known[name] != made:
                    wrong.append(segment.path)
                    del known[name]
                    if made is not None:
                        known[name] = made
        if len(wrong) > found:
            _write(path, known)
    return wrong


def _month(segment: Segment) -> str:
    return segment.path[:7].replace("/", "-")


def _made(sealed: Path) -> _Part | None:
    """Return the index of a sealed file; None where it cannot be read: verification says why."""
    groups: list[dict[str, Any]] = []
    hashes = array("I")
    columns = ["index", "occurred_at", *COLUMNS, "patient_ids"]
    try:
        with pq.ParquetFile(sealed) as file:
            for number in range(file.num_row_groups):
                table = file.read_row_group(number, columns=columns, use_threads=False)
                index = pc.min_max(table.column("index"))
                at = pc.min_max(table.column("occurred_at").cast(pa.int64()))
                patients = pc.struct_field(pc.list_flatten(table.column("patient_ids")), "id")
                known = [_hashes(each) for each in (*map(table.column, COLUMNS), patients)]
                counts = [len(each) for each in known]
                groups.append(
                    {
                        "first": index["min"].as_py(),
                        "last": index["max"].as_py(),
                        "low": at["min"].as_py(),
                        "high": at["max"].as_py(),
                        "counts": counts,
                    }
                )
                for each in known:
                    hashes.extend(each)
    except (pa.ArrowException, KeyError, ValueError, OSError):
        return None
    return _Part(groups, hashes)


def _hashes(column: pa.ChunkedArray) -> list[int]:
    values = pc.unique(column).to_pylist()
    return sorted({_short(value) for value in values if value is not None})


def _turned(hashes: array[int]) -> array[int]:
    """Return hashes as they stand on the disk, or back: little-endian on every machine."""
    if sys.byteorder == "big":
        hashes = hashes[:]
        hashes.byteswap()
    return hashes


def _short(value: str) -> int:
    digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:_WIDTH], "little")


def _write(path: Path, parts: _Parts) -> None:
    files = [
        {"path": name, "sha256": digest, "groups": part.groups}
        for (name, digest), part in parts.items()
    ]
    line = orjson.dumps({"format": _FORMAT, "files": files}) + b"\n"
    if not path.parent.exists():
        path.parent.mkdir(mode=0o700)
        fsync_folder(path.parent.parent)
    hashes = b"".join(_turned(part.hashes).tobytes() for part in parts.values())
    write_durably(path, line + hashes)


def _read(path: Path) -> _Parts:
    """Return what is known of a month; nothing where there is no such file, or it is damaged."""
    found: _Parts = {}
    try:
        data = path.read_bytes()
        at = data.index(b"\n") + 1
        head = orjson.loads(data[:at])
        view = memoryview(data)
        if head["format"] != _FORMAT:
            return {}
        for file in head["files"]:
            groups = file["groups"]
            end = at + _WIDTH * sum(sum(group["counts"]) for group in groups)
            hashes = array("I", [])
            hashes.frombytes(view[at:end])
            found[file["path"], file["sha256"]] = _Part(groups, _turned(hashes))
            at = end
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return found if at == len(data) else {}


def _places(
    segment: Segment, part: _Part, looked: Looked, wanted: Sequence[tuple[int, list[int]]]
) -> Iterator[Place]:
    at = 0
    for group in part.groups:
        counts = group["counts"]
        start, at = at, at + sum(counts)
        low, high = group["low"], group["high"]
        if looked.low is not None and high < looked.low:
            continue
        if looked.high is not None and low > looked.high:
            continue
        first, stop = group["first"], group["last"] + 1
        if looked.indexes is not None and not _stands(looked.indexes, first, stop - 1):
            continue
        for number, values in wanted:
            begin = start + sum(counts[:number])
            if not any(_holds(part.hashes, begin, counts[number], value) for value in values):
                break
        else:
            yield Place(segment, first, stop, low, high)


def _holds(hashes: array[int], begin: int, count: int, value: int) -> bool:
    """Return whether `value` is among `count` sorted hashes."""
    at = bisect_left(hashes, value, begin, begin + count)
    return at < begin + count and hashes[at] == value


def _stands(indexes: Sequence[int], first: int, last: int) -> bool:
    """Return whether one of the sorted `indexes` is between `first` and `last`."""
    at = bisect_left(indexes, first)
    return at < len(indexes) and indexes[at] <= last
