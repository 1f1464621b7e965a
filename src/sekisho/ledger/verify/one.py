"""One record: from its bytes to the signed root, by the tree's own files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from sekisho.ledger.verify.blocks import WIDTH, fold, tile_name
from sekisho.ledger.verify.judge import wrong_of
from sekisho.ledger.verify.orders import Order, read_order
from sekisho.ledger.verify.signed import Signed
from sekisho.ledger.verify.state import Sealed, State
from sekisho.ledger.verify.verdict import Wrong
from sekisho.ledger.verify.work import Fault, Result, Task, commitments_of, pieces

_HASH = 32


def check_one(
    folder: Path, state: State | None, sealed: Sequence[Sealed], signed: Signed, index: int
) -> Wrong | None:
    """Return what is wrong with record `index`; None: it is what was signed.

    Args:
        folder: ``ledger/``.
        state: The database, None where there is none.
        sealed: The sealed files.
        signed: The checkpoint, its signature checked; it signed the record.
        index: Of the record.

    Raises:
        StateError: The database cannot be read.
    """
    file = next((each for each in sealed if each.first <= index <= each.last), None)
    made, fault = _commitment(folder, state, file, signed, index, Result(index, 0))
    if fault is not None or made is None:
        missing = Fault("ledger.verify.records_missing", index, "state.db")
        return wrong_of("record", fault or missing)
    leaf = hashlib.sha256(b"\x00" + made).digest()
    try:
        if root_with(folder, index, leaf, signed.size) == signed.root:
            return None
        number, offset = divmod(index, WIDTH)
        known = _tile(folder, 0, number, offset + 1)[offset * _HASH : (offset + 1) * _HASH]
    except FileNotFoundError as error:
        return wrong_of("tile", Fault("ledger.verify.tile_missing", index, error.filename))
    if known != leaf:
        name = "state.db" if file is None else f"sealed/{file.path}"
        return wrong_of("record", Fault("ledger.verify.record_changed", index, name))
    return Wrong(
        what="checkpoint",
        message="ledger.verify.root_differs",
        file="ledger/checkpoint",
        args={"size": signed.size},
    )


def ordered_by(
    folder: Path, state: State | None, sealed: Sequence[Sealed], signed: Signed, index: int
) -> int | None:
    """Return which record orders the erasure of a missing one; None where none is found.

    Where it may stand is told by the database and the files' names; what it orders it says
    itself, and it is checked as any record. Arguments and errors as of `check_one`.
    """
    told = [] if state is None else state.ordered()
    told += [each.erased_by for each in sealed if each.erased_by is not None]
    for at in sorted(set(told)):
        number = at
        while (order := _order(folder, state, sealed, signed, number)) is not None:
            if any(first <= index <= last for first, last in order.runs):
                return number
            number += 1
    return None


def _order(
    folder: Path, state: State | None, sealed: Sequence[Sealed], signed: Signed, index: int
) -> Order | None:
    """Return what record `index` orders to be erased, once it is what was signed."""
    if not 0 <= index < signed.size:
        return None
    file = next((each for each in sealed if each.first <= index <= each.last), None)
    result = Result(index, 0)
    _commitment(folder, state, file, signed, index, result)
    looks = next((record for at, record in result.orders if at == index), None)
    order = None if looks is None else read_order(index, looks)
    if order is None or check_one(folder, state, sealed, signed, index) is not None:
        return None
    return order


def root_with(folder: Path, index: int, leaf: bytes, size: int) -> bytes:
    """Return the root of `size` records that follows from one leaf and the tree's files.

    Args:
        folder: ``ledger/``.
        index: Of the record, below `size`.
        leaf: Its leaf hash, computed from the record.
        size: That the checkpoint signed.

    Raises:
        FileNotFoundError: A tile that the root needs is not there, or too short.
    """
    return _over(folder, 0, size, index, leaf)


def _commitment(
    folder: Path,
    state: State | None,
    file: Sealed | None,
    signed: Signed,
    index: int,
    result: Result,
) -> tuple[bytes | None, Fault | None]:
    """Return the record's commitment, computed from its bytes, or what is wrong with them."""
    if file is None:
        rows = [] if state is None else state.rows(index, index + 1)
        task = Task(folder, signed.size, index, index + 1, rows=rows)
        return next(iter(commitments_of(task, result)), None), result.fault
    from sekisho.ledger.verify import rows as sealed  # noqa: PLC0415 (brings Arrow)

    name = f"sealed/{file.path}"
    try:
        found = pieces(folder, file, signed.size)
    except FileNotFoundError:
        return None, Fault("ledger.verify.file_missing", index, name)
    except (sealed.UnreadableError, OSError) as error:
        return None, Fault("ledger.verify.file_unreadable", index, name, str(error))
    for piece in found:
        if not piece.first <= index < piece.stop:
            continue
        made = commitments_of(piece, result)
        if not any(first <= index <= last for first, last in result.missing):
            return (made[index - piece.first] if made else None), result.fault
    return None, Fault("ledger.verify.records_missing", index, name)


def _over(folder: Path, low: int, high: int, index: int, leaf: bytes) -> bytes:
    """Return the hash over records `low` to before `high` (RFC 6962, 2.1)."""
    count = high - low
    if count == 1 and low == index:
        return leaf
    if not low <= index < high and not count & (count - 1):
        return _read(folder, low, count)
    # The greatest power of two below the count.
    middle = low + (1 << ((count - 1).bit_length() - 1))
    left = _over(folder, low, middle, index, leaf)
    return hashlib.sha256(b"\x01" + left + _over(folder, middle, high, index, leaf)).digest()


def _read(folder: Path, low: int, count: int) -> bytes:
    """Return the hash over a power of two of records, from the tile that holds its parts."""
    level, above = divmod(count.bit_length() - 1, 8)
    number, offset = divmod(low >> 8 * level, WIDTH)
    end = offset + (1 << above)
    data = _tile(folder, level, number, end)
    return fold([data[at * _HASH : (at + 1) * _HASH] for at in range(offset, end)])


def _tile(folder: Path, level: int, number: int, width: int) -> bytes:
    """Return a tile of at least `width` hashes: the full one, or a partial one."""
    name = tile_name(level, number)
    partial = folder / f"{name}.p"
    widths = sorted(int(each.name) for each in partial.glob("*") if each.name.isdecimal())
    for path in (folder / name, *(partial / str(each) for each in widths if each >= width)):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            continue
        if len(data) >= width * _HASH:
            return data
    raise FileNotFoundError(2, "no such tile", name)
