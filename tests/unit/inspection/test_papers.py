"""What came out of the sheet: folders that were made, and the counts of each day, on every kind of database."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho.inspection import catalogue, sheet
from sekisho.inspection.papers import folder, folders, keep_count, keep_folder, progress
from sekisho.storage import Database

pytestmark = [pytest.mark.store, pytest.mark.duty("0")]
NOW = dt.datetime(2026, 4, 10, 3, tzinfo=dt.UTC)


def test_folders_are_listed_newest_first(database: Database) -> None:
    """A folder is kept with what was missing in it, given by its number, and the newest stands first."""
    values = {"by": "B1", "language": "ja", "files": 3, "size": 5_000_000_000, "sums": "a" * 64, "digest": "b" * 64, "record": 7}  # fmt: skip
    missing = [{"message": "folder.missing.list", "args": {"title": "規程"}}]
    first = keep_folder(database, at=NOW, missing=missing, **values)
    second = keep_folder(database, at=NOW + dt.timedelta(days=1), missing=[], **values)
    assert [one.id for one in folders(database)] == [second, first]
    found = folder(database, first)
    assert found is not None
    assert (found.missing, found.size, found.at) == (missing, 5_000_000_000, NOW)
    assert folder(database, second + 1) is None


def test_a_day_has_one_line(database: Database) -> None:
    """The last counts of a day stand; days are given from the oldest."""
    book = catalogue("checklist-r7")
    for day, hour in ((10, 3), (10, 5), (12, 3)):
        at = NOW.replace(day=day, hour=hour)
        made = sheet(database, book, {}, now=at, today=at.date())
        keep_count(database, made, at.date())
    days = progress(database, book.id)
    assert [(one.day.day, one.at.hour) for one in days] == [(10, 5), (12, 3)]
    assert days[0].counts["open"] == days[0].counts["items"] == len(book.asked())
    assert [one.day.day for one in progress(database, book.id, since=dt.date(2026, 4, 11))] == [12]
