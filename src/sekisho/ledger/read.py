"""Read the log from any process: records, proofs, and the view that review asks."""

from __future__ import annotations

import base64
import datetime as dt
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlalchemy as sa

from sekisho.errors import ConflictError, InvalidInputError, TamperError
from sekisho.ledger import erasure, keys, rotation, tail
from sekisho.ledger.columns import SCHEMA, to_records, to_table
from sekisho.ledger.cosigned import with_cosignatures
from sekisho.ledger.note import Checkpoint
from sekisho.ledger.record import Row, canonical, commitment, promised, time_text
from sekisho.ledger.search import Search, view
from sekisho.ledger.skip import Looked, mend, places
from sekisho.ledger.tiles import Tiles
from sekisho.ledger.tree import consistency, included, inclusion, leaf_hash
from sekisho.storage import Analysis, Database

Progress = Callable[[int, int], None]
_ENOUGH = 4
"""Bytes that are worth looking for alone."""
_TOLD = 4096
"""After so many records a long reading says how far it is."""


@dataclass(frozen=True, slots=True)
class Proof:
    """That one record is in the tree which a checkpoint signed.

    Attributes:
        canonical: The record's bytes (RFC 8785).
        salt: Its salt; SHA-256(salt ‖ canonical) is the tree's entry.
        path: Hashes from the leaf's neighbour to below the root.
    """

    index: int
    canonical: bytes
    salt: bytes
    path: tuple[bytes, ...]
    checkpoint: Checkpoint

    @property
    def entry(self) -> bytes:
        """Return the tree's entry for the record."""
        return commitment(self.salt, self.canonical)

    @property
    def tlog_proof(self) -> str:
        """Return the C2SP tlog-proof text; its extra data is salt and record as JSON."""
        extra = {"canonical": self.canonical.decode(), "salt": self.salt.hex()}
        told = [f"extra {_b64(orjson.dumps(extra))}"]
        return _tlog_proof(told, self.index, self.path, self.checkpoint)

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Return the steps for people: name and value, from the record to the signed root."""
        return [
            ("record", self.canonical.decode()),
            ("salt", self.salt.hex()),
            ("entry", self.entry.hex()),
            ("leaf", leaf_hash(self.entry).hex()),
            *[(f"path_{number}", step.hex()) for number, step in enumerate(self.path, 1)],
            ("root", self.checkpoint.root.hex()),
            ("size", str(self.checkpoint.size)),
            ("origin", self.checkpoint.origin),
        ]


@dataclass(frozen=True, slots=True)
class Erased:
    """What is left of a record that was lawfully erased.

    Attributes:
        by: Index of the record that orders it.
        entry: Its 32 bytes in the tree.
        tlog_proof: C2SP tlog-proof text of the entry, without extra data.
    """

    index: int
    by: int
    entry: bytes
    tlog_proof: str


def _tlog_proof(told: list[str], index: int, path: Sequence[bytes], signed: Checkpoint) -> str:
    lines = ["c2sp.org/tlog-proof@v1", *told, f"index {index}", *[_b64(step) for step in path]]
    return "\n".join(lines) + "\n\n" + signed.text


Prover = Callable[[int, bytes, bytes], Proof | None]
"""Gives the proof of a record from its index, canonical bytes and salt."""


class Reader:
    """The log, read only; each call sees one consistent state, also while sealing runs."""

    def __init__(self, data: Path, database: Database) -> None:
        self._data = data
        self._folder = keys.folder(data)
        self._database = database
        self._tiles = Tiles(self._folder)
        self._guard = threading.Lock()

    def size(self) -> int:
        """Return the number of records that are durable."""
        with self._database.read() as connection:
            return tail.extent(connection).size

    def register(self, analysis: Analysis, name: str = "access") -> None:
        """Make the log readable in `analysis` as the view `name` (sealed files and live tail)."""
        with self._database.read() as connection:
            stored = tail.extent(connection)
            parts = [to_table(part) for part in tail.rows(connection, stored.sealed, stored.size)]
        view(analysis, name, [self._path(each) for each in stored.segments], _joined(parts))

    def search(self, looked: Looked) -> Search:
        """Return one state of the log, of which only what can hold an answer is looked at."""
        # In canonical JSON a text stands as itself, so that a record without it has no such value.
        texts = [_shortest(each) for each in (looked.any_of or {}).values()]
        with self._database.read() as connection:
            stored = tail.extent(connection)
            parts = [
                to_table([row for row in part if _has(row[1], texts)])
                for part in tail.rows(connection, stored.sealed, stored.size)
            ]
        found = places(self._folder, stored.segments, looked)
        return Search(self._path, found, _joined(parts))

    def days(self, limit: int) -> list[tuple[str, int, int, bytes]]:
        """Return the newest sealed files, newest first: day, first and last index, root at its end.

        The root is what the file itself says; verification trusts none of it.

        Raises:
            TamperError: One of the files cannot be read.
        """
        with self._database.read() as connection:
            newest = tail.extent(connection).segments[::-1][:limit]
        found = []
        for each in newest:
            with _open(self._path(each)) as file:
                root = bytes.fromhex(file.schema_arrow.metadata[b"sekisho.root"].decode())
            found.append((each.path.rpartition("/")[2][:10], each.first, each.last, root))
        return found

    def mend_search(self) -> list[str]:
        """Make the search index again; return of which sealed files it said otherwise."""
        with self._database.read() as connection:
            segments = tail.extent(connection).segments
        return mend(self._folder, segments)

    def record(self, index: int) -> dict[str, Any]:
        """Return record `index` in the promised form.

        Raises:
            InvalidInputError: There is no such record, or it was lawfully erased.
        """
        _, body, _ = self._row(index)
        return promised(index, orjson.loads(body))

    def jsonl(
        self,
        start: dt.datetime | None = None,
        end: dt.datetime | None = None,
        *,
        progress: Progress | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Give every record in the promised form, in order.

        Args:
            start: Only records that occurred at or after it (aware).
            end: Only records that occurred before it (aware).
            progress: Called now and then with records passed and records in all.
        """
        for index, record, _ in self.stored(start, end, progress=progress):
            yield promised(index, record)

    def stored(
        self,
        start: dt.datetime | None = None,
        end: dt.datetime | None = None,
        *,
        progress: Progress | None = None,
    ) -> Iterator[tuple[int, dict[str, Any], bytes]]:
        """Give index, recorded object and salt of each record of a period (see `jsonl`)."""
        low = None if start is None else time_text(start)
        high = None if end is None else time_text(end)
        with self._database.read() as connection:
            extent = tail.extent(connection)
            for index, record, salt in self._all(connection, extent):
                if progress is not None and index % _TOLD == 0:
                    progress(index, extent.size)
                at = record["occurred_at"]
                if (low is None or at >= low) and (high is None or at < high):
                    yield index, record, salt
            if progress is not None:
                progress(extent.size, extent.size)

    def tables(self, *, progress: Progress | None = None) -> Iterator[pa.Table]:
        """Give the whole log as Arrow tables with the columns of a sealed file, in order."""
        done = 0
        for table, size in self._tables():
            yield table
            done += table.num_rows
            if progress is not None:
                progress(done, size)

    def _tables(self) -> Iterator[tuple[pa.Table, int]]:
        with self._database.read() as connection:
            stored = tail.extent(connection)
            for segment in stored.segments:
                with _open(self._path(segment)) as file:
                    for group in range(file.num_row_groups):
                        yield file.read_row_group(group).select(SCHEMA.names), stored.size
            for part in tail.rows(connection, stored.sealed, stored.size):
                yield to_table(part), stored.size

    def proof(self, index: int, signed: Checkpoint | None = None) -> Proof:
        """Return the proof that record `index` is in the tree now signed, or in that of `signed`.

        Raises:
            InvalidInputError: There is no such record, or it was lawfully erased.
            ConflictError: It is recorded but not signed yet; a second later it is.
            TamperError: The record is not the one that was signed.
        """
        _, body, salt = self._row(index)
        proof = self.prover(signed)(index, body, salt)
        if proof is None:
            raise ConflictError("ledger.not_signed_yet", index=index)
        return proof

    def prover(self, signed: Checkpoint | None = None) -> Prover:
        """Return what proves records under one checkpoint, the one that stands now unless given.

        It gives None for a record younger than that, and raises `TamperError` for one
        that is not what was signed. Witnesses that cosigned it stand in each proof.
        """
        signed = with_cosignatures(self._data, signed or self.signed())
        node = self._tiles.node(signed.size)

        def prove(index: int, body: bytes, salt: bytes) -> Proof | None:
            if index >= signed.size:
                return None
            with self._guard:
                path = tuple(inclusion(index, signed.size, node))
            proof = Proof(index, body, salt, path, signed)
            if not included(index, signed.size, leaf_hash(proof.entry), path, signed.root):
                raise TamperError("ledger.record_differs", index=index)
            return proof

        return prove

    def erased(self, start: int, stop: int, signed: Checkpoint) -> Iterator[Erased]:
        """Give what is left of erased records from `start` to before `stop`, below `signed`.

        Raises:
            TamperError: One is missing that no erasure names.
        """
        signed = with_cosignatures(self._data, signed)
        node = self._tiles.node(signed.size)
        ordered = [one for one in erasure.erasures(self._database) if one.entry is not None]
        for index in range(start, min(stop, signed.size)):
            by = next((each for one in ordered if (each := one.ordered_by(index))), None)
            if by is None:
                raise TamperError("ledger.record_missing", index=index)
            (entry,) = self._tiles.entries(index, index + 1, signed.size)
            with self._guard:
                path = inclusion(index, signed.size, node)
            yield Erased(index, by, entry, _tlog_proof([], index, path, signed))

    def rotations(self) -> list[str]:
        """Return the notes that lead from the log's older keys to its key, the oldest first."""
        return rotation.texts(self._folder, keys.public_key(self._data))

    def consistency(self, old: int, signed: Checkpoint | None = None) -> list[bytes]:
        """Return the proof that the tree now signed, or `signed`, continues that of `old` records."""
        signed = signed or self.signed()
        if not 0 < old <= signed.size:
            raise InvalidInputError("ledger.no_such_size", size=old)
        with self._guard:
            return consistency(old, signed.size, self._tiles.node(signed.size))

    def checkpoint(self) -> str:
        """Return the signed checkpoint's text.

        Raises:
            InvalidInputError: Nothing has been signed yet.
            TamperError: It is not signed by this ledger's key.
        """
        return self.signed().text

    def fingerprint(self) -> str:
        """Return the signed root as people compare it on paper: 64 hex digits by four."""
        digits = self.signed().root.hex().upper()
        return " ".join(digits[at : at + 4] for at in range(0, 64, 4))

    def signed(self) -> Checkpoint:
        """Return the checkpoint signed last.

        Raises:
            InvalidInputError: Nothing has been signed yet.
            TamperError: It is not signed by this ledger's key.
        """
        found = keys.checkpoint(self._data)
        if found is None:
            raise InvalidInputError("ledger.nothing_signed")
        return found

    def _path(self, segment: tail.Segment) -> Path:
        """Return a sealed file's place; where it was just written anew, the new one."""
        path = self._folder / tail.SEALED / segment.path
        if not path.exists():
            with self._database.read() as connection:
                for each in tail.extent(connection).segments:
                    if each.first == segment.first:
                        return self._folder / tail.SEALED / each.path
        return path

    def _row(self, index: int) -> Row:
        with self._database.read() as connection:
            stored = tail.extent(connection)
            if not 0 <= index < stored.size:
                raise InvalidInputError("ledger.no_such_record", index=index, size=stored.size)
            if index >= stored.sealed:
                return next(tail.rows(connection, index, index + 1))[0]
            segment = next(each for each in stored.segments if index <= each.last)
            by = erasure.erased_by(connection, index)
        with _open(self._path(segment)) as file:
            for group in range(file.num_row_groups):
                if file.metadata.row_group(group).column(0).statistics.max < index:
                    continue
                table = file.read_row_group(group, columns=SCHEMA.names)
                at = pc.index(table["index"], index).as_py()
                for found, record, salt in to_records(table.slice(at, 1)) if at >= 0 else ():
                    return found, canonical(record), salt
                break
        if by is not None:
            raise InvalidInputError("ledger.erased", index=index, entry=by.entry or 0)
        raise TamperError("ledger.record_missing", index=index)

    def _all(
        self, connection: sa.Connection, stored: tail.Extent
    ) -> Iterator[tuple[int, dict[str, Any], bytes]]:
        for segment in stored.segments:
            with _open(self._path(segment)) as file:
                for group in range(file.num_row_groups):
                    yield from to_records(file.read_row_group(group))
        for part in tail.rows(connection, stored.sealed, stored.size):
            for index, body, salt in part:
                yield index, orjson.loads(body), salt


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    """Give a sealed file; what is wrong with it while it is read is named."""
    try:
        with pq.ParquetFile(path) as file:
            yield file
    except FileNotFoundError as error:
        raise TamperError("ledger.file_missing", file=path.name) from error
    except (pa.ArrowException, KeyError, ValueError) as error:
        raise TamperError("ledger.file_unreadable", file=path.name) from error
    except OSError as error:
        if error.errno is not None:
            raise
        # Arrow reports damage inside a file as an OSError without a number.
        raise TamperError("ledger.file_unreadable", file=path.name) from error


def _shortest(values: Sequence[str]) -> list[bytes]:
    """Return texts of which one stands in every record that has one of `values`.

    The spellings of a number end alike: to look for that end is one look instead of many.
    """
    texts = [orjson.dumps(each) for each in values]
    end = min(texts, key=len, default=b"")
    while not all(text.endswith(end) for text in texts):
        end = end[1:]
    return [end] if len(end) >= _ENOUGH else texts


def _has(body: bytes, texts: list[list[bytes]]) -> bool:
    """Return whether one of each group of texts stands in a record."""
    return all(any(text in body for text in group) for group in texts)


def _joined(parts: list[pa.Table]) -> pa.Table:
    return pa.concat_tables(parts) if parts else SCHEMA.empty_table()


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
