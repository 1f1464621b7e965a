"""The table answers as Cedar does: for random people, random policies, every situation."""

from __future__ import annotations

import contextlib

import cedarpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho.access import Act, Book, Effect, Relation, Situation, read_book
from sekisho.access.book import matrix_csv, matrix_rows
from sekisho.access.build import build, outcome_of, people, question
from sekisho.access.cedar import policies
from sekisho.access.files import shipped
from sekisho.access.matrix import Clause, parse_cell, write_cell
from sekisho.access.table import SITUATIONS
from sekisho.errors import InvalidInputError

GROUPS = ("ga", "gb", "gc", "gd", "ge")
CLASSES = ("ca", "cb", "cc")
CONDITIONS = (
    "context.emergency",
    "!context.out_of_hours",
    'context["emergency"] == true',
    "context has relation",
    'context.relation == Relation::"known"',
    '[Relation::"none", Relation::"unknown"].contains(context.relation)',
    'resource == Class::"cb"',
    'resource in [Class::"ca", Class::"cc"] || context.emergency',
    'if context.emergency then context.relation == Relation::"none" else context.out_of_hours',
    "context == {emergency: true, out_of_hours: false, relation: context.relation}",
    'action == Action::"read" && context.out_of_hours',
    'action in [Action::"write", Action::"export"]',
)


def _names(kind: str, ids: tuple[str, ...]) -> str:
    words = '{ ja = "試", en = "test" }'
    return "".join(f'[[{kind}]]\nid = "{one}"\nname = {words}\ntext = {words}\n' for one in ids)


FRONT = 'edition = "1"\nsource = { ja = "試", en = "test" }\n' + _names("class", CLASSES)
FRONT += _names("group", GROUPS)

conditions = st.lists(
    st.tuples(st.sampled_from(("when", "unless")), st.sampled_from(CONDITIONS)), max_size=2
)
clauses = st.builds(
    lambda effect, acts, when: Clause(effect, tuple(a for a in Act if a in acts), when),
    st.sampled_from((Effect.PERMIT, Effect.FORBID)),
    st.sets(st.sampled_from(list(Act)), min_size=1),
    st.sampled_from([clause.when for text in (
        "読", "読@担当", "読@担当/不明+緊急", "読@時間外", "読@担当外+平常+時間内",
    ) for clause in parse_cell(text)]),
)  # fmt: skip
cells = st.lists(clauses, max_size=3)


@st.composite
def by_hand(draw: st.DrawFn, number: int) -> str:
    """One policy written by hand that the table can hold."""
    effect = draw(st.sampled_from(("permit", "forbid")))
    group = draw(st.none() | st.sampled_from(GROUPS))
    class_ = draw(st.none() | st.sampled_from(CLASSES))
    acts = draw(st.none() | st.lists(st.sampled_from(list(Act)), min_size=1, max_size=3))
    principal = f'principal in Group::"{group}"' if group else "principal"
    resource = f'resource == Class::"{class_}"' if class_ else "resource"
    action = "action"
    if acts and len(acts) == 1:
        action = f'action == Action::"{acts[0]}"'
    elif acts:
        named = ", ".join(f'Action::"{act}"' for act in acts)
        action = f"action in [{named}]"
    tests = " ".join(f"{word} {{ {test} }}" for word, test in draw(conditions))
    return (
        f'@id("own/{number}") @ja("試") @en("test")\n'
        f"{effect}({principal}, {action}, {resource}) {tests};"
    )


@st.composite
def books(draw: st.DrawFn) -> Book:
    """A book with a random matrix and random policies written by hand."""
    rows = [["class", "", *GROUPS]]
    for class_ in CLASSES:
        texts = [write_cell(tuple(draw(cells)), "en") for _ in GROUPS]
        rows.append([class_, "", *texts])
    own = [draw(by_hand(number)) for number in range(draw(st.integers(0, 4)))]
    files = {"book.toml": FRONT, "matrix.csv": matrix_csv(rows)}
    return read_book({**files, "policies/own.cedar": "\n".join(own)} if own else files)


@pytest.mark.duty("1-2b")
@given(
    book=books(),
    someone=st.lists(st.sampled_from(GROUPS), min_size=1, max_size=4, unique=True),
    asked=st.lists(st.sampled_from(CLASSES), min_size=1, max_size=3, unique=True),
    act=st.sampled_from(list(Act)),
    data=st.data(),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_table_answers_as_cedar_does(
    book: Book, someone: list[str], asked: list[str], act: Act, data: st.DataObject
) -> None:
    """For people with one to four groups the table gives Cedar's answer, with the same policies."""
    table = build(book)
    every = cedarpy.PolicySet.from_str("\n".join(policy.text for policy in policies(book)))
    person = people(someone)
    for situation in data.draw(st.lists(st.sampled_from(SITUATIONS), min_size=1, max_size=4)):
        answers = {
            class_: outcome_of(
                cedarpy.is_authorized(question(class_, act, situation), every, person)
            )
            for class_ in asked
        }
        for class_, answer in answers.items():
            said = table.decide(someone, [class_], act, situation)
            assert (said.effect, said.policies) == (answer.effect, answer.policies)
        whole = table.decide(someone, asked, act, situation)
        effects = {answer.effect for answer in answers.values()}
        assert whole.permitted is (effects == {Effect.PERMIT})
        assert set(whole.classes) == {
            class_ for class_, answer in answers.items() if answer.effect is whole.effect
        }


@given(st.lists(clauses, max_size=6), st.sampled_from(("ja", "en")))
def test_every_cell_is_read_back_as_it_was_written(said: list[Clause], language: str) -> None:
    """Whatever a cell says, written in either language it is read back the same."""
    once = parse_cell(write_cell(tuple(said), language))

    assert parse_cell(write_cell(once, language)) == once
    for clause in said:
        assert any(
            set(clause.acts) <= set(other.acts) and clause.when == other.when for other in once
        )


@given(st.text(max_size=60))
def test_any_text_in_a_cell_is_read_or_refused(text: str) -> None:
    """Any text is either read or refused as wrong input; nothing else comes out of it."""
    with contextlib.suppress(InvalidInputError):
        parse_cell(text)


def test_the_shipped_matrix_survives_both_languages() -> None:
    """The shipped matrix written in English and read back gives the same rights."""
    book = read_book(shipped())
    english = {**shipped(), "matrix.csv": matrix_csv(matrix_rows(book, "en"))}

    assert read_book(english).matrix == book.matrix
    situation = Situation(relation=Relation.KNOWN)
    assert (
        build(read_book(english)).decide(("doctor",), ("general",), Act.READ, situation).permitted
    )
