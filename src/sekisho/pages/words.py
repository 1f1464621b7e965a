"""The words: every sentence Sekisho says, in Japanese and English.

A message has an id (``room.matter``); its sentences stand in
``words/<room>.ja.po`` and ``words/<room>.en.po``, both complete (a test reads
them). Values are named: ``%(rows)s``. Nothing is compiled and nothing is
guessed: an id without a sentence is an error in a test, and shows itself as the
id in a running system.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

from sekisho.errors import Error

LANGUAGES = ("ja", "en")
FOLDER = Path(__file__).with_name("words")


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return every sentence of `language` by message id.

    Raises:
        ValueError: Two files give one id different sentences.
    """
    words: dict[str, str] = {}
    for path in sorted(FOLDER.glob(f"*.{language}.po")):
        with path.open("rb") as file:
            for entry in read_po(file, locale=language):
                if not entry.id or not entry.string:
                    continue
                if words.setdefault(str(entry.id), str(entry.string)) != entry.string:
                    raise ValueError(f"{entry.id} twice")
    return words


def say(language: str, message: str, /, **args: object) -> str:
    """Return the sentence of `message` in `language` with `args` filled in."""
    sentence = catalogue(language).get(message)
    if sentence is None:
        return message
    try:
        return (
            sentence % {name: _in(language, value) for name, value in args.items()}
            if args
            else sentence
        )
    except (KeyError, TypeError, ValueError):
        return sentence


def listed(language: str, values: Iterable[object]) -> str:
    """Return `values` one after the other as `language` lists them."""
    return say(language, "pages.comma").join(str(one) for one in values)


def _in(language: str, value: object) -> object:
    """Return `value` as `language` says it; see `sekisho.errors.Value`."""
    if isinstance(value, Mapping):
        return say(language, value["message"]) if "message" in value else value[language]
    return listed(language, value) if isinstance(value, list | tuple) else value


def explain(language: str, error: Error) -> str:
    """Return what happened, what it means and what to do, for `error`."""
    return say(language, error.message, **error.args_)
