"""What a heightened period asks for, as data: shorter ages, and questions to people."""

from __future__ import annotations

import datetime as dt
import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files

from sekisho.inspection.catalogue import Catalogue, Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question to people.

    Attributes:
        every: It is asked again after so many days.
        where: Page of the console that shows what is asked about; empty where there is none.
    """

    id: str
    every: int
    title: Mapping[str, str]
    text: Mapping[str, str]
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What is asked for.

    Attributes:
        factor: A proof lasts so much of its usual days, at least `least`.
        days: Subject → days that are asked for instead.
        review: The review of accesses reaches to within so long.
    """

    factor: float
    least: int
    days: Mapping[str, int]
    review: dt.timedelta
    asks: tuple[Ask, ...]

    def lasts(self, subject: str, usual: int) -> int:
        """Return for how many days a proof of `subject` that usually lasts `usual` stands."""
        return min(usual, self.days.get(subject, self.shorter(usual)))

    def shorter(self, usual: int) -> int:
        """Return for how many days something stands that usually does for `usual`."""
        return min(usual, max(self.least, int(usual * self.factor)))


@functools.cache
def rules() -> Rules:
    """Return the rules that Sekisho brings along."""
    text = files(__package__).joinpath("rules.toml").read_text(encoding="utf-8")
    tree = tomllib.loads(text)
    return Rules(
        factor=tree["factor"],
        least=tree["least"],
        days=tree["days"],
        review=dt.timedelta(days=tree["review_days"]),
        asks=tuple(Ask(**one) for one in tree["ask"]),
    )


def shortened(book: Catalogue, asked: Rules) -> Catalogue:
    """Return `book` with the ages of a heightened period: of proofs and of people's answers."""
    return replace(book, items=tuple(_item(one, asked) for one in book.items))


def _item(item: Item, asked: Rules) -> Item:
    proofs = tuple(
        replace(proof, lasts=asked.lasts(proof.subject, proof.lasts)) for proof in item.proofs
    )
    return replace(item, proofs=proofs, lasts=asked.shorter(item.lasts))
