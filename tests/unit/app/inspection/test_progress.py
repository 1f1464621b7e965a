"""How far the sheet was on each day: one line a day, drawn and told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from tests.peers.inspected import BOOK, NO, NOT_APPLICABLE, OPEN, answer_all

from sekisho.app.inspection import sheet_of
from sekisho.app.inspection.progress import count_sheets
from sekisho.app.installation import open_installation
from sekisho.inspection.papers import progress
from sekisho.pages.charts import days_of_parts
from sekisho.terms import FixedClock

pytestmark = pytest.mark.duty("0")


def test_a_day_is_one_line_and_its_last_counts_stand(data: Path) -> None:
    """Counting again on the same day replaces its line, another day adds one; catalogues that nobody began have none; the picture has one bar a day."""
    clock = FixedClock(dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    here = open_installation(data, create=True, clock=clock)
    count_sheets(here)
    answer_all(here)
    count_sheets(here)
    later = open_installation(data, clock=FixedClock(dt.datetime(2026, 11, 2, tzinfo=dt.UTC)))
    count_sheets(later)
    days = progress(later.database, BOOK)
    assert [one.day for one in days] == [dt.date(2026, 11, 1), dt.date(2026, 11, 2)]
    counts = days[0].counts
    items = len(sheet_of(later, BOOK).lines)
    assert (counts["items"], counts["open"], counts["no"], counts["not_applicable"]) == (items, len(OPEN), len(NO), len(NOT_APPLICABLE))  # fmt: skip
    assert counts["yes"] == items - len(OPEN) - len(NO) - len(NOT_APPLICABLE)
    assert counts["proven"] == 0
    assert progress(later.database, "guideline-7.0") == []
    picture = str(days_of_parts([(one.day, [("yes", 3), ("unknown", 1)]) for one in days]))
    assert picture.count('class="yes"') == 2
    assert "2026/11/1" in picture
    here.close()
    later.close()
