"""One piece of the work: some records, recomputed and compared with their tiles."""

from __future__ import annotations

import hashlib
import json
from binascii import unhexlify
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from sekisho.ledger.verify.blocks import WIDTH, Difference, block, entries
from sekisho.ledger.verify.orders import Run, gaps
from sekisho.ledger.verify.state import Row, Sealed, StateError, rows_of

_ORDERS = (b'"erasure/', b'"key/')
"""How the object of a record begins by which the log itself may have changed."""


@dataclass(frozen=True, slots=True)
class Task:
    """Records `first` to before `stop`: a row group of a sealed file, or rows of the tail.

    Attributes:
        folder: ``ledger/``.
        signed: The size that the checkpoint signed.
        path: The sealed file below ``ledger/sealed``, None for the tail.
        group: Number of the row group; None where every record of the file is erased.
        digest: SHA-256 that the whole file must have, asked of one task of a file.
        rows: Rows of the tail, as read in the one snapshot.
        database: Or the SQLite from which the piece reads them by itself.
    """

    folder: Path
    signed: int
    first: int
    stop: int
    path: str | None = None
    group: int | None = 0
    digest: str | None = None
    rows: list[Row] = field(default_factory=list)
    database: Path | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with stored records: the message, the first index, the file."""

    message: str
    index: int
    file: str
    why: str = ""


@dataclass(slots=True)
class Result:
    """What a piece gives.

    Attributes:
        roots: Hash over each whole block of 256.
        edges: Commitments of the blocks that another piece completes: number to
            offset and commitments.
        count: Records that were there.
        keys: Keys of the records, 16 bytes each; zeros for one that is not there.
        missing: Records that are not there, as runs; their entries were read from the tree.
        orders: Records by which the log itself may have changed, each with its index.
        moved: The rows were sealed meanwhile: read them in the first snapshot.
    """

    first: int
    count: int
    keys: bytes = b""
    roots: dict[int, bytes] = field(default_factory=dict)
    edges: dict[int, tuple[int, list[bytes]]] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    fault: Fault | None = None
    changed: Fault | None = None
    moved: bool = False
    missing: list[Run] = field(default_factory=list)
    orders: list[tuple[int, dict[str, Any]]] = field(default_factory=list)


def check(task: Task) -> Result:
    """Recompute one piece."""
    result = Result(task.first, 0)
    if task.database is not None:
        try:
            rows = rows_of(task.database, task.first, task.stop)
        except StateError:
            rows = []
        if len(rows) != task.stop - task.first:
            result.moved = True
            return result
        task = replace(task, rows=rows, database=None)
    commitments = commitments_of(task, result)
    result.count = len(commitments) - sum(last - first + 1 for first, last in result.missing)
    at = 0
    while at < len(commitments):
        number, offset = divmod(task.first + at, WIDTH)
        part = commitments[at : at + WIDTH - offset]
        # The block in which the signed size ends is an edge too: its leaves make the root.
        if len(part) == WIDTH and number != task.signed // WIDTH:
            found = block(task.folder, number, part, task.signed)
            assert found.root is not None
            result.roots[number] = found.root
            result.differences += found.differences
        else:
            result.edges[number] = (offset, part)
        at += len(part)
    return result


def pieces(folder: Path, sealed: Sealed, signed: int) -> list[Task]:
    """Return the pieces of a sealed file, one for each row group; none where it is another's.

    Raises:
        UnreadableError: It cannot be read.
        OSError: It cannot be opened.
    """
    from sekisho.ledger.verify import rows  # noqa: PLC0415 (brings Arrow: who only records needs none)

    file = folder / "sealed" / sealed.path
    sizes = rows.group_sizes(file)
    edges = [sealed.first + at for at in accumulate(sizes, initial=0)]
    if edges[-1] != sealed.last + 1:
        # Records are missing, lawfully or not: each group reaches to the next one's first.
        firsts = rows.group_firsts(file)
        edges = [sealed.first, *firsts[1:], sealed.last + 1]
        if edges != sorted(set(edges)) or min(firsts, default=sealed.first) < sealed.first:
            return []
    return [
        Task(
            folder, signed, first, stop, sealed.path,
            number if sizes else None, sealed.sha256 if number == 0 else None,
        )
        for number, (first, stop) in enumerate(pairwise(edges))
    ]  # fmt: skip


def commitments_of(task: Task, result: Result) -> list[bytes]:
    """Return the commitments of a piece, none where it is not what it must be; `result` says why."""
    return _tail(task, result) if task.path is None else _sealed(task, task.path, result)


def _sealed(task: Task, path: str, result: Result) -> list[bytes]:
    from sekisho.ledger.verify import rows  # noqa: PLC0415 (brings Arrow: who only records needs none)

    file = task.folder / "sealed" / path
    name = f"sealed/{path}"
    try:
        if task.digest is not None and _digest(file) != task.digest:
            result.changed = Fault("ledger.verify.file_changed", task.first, name)
        held = rows.Group([], [], b"", []) if task.group is None else rows.group(file, task.group)
    except FileNotFoundError:
        result.fault = Fault("ledger.verify.file_missing", task.first, name)
        return []
    except (rows.UnreadableError, OSError) as error:
        result.fault = Fault("ledger.verify.file_unreadable", task.first, name, str(error))
        return []
    if held.indexes and not task.first <= held.indexes[0] <= held.indexes[-1] < task.stop:
        result.fault = Fault("ledger.verify.records_missing", task.first, name)
        return []
    result.orders = held.orders
    result.missing = list(gaps(held.indexes, task.first, task.stop))
    if not result.missing:
        result.keys = held.keys
        return held.commitments
    return _filled(task, held, name, result)


def _filled(task: Task, held: Any, name: str, result: Result) -> list[bytes]:
    """Return the commitments of a piece; of records that are not there, the tree's entries."""
    found: list[bytes] = [b""] * (task.stop - task.first)
    keys = bytearray(16 * len(found))
    for at, index in enumerate(held.indexes):
        place = index - task.first
        found[place] = held.commitments[at]
        keys[16 * place : 16 * place + 16] = held.keys[16 * at : 16 * at + 16]
    for first, last in result.missing:
        try:
            part = entries(task.folder, first, last + 1, task.signed)
        except OSError:
            part = []
        if len(part) != last - first + 1:
            result.fault = Fault("ledger.verify.records_missing", first, name)
            return []
        found[first - task.first : last + 1 - task.first] = part
    result.keys = bytes(keys)
    return found


