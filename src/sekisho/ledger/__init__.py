"""The append-only record (notice item ③ 記録): recorder, tree, checkpoints, proofs, sealing.

Follows the C2SP transparency-log documents; docs/formats/ledger.md says what is on
the disk so that a stranger can verify it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sekisho.ledger.apart import apart
from sekisho.ledger.client import AsyncRecorder, Client
from sekisho.ledger.cosigned import Cosigned, cosigned_by, keep_cosigned, read_cosigned
from sekisho.ledger.keys import create_key, family, public_key
from sekisho.ledger.note import Checkpoint
from sekisho.ledger.own import own
from sekisho.ledger.recorder import Recorder, recorder, running, serve
from sekisho.ledger.remote import Listen, Remote
from sekisho.ledger.verify import Verdict, Wrong, verify

if TYPE_CHECKING:
    from sekisho.ledger.read import Proof, Reader

__all__ = [
    "AsyncRecorder",
    "Checkpoint",
    "Client",
    "Cosigned",
    "Listen",
    "Proof",
    "Reader",
    "Recorder",
    "Remote",
    "Verdict",
    "Wrong",
    "apart",
    "cosigned_by",
    "create_key",
    "family",
    "keep_cosigned",
    "own",
    "public_key",
    "read_cosigned",
    "recorder",
    "running",
    "serve",
    "verify",
]


def __getattr__(name: str) -> Any:
    """Return what reads, on first use: it brings Arrow, which who only records never needs."""
    if name in {"Proof", "Reader"}:
        return getattr(import_module("sekisho.ledger.read"), name)
    raise AttributeError(name)
