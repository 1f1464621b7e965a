"""止めてある対策: which controls are off, by whose order, until when, and what stands in their place."""

from sekisho.posture.controls.entries import (
    ORDERED,
    PROBLEMS,
    WHATS,
    Changed,
    Page,
    Shown,
    add,
    addressees,
    change,
    changes,
    confirm,
    entries,
    entry,
    lift,
    of_asset,
    sums,
    undo,
)
from sekisho.posture.controls.findings import evidence, findings
from sekisho.posture.controls.proposed import Proposal, proposals

__all__ = [
    "ORDERED",
    "PROBLEMS",
    "WHATS",
    "Changed",
    "Page",
    "Proposal",
    "Shown",
    "add",
    "addressees",
    "change",
    "changes",
    "confirm",
    "entries",
    "entry",
    "evidence",
    "findings",
    "lift",
    "of_asset",
    "proposals",
    "sums",
    "undo",
]
