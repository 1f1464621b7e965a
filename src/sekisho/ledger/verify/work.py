"""One piece of the work: some records, recomputed and compared with their tiles."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path

from sekisho.ledger.verify.blocks import WIDTH, Difference, block
from sekisho.ledger.verify.state import Row, StateError, rows_of


@dataclass(frozen=True, slots=True)
class Task:
    """Records `first` to before `stop`: a row group of a sealed file, or rows of the tail.

    Attributes:
        folder: ``ledger/``.
        signed: The size that the checkpoint signed.
        path: The sealed file below ``ledger/sealed``, None for the tail.
        group: Number of the row group.
        digest: SHA-256 that the whole file must have, asked of one task of a file.
        rows: Rows of the tail, as read in the one snapshot.
        database: Or the SQLite from which the piece reads them by itself.
    """

    folder: Path
    signed: int
    first: int
    stop: int
    path: str | None = None
    group: int = 0
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
        keys: Keys of the records, 16 bytes each.
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
    result.count = len(commitments)
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
        first, commitments, result.keys = rows.group(file, task.group)
    except FileNotFoundError:
        result.fault = Fault("ledger.verify.file_missing", task.first, name)
        return []
    except (rows.UnreadableError, OSError) as error:
        result.fault = Fault("ledger.verify.file_unreadable", task.first, name, str(error))
        return []
    if first != task.first or len(commitments) != task.stop - task.first:
        result.fault = Fault("ledger.verify.records_missing", task.first, name)
        return []
    return commitments


def _tail(task: Task, result: Result) -> list[bytes]:
    sha256 = hashlib.sha256
    commitments: list[bytes] = []
    keys: list[bytes] = []
    expected = task.first
    for index, at, body, salt in task.rows:
        if index != expected:
            break
        key = _key_of(at, body, salt)
        if key is None:
            result.fault = Fault("ledger.verify.record_changed", index, "state.db")
            return []
        keys.append(key)
        commitments.append(sha256(salt + body).digest())
        expected += 1
    if expected != task.stop:
        result.fault = Fault("ledger.verify.records_missing", expected, "state.db")
        return []
    result.keys = b"".join(keys)
    return commitments


def _key_of(at: object, body: object, salt: object) -> bytes | None:
    """Return a tail row's key; None when the row cannot be what was recorded.

    In canonical JSON an unescaped quote is never inside a text, so that the first
    ``,"key":"`` is the record's own.
    """
    if not isinstance(at, str) or not isinstance(body, bytes) or not isinstance(salt, bytes):
        return None
    found = body.find(b',"key":"') + 8
    recorded = b',"recorded_at":"' + at.encode("utf-8", "replace") + b'"'
    if found < 8 or recorded not in body or len(salt) != 16:
        return None
    try:
        return bytes.fromhex(body[found : found + 32].decode("ascii"))
    except ValueError:
        return None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
