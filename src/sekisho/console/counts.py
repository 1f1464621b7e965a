"""Numbers for the left side, asked of the rooms; cheap, and never a person."""

from __future__ import annotations

from sekisho import access, care, collect, identity, posture, review
from sekisho.app.installation import Installation
from sekisho.app.proofs import latest_evidence, stands
from sekisho.terms import Result


def records(here: Installation) -> int:
    """Return how many records there are."""
    return here.reader().size()


def open_cases(here: Installation) -> int | None:
    """Return how many cases nobody has read yet, None before the first review."""
    if review.latest(here.database) is None:
        return None
    return len(review.queued(here.database, state="open"))


def staff(here: Installation) -> int:
    """Return how many ids the staff list has."""
    return care.staff_count(here.database)


def accounts(here: Installation) -> int:
    """Return how many people may sign in."""
    return len(identity.accounts(here.database))


def files(here: Installation) -> int:
    """Return how many log files were received."""
    return sum(source.files for source in collect.sources(here.database))


def changes(here: Installation) -> int:
    """Return how many changes of rights wait for a second person."""
    return access.waiting(here.database)


def machines(here: Installation) -> int:
    """Return how many machines and connections the inventory has."""
    return sum(posture.counts(here.database).values()) + len(posture.connections(here.database))


def intact(here: Installation) -> bool | None:
    """Return whether the last verification found the record intact, None: not checked (lately)."""
    evidence = latest_evidence(here.database, "ledger.verified")
    if evidence is not None and evidence.result is Result.NO:
        return False
    return True if stands(evidence, here.clock.now()) else None
