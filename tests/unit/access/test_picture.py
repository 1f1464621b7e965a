"""The matrix as people see it, one cell changed in its text, and what waits for a second person."""

from __future__ import annotations

import pytest
from tests.unit.access.books import small, table

from sekisho import access
from sekisho.access import Act, Effect
from sekisho.access.book import MATRIX, read_book, with_cell
from sekisho.access.changes import nothing
from sekisho.access.difference import differences
from sekisho.access.files import shipped
from sekisho.access.findings import findings
from sekisho.access.picture import Standing, pairs, situations, standings
from sekisho.errors import InvalidInputError
from sekisho.storage import Database
from sekisho.terms import FixedClock

SMALL = "class,,doctor,clerk\ngeneral,,読検書@担当 ×消,読\nmental,,,×全\n"


def test_a_cell_says_always_sometimes_forbidden_or_never() -> None:
    """Over every situation an act is always permitted, sometimes, forbidden or never permitted; over fewer it may be clear."""
    book = table(small(SMALL))

    doctor = standings(book, "doctor", "general")
    assert doctor[Act.READ] is Standing.SOMETIMES
    assert doctor[Act.DELETE] is Standing.FORBIDDEN
    assert doctor[Act.EXPORT] is Standing.NEVER
    assert standings(book, "clerk", "general")[Act.READ] is Standing.ALWAYS
    assert set(standings(book, "clerk", "mental").values()) == {Standing.FORBIDDEN}
    known = standings(book, "doctor", "general", situations(relation="known"))
    assert known[Act.READ] is Standing.ALWAYS
    assert len(situations()) == 12
    assert len(situations(relation="known", emergency="true", out_of_hours="false")) == 1
    assert situations(relation="elsewhere") == []


def test_both_sides_of_a_cell_stand_beside_each_other() -> None:
    """A cell of two tables shows each situation before and after; a table without the cell shows nothing for it."""
    new = table(small(SMALL))
    old = table(small(SMALL.replace("読検書@担当", "読検書")))

    row = pairs(old, new, "doctor", "general")[Act.READ]
    assert {(p.old.effect, p.new.effect) for p in row if p.old and p.new} == {
        (Effect.PERMIT, Effect.PERMIT), (Effect.PERMIT, Effect.SILENT),
    }  # fmt: skip
    assert {p.old for p in pairs(nothing(), new, "clerk", "general")[Act.READ]} == {None}
    assert {p.old for p in pairs(None, new, "clerk", "general")[Act.READ]} == {None}


def test_one_cell_changes_and_nothing_else() -> None:
    """A new text in one cell differs from the book before in that cell alone, and the other texts stay as typed."""
    files = with_cell(shipped(), "pharmacist", "mental-health", "読検@担当")
    changed = differences(
        access.check(shipped())[1],
        access.check(files)[1],
    )

    assert {(d.place.group, d.place.class_, d.place.act) for d in changed} == {
        ("pharmacist", "mental-health", Act.SEARCH)
    }
    before, after = (one[MATRIX].splitlines() for one in (shipped(), files))
    assert [a == b for a, b in zip(before, after, strict=True)].count(False) == 1


def test_a_cell_that_the_sheet_left_out_is_put_in() -> None:
    """Where a group or a class has no column or line yet, one is added at the end."""
    base = dict(shipped())
    rows = [
        line.rsplit(",", 1)[0] for line in base[MATRIX].splitlines() if "billing," not in line[:9]
    ]
    files = with_cell({**base, MATRIX: "\n".join(rows) + "\n"}, "shared", "billing", "読")

    assert read_book(files).matrix["shared", "billing"][0].acts == (Act.READ,)


@pytest.mark.parametrize(
    ("group", "class_", "text"),
    [("nobody", "general", "読"), ("nurse", "nothing", "読"), ("nurse", "general", "飛@担当")],
)
def test_a_cell_that_means_nothing_is_refused(group: str, class_: str, text: str) -> None:
    """An unknown group or class, or a text that cannot be read, changes nothing."""
    with pytest.raises(InvalidInputError, match=r"access\."):
        with_cell(shipped(), group, class_, text)


@pytest.mark.store
def test_what_waits_is_a_finding(database: Database, clock: FixedClock) -> None:
    """A proposal is a line until somebody else decides; that nothing is adopted is one only where a gate asks."""
    assert findings(database, asked=False) == []
    assert [f.key for f in findings(database, asked=True)] == ["access.nothing_in_force"]

    number = access.propose(database, shipped(), by="A", at=clock.now()).number
    (waiting,) = findings(database, asked=False)
    assert (waiting.key, waiting.where) == (f"access.waiting.{number}", f"/access/changes/{number}")
    assert access.waiting(database) == 1

    access.approve(database, number, by="B", at=clock.now())
    assert findings(database, asked=True) == []
    assert access.waiting(database) == 0
