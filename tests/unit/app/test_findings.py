"""A finding's life: open, seen, done; seen again it is the same line."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from sekisho.app.findings import State, keep, mark_done, mark_seen, open_findings, reopen
from sekisho.storage import Database
from sekisho.terms import Finding, FixedClock, Gravity

pytestmark = pytest.mark.store

ONE = Finding(
    key="review.left.U1",
    room="review",
    gravity=Gravity.TODAY,
    duty="1-3",
    message="review.finding.left",
    args={"count": 4},
    where="/cases/1",
    action="app.action.look",
)


def test_seen_again_is_the_same_line(database: Database, clock: FixedClock) -> None:
    """The same matter found on two days is one line that keeps its first day."""
    keep(database, "review", [ONE], clock)
    first = clock.now()
    clock.move(dt.timedelta(days=1))
    keep(database, "review", [ONE], clock)

    (view,) = open_findings(database)

    assert (view.first_at, view.last_at) == (first, clock.now())
    assert view.finding == ONE


def test_what_is_gone_is_done(database: Database, clock: FixedClock) -> None:
    """A matter its room no longer reports leaves the list, and comes back when seen again."""
    keep(database, "review", [ONE], clock)
    keep(database, "review", [], clock)
    assert open_findings(database) == []

    keep(database, "review", [ONE], clock)
    assert len(open_findings(database)) == 1


def test_done_by_a_person_stays_done_until_it_changes(
    database: Database, clock: FixedClock
) -> None:
    """What a person called done is not raised again by the same fact, but is by a new one."""
    keep(database, "review", [ONE], clock)
    (view,) = open_findings(database)
    assert mark_seen(database, view.id, "U9", clock.now())
    assert open_findings(database)[0].state is State.SEEN
    assert mark_done(database, view.id, "U9", clock.now())
    assert not mark_done(database, view.id, "U9", clock.now())

    keep(database, "review", [ONE], clock)
    assert open_findings(database) == []

    keep(database, "review", [dataclasses.replace(ONE, args={"count": 5})], clock)
    assert len(open_findings(database)) == 1


def test_undo(database: Database, clock: FixedClock) -> None:
    """A finding done by mistake can be taken back."""
    keep(database, "review", [ONE], clock)
    (view,) = open_findings(database)
    mark_done(database, view.id, "U9", clock.now())

    assert reopen(database, view.id, "U9", clock.now())
    assert len(open_findings(database)) == 1


def test_most_urgent_first(database: Database, clock: FixedClock) -> None:
    """The list is ordered by how soon somebody should look."""
    findings = [
        dataclasses.replace(ONE, key=gravity.value, gravity=gravity)
        for gravity in reversed(Gravity)
    ]
    keep(database, "review", findings, clock)

    assert [view.finding.gravity for view in open_findings(database)] == list(Gravity)
