"""Verify: recompute the log from its bytes and name the first thing that is wrong.

Opens every file by itself, read only, and shares no code with what writes; written
from docs/formats/ledger.md. What it could not check it says.
"""

from sekisho.ledger.verify.run import verify
from sekisho.ledger.verify.verdict import Verdict, Wrong

__all__ = ["Verdict", "Wrong", "verify"]
