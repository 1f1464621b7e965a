"""Who looked at the matrix, and whose administrators' rights are."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho import access
from sekisho.access.evidence import evidence
from sekisho.access.files import shipped
from sekisho.access.looks import keep_look
from sekisho.errors import ConflictError
from sekisho.storage import Database
from sekisho.terms import FixedClock, Result

pytestmark = pytest.mark.store


def test_the_matrix_is_as_old_as_who_looked_at_it(database: Database, clock: FixedClock) -> None:
    """The proof carries the name and day of the approval, whenever it is asked, and lasts a year."""
    before = list(evidence(database, clock.now(), keepers=(), persons=None))
    assert {one.result for one in before} == {Result.NOT_CHECKED}
    number = access.propose(database, shipped(), by="A", at=clock.now()).number
    access.approve(database, number, by="B", at=clock.now())
    approved = clock.now()
    clock.move(dt.timedelta(days=200))
    said = next(evidence(database, clock.now(), keepers=(), persons=None))

    assert (said.result, said.by, said.checked_at) == (Result.YES, "B", approved)
    assert said.valid_until == approved + dt.timedelta(days=366)


def test_a_look_renews_the_matrix_unless_it_moved(database: Database, clock: FixedClock) -> None:
    """A named look at what is in force is a year's proof anew; one at another change is refused."""
    number = access.propose(database, shipped(), by="A", at=clock.now()).number
    access.approve(database, number, by="B", at=clock.now())
    clock.move(dt.timedelta(days=300))
    with pytest.raises(ConflictError, match="look_moved"):
        keep_look(database, number + 1, by="C", at=clock.now())
    keep_look(database, number, by="C", at=clock.now(), note="見直した")
    said = next(evidence(database, clock.now(), keepers=(), persons=None))

    assert (said.by, said.checked_at) == ("C", clock.now())
    assert said.args["number"] == number


def test_administrators_are_people_of_the_list(database: Database, clock: FixedClock) -> None:
    """An administrator whom the staff list does not know makes it a no."""
    _, all_known = evidence(database, clock.now(), keepers=("a", "b"), persons={"a", "b", "c"})
    _, one_strange = evidence(database, clock.now(), keepers=("a", "x"), persons={"a"})

    assert all_known.result is Result.YES
    assert (one_strange.result, one_strange.args["count"]) == (Result.NO, 1)
