"""Outside proof (notice item ③ 記録): the witness's server, the log's side that asks, time stamps.

Follows C2SP tlog-witness and tlog-cosignature. A witness keeps the last checkpoint of each
log that it trusts and signs only what continues it, so that a log rewritten whole, even
with the operator's stolen key, is caught by somebody else's machine.
"""

from sekisho.witness.ask import Answer, Asked, ask, request_of
from sekisho.witness.config import FILE, Authority, Settings, WitnessConfig, read_witnesses
from sekisho.witness.keep import Keeper, Log, create_witness, witness_key

__all__ = [
    "FILE",
    "Answer",
    "Asked",
    "Authority",
    "Keeper",
    "Log",
    "Settings",
    "WitnessConfig",
    "ask",
    "create_witness",
    "read_witnesses",
    "request_of",
    "witness_key",
]
