"""Policies written by hand: what they may read, and the line of what is wrong."""

from __future__ import annotations

import pytest
from tests.unit.access.books import KNOWN, small, table, with_policy

from sekisho.access import Act
from sekisho.access.cedar import policies
from sekisho.errors import InvalidInputError

NOTES = '@id("own/one") @ja("試") @en("test")\n'
MATRIX = "class,,doctor,clerk\ngeneral,,*,*\nmental,,*,*\n"


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("permit(principal,\n action\n resource);", "access.policy_syntax", 4),
        ("permit(principal, action, resource) when {\n 1 + };", "access.policy_syntax", 3),
        ('permit(principal, action, resource) when { "a\n" };', "access.policy_syntax", 2),
        ("permit(principal, action, resource)", "access.policy_syntax", 2),
        (
            "permit(principal, action, resource)\nwhen { true }\nunless {\n context.ip == 3 };",
            "access.policy_reads_more",
            5,
        ),
        (
            'permit(principal, action,\n resource == Class::"genral");',
            "access.policy_reads_more",
            3,
        ),
        ('permit(principal in\nGroup::"doctr", action, resource);', "access.policy_reads_more", 3),
        (
            'permit(principal, action, resource) when {\ncontext.relation == Relation::"knwn" };',
            "access.policy_reads_more",
            3,
        ),
        (
            'permit(principal, action, resource) when { context.relation == "known" };',
            "access.policy_reads_more",
            2,
        ),
        ('permit(\nprincipal == Person::"p1", action, resource);', "access.policy_names_person", 3),
        (
            'permit(principal, action, resource) when {\n principal == Person::"p1" };',
            "access.policy_names_person",
            3,
        ),
        (
            'permit(principal, action, resource)\nunless { principal in Group::"clerk" };',
            "access.policy_group_in_condition",
            3,
        ),
        ("permit(principal is Person, action, resource);", "access.policy_head", 2),
        ("permit(principal in ?principal, action, resource);", "access.policy_template", 2),
    ],
)
def test_a_policy_that_reads_too_much_is_refused_with_its_line(
    text: str, message: str, line: int
) -> None:
    """A policy that cannot stand in the table is refused, and the line with the fault is named."""
    with pytest.raises(InvalidInputError) as refused:
        policies(with_policy(NOTES.replace("\n", " ").strip() + "\n" + text))

    assert refused.value.message == message
    assert (refused.value.args_["file"], refused.value.args_["line"]) == (
        "policies/own.cedar",
        line,
    )


@pytest.mark.parametrize(
    ("notes", "message"),
    [
        ("", "access.policy_no_id"),
        ('@id("own/one")', "access.policy_no_text"),
        ('@id("matrix/x") @ja("試") @en("test")', "access.policy_no_id"),
        ('@id("house/sensitive-stays-at-night") @ja("試") @en("test")', "access.policy_twice"),
    ],
)
def test_a_policy_has_an_id_of_its_own_and_says_what_it_means(notes: str, message: str) -> None:
    """A policy without an id of its own or without its texts is refused."""
    text = f"// one\n\n{notes} permit(principal, action, resource);"
    with pytest.raises(InvalidInputError) as refused:
        policies(with_policy(text))

    assert refused.value.message == message


@pytest.mark.parametrize(
    "condition",
    ["(" * 5_000 + "true" + ")" * 5_000, "!" * 5_000 + "true", " && ".join(["true"] * 5_000)],
)
def test_a_policy_that_would_drown_the_engine_is_refused(condition: str) -> None:
    """Brackets without end are refused before the engine's reader sees them."""
    text = f"{NOTES}permit(principal, action, resource) when {{ {condition} }};"
    with pytest.raises(InvalidInputError) as refused:
        policies(with_policy(text))

    assert refused.value.message == "access.policy_too_large"


def test_a_policy_that_fails_when_asked_is_refused() -> None:
    """A policy whose arithmetic overflows is refused: its silence would be an accident."""
    text = f"{NOTES}forbid(principal, action, resource) when {{ 9223372036854775807 + 1 > 0 }};"
    with pytest.raises(InvalidInputError, match=r"access\.policy_fails"):
        table(small(MATRIX, text))


def test_comments_and_semicolons_in_texts_end_no_policy() -> None:
    """A semicolon in a comment or in a text ends no policy."""
    text = (
        '// no; not here;\n@id("own/a") @ja("一;二") @en("one;") // ;\n'
        'forbid(principal in Group::"clerk", action, resource == Class::"mental");\n'
        '@id("own/b") @ja("三") @en("three")\npermit(principal, action, resource);\n'
    )
    book = small(MATRIX, text)

    assert [policy.id for policy in policies(book) if policy.file] == ["own/a", "own/b"]
    assert not table(book).decide(("clerk",), ("mental",), Act.READ, KNOWN).permitted
