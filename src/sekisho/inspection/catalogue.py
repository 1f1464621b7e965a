"""What institutions are asked: catalogues as dated data, one file an edition.

Texts are in own words. An item of which the text of its very document was not read is not
`verified`, and says so wherever it is shown.
"""

from __future__ import annotations

import datetime as dt
import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from sekisho.errors import InvalidInputError

Text = Mapping[str, str]
"""Language (``ja``, ``en``) → words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Evidence that shows an item.

    Attributes:
        subject: Of the `Evidence`.
        lasts: Days for which it stands at most, whatever the evidence itself says.
    """

    subject: str
    lasts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that is asked.

    Attributes:
        id: Stable, over all catalogues.
        number: As the edition prints it; empty where its number is not established.
        section: Heading under which it stands.
        duty: Item of the notice, as a `Finding` says it.
        verified: Whether the text of that very document was read.
        evidence: How it is known: ``text``, ``draft``, ``official-quote``, ``other-edition``,
            ``restatement``, ``secondary`` or ``recalled``.
        applies_to: ``organization``, ``server``, ``endpoint``, ``network``…
        kinds: Of institution; empty for every kind.
        maps_to: Items of other editions that ask the same.
        lasts: Days for which a person's word stands.
        alone: Whether the proofs show the whole of it; else they support a person's answer.
        answered: Whether there is something to answer.
    """

    id: str
    number: str
    section: str
    duty: str
    level: str
    title: Text
    text: Text
    note: Text
    verified: bool
    evidence: str
    url: str
    applies_to: tuple[str, ...]
    kinds: tuple[str, ...]
    maps_to: tuple[str, ...]
    proofs: tuple[Proof, ...]
    lasts: int
    alone: bool
    answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """One edition of one document.

    Attributes:
        dated: Day of the document; None where it is not established.
        sheet: ``hospital`` or ``vendor`` where it is a sheet that is filled in.
    """

    id: str
    title: Text
    edition: str
    dated: dt.date | None
    source: str
    sheet: str | None
    items: tuple[Item, ...]

    def asked(self) -> tuple[Item, ...]:
        """Return the items that are answered."""
        return tuple(one for one in self.items if one.answered)


@functools.cache
def catalogues() -> Mapping[str, Catalogue]:
    """Return id → catalogue, by id."""
    found = (
        read_catalogue(file.name.removesuffix(".toml"), file.read_text(encoding="utf-8"))
        for file in sorted(
            files(__package__).joinpath("catalogues").iterdir(), key=lambda f: f.name
        )
        if file.name.endswith(".toml")
    )
    return {one.id: one for one in found}


def catalogue(identifier: str) -> Catalogue:
    """Return the catalogue of that id.

    Raises:
        InvalidInputError: There is none.
    """
    found = catalogues().get(identifier)
    if found is None:
        raise InvalidInputError("inspection.no_catalogue", id=identifier, known=list(catalogues()))
    return found


def item(identifier: str) -> tuple[Catalogue, Item]:
    """Return the item of that id and where it stands.

    Raises:
        InvalidInputError: There is none.
    """
    found = _by_id().get(identifier)
    if found is None:
        raise InvalidInputError("inspection.no_item", id=identifier)
    return found


@functools.cache
def _by_id() -> Mapping[str, tuple[Catalogue, Item]]:
    return {one.id: (book, one) for book in catalogues().values() for one in book.items}


def read_catalogue(identifier: str, text: str) -> Catalogue:
    """Return the catalogue of a file's `text`."""
    tree = tomllib.loads(text)
    return Catalogue(
        id=identifier,
        title=tree["title"],
        edition=tree["edition"],
        dated=tree.get("dated"),
        source=tree["source"],
        sheet=tree.get("sheet"),
        items=tuple(_item(one) for one in tree["item"]),
    )


def _item(one: Mapping[str, Any]) -> Item:
    return Item(
        id=one["id"],
        number=one.get("number", ""),
        section=one.get("section", ""),
        duty=one["duty"],
        level=one.get("level", "must"),
        title=one["title"],
        text=one["text"],
        note=one.get("note", {}),
        verified=one["verified"],
        evidence=one["evidence"],
        url=one.get("url", ""),
        applies_to=tuple(one.get("applies_to", ())),
        kinds=tuple(one.get("kinds", ())),
        maps_to=tuple(one.get("maps_to", ())),
        proofs=tuple(Proof(subject=p["subject"], lasts=p["lasts"]) for p in one.get("proof", ())),
        lasts=one.get("lasts", 365),
        alone=one.get("alone", False),
        answered=one.get("answered", True),
    )
