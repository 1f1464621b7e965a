"""The matrix's letters: what is written is what is read, in both languages."""

from __future__ import annotations

import pytest
from tests.unit.access.books import small

from sekisho.access import Act, Effect, Relation, Situation
from sekisho.access.matrix import parse_cell, parse_situation, write_cell, write_situation
from sekisho.access.table import SITUATIONS
from sekisho.errors import InvalidInputError


@pytest.mark.parametrize(
    ("japanese", "english"),
    [
        ("読検書@担当/不明 読検@緊急 ×消出", "RSW@known/unknown RS@emergency !DE"),
        ("全", "*"),
        ("管@時間内＋平常", "A@normal+in-hours"),
        ("", "–"),
        ("読@緊急/平常", "R"),
        ("読@担当、読@担当\n検@担当", "RS@known"),
    ],
)
def test_both_languages_say_the_same(japanese: str, english: str) -> None:
    """A cell in Japanese letters and one in English letters mean the same."""
    assert parse_cell(japanese) == parse_cell(english)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_what_is_written_is_read_back(language: str) -> None:
    """A cell that Sekisho writes is read back to the same clauses."""
    clauses = parse_cell("読検書印@担当/不明 読@緊急+時間外 ×全@担当外")

    assert parse_cell(write_cell(clauses, language)) == clauses


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("読閲", "access.cell_letter"),
        ("読@担当者", "access.situation_word"),
        ("読@担当/緊急", "access.cell_mixed"),
        ("読@緊急+緊急", "access.cell_mixed"),
        ("@担当", "access.cell_unreadable"),
        ("××読", "access.cell_unreadable"),
    ],
)
def test_a_cell_that_means_nothing_is_refused_with_its_place(cell: str, message: str) -> None:
    """A cell that cannot be read is refused, and named as a spreadsheet names it."""
    with pytest.raises(InvalidInputError) as refused:
        small(f"class,,doctor,clerk\n,,医師,事務\ngeneral,,読,{cell}\n")

    assert (refused.value.message, refused.value.args_["place"]) == (message, "D3")


@pytest.mark.parametrize("head", ["class,,doctor,doctor", "class,,doctor,nurse"])
def test_a_group_unknown_or_twice_is_refused(head: str) -> None:
    """A column whose group is unknown, or stands twice, is refused."""
    with pytest.raises(InvalidInputError, match=r"access\.matrix_group"):
        small(f"{head}\ngeneral,,読,読\n")


def test_clauses_keep_effect_and_order_of_acts() -> None:
    """Permissions come before what is forbidden, acts in the order of the vocabulary."""
    permit, forbid = parse_cell("×消 書読")

    assert (permit.effect, permit.acts) == (Effect.PERMIT, (Act.READ, Act.WRITE))
    assert (forbid.effect, forbid.acts) == (Effect.FORBID, (Act.DELETE,))


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_situation_has_words_that_are_read_back(language: str) -> None:
    """The words of each situation give that situation."""
    for situation in SITUATIONS:
        assert parse_situation(write_situation(situation, language)) == situation
    assert parse_situation("") == Situation(relation=Relation.UNKNOWN)
