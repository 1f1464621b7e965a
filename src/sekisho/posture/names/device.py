"""A device as the hospital wrote it down, and whether it bears the name of a product."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from rapidfuzz import fuzz

from sekisho.posture.names.kana import alike
from sekisho.posture.names.pattern import Pattern, span, vocabulary, wild
from sekisho.posture.names.text import KANA, compact, fold, tokens

_DIGITS = re.compile(r"\d")
_NUMBERED = re.compile(r"^([a-z]+)(\d+)([a-z]*)$")
_VERSION = re.compile(r"(?<![\w.])(?:v|ver\.?\s*)?(\d{1,2}\.\d+(?:\.\w+)*)(?![\w.]|\s*t\b)")


@dataclass(frozen=True, slots=True)
class Names:
    """The words of a device's name and model.

    Attributes:
        text: All of it, folded.
        words: Words and numbers, in order.
        kana: Runs of katakana.
        joined: Neighbours written as one (``hamilton-t1`` → ``hamiltont1``).
        kinds: What kind of thing it is said to be.
        solid: All of it without spaces.
        model: The model column without spaces.
    """

    text: str
    words: tuple[str, ...]
    kana: tuple[str, ...]
    joined: frozenset[str]
    kinds: frozenset[str]
    solid: str
    model: str
    seen: dict[str, float] = field(default_factory=dict, compare=False)


@lru_cache(maxsize=1 << 15)
def names(product: str, model: str | None = None) -> Names:
    """Return the names of a device from what stands in its product and model columns."""
    text = fold(f"{product} {model or ''}")
    words = tuple(tokens(text))
    kana = tuple(word for word in words if KANA.match(word))
    joined = set(words)
    for size in (2, 3):
        for place in range(len(words) - size + 1):
            joined.add("".join(words[place : place + size]))
    for word in words:
        parts = _NUMBERED.match(word)
        if parts is not None and len(parts[1]) >= 4:
            joined.update({parts[1], parts[2] + parts[3]})  # ApexPro4 → apexpro, 4
    known = vocabulary().kinds
    solid = compact(text)
    kinds = {known[word] for word in words if word in known}
    kinds |= {kind for word, kind in known.items() if not word.isascii() and word in solid}
    return Names(
        text, words, kana, frozenset(joined), frozenset(kinds), solid, compact(model or "")
    )


def version_in(device: Names) -> str | None:
    """Return a version that stands in the name itself (「ゼレリス 3.1」), or None."""
    found = _VERSION.search(device.text)
    return found[1] if found else None


def bears(device: Names, pattern: Pattern, *, family: frozenset[str] = frozenset()) -> float:
    """Return how surely `device` is the product of `pattern`: 0 (it is not) to 1.

    Args:
        device: What stands in the hospital.
        pattern: What the advisory names.
        family: Words that this maker uses for many products, so that alone they name none.
    """
    if any(bears(device, one) > 0 for one in pattern.excluded):
        return 0.0
    if any(order in device.joined for order in pattern.orders):
        return 0.98 if _any_word(device, pattern) or not pattern.words else 0.9
    if device.model in pattern.runs:
        return 0.95
    sure, missed = 1.0, []
    for group in pattern.models:
        best = max(_model(device, model) for model in group)
        if best == 0.0:
            return 0.0
        sure = min(sure, best)
    for word in pattern.words:
        found = _word(device, word)
        if found == 0.0:
            missed.append(word)
        else:
            sure = min(sure, found)
    if missed and not _may_miss(pattern, missed):
        return 0.0
    if missed:
        sure *= 0.85
    return sure * _fit(device, pattern, family, bool(missed))


def _any_word(device: Names, pattern: Pattern) -> bool:
    return any(_word(device, word) > 0 for word in pattern.words)


def _may_miss(pattern: Pattern, missed: list[str]) -> bool:
    """Return whether one word may be missing: where another word and a telling number are there."""
    telling = any(len(max(group, key=len)) >= 3 for group in pattern.models)
    return len(missed) == 1 and len(pattern.words) >= 2 and telling


def _fit(device: Names, pattern: Pattern, family: frozenset[str], missed: bool) -> float:
    """Weigh what the device says beyond the pattern, and whether the pattern says enough."""
    telling = pattern.telling
    kinds_there = telling <= device.kinds
    if not pattern.words and not pattern.models:
        # A name of nothing but kinds (PET/CT systems) is met only by two kinds at least.
        return 0.7 if kinds_there and len(telling) >= 2 else 0.0
    if pattern.strength < 0.9 and not (telling and kinds_there):
        exact = all(w in device.words for w in pattern.words)
        return (
            0.8
            if exact and pattern.words and not telling
            else 0.75
            if exact and pattern.models
            else 0.0
        )
    others = extra(device, pattern)
    if missed and others:
        return 0.0
    if pattern.models or pattern.collective or len(pattern.words) > 1:
        return 1.0
    if pattern.words[0] in family:
        return 1.0 if kinds_there and not others else 0.0
    if kinds_there:
        return 1.0
    # The same word and another kind (CARESCAPE telemetry server, CARESCAPE central station).
    return 1.0 if not others and not device.kinds - vocabulary().soft else 0.0


def extra(device: Names, pattern: Pattern) -> list[str]:
    """Return the telling words of the device that the pattern does not speak of."""
    known = vocabulary()
    spoken = {*pattern.words, *pattern.aliases, *(m for group in pattern.models for m in group)}
    return [
        word
        for word in device.words
        if word.isascii()
        and not word.isdigit()
        and len(word) >= 2
        and word not in spoken
        and word not in known.kinds
        and word not in known.empty
        and not re.match(r"^v?\d+(\.\d+)+$", word)
        and not any(word in one or one in word for one in spoken if len(one) >= 3)
        and max((fuzz.ratio(word, one) for one in spoken), default=0) < 84
    ]


def _word(device: Names, word: str) -> float:
    found = device.seen.get(word)
    if found is None:
        found = device.seen[word] = _find(device, word)
    return found


def _find(device: Names, word: str) -> float:
    if word in device.joined:
        return 1.0
    if not word.isascii():
        return 0.97 if word in device.solid else 0.0
    if len(word) <= 4:
        for one in device.words:
            parts = _NUMBERED.match(one)
            if parts is not None and parts[1] == word:
                return 0.95  # the CX series is CX50
    if word.endswith("s") and word[:-1] in device.joined:
        return 0.98
    if len(word) >= 4 and any(
        one.startswith(word) and len(one) - len(word) <= 2 for one in device.words
    ):
        return 0.93 if len(word) >= 6 else 0.0
    if len(word) >= 4 and any(
        one.startswith(word) or word.startswith(one)
        for one in device.words
        if len(one) >= 4 and len(word) >= 4 and _short(one, word)
    ):
        return 0.9
    if len(word) >= 6:
        near = max(
            (fuzz.ratio(one, word) for one in device.joined if abs(len(one) - len(word)) <= 2),
            default=0,
        )
        if near >= 84:
            return 0.9
    if len(word) >= 4:
        for run in device.kana:
            heard = alike(run, word)
            if heard > 0:
                return heard
        if len(device.kana) > 1:
            return alike("".join(device.kana), word) * 0.95
    return 0.0


def _short(one: str, other: str) -> bool:
    """Return whether one word is the other cut short, as in Seno DS for Senographe DS."""
    short, long = sorted((one, other), key=len)
    return long.startswith(short) and len(short) == 4 and len(long) >= 9


def _model(device: Names, model: str) -> float:
    if model in device.joined:
        return 1.0
    between = span(model)
    if between is not None or model.endswith("#"):
        for one in device.words:
            parts = _NUMBERED.match(one)
            if parts is None:
                continue
            if (
                between is not None
                and parts[1] == between[0]
                and between[1] <= int(parts[2]) <= between[2]
            ):
                return 0.97
            if model.endswith("#") and parts[1] == model[:-1]:
                return 0.93
        return 0.0
    if wild(model):
        form = re.compile("^" + model.replace("x", r"\d") + "$")
        return 0.97 if any(form.match(one) for one in device.joined) else 0.0
    if not _DIGITS.search(model):
        return _word(device, model)
    if model.isdigit() and len(model) >= 3:
        for one in device.words:
            parts = _NUMBERED.match(one)
            if (
                parts is not None
                and parts[2] == model
                and not parts[3]
                and parts[1] in _KIND_LETTERS
            ):
                return 0.9
    parts = _NUMBERED.match(model)
    if (
        parts is not None
        and parts[1] in _KIND_LETTERS
        and len(parts[2]) >= 3
        and parts[2] + parts[3] in device.words
    ):
        return 0.9
    return 0.0


_KIND_LETTERS = frozenset({"ct", "mr", "nm", "us", "xr"})
"""Letters of a modality before a number: Optima CT540 is called Optima 540 too."""
