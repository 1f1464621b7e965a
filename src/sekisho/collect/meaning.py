"""What the cells of a row mean: each distinct text is worked out once and remembered.

Nothing here reads files; a `Meaning` is told which column is what and answers values. What it
remembers is bounded, so that a file of any size is read in constant memory.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sekisho.collect.interface import Tally
from sekisho.collect.mapping import Screen
from sekisho.collect.vocabulary import Vocabulary, plain
from sekisho.terms import Action, Outcome, PatientId

K = TypeVar("K")
V = TypeVar("V")

LONGEST = 500
"""Longest value kept; a longer one is cut, and marked where it is a reason."""
_REMEMBERED = 20_000
_WORDS = 200
_SEVERAL = re.compile(r"[\s;；,，、/／]+")  # noqa: RUF001 (separators as hospitals type them)
_EXCEL = re.compile(r"\d(?:\.\d+)?E\+\d+\Z", re.ASCII | re.IGNORECASE)
_GUARD = re.compile(r'="(.*)"\Z')
_NOBODY = {"", "-", "－", "―", "なし", "無し", "null", "none", "n/a", "(null)"}


class Remembered(dict[K, V]):
    """A dict that works a missing value out, and forgets all when it is full."""

    def __init__(self, work: Callable[[K], V]) -> None:
        super().__init__()
        self._work = work

    def __missing__(self, key: K) -> V:
        if len(self) >= _REMEMBERED:
            self.clear()
        value = self[key] = self._work(key)
        return value


@dataclass(frozen=True, slots=True)
class Did:
    """What a row's texts say was done; `known` is False where no word is known."""

    action: Action
    object: str | None
    outcome: Outcome | None
    known: bool
    class_: str | None = None


class Meaning:
    """Answers what texts of cells mean, with a system's own words before the shipped ones.

    Attributes:
        plain_texts: A cell as it is kept, None where it is empty.
        patients: (ids, whether a number was turned into 1.23E+05).
        did: What (act, thing) say was done.
        outcomes: How it ended; unknown where the text says nothing known.
    """

    def __init__(
        self,
        words: Vocabulary,
        tally: Tally,
        *,
        names_acts: bool,
        action: str | None = None,
        authority: str | None = None,
        screens: Mapping[str, Screen] | None = None,
    ) -> None:
        """Answer by `words`; `action` is what a row did that names no act."""
        self._words = words
        self._authority = authority
        self._nothing = Action(action) if action else None
        self._screens = {plain(name): one for name, one in (screens or {}).items()}
        self._tally = tally
        self._names_acts = names_acts
        self.plain_texts: Remembered[str, str | None] = Remembered(_plain_text)
        self.users: Remembered[str, tuple[str | None, bool]] = Remembered(_user)
        self.patients: Remembered[str, tuple[tuple[PatientId, ...], bool]] = Remembered(
            self._patients
        )
        self.did: Remembered[tuple[str, str], Did] = Remembered(self._did)
        self.outcomes: Remembered[str, Outcome] = Remembered(self._outcome)

    def is_footer(self, cells: Sequence[str]) -> bool:
        """Return whether `cells` is a total or a closing line."""
        return self._words.is_footer(list(cells))

    def note_unknown(self, act: str, thing: str) -> None:
        """Count a word for an act that nobody knows."""
        word = (act or thing)[:40]
        if len(self._tally.words) < _WORDS or word in self._tally.words:
            self._tally.words[word] += 1

    def _patients(self, text: str) -> tuple[tuple[PatientId, ...], bool]:
        bare = _plain_text(text) or ""
        if bare.casefold() in _NOBODY:
            return (), False
        ids = [one for one in _SEVERAL.split(bare) if one]
        lengths: Counter[int] = self._tally.patient_lengths
        for one in ids:
            if one.isdigit():
                lengths[len(one)] += 1
                self._tally.patient_zeros += one[0] == "0"
        return tuple(PatientId(one, self._authority) for one in ids), any(
            _EXCEL.match(one) for one in ids
        )

    def _did(self, texts: tuple[str, str]) -> Did:
        act, thing = texts[0].strip(), texts[1].strip()
        usual = self._nothing or (Action.EXECUTE if self._names_acts else Action.READ)
        if not act and not thing:
            # A log that names no act still says that somebody was there.
            return Did(usual, None, None, known=True)
        said = self._words.act(act or thing)
        action, known = said.action, said.known
        if act and thing and not known and plain(act).isdigit():
            # The screen helps only where the act itself is a bare number.
            by_thing = self._words.act(thing)
            action, known = by_thing.action, by_thing.known
        if not act and not known and (self._nothing or not self._names_acts):
            action, known = usual, True
        screen = self._screens.get(plain(thing)) or self._screens.get(plain(act))
        if screen and screen.action and (not act or not known or action is Action.EXECUTE):
            # What was done says more than where, but for "started", "opened a window".
            action, known = Action(screen.action), True
        name = thing or None
        if act and not said.exact:
            name = f"{thing} / {act}" if thing and thing != act else act
        outcome = self._words.ends_in(act or thing)
        kept = name[:LONGEST] if name else None
        return Did(action, kept, outcome, known=known, class_=screen.class_ if screen else None)

    def _outcome(self, text: str) -> Outcome:
        said = self._words.outcome(text)
        if said is None and len(self._tally.outcomes) < _WORDS:
            self._tally.outcomes[text.strip()[:40]] += 1
        return said or Outcome.UNKNOWN


def _plain_text(text: str) -> str | None:
    text = text.strip()
    if text[:1] == "=" and (guarded := _GUARD.match(text)):
        text = guarded.group(1).strip()
    return text[:LONGEST] or None


def _user(text: str) -> tuple[str | None, bool]:
    user = _plain_text(text)
    return user, user is not None and _EXCEL.match(user) is not None
