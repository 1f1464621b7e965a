"""The matrix: one cell a duty group and class, in a few letters that a person reads.

A cell holds clauses, apart by spaces or line ends::

    読検書@担当/不明 読検@緊急 ×消出

reads: read, search and write where the person treats the patient or that cannot be
judged; read and search in an emergency; never delete or export. The English form
``RSW@known/unknown RS@emergency !DE`` says the same. An empty cell says nothing, and
what nobody said is refused.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from sekisho.access.records import Act, Effect, Relation, Situation
from sekisho.errors import InvalidInputError

LETTERS: dict[str, dict[Act, str]] = {
    "ja": dict(zip(Act, "読検書消印出管", strict=True)),
    "en": dict(zip(Act, "RSWDPEA", strict=True)),
}
WORDS: dict[str, dict[tuple[str, str], str]] = {
    "ja": {
        ("relation", Relation.KNOWN): "担当",
        ("relation", Relation.NONE): "担当外",
        ("relation", Relation.UNKNOWN): "不明",
        ("emergency", "true"): "緊急",
        ("emergency", "false"): "平常",
        ("out_of_hours", "true"): "時間外",
        ("out_of_hours", "false"): "時間内",
    },
    "en": {
        ("relation", Relation.KNOWN): "known",
        ("relation", Relation.NONE): "none",
        ("relation", Relation.UNKNOWN): "unknown",
        ("emergency", "true"): "emergency",
        ("emergency", "false"): "normal",
        ("out_of_hours", "true"): "out-of-hours",
        ("out_of_hours", "false"): "in-hours",
    },
}
_FORBID = {"ja": "×", "en": "!"}
_ALL = "全*"
_CLAUSE = re.compile(r"(?P<forbid>[×✕✖!]?)(?P<acts>[^@×✕✖!]+)(?:@(?P<when>.+))?")
_ACTS = {letter: act for letters in LETTERS.values() for act, letter in letters.items()}
_MEANING = {word: value for words in WORDS.values() for value, word in words.items()}
_SIZE = {"relation": len(Relation), "emergency": 2, "out_of_hours": 2}

When = tuple[tuple[str, tuple[str, ...]], ...]
"""Column → values of which one must hold; every column named must."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing that a cell says.

    Attributes:
        acts: In the order of `Act`.
        when: Empty for always.
    """

    effect: Effect
    acts: tuple[Act, ...]
    when: When = ()

    @property
    def name(self) -> str:
        """Return what tells it from the other clauses of its cell."""
        return self.effect.value + "".join(
            f"@{WORDS['en'][column, values[0]]}"
            + "".join(f"/{WORDS['en'][column, value]}" for value in values[1:])
            for column, values in self.when
        )


def parse_cell(text: str, place: str = "–") -> tuple[Clause, ...]:
    """Return what the cell at `place` says; clauses of one kind are joined.

    Raises:
        InvalidInputError: A letter or a word of it means nothing.
    """
    found: dict[tuple[Effect, When], set[Act]] = {}
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain in {"", "-", "–", "—", "ー"}:
        return ()
    for part in re.split(r"[\s,、;]+", plain):
        if part:
            effect, acts, when = _clause(part, place)
            found.setdefault((effect, when), set()).update(acts)
    return tuple(
        Clause(effect, tuple(act for act in Act if act in acts), when)
        for (effect, when), acts in sorted(
            found.items(), key=lambda one: (one[0][0] != "permit", one[0][1])
        )
    )


def write_cell(clauses: tuple[Clause, ...], language: str) -> str:
    """Return a cell as `parse_cell` reads it."""
    letters, words = LETTERS[language], WORDS[language]
    return " ".join(
        (_FORBID[language] if clause.effect is Effect.FORBID else "")
        + "".join(letters[act] for act in clause.acts)
        + ("@" if clause.when else "")
        + "+".join("/".join(words[column, v] for v in values) for column, values in clause.when)
        for clause in clauses
    )


def parse_situation(words: str) -> Situation:
    """Return the situation that `words` name: ``emergency,known`` or ``緊急、担当``.

    Raises:
        InvalidInputError: A word is none of a situation.
    """
    chosen: dict[str, str] = {}
    for word in re.split(r"[\s,、+]+", unicodedata.normalize("NFKC", words).strip()):
        if word:
            column, value = _meaning(word, "–")
            chosen[column] = value
    return Situation(
        emergency=chosen.get("emergency") == "true",
        out_of_hours=chosen.get("out_of_hours") == "true",
        relation=Relation(chosen.get("relation", Relation.UNKNOWN)),
    )


def write_situation(situation: Situation, language: str) -> str:
    """Return a situation in words that `parse_situation` reads."""
    words = WORDS[language]
    return "+".join(
        words[column, value]
        for column, value in (
            ("relation", situation.relation.value),
            ("emergency", str(situation.emergency).lower()),
            ("out_of_hours", str(situation.out_of_hours).lower()),
        )
        if value != "false"
    )


def _clause(part: str, place: str) -> tuple[Effect, set[Act], When]:
    found = _CLAUSE.fullmatch(part)
    if found is None:
        raise InvalidInputError("access.cell_unreadable", place=place, part=part[:40])
    acts: set[Act] = set()
    for letter in found["acts"]:
        if letter in _ALL:
            acts.update(Act)
        elif (act := _ACTS.get(letter.upper())) is not None:
            acts.add(act)
        else:
            raise InvalidInputError(
                "access.cell_letter", place=place, letter=letter, part=part[:40]
            )
    effect = Effect.FORBID if found["forbid"] else Effect.PERMIT
    return effect, acts, _when(found["when"] or "", place)


def _when(text: str, place: str) -> When:
    columns: dict[str, set[str]] = {}
    for part in filter(None, text.split("+")):
        meanings = [_meaning(word, place) for word in part.split("/")]
        if len({column for column, _ in meanings}) != 1 or meanings[0][0] in columns:
            raise InvalidInputError("access.cell_mixed", place=place, part=text[:40])
        columns[meanings[0][0]] = {value for _, value in meanings}
    order = list(WORDS["en"])
    return tuple(
        (column, tuple(sorted(values, key=lambda value: order.index((column, value)))))
        for column, values in sorted(columns.items(), key=lambda one: list(_SIZE).index(one[0]))
        if len(values) < _SIZE[column]
    )


def _meaning(word: str, place: str) -> tuple[str, str]:
    meaning = _MEANING.get(word.lower())
    if meaning is None:
        raise InvalidInputError(
            "access.situation_word", place=place, word=word[:40], known="・".join(_MEANING)
        )
    return meaning
