"""The catalogues that are at hand: those that come with Sekisho, and the institution's own."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from sekisho.errors import InvalidInputError
from sekisho.inspection.catalogue import Catalogue, Item, Text
from sekisho.inspection.check import check
from sekisho.inspection.reading import LARGEST, Problem, Reading, read

OWN = "catalogues"
"""Folder in the data directory where an institution or its association adds editions."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Catalogues, and what was refused.

    Attributes:
        books: Id → catalogue, by id.
        problems: Of own files; a file that has one is not among `books`.
    """

    books: Mapping[str, Catalogue]
    problems: tuple[Problem, ...]

    def catalogue(self, identifier: str) -> Catalogue:
        """Return the catalogue of that id.

        Raises:
            InvalidInputError: There is none, or its file was refused.
        """
        found = self.books.get(identifier)
        if found is not None:
            return found
        wrong = [one for one in self.problems if Path(one.file).name == f"{identifier}.toml"]
        if wrong:
            raise InvalidInputError("inspection.refused_catalogue", id=identifier, count=len(wrong))
        raise InvalidInputError("inspection.no_catalogue", id=identifier, known=list(self.books))

    def item(self, identifier: str) -> tuple[Catalogue, Item]:
        """Return the item of that id and where it stands.

        Raises:
            InvalidInputError: There is none.
        """
        for book in self.books.values():
            for one in book.items:
                if one.id == identifier:
                    return book, one
        raise InvalidInputError("inspection.no_item", id=identifier)

    def related(self, item: Item) -> list[tuple[Catalogue, Item, Text]]:
        """Return the items of other editions that ask the same as `item`, earlier or later.

        The third is what changed between the two, empty where nothing is known to have.
        """
        return [
            (book, other, item.changed.get(other.id) or other.changed.get(item.id) or {})
            for book in self.books.values()
            for other in book.items
            if other.id in item.maps_to or item.id in other.maps_to
        ]


@functools.cache
def shipped() -> Shelf:
    """Return the catalogues that come with Sekisho.

    Raises:
        ValueError: A file is not in the form.
    """
    found = shipped_readings()
    wrong = [problem for one in found for problem in one.problems]
    if wrong:
        raise ValueError(f"catalogue: {wrong[0]}")
    return Shelf(_by_id(found), ())


def shipped_readings() -> list[Reading]:
    """Return what stands in each file that comes with Sekisho."""
    folder = files(__package__).joinpath("catalogues")
    there = sorted(folder.iterdir(), key=lambda file: file.name)
    return [read(one.name, one.read_bytes()) for one in there if one.name.endswith(".toml")]


def shelf(data: Path) -> Shelf:
    """Return the catalogues at hand: the shipped ones, and those in `data`/catalogues that are right."""
    there = tuple((path, *_stamp(path)) for path in own_files(data))
    return _with(there) if there else shipped()


def own_files(data: Path) -> list[Path]:
    """Return the files of the institution's own editions, by name."""
    return sorted((data / OWN).glob("*.toml"))


def readings(paths: Sequence[Path]) -> list[Reading]:
    """Return what stands in each of `paths`; an unreadable one is a `Problem` of its own."""
    return [read(str(path), _bytes(path)) for path in paths]


@functools.lru_cache(maxsize=4)
def _with(there: tuple[tuple[Path, int, int], ...]) -> Shelf:
    ours = shipped()
    found = readings([path for path, *_ in there])
    problems = check(found, tuple(ours.books.values()))
    wrong = {one.file for one in problems}
    right = [one for one in found if one.name not in wrong]
    return Shelf({**ours.books, **_by_id(right)}, tuple(problems))


def _by_id(found: Sequence[Reading]) -> dict[str, Catalogue]:
    books = [one.catalogue for one in found if one.catalogue is not None]
    return {one.id: one for one in sorted(books, key=lambda book: book.id)}


def _stamp(path: Path) -> tuple[int, int]:
    try:
        told = path.stat()
    except OSError:
        return 0, 0
    return told.st_mtime_ns, told.st_size


def _bytes(path: Path) -> bytes | None:
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError:
        return None


def catalogues() -> Mapping[str, Catalogue]:
    """Return id → catalogue of those that come with Sekisho, by id."""
    return shipped().books


def catalogue(identifier: str) -> Catalogue:
    """Return the catalogue of that id that comes with Sekisho.

    Raises:
        InvalidInputError: There is none.
    """
    return shipped().catalogue(identifier)


def item(identifier: str) -> tuple[Catalogue, Item]:
    """Return the item of that id, of those that come with Sekisho, and where it stands.

    Raises:
        InvalidInputError: There is none.
    """
    return shipped().item(identifier)
