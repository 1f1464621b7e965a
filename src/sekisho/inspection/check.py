"""What is wrong with catalogues beside each other: ids, maps between editions, proofs."""

from __future__ import annotations

import functools
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from importlib.resources import files

from sekisho.errors import Value
from sekisho.inspection.catalogue import Catalogue, Item
from sekisho.inspection.reading import Problem, Reading


def check(found: Sequence[Reading], books: Sequence[Catalogue] = ()) -> list[Problem]:
    """Return everything that is wrong: of each file, and of the files beside each other.

    Args:
        found: What was read.
        books: Catalogues that stand beside them and are right.
    """
    look = _Look(found, books)
    problems = [problem for one in found for problem in one.problems]
    problems += look.twice()
    for reading in found:
        if (book := reading.book) is not None:
            for item in book.items:
                problems += look.item(reading.name, book, item)
    return [*problems, *look.circles()]


def is_given(subject: str) -> bool:
    """Return whether a part of Sekisho gives Evidence of `subject`."""
    rooms, families = _subjects()
    return subject in rooms or subject.startswith(families)


@functools.cache
def _subjects() -> tuple[frozenset[str], tuple[str, ...]]:
    """Return each subject, and what begins those of which there are as many as an installation has."""
    text = files(__package__).joinpath("subjects.toml").read_text(encoding="utf-8")
    tree = tomllib.loads(text)
    subjects = {f"{room}.{name}" for room, names in tree["subjects"].items() for name in names}
    return frozenset(subjects), tuple(f"{one}." for one in tree["families"])


class _Look:
    def __init__(self, found: Sequence[Reading], books: Sequence[Catalogue]) -> None:
        self.found = [(one.name, one.book) for one in found if one.book is not None]
        self.books = [*books, *(book for _, book in self.found)]
        self.home = {one.id: book for book in self.books for one in book.items}
        self.given = Counter(one.id for book in self.books for one in book.items)

    def twice(self) -> Iterable[Problem]:
        """An id that is given twice, in one file or in two, and a catalogue's that is taken."""
        names = Counter(book.id for book in self.books)
        for name, book in self.found:
            if names[book.id] > 1:
                yield _problem(name, "", "catalogue_twice", id=book.id)
            for one in dict.fromkeys(item.id for item in book.items if item.id):
                if self.given[one] > 1:
                    yield _problem(name, one, "id_twice")

    def item(self, name: str, book: Catalogue, item: Item) -> Iterable[Problem]:
        """What the item names that is not there, or may not be named."""
        for other in item.maps_to:
            home = self.home.get(other)
            if home is None:
                yield _problem(name, item.id, "map_to_nothing", other=other[:60])
            elif home.id == book.id:
                yield _problem(name, item.id, "map_within", other=other)
            elif book.dated and home.dated and home.dated > book.dated:
                yield _problem(name, item.id, "map_forward", other=other)
        for proof in item.proofs:
            if proof.subject and not is_given(proof.subject):
                yield _problem(name, item.id, "subject_unknown", subject=proof.subject)

    def circles(self) -> Iterable[Problem]:
        """Editions that name each other in a circle: the later one names the earlier, never back."""
        after = {
            book.id: {
                self.home[other].id
                for one in book.items
                for other in one.maps_to
                if other in self.home and self.home[other].id != book.id
            }
            for book in self.books
        }
        for name, book in self.found:
            if (way := _way_back(book.id, after)) is not None:
                yield _problem(name, "", "circle", way=way)


def _way_back(start: str, after: Mapping[str, Collection[str]]) -> list[str] | None:
    """Return the catalogues by which `start` names itself; None where it does not."""
    waiting, seen = [[start]], {start}
    while waiting:
        way = waiting.pop()
        for following in sorted(after.get(way[-1], ())):
            if following == start:
                return [*way, start]
            if following not in seen:
                seen.add(following)
                waiting.append([*way, following])
    return None


def _problem(file: str, item: str, why: str, **args: Value) -> Problem:
    return Problem(file=file, item=item, message=f"inspection.check.{why}", args=args)
