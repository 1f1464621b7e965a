"""What outside witnesses cosigned, kept beside the checkpoint: ``ledger/witness/<key id>``.

Each file is the last checkpoint that one witness cosigned: a signed note with the log's
signature and the witness's. The room `witness` asks; this keeps and reads.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sekisho.errors import TamperError
from sekisho.ledger import keys
from sekisho.ledger.note import (
    WITNESS,
    Checkpoint,
    body_of,
    open_cosignature,
    open_verifier,
)
from sekisho.storage import write_durably

FOLDER = "witness"


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A checkpoint that a witness cosigned.

    Attributes:
        checkpoint: Its text holds the log's and the witness's signature.
        line: The witness's signature line.
        at: When the witness signed, UTC by the witness's own clock.
    """

    checkpoint: Checkpoint
    line: str
    at: dt.datetime


def cosigned_by(data: Path, witness: str) -> Cosigned | None:
    """Return the last checkpoint that `witness` (verifier key) cosigned, None before the first.

    Raises:
        TamperError: What is kept is not signed by both.
    """
    try:
        text = _path(data, witness).read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise TamperError("ledger.checkpoint_unreadable") from error
    return read_cosigned(text, keys.family(data), witness)


def read_cosigned(text: str, log: str | Sequence[str], witness: str) -> Cosigned:
    """Return the checkpoint in `text` once the signatures of `log` and `witness` hold.

    Args:
        text: A checkpoint with its signatures.
        log: The log's verifier key, or every one that it has had.
        witness: The witness's.

    Raises:
        TamperError: One of them does not.
    """
    checkpoint = keys.open_any(text, [log] if isinstance(log, str) else log)
    line, at = open_cosignature(text, witness)
    return Cosigned(checkpoint, line, at)


def keep_cosigned(data: Path, witness: str, cosigned: Cosigned) -> None:
    """Keep what `witness` cosigned, in place of what it cosigned before."""
    path = _path(data, witness)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_durably(path, cosigned.checkpoint.text.encode())


def with_cosignatures(data: Path, checkpoint: Checkpoint) -> Checkpoint:
    """Return `checkpoint` with the line of every witness that cosigned just this one."""
    body = body_of(checkpoint.text)
    lines = []
    for path in sorted((keys.folder(data) / FOLDER).glob("[0-9a-f]*")):
        kept = path.read_bytes().decode("utf-8", "replace")
        if kept.startswith(f"{body}\n"):
            # The log's own line is the first; the last one is the witness's.
            lines.append(kept.removesuffix("\n").split("\n")[-1])
    if not lines:
        return checkpoint
    text = checkpoint.text + "".join(f"{line}\n" for line in lines)
    return Checkpoint(checkpoint.origin, checkpoint.size, checkpoint.root, text)


def _path(data: Path, witness: str) -> Path:
    _, key_id, _ = open_verifier(witness, WITNESS)
    return keys.folder(data) / FOLDER / key_id.hex()