def _tail(task: Task, result: Result) -> list[bytes]:
    sha256 = hashlib.sha256
    commitments: list[bytes] = []
    keys: list[bytes] = []
    expected = task.first
    said, recorded = None, b""
    for index, at, body, salt in task.rows:
        if index != expected:
            break
        if at != said:  # what is recorded together has one time
            said, recorded = at, _recorded(at)
        key, begins = _key_of(recorded, body, salt)
        if key is None:
            result.fault = Fault("ledger.verify.record_changed", index, "state.db")
            return []
        if body.startswith(_ORDERS, begins):
            result.orders.append((index, json.loads(body)))
        keys.append(key)
        commitments.append(sha256(salt + body).digest())
        expected += 1
    if expected != task.stop:
        result.fault = Fault("ledger.verify.records_missing", expected, "state.db")
        return []
    result.keys = b"".join(keys)
    return commitments


def _recorded(at: object) -> bytes:
    """Return what stands after ``"recorded_at":`` in a row of that time; empty where it is none."""
    return b'"' + at.encode("utf-8", "replace") + b'"' if isinstance(at, str) else b""


def _key_of(recorded: bytes, body: object, salt: object) -> tuple[bytes | None, int]:
    """Return a tail row's key, None when the row cannot be what was recorded, and where its object begins.

    In canonical JSON the names ascend and an unescaped quote is never inside a text, so that
    the first of each name after the one before is the record's own.
    """
    if not isinstance(body, bytes) or not isinstance(salt, bytes) or len(salt) != 16:
        return None, 0
    key = body.find(b',"key":"') + 8
    begins = body.find(b',"object":', key) + 10
    at = body.find(b',"recorded_at":', begins) + 15
    if key < 8 or begins < 10 or at < 15 or not recorded or not body.startswith(recorded, at):
        return None, 0
    try:
        return unhexlify(body[key : key + 32]), begins
    except ValueError:
        return None, 0


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
