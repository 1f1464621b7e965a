"""Observe or enforce: a named person's dated choice, by route and class."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho.errors import InvalidInputError
from sekisho.gate.modes import EVERY, choose, findings, modes
from sekisho.storage import Database
from sekisho.terms import FixedClock, Gravity

pytestmark = pytest.mark.store


def _choose(
    database: Database, clock: FixedClock, class_: str, *, enforced: bool, reason: str = ""
) -> None:
    choose(database, clock, route="pacs", class_=class_, enforced=enforced, by="S1", reason=reason)


def test_everything_starts_watched(database: Database, clock: FixedClock) -> None:
    """A route nobody chose for is watched, and that is a finding."""
    assert not modes(database).enforced("pacs", "general")
    assert [f.key for f in findings(database, clock, ["pacs"])] == ["gate.observing.pacs"]


def test_a_class_may_go_before_its_route(database: Database, clock: FixedClock) -> None:
    """The choice for a class stands before the choice for the whole route."""
    _choose(database, clock, "genetic", enforced=True)
    assert modes(database).enforced("pacs", "genetic")
    assert not modes(database).enforced("pacs", "general")

    _choose(database, clock, EVERY, enforced=True)
    assert modes(database).enforced("pacs", "general")
    assert findings(database, clock, ["pacs"]) == []


def test_going_back_needs_a_reason_and_ends(database: Database, clock: FixedClock) -> None:
    """Back to watching needs a reason; after its end the finding is due today."""
    _choose(database, clock, EVERY, enforced=True)
    with pytest.raises(InvalidInputError):
        _choose(database, clock, EVERY, enforced=False)
    assert modes(database).enforced("pacs", "general")

    _choose(database, clock, EVERY, enforced=False, reason="検査室の画面が開かない")
    assert not modes(database).enforced("pacs", "general")
    clock.move(dt.timedelta(days=91))
    assert findings(database, clock, ["pacs"])[0].gravity is Gravity.TODAY
