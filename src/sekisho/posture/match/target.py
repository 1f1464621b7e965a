"""One statement of an advisory made ready to be compared: patterns of the name, ranges, conditions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sekisho.posture.knowledge.records import Said
from sekisho.posture.names.pattern import Pattern, patterns, vocabulary
from sekisho.posture.names.text import fold, tokens
from sekisho.posture.versions import Range, read

_TITLE = re.compile(r"^icsm?a-\d\d-\d\d\d-\d\d\w?_|\((?:update|revision)[^)]*\)", re.IGNORECASE)
_MODELS = re.compile(r"^(?=[\w -]*\d)[A-Z0-9][\w-]*(?: [A-Z]\d)?$")
_CONDITION_MODEL = re.compile(r"\bmodels?\s+([\w-]*\d[\w-]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A statement, ready.

    Attributes:
        advisory: Its place in the list of advisories.
        makers: Keys of the makers that it names, each with how sure.
        patterns: Any of them names the product.
        ranges: Any of them is meant; empty where nothing is said of versions.
        models: Models of which one must be the device's; empty where any is.
        condition: What else must hold and no ledger says, or None.
        unread: What could not be understood of the versions.
        said: What is said.
        fixed: Version that mends it, or None.
        cves: Vulnerabilities.
        remedy: What to do, or None.
    """

    advisory: int
    makers: Mapping[str, float]
    patterns: tuple[Pattern, ...]
    ranges: tuple[Range, ...]
    models: tuple[str, ...]
    condition: str | None
    unread: str
    said: Said
    fixed: str | None
    cves: tuple[str, ...]
    remedy: str | None


def name_patterns(
    product: str, title: str, phrases: frozenset[str], *, alone: bool
) -> tuple[Pattern, ...]:
    """Return the patterns of a product's name; where it names nothing by itself, the title's.

    Args:
        product: As the statement has it.
        title: The advisory's.
        phrases: The maker's own names.
        alone: Whether the advisory is about this product only: then its title may say more.
    """
    made = patterns(product, phrases)
    weak = not made or all(_weak(one) for one in made)
    if not weak and not alone:
        return made
    headline = patterns(_headline(title, phrases))
    if weak and headline and not all(_weak(one) for one in headline):
        return tuple(replace(one, condition=None) for one in headline if not _weak(one))
    if alone and len(made) == 1 and not made[0].models:
        for one in headline:
            if one.models and set(made[0].words) <= set(one.words):
                return (one,)
    return made


def _weak(pattern: Pattern) -> bool:
    if pattern.orders or len(pattern.telling) >= 2:
        return False
    return pattern.strength < 0.6 and not (pattern.kinds and pattern.models)


def _headline(title: str, phrases: frozenset[str]) -> str:
    text = fold(_TITLE.sub(" ", title))
    for phrase in sorted(phrases, key=len, reverse=True):
        text = re.sub(rf"(?<![a-z0-9]){re.escape(phrase)}s?(?![a-z0-9])", " ", text)
    return " ".join(w for w in text.split() if w.strip("s,.") not in vocabulary().noise)


def target(
    *,
    advisory: int,
    title: str,
    makers: Mapping[str, float],
    phrases: frozenset[str],
    product: str,
    versions: str,
    said: Said,
    alone: bool,
    fixed: str | None = None,
    cves: Sequence[str] = (),
    remedy: str | None = None,
    platform: str | None = None,
) -> Target:
    """Return a statement made ready."""
    reading = read(versions)
    named = name_patterns(product, title, phrases, alone=alone)
    ranges, condition = reading.ranges, reading.condition or platform
    models: list[str] = []
    other: list[str] = []
    for name in reading.names:
        (models if _MODELS.match(name) else other).append(name)
    if other:
        # The field of the version holds names: 「Accu-Chek Inform II」, 「882410 Gemini GXL 16 Slice」.
        inner = [one for name in other for one in patterns(name, phrases) if not _weak(one)]
        if inner:
            named, ranges = tuple(inner), (*ranges, Range())
        else:
            condition = condition or "; ".join(other)
    if models and all(r.low in models for r in ranges):
        ranges = (Range(),)
    found = _CONDITION_MODEL.search(condition or "")
    if found is not None:
        models, condition = [found[1]], None
    if len(ranges) == 1 and ranges[0].everything:
        inside = [version for one in named for version in one.versions]
        if inside:
            ranges = tuple(Range.exactly(version) for version in inside)
    return Target(
        advisory=advisory,
        makers=makers,
        patterns=named,
        ranges=ranges,
        models=tuple(models),
        condition=condition,
        unread=reading.unread,
        said=said,
        fixed=fixed,
        cves=tuple(cves),
        remedy=remedy,
    )


def brands(products: Sequence[tuple[str, frozenset[str]]]) -> frozenset[str]:
    """Return words that a maker uses for three products or more: alone they name none of them."""
    beside: dict[str, set[str]] = {}
    for product, phrases in products:
        for pattern in patterns(product, phrases):
            for word in pattern.words:
                others = [w for w in pattern.words if w != word]
                numbers = [m for group in pattern.models for m in group if re.search("[a-z]", m)]
                told = " ".join([*others, *numbers])
                if told:
                    beside.setdefault(word, set()).add(told)
    return frozenset(word for word, told in beside.items() if len(told) >= 3)


def words_of(text: str) -> frozenset[str]:
    """Return the words of a text, for an index."""
    return frozenset(tokens(text))
