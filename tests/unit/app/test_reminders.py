"""What the sheets remind of: days that were set, answers that fell, and the inspection's day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from sekisho import inspection
from sekisho.app.config import read_config
from sekisho.app.history import today
from sekisho.app.inspection.reminders import set_inspection_day, sheet_findings
from sekisho.app.installation import Installation
from sekisho.errors import InvalidInputError
from sekisho.inspection import Item, compute
from sekisho.pages.words import LANGUAGES, say
from sekisho.storage import Database
from sekisho.terms import Finding, FixedClock, Gravity

pytestmark = pytest.mark.store
BOOK = inspection.catalogue("checklist-r7")
ITEM = BOOK.asked()[1]


@pytest.fixture
def installation(data: Path, database: Database, clock: FixedClock) -> Installation:
    """An installation in which nobody answered anything."""
    return Installation(data, read_config(data), database, clock)


def _answer(here: Installation, item: Item, value: str, *, ahead: int = 0, before: int = 0) -> None:
    day, now = today(here), here.clock.now()
    inspection.answer(
        here.database, BOOK, item, value=value, checked_on=day, by="A1", at=now, today=day,
        computed=compute(item, {}, now), before=before, reason="見た",
        target_on=day + dt.timedelta(ahead) if value == "no" else None,
    )  # fmt: skip


def _found(here: Installation) -> dict[str, Finding]:
    return {one.key: one for one in sheet_findings(here)}


def test_a_no_reminds_of_its_day(installation: Installation, clock: FixedClock) -> None:
    """Nothing three weeks ahead, this week from fourteen days on, today on it, urgent once past."""
    assert _found(installation) == {}
    _answer(installation, ITEM, "no", ahead=21)
    key, seen = f"inspection.target.{ITEM.id}", []
    for _ in range(4):
        found = _found(installation).get(key)
        seen.append(found and found.gravity)
        clock.move(dt.timedelta(days=7.34 if len(seen) == 3 else 7))
    clock.move(dt.timedelta(days=1))
    late = _found(installation)[key]

    assert seen == [None, Gravity.WEEK, Gravity.WEEK, Gravity.TODAY]
    assert (late.gravity, late.where) == (Gravity.URGENT, f"/inspection/{BOOK.id}/{ITEM.id}")
    for language in LANGUAGES:
        assert "%(" not in say(language, late.message, **late.args)
    _answer(installation, ITEM, "yes", before=1)
    assert key not in _found(installation)


def test_answers_that_fell_are_one_line(installation: Installation, clock: FixedClock) -> None:
    """Answers grown too old to stand are told together, with how many and which."""
    for item in BOOK.asked()[1:3]:
        _answer(installation, item, "yes")
    assert _found(installation) == {}
    clock.move(dt.timedelta(days=800))
    (found,) = _found(installation).values()

    assert (found.message, found.args["count"]) == ("inspection.found_fallen", 2)


def test_the_day_of_the_inspection_reminds_of_what_is_open(
    installation: Installation, clock: FixedClock
) -> None:
    """Once a day is set, unanswered items are told, graver as it comes near, and no more after it."""
    day = today(installation)
    with pytest.raises(InvalidInputError, match="day_behind"):
        set_inspection_day(installation, day - dt.timedelta(1), by="A1")
    set_inspection_day(installation, day + dt.timedelta(20), by="A1")
    key, seen = f"inspection.unanswered.{BOOK.id}", []
    for days in (10, 8, 5, 0):
        found = _found(installation).get(key)
        seen.append(found and found.gravity)
        clock.move(dt.timedelta(days=days))

    assert seen == [Gravity.WEEK, Gravity.TODAY, Gravity.URGENT, None]
