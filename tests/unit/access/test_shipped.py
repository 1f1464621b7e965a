"""What Sekisho proposes: every example holds, and what must never be is checked cell by cell."""

from __future__ import annotations

import pytest
from tests.unit.access.books import table

from sekisho.access import Act, Effect, read_book
from sekisho.access.book import Example
from sekisho.access.cedar import policies
from sekisho.access.examples import failing
from sekisho.access.files import shipped
from sekisho.access.reasons import Reasons
from sekisho.access.table import Outcome, Place
from sekisho.care.duties import CALLINGS, GROUPS, KINDS

BOOK = read_book(shipped())
RIGHTS = table(BOOK)
SENSITIVE = {"mental-health", "infectious", "genetic", "reproductive", "abuse", "protected-person"}


@pytest.fixture(scope="module")
def cells() -> list[tuple[Place, Outcome]]:
    """Every cell of the shipped table."""
    return list(RIGHTS.places())


@pytest.mark.duty("1-2b")
@pytest.mark.parametrize("example", BOOK.examples, ids=lambda example: example.where)
def test_each_example_comes_out_as_its_folder_says(example: Example) -> None:
    """Each example in ALLOW is permitted, each in DENY is refused."""
    assert example not in failing(BOOK, RIGHTS)


@pytest.mark.duty("1-2a")
def test_every_class_and_group_is_named_in_both_languages() -> None:
    """Every information class and duty group says what it is, in Japanese and English."""
    for term in (*BOOK.classes, *BOOK.groups):
        assert all(term.name[language] and term.text[language] for language in ("ja", "en")), term


def test_a_ward_clerk_never_sees_mental_health(cells: list[tuple[Place, Outcome]]) -> None:
    """In no situation may a ward clerk do anything with mental-health notes."""
    assert all(
        outcome.effect is Effect.FORBID
        for place, outcome in cells
        if (place.group, place.class_) == ("ward-clerk", "mental-health")
    )


def test_vendors_and_shared_ids_see_no_patient(cells: list[tuple[Place, Outcome]]) -> None:
    """Vendors do nothing outside administration, and shared ids nothing at all."""
    permitted = {
        (place.group, place.class_)
        for place, outcome in cells
        if outcome.effect is Effect.PERMIT and place.group in {"vendor", "shared"}
    }

    assert permitted == {("vendor", "administration")}


def test_nobody_deletes_information_of_patients(cells: list[tuple[Place, Outcome]]) -> None:
    """No group may delete anything of a patient, in no situation."""
    assert {
        place.class_
        for place, outcome in cells
        if outcome.effect is Effect.PERMIT and place.act is Act.DELETE
    } == {"administration"}


def test_emergency_opens_to_clinicians_alone(cells: list[tuple[Place, Outcome]]) -> None:
    """Only doctors and nurses read a sensitive class by breaking the glass, without a relation."""
    opened = {
        place.group
        for place, outcome in cells
        if outcome.effect is Effect.PERMIT
        and place.class_ in SENSITIVE
        and place.situation.emergency
        and place.situation.relation == "none"
        and place.group != "health-records"
    }

    assert opened == {"doctor", "nurse"}


def test_every_policy_says_what_it_means() -> None:
    """Each policy of the matrix and each written by hand has its words in both languages."""
    reasons = Reasons(BOOK)
    for policy in policies(BOOK):
        text = reasons.text(policy.id)
        assert all(text.values()), policy.id
        assert not any("access." in words for words in text.values()), policy.id


def test_every_duty_that_the_staff_list_can_say_is_mapped() -> None:
    """Each duty and kind that `care` reads from a staff list has its row in the book."""
    said = {name for name, _ in (*GROUPS, *CALLINGS)} | {"other"}

    assert said == set(BOOK.duties)
    assert {name for name, _ in KINDS} - {"trainee"} == set(BOOK.kinds)
    places = {place for duty in BOOK.duties.values() for place in duty.places}
    assert places <= said
