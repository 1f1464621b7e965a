"""Breaking the glass: a reason, an end, a second look by somebody else."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho.errors import ConflictError, InvalidInputError, RefusedError
from sekisho.gate.glass import break_glass, broken, findings, look_again
from sekisho.storage import Database
from sekisho.terms import FixedClock, Gravity

pytestmark = pytest.mark.store


def _break(database: Database, clock: FixedClock, reason: str = "救急搬送") -> str:
    break_glass(database, clock, route="fhir", user_id="N1", patient_ids=["00200"], reason=reason)
    return broken(database)[0].id


def test_a_reason_is_needed(database: Database, clock: FixedClock) -> None:
    """Without a reason that says something nothing opens."""
    with pytest.raises(InvalidInputError):
        _break(database, clock, "  x ")
    assert broken(database) == []


def test_it_is_looked_at_by_somebody_else(database: Database, clock: FixedClock) -> None:
    """Who broke it cannot look at it; somebody else can, once; until then it is a finding."""
    number = _break(database, clock)
    assert [f.key for f in findings(database, clock)] == ["gate.glass_waiting"]

    with pytest.raises(RefusedError):
        look_again(database, clock, number, by="N1", verdict="right", note="")
    look_again(database, clock, number, by="H1", verdict="right", note="")
    with pytest.raises(ConflictError):
        look_again(database, clock, number, by="H2", verdict="right", note="")

    assert findings(database, clock) == []
    assert broken(database)[0].looked_by == "H1"


def test_a_doubt_needs_its_reason(database: Database, clock: FixedClock) -> None:
    """Anything but "it was needed" says why."""
    number = _break(database, clock)

    with pytest.raises(InvalidInputError):
        look_again(database, clock, number, by="H1", verdict="not_right", note=" ")


def test_a_late_second_look_is_urgent(database: Database, clock: FixedClock) -> None:
    """After three days without a second look the finding is urgent."""
    _break(database, clock)
    clock.move(dt.timedelta(days=4))

    assert findings(database, clock)[0].gravity is Gravity.URGENT
