"""What a person wrote into a field becomes its value, from a form or from a cell of a list."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Any

from sekisho.care import written as cells
from sekisho.care.dates import Cell
from sekisho.care.headers import squeeze
from sekisho.errors import InvalidInputError
from sekisho.inspection.register.field import YES_NO, Choices, Field, Kind, Part
from sekisho.pages.words import LANGUAGES, say

LONGEST = 2_000
NUMBER = re.compile(r"(\d{1,9})\s*(?:人|名|世代|番|位|回|件|generations?|people)?", re.IGNORECASE)


def label(language: str, field: str) -> str:
    """Return the name of a field."""
    return say(language, f"register.field.{field}")


def chosen(language: str, choices: Choices, value: str) -> str:
    """Return the name of a choice."""
    return say(language, f"register.choice.{choices.name}.{value}")


def read(part: Part, values: Mapping[str, object], today: dt.date) -> dict[str, Any]:
    """Return the values of a form, or of the cells of a row, as a line keeps them.

    Raises:
        InvalidInputError: A value cannot be taken; the message says which and why.
    """
    told: dict[str, Any] = {}
    for field in part.fields:
        given = values.get(field.name)
        kept = field.kind in {Kind.HIDDEN, Kind.DERIVED}
        value: Any = given if kept else value_of(field, given)
        if field.required and value is None:
            raise InvalidInputError("register.needed", field={"message": _named(field)})
        if field.name in {"confirmed_on", "tested_on"} and str(value or "") > today.isoformat():
            raise InvalidInputError("register.not_yet", field={"message": _named(field)})
        told[field.name] = value
    return told


def value_of(field: Field, given: object) -> Any:
    """Return what was written as the field's value; None for nothing.

    Raises:
        InvalidInputError: It is no day, no number, none of the choices, or too long.
    """
    cell: Any = given
    text = cells.text(cell)
    if text is None:
        return None
    if len(text) > LONGEST:
        raise InvalidInputError("register.too_long", field={"message": _named(field)}, most=LONGEST)
    if field.kind is Kind.DAY:
        return _day(field, cell, text)
    if field.kind is Kind.NUMBER:
        found = NUMBER.fullmatch(unicodedata.normalize("NFKC", text).strip())
        if found is None:
            raise InvalidInputError(
                "register.no_number", field={"message": _named(field)}, text=text[:60]
            )
        return int(found[1])
    if field.kind is Kind.CHOICE:
        assert field.choices is not None
        return _choice(field, field.choices, text)
    return (text.strip() if field.kind is Kind.LONG else " ".join(text.split())) or None


def _named(field: Field) -> str:
    return f"register.field.{field.name}"


def _day(field: Field, cell: Cell, text: str) -> str | None:
    try:
        day = cells.last_day(cell)
    except ValueError as error:
        raise InvalidInputError(
            "register.no_day", field={"message": _named(field)}, text=text[:60]
        ) from error
    return None if day is None else day.isoformat()


def _choice(field: Field, choices: Choices, text: str) -> str | None:
    if text in choices.words:
        return text
    if choices is YES_NO:
        said = cells.yes_no(text)
        if said != "unknown":
            return said
    plain = squeeze(text)
    found = _said(choices.name, choices.values, tuple(choices.words.values())).get(plain)
    if found is None and cells.word(text) is None:
        return None  # a dash, or 未定
    if found is None:
        raise InvalidInputError(
            "register.no_choice", field={"message": _named(field)}, text=text[:60]
        )
    return found


@cache
def _said(name: str, values: tuple[str, ...], words: tuple[str, ...]) -> Mapping[str, str]:
    """Return every way to write a choice → the choice."""
    found: dict[str, str] = {}
    for value, others in zip(values, words, strict=True):
        labels = [say(language, f"register.choice.{name}.{value}") for language in LANGUAGES]
        for word in (value, *labels, *others.split()):
            found.setdefault(squeeze(word), value)
    return found
