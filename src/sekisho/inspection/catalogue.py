"""What institutions are asked: catalogues as dated data, one file an edition.

Texts are in own words. An item of which the text of its very document was not read is not
`verified`, and says so wherever it is shown. How a file is written: docs/formats/catalogue.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

KINDS = (
    "hospital", "clinic", "dental-clinic", "maternity-home", "pharmacy", "nursing-station",
    "care-facility",
)  # fmt: skip
"""Of institution."""
_WITHIN = {"dental-clinic": "clinic"}
"""Kind → the one that the law counts it among: 医療法第1条の5第2項."""
Text = Mapping[str, str]
"""Language (``ja``, ``en``) → words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Evidence that shows an item.

    Attributes:
        subject: Of the `Evidence`.
        lasts: Days for which it stands at most, whatever the evidence itself says.
        part: Whether it speaks of a part of what is asked, or of more: then its no does not
            contradict the item, and a person weighs it.
    """

    subject: str
    lasts: int
    part: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that is asked.

    Attributes:
        id: Stable, over all catalogues.
        number: As the edition prints it; empty where its number is not established.
        unsure_number: What its number is said to be where nobody read it; never shown as fact.
        section: Heading under which it stands.
        duty: Item of the notice, as a `Finding` says it.
        verified: Whether the text of that very document was read.
        evidence: How it is known: ``text``, ``draft``, ``official-quote``, ``other-edition``,
            ``restatement``, ``secondary`` or ``recalled``.
        applies_to: ``organization``, ``server``, ``endpoint``, ``network``…
        kinds: Of institution; empty for every kind.
        maps_to: Items of earlier editions that ask the same; `related` goes both ways.
        changed: Those of `maps_to` that ask it otherwise, and what is otherwise.
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
    unsure_number: str = ""
    changed: Mapping[str, Text] = field(default_factory=dict)

    @property
    def likely_number(self) -> str:
        """What may be looked for in an issued form: its number, or what that is said to be."""
        return self.number or self.unsure_number

    def asks(self, kinds: Collection[str]) -> bool:
        """Return whether an institution of `kinds` is asked it; every one is where none was said."""
        if not kinds or not self.kinds:
            return True
        return any(one in self.kinds or _WITHIN.get(one) in self.kinds for one in kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """One edition of one document.

    Attributes:
        dated: Day of the document; None where it is not established.
        sheet: ``hospital`` or ``vendor`` where it is a sheet that is filled in.
        english: Words of its edition, source and headings, which are the document's → in English.
    """

    id: str
    title: Text
    edition: str
    dated: dt.date | None
    source: str
    sheet: str | None
    items: tuple[Item, ...]
    english: Mapping[str, str] = field(default_factory=dict)

    def asked(self) -> tuple[Item, ...]:
        """Return the items that are answered."""
        return tuple(one for one in self.items if one.answered)

    def told(self, said: str, language: str) -> str:
        """Return an edition, a source or a heading of this document in `language`."""
        if language == "ja":
            return said
        for word in sorted(self.english, key=len, reverse=True):
            said = said.replace(word, self.english[word])
        return said
