"""The words of logs as data: `vocabulary.toml`. No word is named in code."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sekisho.terms import Action, Outcome

FILE = Path(__file__).with_name("vocabulary.toml")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_TOKEN = re.compile(r"[a-z]+|\d+")
_BRACKETS = re.compile(r"[(（].*?[)）]")
_ENDS = ("", "s", "d", "ed", "ing", "er")
_MARKS = re.compile(r"[\s_\-・.()\[\]<>【】「」『』《》:：*※\"'’。、,]+")


def plain(text: str) -> str:
    """Return `text` as headers and words are compared: NFKC, lower case, without marks."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", text).casefold())


@dataclass(frozen=True, slots=True)
class Header:
    """What a header means: `sure` where the whole header is known."""

    field: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Act:
    """What a text says was done; `known` is False where no word of it is known."""

    action: Action
    exact: bool
    known: bool


class Vocabulary:
    """Looks words up; extra words of a mapping go before the shipped ones."""

    def __init__(
        self,
        data: MappingOf[str, Any],
        actions: MappingOf[str, str] | None = None,
        outcomes: MappingOf[str, str] | None = None,
    ) -> None:
        self._headers = [
            (
                entry["field"],
                [re.compile(rf"(?:{pattern})\Z") for pattern in entry["sure"]],
                [plain(word) for word in entry.get("likely", ())],
            )
            for entry in data["header"]
        ]
        self._actions = [
            (plain(word), Action(entry["means"]))
            for entry in data["action"]
            for word in entry["words"]
        ]
        self._exact_actions: dict[str, Action] = {}
        for word, action in self._actions:
            self._exact_actions.setdefault(word, action)
        for code, means in data["action_codes"].items():
            self._exact_actions.setdefault(code, Action(means))
        self._own_actions = {plain(word): Action(means) for word, means in (actions or {}).items()}
        self._exact_actions |= self._own_actions
        self._outcomes = [
            (plain(word), Outcome(entry["means"]))
            for entry in data["outcome"]
            for word in entry["words"]
        ]
        self._own_outcomes = {plain(w): Outcome(m) for w, m in (outcomes or {}).items()}
        self._footers = {plain(word) for word in data["footers"]["sure"]}
        self._footer_starts = tuple(data["footers"]["starts"])

    def header(self, text: str) -> Header | None:
        """Return what the header `text` means, or None."""
        name = plain(text)
        if not name:
            return None
        for field, patterns, _ in self._headers:
            if any(pattern.match(name) for pattern in patterns):
                return Header(field, sure=True)
        for field, _, words in self._headers:
            if any(word in name for word in words):
                return Header(field, sure=False)
        return None

    def act(self, text: str) -> Act:
        """Return what `text` says was done; `execute` where it is not known."""
        word = plain(text)
        exact = self._exact_actions.get(word)
        if exact is not None:
            return Act(exact, exact=True, known=True)
        for own, action in self._own_actions.items():
            if own in word:
                return Act(action, exact=False, known=True)
        tokens = _tokens(text)
        for part, action in self._actions:
            if _holds(word, tokens, part):
                return Act(action, exact=False, known=True)
        return Act(Action.EXECUTE, exact=False, known=False)

    def outcome(self, text: str) -> Outcome | None:
        """Return how `text` says it ended, or None where no word is known."""
        word = plain(text)
        if not word:
            return Outcome.UNKNOWN
        if word in self._own_outcomes:
            return self._own_outcomes[word]
        for part, outcome in self._outcomes:
            if word == part:
                return outcome
        tokens = _tokens(text)
        for part, outcome in self._outcomes:
            if _holds(word, tokens, part):
                return outcome
        return None

    def ends_in(self, text: str) -> Outcome | None:
        """Return the refusal or failure that an act's own text ends in, or None."""
        word = plain(_BRACKETS.sub("", text))
        for part, outcome in self._outcomes:
            if outcome is not Outcome.SUCCESS and len(part) > 1 and word.endswith(part):
                return outcome
        return None

    def is_footer(self, cells: list[str]) -> bool:
        """Return whether `cells` is a total or a closing line, not a record."""
        filled = [cell.strip() for cell in cells if cell.strip()]
        if not filled:
            return True
        first = unicodedata.normalize("NFKC", filled[0]).casefold()
        if len(filled) <= 2 and first.startswith(self._footer_starts):
            return True
        bare = plain(re.sub(r"[\d,]+\s*件?$", "", first))
        return (bare in self._footers and len(filled) <= 3) or (not bare and len(filled) == 1)


def _tokens(text: str) -> frozenset[str]:
    """Return the Latin words and the numbers of `text`; ``PatientRead`` is two words."""
    split = _CAMEL.sub(" ", unicodedata.normalize("NFKC", text))
    return frozenset(_TOKEN.findall(split.casefold()))


def _holds(word: str, tokens: frozenset[str], part: str) -> bool:
    """Return whether a text holds `part`: a Latin part as a word of its own, or bent a little."""
    if not part.isascii():
        return len(part) > 1 and part in word
    if len(part) < 3:
        return False
    return any(f"{part}{end}" in tokens for end in _ENDS) or (
        part[-1] == "e" and f"{part[:-1]}ing" in tokens
    )


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


@cache
def shipped() -> Vocabulary:
    """Return the words as shipped."""
    return Vocabulary(_data())


def with_words(actions: MappingOf[str, str], outcomes: MappingOf[str, str]) -> Vocabulary:
    """Return the shipped words with a mapping's own words before them."""
    return Vocabulary(_data(), actions, outcomes) if actions or outcomes else shipped()
