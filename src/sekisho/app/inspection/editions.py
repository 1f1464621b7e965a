"""Editions of this institution beside those that come with Sekisho."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sekisho.app.installation import Installation
from sekisho.pages import say
from sekisho.pages.words import LANGUAGES
from sekisho.terms import Finding, Gravity

if TYPE_CHECKING:
    from sekisho.inspection import Problem, Shelf


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was looked at, and everything that is wrong with it."""

    files: int
    readable: int
    items: int
    verified: int
    problems: Sequence[Problem]


def shelf_of(installation: Installation) -> Shelf:
    """Return the catalogues that this installation asks by; a wrong own one is not among them."""
    from sekisho import inspection  # noqa: PLC0415 (slow to import)

    return inspection.shelf(installation.data)


def edition_findings(installation: Installation) -> Iterator[Finding]:
    """Give one line for each file of the institution's own that is not used, with its first fault."""
    shelf = shelf_of(installation)
    for file in sorted({one.file for one in shelf.problems}):
        wrong = [one for one in shelf.problems if one.file == file]
        first: dict[str, str] = {
            words: say(words, wrong[0].message, **wrong[0].args) for words in LANGUAGES
        }
        name = Path(file).name
        yield Finding(
            key=f"inspection.edition.{name}",
            room="inspection",
            gravity=Gravity.WEEK,
            duty="0",
            message="inspection.found_edition",
            where="/inspection",
            action="inspection.do_look",
            args={"file": name, "count": len(wrong), "item": wrong[0].item or "–", "first": first},
        )


def check_editions(paths: Sequence[Path], data: Path | None) -> Checked:
    """Return what is wrong with the files at `paths`, or with every catalogue where none is given.

    Files are looked at beside the catalogues that come with Sekisho, and beside those of the
    institution in `data`.
    """
    from sekisho import inspection  # noqa: PLC0415 (slow to import)

    own = [] if data is None else inspection.own_files(data)
    if paths:
        given = {path.resolve() for path in paths}
        own = [path for path in own if path.resolve() not in given]
        found = inspection.readings(paths)
        beside = inspection.shipped_readings() + inspection.readings(own)
    else:
        found, beside = inspection.shipped_readings() + inspection.readings(own), []
    books = [one.catalogue for one in beside if one.catalogue is not None]
    items = [item for one in found if one.book is not None for item in one.book.items]
    return Checked(
        files=len(found),
        readable=sum(one.book is not None for one in found),
        items=len(items),
        verified=sum(one.verified for one in items),
        problems=inspection.check(found, books),
    )
