"""Proofs that nobody reaches a system past the gate: brought from a ward, kept, and looked at."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path

from sekisho.app.installation import Installation
from sekisho.app.proofs import all_latest, keep_evidence
from sekisho.errors import ConflictError
from sekisho.gate.config import Route
from sekisho.gate.probed import SUBJECT, evidence, read_result
from sekisho.terms import Evidence


def kept(installation: Installation) -> list[Evidence]:
    """Return the newest proof of each system and PC."""
    return all_latest(installation.database, below=SUBJECT)


def read_proofs(
    installation: Installation, routes: Sequence[Route], file: Path, *, by: str
) -> list[Evidence]:
    """Return the proofs in the result of a ward's script; nothing is kept yet.

    Args:
        installation: Whose gate it is.
        routes: The systems as ``gate.toml`` has them now.
        file: What the script wrote.
        by: Staff id of who brings it.

    Raises:
        InvalidInputError: It is no result that proves anything here; the message says why.
        ConflictError: A newer one of the same PC is kept already.
    """
    now = installation.clock.now()
    found = evidence(read_result(file, routes, here=socket.gethostname(), now=now), routes, by=by)
    before = {each.subject: each.checked_at for each in kept(installation)}
    if any(each.subject in before and each.checked_at <= before[each.subject] for each in found):
        raise ConflictError("gate.probe.newer_kept")
    return found


def keep_proofs(installation: Installation, proofs: Sequence[Evidence]) -> None:
    """Keep proofs; the caller has recorded it."""
    for each in proofs:
        keep_evidence(installation.database, each)
