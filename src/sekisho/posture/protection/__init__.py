"""Whether each machine is protected: its scanner, its patches, since when, and by whose word."""

from sekisho.posture.protection.derive import derive_protection, derive_stale
from sekisho.posture.protection.findings import evidence, findings
from sekisho.posture.protection.listed import Guarded, Page, guarded, of_asset, shares
from sekisho.posture.protection.state import KINDS, OLD, STATES, SUBJECTS

__all__ = [
    "KINDS",
    "OLD",
    "STATES",
    "SUBJECTS",
    "Guarded",
    "Page",
    "derive_protection",
    "derive_stale",
    "evidence",
    "findings",
    "guarded",
    "of_asset",
    "shares",
]
