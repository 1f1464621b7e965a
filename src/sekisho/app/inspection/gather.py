"""The newest Evidence of each subject, laid beside the items that it proves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sekisho.app.inspection.editions import shelf_of
from sekisho.app.inspection.kinds import kinds_of
from sekisho.app.installation import Installation
from sekisho.app.proofs import all_latest
from sekisho.terms import Evidence

if TYPE_CHECKING:
    from sekisho.inspection import Sheet


def gather(installation: Installation) -> Mapping[str, Evidence]:
    """Return subject → its newest Evidence."""
    return {one.subject: one for one in all_latest(installation.database)}


def sheet_of(installation: Installation, catalogue: str) -> Sheet:
    """Return the sheet of a catalogue as it stands now.

    In a heightened period ages are shorter; what is asked of other kinds of institution is apart.

    Raises:
        InvalidInputError: There is no such catalogue.
    """
    from sekisho import inspection  # noqa: PLC0415 (slow to import)
    from sekisho.inspection import period  # noqa: PLC0415 (same)

    database, now = installation.database, installation.clock.now()
    today = now.astimezone(ZoneInfo(installation.config.zone)).date()
    book = shelf_of(installation).catalogue(catalogue)
    if period.running(database, today) is not None:
        book = period.shortened(book, period.rules())
    evidence, kinds = gather(installation), kinds_of(installation)
    return inspection.sheet(database, book, evidence, now=now, today=today, kinds=kinds)
