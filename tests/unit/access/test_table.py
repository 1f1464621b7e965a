"""The table: default deny, forbid wins, every class must be permitted, and reasons stay."""

from __future__ import annotations

import pytest
from tests.unit.access.books import EMERGENCY, KNOWN, UNRELATED, small, table

from sekisho.access import Act, Effect, Situation, Table

MATRIX = "class,,doctor,clerk\ngeneral,,RSW R@emergency,RS\nmental,,R@known,!R\n"


@pytest.fixture(scope="module")
def rights() -> Table:
    """Two groups, two classes."""
    return table(small(MATRIX))


def test_what_nobody_permitted_is_refused(rights: Table) -> None:
    """A silent cell refuses and names no policy."""
    decision = rights.decide(("doctor",), ("general",), Act.EXPORT, KNOWN)

    assert (decision.permitted, decision.effect, decision.policies) == (False, Effect.SILENT, ())
    assert decision.classes == ("general",)


def test_what_is_permitted_says_by_which_policy(rights: Table) -> None:
    """A permission carries the ids of every policy that gave it."""
    decision = rights.decide(["doctor"], ["general"], Act.READ, EMERGENCY)

    assert decision.permitted
    assert decision.policies == (
        "matrix/doctor/general/permit", "matrix/doctor/general/permit@emergency",
    )  # fmt: skip


@pytest.mark.duty("1-2b")
def test_forbid_wins_over_another_group(rights: Table) -> None:
    """What one group is forbidden stays forbidden for a person who is in a permitted group too."""
    decision = rights.decide(frozenset({"doctor", "clerk"}), ("mental",), Act.READ, KNOWN)

    assert decision.effect is Effect.FORBID
    assert decision.policies == ("matrix/clerk/mental/forbid",)


def test_one_refused_class_refuses_the_whole(rights: Table) -> None:
    """Of several classes one that is refused decides, and it alone is named."""
    decision = rights.decide(("doctor",), ("general", "mental"), Act.READ, UNRELATED)

    assert not decision.permitted
    assert decision.classes == ("mental",)


def test_two_groups_join_their_permissions(rights: Table) -> None:
    """A person in two groups may do what either may."""
    assert rights.decide(("clerk", "doctor"), ("general",), Act.WRITE, KNOWN).permitted


@pytest.mark.parametrize(
    ("groups", "classes", "why"),
    [
        (("doctr",), ("general",), "unknown-group:doctr"),
        (("doctor", "x"), ("general",), "unknown-group:x"),
        ((), ("general",), "no-group"),
        (("doctor",), ("generic",), "unknown-class:generic"),
        (("doctor",), (), "no-class"),
    ],
)
def test_the_unknown_is_refused_and_named(
    rights: Table, groups: tuple[str, ...], classes: tuple[str, ...], why: str
) -> None:
    """An unknown group or class, or none at all, is refused, and what was missing is named."""
    decision = rights.decide(groups, classes, Act.READ, KNOWN)

    assert not decision.permitted
    assert decision.policies == (why,)


def test_a_question_that_is_read_once_is_answered_each_time_anew(rights: Table) -> None:
    """Groups given as an iterator are read, and never confused with another's."""
    first = rights.decide(iter(["doctor"]), iter(["general"]), Act.READ, KNOWN)
    second = rights.decide(iter(["clerk"]), iter(["mental"]), Act.READ, KNOWN)

    assert (first.permitted, second.permitted) == (True, False)


def test_the_situation_decides(rights: Table) -> None:
    """The relation to the patient opens a class, and its absence closes it."""
    answers = [
        rights.decide(("doctor",), ("mental",), Act.READ, situation).permitted
        for situation in (KNOWN, UNRELATED, Situation())
    ]

    assert answers == [True, False, False]
