"""Numbers for the left side, asked of the rooms; cheap, and never a person."""

from __future__ import annotations

from sekisho import review
from sekisho.app.installation import Installation


def records(here: Installation) -> int:
    """Return how many records there are."""
    return here.reader().size()


def open_cases(here: Installation) -> int | None:
    """Return how many cases nobody has read yet, None before the first review."""
    run = review.latest(here.database)
    return (
        None if run is None else len(review.cases(here.database, run.id, state="open", limit=None))
    )
