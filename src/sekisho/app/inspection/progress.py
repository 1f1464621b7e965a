"""How far each sheet was on each day: counted by a job, kept, and drawn."""

from __future__ import annotations

from sekisho.app.history import today
from sekisho.app.inspection.editions import shelf_of
from sekisho.app.inspection.gather import sheet_of
from sekisho.app.installation import Installation


def count_sheets(installation: Installation) -> None:
    """Keep today's counts of each catalogue that is a sheet, or in which something was answered."""
    from sekisho.inspection.papers import keep_count  # noqa: PLC0415 (slow to import)

    for name, book in shelf_of(installation).books.items():
        sheet = sheet_of(installation, name)
        if book.sheet == "hospital" or any(line.answer for line in sheet.every):
            keep_count(installation.database, sheet, today(installation))
