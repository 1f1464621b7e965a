"""Checkpoints that were kept of earlier days: each must hold, and stand in the log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from sekisho.ledger.verify.signed import BadNoteError, Key, Signed, read_checkpoint
from sekisho.ledger.verify.verdict import Wrong

FOLDER = "history"


def read_history(folder: Path) -> list[tuple[str, bytes]]:
    """Return what is kept below ``ledger/``: the file and its bytes.

    It is read before the newest checkpoint: what is kept later may be larger than that.
    """
    found = []
    for path in sorted((folder / FOLDER).glob("[!.]*")):
        try:
            found.append((f"{FOLDER}/{path.name}", path.read_bytes()))
        except FileNotFoundError:  # let go meanwhile: too old
            continue
    return found


def judge_history(
    kept: Sequence[tuple[str, bytes]],
    keys: Sequence[Key],
    signed: Signed,
    root: Callable[[int], bytes],
) -> Wrong | None:
    """Return the first that is not the log's, is ahead of it, or does not stand in it.

    Args:
        kept: As `read_history` gives them.
        keys: Every key of the log.
        signed: The newest checkpoint.
        root: Gives the root over the first records, recomputed; at most over all that are signed.
    """
    for file, data in kept:
        try:
            one = read_checkpoint(data, keys)
        except BadNoteError:
            return _wrong("ledger.verify.history_wrong", file)
        if one.size > signed.size:
            return _wrong("ledger.verify.history_ahead", file, size=one.size, now=signed.size)
        if root(one.size) != one.root:
            return _wrong("ledger.verify.history_differs", file, size=one.size)
    return None


def _wrong(message: str, file: str, **args: int) -> Wrong:
    path = f"ledger/{file}"
    return Wrong(what="history", message=message, file=path, args={"file": path, **args})
