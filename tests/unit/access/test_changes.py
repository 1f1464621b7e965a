"""Two people change rights; what is in force is what was approved, and history stays."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from tests.unit.access.books import KNOWN, changed

from sekisho import access
from sekisho.access import Act, State
from sekisho.access.book import Files
from sekisho.access.files import shipped
from sekisho.access.tables import CHANGE
from sekisho.errors import ConflictError, InvalidInputError, TamperError
from sekisho.storage import Database
from sekisho.terms import FixedClock

pytestmark = pytest.mark.store


def _adopt(database: Database, clock: FixedClock, files: Files) -> int:
    number = access.propose(database, files, by="A", at=clock.now()).number
    access.approve(database, number, by="B", at=clock.now())
    return number


def test_nothing_is_in_force_before_two_people_agree(database: Database, clock: FixedClock) -> None:
    """A fresh installation refuses everything, and a proposal alone changes nothing."""
    access.propose(database, shipped(), by="A", at=clock.now())
    table = access.active(database)

    assert access.version_of(database) == table.version == "none"
    assert not table.decide(("doctor",), ("general",), Act.READ, KNOWN).permitted


@pytest.mark.duty("1-2b")
def test_a_second_person_puts_it_in_force(database: Database, clock: FixedClock) -> None:
    """Approved by another person the book decides, and the version says so."""
    number = _adopt(database, clock, shipped())
    table = access.active(database)

    assert access.version_of(database) == table.version != "none"
    assert table.decide(("doctor",), ("general",), Act.READ, KNOWN).permitted
    done = access.change(database, number)
    assert (done.by, done.decided_by, done.state, done.in_force) == ("A", "B", State.APPROVED, True)


@pytest.mark.parametrize("by", ["A", " a "])
def test_nobody_approves_their_own(database: Database, clock: FixedClock, by: str) -> None:
    """The proposer cannot approve, however the id is typed."""
    number = access.propose(database, shipped(), by="A", at=clock.now()).number
    with pytest.raises(ConflictError, match=r"access\.own_proposal"):
        access.approve(database, number, by=by, at=clock.now())

    assert access.current(database) is None


def test_a_failing_example_refuses_the_change(database: Database, clock: FixedClock) -> None:
    """A matrix that an example contradicts is not even kept as a proposal."""
    matrix = shipped()["matrix.csv"].replace("×全", "読")
    with pytest.raises(InvalidInputError) as refused:
        access.propose(database, changed(matrix=matrix), by="A", at=clock.now())

    assert refused.value.message == "access.example_fails"
    assert str(refused.value.args_["where"]).startswith("DENY/")
    assert access.changes(database) == []


def test_undo_is_proposing_what_was(database: Database, clock: FixedClock) -> None:
    """An earlier book comes back by the same two steps, and all three stay in the history."""
    first = _adopt(database, clock, shipped())
    _adopt(database, clock, {**shipped(), "ALLOW/more.toml": ""})
    again = _adopt(database, clock, access.files_of(database, first))

    assert access.current(database) == access.change(database, again)
    assert access.change(database, again).digest == access.change(database, first).digest
    assert [one.number for one in access.changes(database)] == [again, again - 1, first]


def test_what_is_in_force_is_not_proposed_again(database: Database, clock: FixedClock) -> None:
    """A proposal that changes nothing is refused."""
    _adopt(database, clock, shipped())
    with pytest.raises(InvalidInputError, match=r"access\.nothing_changes"):
        access.propose(database, shipped(), by="A", at=clock.now())


def test_a_proposal_that_was_overtaken_is_not_approved(
    database: Database, clock: FixedClock
) -> None:
    """The difference that the second person saw must still be true when they approve."""
    late = access.propose(database, changed(allow=None), by="A", at=clock.now()).number
    _adopt(database, clock, shipped())
    with pytest.raises(ConflictError, match=r"access\.base_moved"):
        access.approve(database, late, by="B", at=clock.now())


def test_a_decided_proposal_stays_decided(database: Database, clock: FixedClock) -> None:
    """A refused proposal is never approved afterwards, and a refusal needs its reason."""
    number = access.propose(database, shipped(), by="A", at=clock.now()).number
    with pytest.raises(InvalidInputError, match=r"access\.reason_needed"):
        access.refuse(database, number, by="B", at=clock.now(), reason=" ")
    access.refuse(database, number, by="B", at=clock.now(), reason="too wide")
    with pytest.raises(ConflictError, match=r"access\.already_decided"):
        access.approve(database, number, by="C", at=clock.now())

    assert access.change(database, number).state is State.REFUSED


def test_a_book_changed_behind_our_back_is_not_used(database: Database, clock: FixedClock) -> None:
    """A book that is not the one approved stops the start instead of deciding."""
    number = _adopt(database, clock, shipped())
    wider = {**shipped(), "matrix.csv": shipped()["matrix.csv"].replace("読@緊急", "全")}
    with database.write() as c:
        c.execute(sa.update(CHANGE).where(CHANGE.c.number == number).values(files=wider))

    with pytest.raises(TamperError, match=r"access\.book_changed"):
        access.active(database)
