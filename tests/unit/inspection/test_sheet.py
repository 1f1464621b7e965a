"""The sheet: what proof makes of an item, and what a person's answer may be beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.errors import ConflictError, InvalidInputError
from sekisho.inspection import (
    Item,
    Proof,
    Standing,
    State,
    Value,
    answer,
    catalogue,
    compute,
    history,
    newest,
    sheet,
    take_back,
)
from sekisho.storage import Database
from sekisho.terms import Evidence, Result

pytestmark = [pytest.mark.store, pytest.mark.duty("0")]

BOOK = catalogue("checklist-r7")
NOW = dt.datetime(2026, 4, 10, 3, tzinfo=dt.UTC)
TODAY = dt.date(2026, 4, 10)
ITEM = replace(
    BOOK.asked()[1],
    alone=True,
    proofs=(Proof(subject="a.b", lasts=30), Proof(subject="c.d", lasts=30)),
)


def proof(
    subject: str, result: Result = Result.YES, days: float = 0, until: float | None = None
) -> Evidence:
    """Return Evidence of so many days ago that is good until so many days from now."""
    return Evidence(
        subject=subject,
        checked_at=NOW - dt.timedelta(days=days),
        by="test",
        result=result,
        message="app.job_done",
        args={"job": "x"},
        valid_until=None if until is None else NOW + dt.timedelta(days=until),
    )


def of(*given_: Evidence) -> Mapping[str, Evidence]:
    """Return them by subject."""
    return {one.subject: one for one in given_}


@pytest.mark.parametrize(
    ("second", "state"),
    [
        (proof("c.d"), State.PROVEN),
        (proof("c.d", Result.NO), State.CONTRADICTED),
        (proof("c.d", Result.NOT_CHECKED), State.NOT_CHECKED),
        (proof("c.d", days=31), State.CONFIRM),
        (proof("c.d", Result.NO, days=31), State.CONFIRM),
        (proof("c.d", days=2, until=-1), State.CONFIRM),
        (proof("x.y"), State.NOT_CHECKED),
    ],
)
def test_the_worst_proof_says_the_state(second: Evidence, state: State) -> None:
    """An item is proven only where every proof says yes and none is too old."""
    assert compute(ITEM, of(proof("a.b"), second), NOW).state is state


def test_what_only_supports_never_proves() -> None:
    """Where the proofs do not show the whole item, a person answers, however green they are."""
    some = replace(ITEM, alone=False)
    green = of(proof("a.b"), proof("c.d"))
    assert compute(some, green, NOW).state is State.PERSON
    assert compute(replace(some, proofs=()), green, NOW).state is State.PERSON


@given(
    st.lists(st.tuples(st.sampled_from(Result), st.floats(0, 400)), min_size=2, max_size=2),
    st.booleans(),
)
def test_nothing_is_greener_than_its_worst_proof(
    given_: list[tuple[Result, float]], alone: bool
) -> None:
    """Whatever the proofs are, "proven" means that each says yes, stands now, and shows the whole."""
    evidence = of(*(proof(s, r, d) for s, (r, d) in zip(("a.b", "c.d"), given_, strict=True)))
    state = compute(replace(ITEM, alone=alone), evidence, NOW).state
    fine = alone and all(r is Result.YES and d <= 30 for r, d in given_)
    assert (state is State.PROVEN) == fine


def say(database: Database, evidence: Mapping[str, Evidence], value: str, **told: Any) -> int:
    """Answer the item as of NOW."""
    computed = compute(ITEM, evidence, NOW)
    usual: dict[str, Any] = {"checked_on": TODAY, "by": "a0001", "at": NOW, "today": TODAY}
    return answer(database, BOOK, ITEM, value=value, computed=computed, **usual | told)


def stands(
    database: Database, evidence: Mapping[str, Evidence], *, days: int = 0
) -> tuple[Standing, bool]:
    """Return how the item stands so many days later, and whether that is greener than its proof."""
    book = replace(BOOK, items=(ITEM,))
    now = NOW + dt.timedelta(days=days)
    line = sheet(database, book, evidence, now=now, today=now.date()).lines[0]
    return line.standing, line.greener


def test_a_yes_is_never_greener_than_its_proof_without_a_reason(database: Database) -> None:
    """Where the proof does not say yes, a yes needs what it rests on, and stands marked."""
    with pytest.raises(InvalidInputError, match=r"inspection\.reason_of_yes"):
        say(database, {}, "yes", reason="  ")
    say(database, {}, "yes", reason="任命書を見た")
    assert stands(database, {}) == (Standing.YES, True)


def test_a_yes_whose_proof_got_worse_is_to_be_confirmed(database: Database) -> None:
    """Proof that says no, goes missing or grows old after the answer takes the yes back to a person."""
    green = of(proof("a.b", until=60), proof("c.d", until=60))
    say(database, green, "yes")
    assert stands(database, green) == (Standing.YES, False)
    assert stands(database, of(proof("a.b"), proof("c.d", Result.NO)))[0] is Standing.CONFIRM
    assert stands(database, of(proof("a.b")))[0] is Standing.CONFIRM
    assert stands(database, green, days=31)[0] is Standing.CONFIRM
    kept = history(database, ITEM.id)[0]
    assert [(one["subject"], one["result"]) for one in kept.proofs] == [
        ("a.b", "yes"),
        ("c.d", "yes"),
    ]


def test_a_no_about_a_part_is_weighed_by_a_person(database: Database) -> None:
    """A proof that speaks of a part does not contradict the item and does not prove it; a yes given before it said no is to be confirmed, one given beside it stands."""
    some = replace(ITEM, proofs=(ITEM.proofs[0], replace(ITEM.proofs[1], part=True)))
    green, mixed = of(proof("a.b"), proof("c.d")), of(proof("a.b"), proof("c.d", Result.NO))
    assert compute(some, green, NOW).state is State.PROVEN
    assert compute(some, mixed, NOW).state is State.PERSON
    assert compute(some, of(proof("c.d")), NOW).state is State.NOT_CHECKED
    weighed = replace(some, alone=False)
    for evidence, then in ((green, Standing.CONFIRM), (mixed, Standing.YES)):
        told: dict[str, Any] = {
            "checked_on": TODAY,
            "by": "a1",
            "at": NOW,
            "today": TODAY,
            "reason": "見た",
        }
        before = newest(database, BOOK.id).get(ITEM.id)
        answer(
            database, BOOK, weighed, value="yes", computed=compute(weighed, evidence, NOW),
            before=before.turn if before else 0, **told,
        )  # fmt: skip
        book = replace(BOOK, items=(weighed,))
        assert sheet(database, book, mixed, now=NOW, today=TODAY).lines[0].standing is then


def test_a_persons_word_grows_old(database: Database) -> None:
    """A yes older than the item allows is to be confirmed, whatever the proof says."""
    say(database, {}, "yes", reason="見た")
    assert stands(database, {}, days=365)[0] is Standing.YES
    assert stands(database, {}, days=366)[0] is Standing.CONFIRM


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"value": "no"}, "target_on"),
        ({"value": "no", "target_on": TODAY - dt.timedelta(days=1)}, "target_on"),
        ({"value": "not_applicable"}, "reason_of_not_applicable"),
        ({"value": "yes", "reason": "x", "checked_on": TODAY + dt.timedelta(days=1)}, "checked_on"),
        ({"value": "yes", "reason": "x", "checked_on": None}, "checked_on"),
        ({"value": "yes", "reason": "x" * 2001}, "reason_long"),
        ({"value": "○"}, "choose"),
    ],
)
def test_an_answer_that_lacks_something_is_refused(
    database: Database, told: dict[str, Any], why: str
) -> None:
    """A no without its target day, a day to come, a "does not apply" without why: nothing is kept."""
    rest = {name: one for name, one in told.items() if name != "value"}
    with pytest.raises(InvalidInputError, match=f"inspection.{why}"):
        say(database, {}, str(told["value"]), **rest)
    assert history(database, ITEM.id) == []


def test_who_has_not_seen_the_newest_answer_is_told(database: Database) -> None:
    """Of two people who answer at once the later one is refused, and keeps nothing by accident."""
    assert say(database, {}, "no", target_on=TODAY) == 1
    with pytest.raises(ConflictError, match=r"inspection\.answered_since"):
        say(database, {}, "yes", reason="x", by="a0002")
    assert say(database, {}, "yes", reason="x", by="a0002", before=1) == 2
    assert [(one.by, one.value) for one in history(database, ITEM.id)] == [
        ("a0002", Value.YES),
        ("a0001", Value.NO),
    ]


def test_an_answer_taken_back_leaves_the_item_open(database: Database) -> None:
    """Taking back is a line of its own: the item is open again, and what was said stays readable."""
    turn = say(database, {}, "yes", reason="x")
    computed = compute(ITEM, {}, NOW)
    take_back(database, BOOK, ITEM, by="a0001", at=NOW, computed=computed, before=turn)
    assert stands(database, {})[0] is Standing.OPEN
    assert [one.value for one in history(database, ITEM.id)] == [None, Value.YES]
    with pytest.raises(ConflictError, match="nothing_to_take_back"):
        take_back(database, BOOK, ITEM, by="a0001", at=NOW, computed=computed, before=turn + 1)


def test_a_no_has_its_day_on_the_sheet(database: Database) -> None:
    """A no stays a no with its target day, even where the proof turns green."""
    say(database, {}, "no", target_on=dt.date(2026, 9, 30))
    assert stands(database, of(proof("a.b"), proof("c.d")))[0] is Standing.NO


def test_a_heading_is_not_answered(database: Database) -> None:
    """What only heads others cannot be answered."""
    item: Item = replace(ITEM, answered=False)
    with pytest.raises(InvalidInputError, match="nothing_to_answer"):
        answer(
            database, BOOK, item, value="yes", checked_on=TODAY, by="a", at=NOW, today=TODAY,
            computed=compute(item, {}, NOW),
        )  # fmt: skip
