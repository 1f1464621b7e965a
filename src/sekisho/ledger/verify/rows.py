"""Sealed columns back to canonical bytes and commitments, a column at a time.

Written from docs/formats/ledger.md alone; shares no code with what writes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

MARKS = ("erasure/", "key/")
"""How the object of a record begins that orders an erasure, or announces a key."""

_PLAIN = r'["\\\x00-\x1f]'
_TEXTS = (
    "action",
    "class",
    "duty",
    "object",
    "outcome",
    "reason",
    "session",
    "source",
    "terminal",
    "time_precision",
    "user_id",
    "user_kind",
)
_TIMES = ("ended_at", "occurred_at", "recorded_at")
_NEEDED = ("index", "key", "digest", "salt", "recorded_at", "occurred_at", "patient_ids", "marks")
_COLUMNS = (
    *_NEEDED,
    *_TEXTS,
    "ended_at",
    "of",
    "origin_file",
    "origin_connection",
    "origin_row",
    "origin_message",
)


_Piece = Any
"""Text of a field for every row: one string for all, or an Arrow array."""


class UnreadableError(Exception):
    """The file is no sealed file, or is damaged."""


def groups(path: Path) -> Iterator[tuple[list[int], list[bytes]]]:
    """Give each row group's indexes and the commitments of its rows.

    Raises:
        UnreadableError: The file cannot be read as sealed records.
        OSError: The file cannot be opened.
    """
    with ThreadPoolExecutor(2) as hands:
        every = range(len(group_sizes(path)))
        for found in hands.map(partial(group, path), every):
            yield found.indexes, found.commitments


def group_sizes(path: Path) -> list[int]:
    """Return the number of rows in each row group (see `groups` for errors)."""
    with _reading(), pq.ParquetFile(path) as file:
        metadata = file.metadata
        return [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]


def group_firsts(path: Path) -> list[int]:
    """Return the first index in each row group (see `groups` for errors)."""
    with _reading(), pq.ParquetFile(path) as file:
        return [
            int(file.read_row_group(number, columns=["index"])["index"][0].as_py())
            for number in range(file.metadata.num_row_groups)
        ]


@dataclass(frozen=True, slots=True)
class Group:
    """What a row group holds.

    Attributes:
        indexes: Of its rows, ascending.
        commitments: One for each.
        keys: Theirs, 16 bytes each, joined.
        orders: Records by which the log itself may have changed: index, and some of each.
    """

    indexes: list[int]
    commitments: list[bytes]
    keys: bytes
    orders: list[tuple[int, dict[str, Any]]]


def group(path: Path, number: int) -> Group:
    """Return what a row group holds (see `groups`)."""
    with _reading(), pq.ParquetFile(path, page_checksum_verification=True) as file:
        table = file.read_row_group(number, columns=list(_COLUMNS), use_threads=False)
        table = table.combine_chunks()
        keys = bytes(_raw(_chunk(table, "key"), 16))
        return Group(_indexes(table), commitments(table), keys, _orders(table))


def _orders(table: pa.Table) -> list[tuple[int, dict[str, Any]]]:
    """Return the rows that have the look of an order to erase, or of a new key."""
    objects = _chunk(table, "object")
    looks = pc.or_(*(pc.starts_with(objects, mark) for mark in MARKS))
    if not pc.any(looks).as_py():
        return []
    found = table.filter(looks).select(["index", "source", "object", "digest", "key"]).to_pylist()
    for row in found:
        row["digest"], row["key"] = row["digest"].hex(), row["key"].hex()
    return [(row.pop("index"), row) for row in found]


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, KeyError, ValueError, OverflowError, MemoryError) as error:
        raise UnreadableError(str(error)) from error
    except OSError as error:
        if error.errno is None:
            # Arrow reports damage inside a file as an OSError without a number.
            raise UnreadableError(str(error)) from error
        raise


def commitments(table: pa.Table) -> list[bytes]:
    """Return SHA-256(salt ‖ canonical) of each row."""
    pieces = [
        piece.encode() if isinstance(piece, str) else piece.cast(pa.binary())
        for piece in _merge(_pieces(table))
    ]
    salted = pc.binary_join_element_wise(_chunk(table, "salt").cast(pa.binary()), *pieces, b"")
    return _hashes(salted)


def _pieces(table: pa.Table) -> list[_Piece]:
    """Return the canonical JSON of each row (RFC 8785) in pieces, its keys in their order.

    Most columns of a day's log hold one value only: these become part of the
    constant text between the others.
    """
    fields: dict[str, _Piece] = {name: _text(_chunk(table, name)) for name in _TEXTS}
    fields.update({name: _time(_chunk(table, name)) for name in _TIMES})
    fields["digest"] = _hex(_chunk(table, "digest"), 32)
    fields["key"] = _hex(_chunk(table, "key"), 16)
    fields["of"] = _number(_chunk(table, "of"))
    fields["marks"] = _list(_chunk(table, "marks"), _text)
    fields["patient_ids"] = _list(_chunk(table, "patient_ids"), _patient)
    fields["origin"] = _origin(table)
    pieces: list[_Piece] = []
    for number, name in enumerate(sorted(fields)):
        pieces.append(("{" if number == 0 else ",") + f'"{name}":')
        pieces.append(fields[name])
    return [*pieces, "}"]


def _merge(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Join constants that stand beside each other."""
    merged: list[_Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        else:
            merged.append(piece)
    return merged


def _join(*pieces: _Piece) -> _Piece:
    """Join texts row by row."""
    merged = _merge(pieces)
    return merged[0] if len(merged) == 1 else pc.binary_join_element_wise(*merged, "")


def _hashes(salted: pa.Array) -> list[bytes]:
    sha256 = hashlib.sha256
    _, offsets, data = salted.buffers()
    marks = memoryview(offsets).cast("i")[salted.offset : salted.offset + len(salted) + 1].tolist()
    view = memoryview(data) if data is not None else memoryview(b"")
    return [sha256(view[start:end]).digest() for start, end in pairwise(marks)]


def _indexes(table: pa.Table) -> list[int]:
    """Return the indexes; they must ascend."""
    column = _chunk(table, "index")
    if not len(column):
        raise ValueError("empty row group")
    for name in _NEEDED:
        if table.column(name).null_count:
            raise ValueError(f"{name} is missing")
    if not pc.all(pc.less(column[:-1], column[1:]), min_count=0).as_py():
        raise ValueError("indexes out of order")
    indexes: list[int] = column.to_pylist()
    return indexes


def _chunk(table: pa.Table, name: str) -> pa.Array:
    column = table.column(name)
    return column.chunk(0) if column.num_chunks else pa.array([], column.type)


def _null(texts: pa.Array) -> pa.Array:
    return texts.fill_null("null") if texts.null_count else texts


def _text(column: pa.Array) -> _Piece:
    """Return each text as JSON: what must be escaped one by one, the rest at once."""
    if column.null_count == len(column):
        return "null"
    found = column.dictionary_encode()
    words = found.dictionary.cast(pa.string())
    if len(words) == 1 and not column.null_count:
        return json.dumps(words[0].as_py(), ensure_ascii=False)
    if pc.any(pc.match_substring_regex(words, _PLAIN)).as_py():
        quoted = pa.array(
            [json.dumps(word, ensure_ascii=False) for word in words.to_pylist()], pa.string()
        )
    else:
        quoted = pc.binary_join_element_wise('"', words, '"', "")
    return _null(quoted.take(found.indices))


def _time(column: pa.Array) -> _Piece:
    if column.type != pa.timestamp("ms"):
        raise ValueError("times are not in milliseconds")
    if column.null_count == len(column):
        return "null"
    found = column.dictionary_encode()
    texts = pc.binary_replace_slice(found.dictionary.cast(pa.string()), 10, 11, "T")
    quoted = pc.binary_join_element_wise('"', texts, 'Z"', "")
    if len(quoted) == 1 and not column.null_count:
        return str(quoted[0].as_py())
    return _null(quoted.take(found.indices))


def _number(column: pa.Array) -> _Piece:
    if column.null_count == len(column):
        return "null"
    return _null(column.cast(pa.string()))


def _raw(column: pa.Array, width: int) -> memoryview:
    if column.type != pa.binary(width):
        raise ValueError("hashes of a wrong length")
    data = memoryview(column.buffers()[1] or b"")
    return data[column.offset * width : (column.offset + len(column)) * width]


def _hex(column: pa.Array, width: int) -> _Piece:
    count = len(column)
    data = _raw(column, width)
    if count > 1 and data == bytes(data[:width]) * count:
        return f'"{data[:width].hex()}"'  # the hash of a file, in each of its lines
    digits = data.hex().encode("ascii")
    step = 2 * width
    offsets = pa.array(range(0, (count + 1) * step, step), pa.int32()).buffers()[1]
    texts = pa.Array.from_buffers(pa.string(), count, [None, offsets, pa.py_buffer(digits)])
    return _join('"', texts, '"')


def _list(column: pa.Array, element: Callable[[pa.Array], _Piece]) -> _Piece:
    flat = column.flatten()
    if not len(flat):
        return "[]"
    inner = element(flat)
    lengths = column.value_lengths()
    if pc.all(pc.equal(lengths, 1)).as_py():
        return _join("[", inner, "]")
    if isinstance(inner, str):
        inner = pa.array([inner] * len(flat), pa.string())
    offsets = [0]
    for length in lengths.to_pylist():
        offsets.append(offsets[-1] + length)
    joined = pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), inner), ",")
    return _join("[", joined, "]")


def _patient(column: pa.Array) -> _Piece:
    names, authorities = column.field("id"), column.field("authority")
    if names.null_count:
        raise ValueError("a patient without an id")
    return _join('{"authority":', _text(authorities), ',"id":', _text(names), "}")


def _origin(table: pa.Table) -> _Piece:
    file, connection = _chunk(table, "origin_file"), _chunk(table, "origin_connection")
    row, message = _chunk(table, "origin_row"), _chunk(table, "origin_message")
    return _join(
        "{",
        _either("file", file, "connection", connection),
        ",",
        _either("row", row, "message", message),
        "}",
    )


def _either(name: str, column: pa.Array, other: str, others: pa.Array) -> _Piece:
    """Return the one of two columns that is set, with its name."""
    write = _text if column.type == pa.string() else _number
    if others.null_count == len(others) and not column.null_count:
        return _join(f'"{name}":', write(column))
    if column.null_count == len(column) and not others.null_count:
        return _join(f'"{other}":', write(others))
    first = column.is_valid()
    if pc.any(pc.equal(first, others.is_valid())).as_py():
        raise ValueError("an origin that is not one place")
    label = pc.if_else(first, f'"{name}":', f'"{other}":')
    return _join(label, pc.if_else(first, write(column), write(others)))
