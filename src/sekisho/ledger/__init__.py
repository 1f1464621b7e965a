"""The append-only record (notice item ③ 記録): recorder, tree, checkpoints, proofs, sealing.

Follows the C2SP transparency-log documents; docs/formats/ledger.md says what is on
the disk so that a stranger can verify it.
"""

from sekisho.ledger.client import AsyncRecorder, Client
from sekisho.ledger.keys import create_key, public_key
from sekisho.ledger.own import own
from sekisho.ledger.read import Proof, Reader
from sekisho.ledger.recorder import Recorder, recorder, running, serve
from sekisho.ledger.verify import Verdict, Wrong, verify

__all__ = [
    "AsyncRecorder",
    "Client",
    "Proof",
    "Reader",
    "Recorder",
    "Verdict",
    "Wrong",
    "create_key",
    "own",
    "public_key",
    "recorder",
    "running",
    "serve",
    "verify",
]
