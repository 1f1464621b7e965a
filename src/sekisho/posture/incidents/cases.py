"""What was published of each incident, and the questions only a person answers: data files."""

from __future__ import annotations

import datetime as dt
import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

Text = Mapping[str, str]
"""Language (``ja``, ``en``) → words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link of the chain of an incident.

    Attributes:
        source: Where it was read; None where it was not confirmed.
        needs: ``all``: it stops here only if every ask says so; ``any``: one is enough.
        asks: What of this institution is looked at: ``ask`` and its values.
    """

    id: str
    text: Text
    source: str | None
    needs: str
    asks: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One public incident: its day, what it did, and the links by which it came."""

    id: str
    day: dt.date
    name: Text
    harm: Text
    harm_source: str | None
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a person is asked: the sentence that is true or not, and what could show it."""

    id: str
    text: Text
    shown_by: Text


@functools.cache
def cases() -> tuple[Case, ...]:
    """Return the incidents of the data files, the earliest first."""
    found = (
        _case(file.name.removesuffix(".toml"), file.read_text(encoding="utf-8"))
        for file in files(__package__).joinpath("data").iterdir()
        if file.name.endswith(".toml") and file.name != "questions.toml"
    )
    return tuple(sorted(found, key=lambda case: case.day))


@functools.cache
def questions() -> Mapping[str, Question]:
    """Return id → question, in the order of the file."""
    text = files(__package__).joinpath("data/questions.toml").read_text(encoding="utf-8")
    return {
        name: Question(id=name, text={"ja": one["ja"], "en": one["en"]}, shown_by=one["shown_by"])
        for name, one in tomllib.loads(text).items()
    }


def _case(name: str, text: str) -> Case:
    tree = tomllib.loads(text)
    links = tuple(
        Link(
            id=one["id"],
            text=one["text"],
            source=one.get("source"),
            needs=one["needs"],
            asks=tuple(one["asks"]),
        )
        for one in tree["link"]
    )
    return Case(
        id=name,
        day=tree["day"],
        name=tree["name"],
        harm=tree["harm"],
        harm_source=tree.get("harm_source"),
        links=links,
    )
