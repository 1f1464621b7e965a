"""A product's name in an advisory, taken apart: which words and numbers a device must bear.

``PageWriter TC10 TC20 TC30`` needs *pagewriter* and one of the numbers; ``MX400-550`` any
number between; ``Innova IGS 5x0`` a digit for the x; ``LOGIQ, not including LOGIQ 100 Pro``
all but one; ``Point of Care handheld`` alone names nothing.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files

from sekisho.posture.names.text import fold, tokens

_EXCEPT = re.compile(
    r",?\s*\b(?:not including|excluding|except(?: for)?|other than|without)\b\s*(.+)$|を除く.*$"
)
_BRACKETS = re.compile(r"\(([^()]*)\)?")
_WITH = re.compile(
    r"\s(?:w/|with|running|that|which)\s.*$|\swindows\s+[\w.]+.*$|\s(?:used in|integrated as|enabled with)\s.*$"
)
_SPAN = re.compile(r"^([a-z]{1,4})(\d+)-(?:\1)?(\d+)$")
_WILD = re.compile(r"^[a-z]*\d+x\d*$|^[a-z]*\d*x\d+$")
_VERSION = re.compile(r"(?<![\w.])(\d{1,2}\.(?:\d+|x)(?:\.(?:\d+|x))*)(?![\w.]|\s*t\b)")
_ORDER = re.compile(r"^\d{6,}$")
_DIGITS = re.compile(r"\d")
_ROMAN = frozenset({"i", "ii", "iii", "iv", "v", "vi"})


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a device's name must hold to be this product.

    Attributes:
        words: Every one must be there.
        models: Of every group one must be there.
        kinds: Words of kind (monitor, pump): needed only where the rest is weak.
        orders: Order numbers; one of them alone decides.
        versions: Versions that stand in the name (``Xeleris 3.1``).
        excluded: Names that are taken out.
        collective: Whether the whole family is meant.
        condition: What stands after "with": it is not known of the device.
        aliases: Abbreviations in brackets.
        runs: Neighbouring words with letters and digits written as one (``crir357``): a device
            whose whole model is one of them is this product.
    """

    words: tuple[str, ...] = ()
    models: tuple[tuple[str, ...], ...] = ()
    kinds: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    excluded: tuple[Pattern, ...] = ()
    collective: bool = False
    condition: str | None = None
    aliases: tuple[str, ...] = ()
    runs: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def telling(self) -> frozenset[str]:
        """The kinds that tell something: every device is a system."""
        return frozenset(self.kinds) - vocabulary().soft

    @property
    def strength(self) -> float:
        """How much the required words tell: below 0.9 the kinds are needed too."""
        return sum(_weight(word) for word in self.words) + sum(
            max(_weight(one) for one in group) for group in self.models
        )


@lru_cache(maxsize=1 << 15)
def _weight(word: str) -> float:
    if word in _ROMAN or len(word) == 1:
        return 0.2
    if word.isdigit():
        return 0.6 if len(word) >= 3 else 0.3
    if _DIGITS.search(word):
        return 1.0 if len(word) >= 4 else 0.6
    if not word.isascii():
        return 1.0 if len(word) >= 3 else 0.6
    return 1.0 if len(word) >= 5 else 0.7 if len(word) >= 3 else 0.4


@dataclass(frozen=True, slots=True)
class _Words:
    kinds: dict[str, str]
    collective: frozenset[str]
    empty: frozenset[str]
    noise: frozenset[str]
    soft: frozenset[str]


@cache
def vocabulary() -> _Words:
    """Return the words of kind and the empty words."""
    text = files("sekisho.posture.names").joinpath("data/words.toml").read_text(encoding="utf-8")
    tree = tomllib.loads(text)
    kinds = {fold(word): group[0] for group in tree["kinds"] for word in group}
    return _Words(
        kinds,
        frozenset(tree["collective"]),
        frozenset(tree["empty"]),
        frozenset(tree["noise"]),
        frozenset(tree["soft"]),
    )


@lru_cache(maxsize=1 << 16)
def patterns(name: str, makers: frozenset[str] = frozenset()) -> tuple[Pattern, ...]:
    """Return the ways in which the product `name` of an advisory may be met; none where it names nothing.

    Args:
        name: As the advisory has it.
        makers: Names that are the maker's, not the product's (``welch allyn``).
    """
    text = fold(name)
    for phrase in sorted(makers, key=len, reverse=True):
        shorter = re.sub(rf"(?<![a-z0-9]){re.escape(phrase)}(?![a-z0-9])", " ", text)
        if shorter != text and any(
            w not in vocabulary().empty and w not in vocabulary().kinds for w in tokens(shorter)
        ):
            text = shorter
    excluded: tuple[Pattern, ...] = ()
    cut = _EXCEPT.search(text)
    if cut is not None:
        text = text[: cut.start()]
        excluded = tuple(
            pattern
            for part in re.split(r",|\band\b", cut[1] or "")
            for pattern in patterns(re.sub(r"\br\d+-\d+\b|product line", "", part), makers)
        )
    made: list[Pattern] = []
    for part in _parts(text):
        one = _one(part, excluded, collective=bool(cut))
        if one is not None:
            made.append(one)
    return tuple(made)


def _parts(text: str) -> list[str]:
    """Split ``A and B`` and ``A - B``, and a name in which a word comes twice."""
    outside = _BRACKETS.sub(lambda found: found[0].replace(" and ", " ").replace(",", " "), text)
    parts = re.split(r"\s+and\s+|;\s*|,\s+(?=[a-z]{4,})", outside)
    parts = [part for part in parts if part.strip()]
    # "554CM and 754CM models": numbers alone belong to the name before.
    joined: list[str] = []
    for part in parts:
        words = [
            w for w in tokens(part) if w not in vocabulary().empty and w not in vocabulary().kinds
        ]
        if joined and all(_DIGITS.search(w) for w in words):
            joined[-1] += " " + part.replace(" ", "/")
        else:
            joined.append(part)
    more: list[str] = []
    for part in joined:
        head, dash, tail = part.rpartition(" - ")
        if dash and any(
            len(w) >= 5 and not _DIGITS.search(w) and w not in vocabulary().kinds
            for w in tokens(tail)
        ):
            more.append(tail)
        words = tokens(part)
        again = next(
            (w for w in words if len(w) >= 4 and not _DIGITS.search(w) and words.count(w) > 1), None
        )
        if again is not None:
            more.append(part[part.rindex(again) :])
        more.append(f"{head} {tail}" if dash else part)
    return more


def _one(text: str, excluded: tuple[Pattern, ...], *, collective: bool) -> Pattern | None:
    known = vocabulary()
    inside = [found[1] for found in _BRACKETS.finditer(text)]
    outside = _BRACKETS.sub(" ", text)
    condition = _WITH.search(outside)
    if condition is not None:
        outside = outside[: condition.start()]
    versions = tuple(_VERSION.findall(outside))
    outside = _VERSION.sub(" ", outside)
    words: list[str] = []
    models: list[tuple[str, ...]] = []
    kinds: list[str] = []
    orders: list[str] = []
    run: list[str] = []
    for raw in re.split(r"[\s,]+", outside):
        group = _group(raw)
        if not group:
            continue
        if len(group) == 1 and _SPAN.match(group[0]):
            models.append(group)
            continue
        if (
            len(group) == 1
            and _DIGITS.search(group[0])
            and not _ORDER.match(group[0])
            and group[0].isalnum()
        ):
            # Numbers of one shape in a row (TC10 TC20 TC30) are a choice.
            if run and _shape(run[-1]) == _shape(group[0]) and not group[0].isdigit():
                run.append(group[0])
                models[-1] = tuple(run)
            else:
                run = [group[0]]
                models.append(tuple(run))
            continue
        run = []
        if len(group) == 1 and _ORDER.match(group[0]):
            orders.append(group[0])
        elif len(group) > 1 and (all(map(_DIGITS.search, group)) or _choice(group, known)):
            models.append(group)
        else:
            for word in group:
                if word in known.kinds:
                    kinds.append(known.kinds[word])
                elif word not in known.empty and word not in known.noise:
                    words.append(word)
    collective = collective or any(w in known.collective for w in tokens(outside))
    aliases: list[str] = []
    for one in inside:
        _bracket(one, words, models, orders, aliases)
    if any(any(_DIGITS.search(m) for m in group) for group in models):
        # "MP monitors MX800/700": the numbers say more than the letters of the series.
        words = [w for w in words if len(w) > 2 or w in _ROMAN or not w.isascii()] or words
    if not words and not models and not kinds and not orders:
        return None
    return Pattern(
        tuple(dict.fromkeys(words)),
        tuple(models),
        tuple(dict.fromkeys(kinds)),
        tuple(orders),
        versions,
        excluded,
        collective,
        condition[0].strip() if condition else None,
        tuple(aliases),
        _runs(outside),
    )


def _runs(text: str) -> frozenset[str]:
    words = tokens(text)[:16]
    made = {
        "".join(words[start:end])
        for start in range(len(words))
        for end in range(start + 1, min(start + 5, len(words)) + 1)
    }
    return frozenset(
        one for one in made if len(one) >= 6 and _DIGITS.search(one) and re.search("[a-z]", one)
    )


def _choice(group: tuple[str, ...], known: _Words) -> bool:
    """Return whether ``epiq/affiniti`` are names to choose from, not kinds."""
    return all(len(w) >= 3 and w not in known.kinds and w not in known.empty for w in group)


def _shape(word: str) -> str:
    return re.sub(r"\d+", "#", word)


def _group(raw: str) -> tuple[str, ...]:
    """Return the words of one piece; ``MX800/700/600`` and ``522/722`` are a choice."""
    piece = raw.strip(' .:*"“”')
    if "/" in piece:
        parts = [p for p in (re.sub(r"[^\w.+-]", "", q) for q in piece.split("/")) if p]
        head = re.match(r"^([a-z]+)\d", parts[0]) if parts else None
        if head is not None:
            parts = [head[1] + p if p.isdigit() else p for p in parts]
        if len(parts) > 1 and all(_DIGITS.search(p) for p in parts):
            return tuple(re.sub(r"[^\w+]", "", p) for p in parts)
        return tuple(t for p in parts for t in tokens(p))
    span = _SPAN.match(piece)
    if span is not None:
        return (piece,)
    two = re.match(r"^([a-z]+)(\d+)-([a-z]+)(\d+)$", piece)
    if two is not None and two[1] == two[3]:
        return (f"{two[1]}{two[2]}-{two[4]}",)
    if "-" in piece and re.match(r"^[\w+-]+$", piece):
        parts = [p for p in piece.split("-") if p]
        if (
            len(parts) == 2
            and not _DIGITS.search(piece)
            and min(map(len, parts)) >= 2
            and piece.isascii()
        ):
            return ("".join(parts),) if len("".join(parts)) >= 5 else tuple(parts)
        if len(parts) > 1 and all(_DIGITS.search(p) for p in parts[1:]) and len(parts[0]) > 3:
            return tuple(t for p in parts for t in tokens(p))
        if len(parts) > 1 and _DIGITS.search(piece):
            return ("".join(parts),)
    return tuple(tokens(piece))


def _bracket(
    inside: str,
    words: list[str],
    models: list[tuple[str, ...]],
    orders: list[str],
    aliases: list[str],
) -> None:
    """Take what a bracket says: a list of members, order numbers, an abbreviation; else nothing."""
    including = inside.startswith("includ")
    found = [
        g for raw in re.split(r"[\s,]+", re.sub(r"^including\s*", "", inside)) for g in _group(raw)
    ]
    numbers = tuple(g for g in found if _DIGITS.search(g) and len(g) >= 2)
    if including and numbers:
        family = tuple(f"{w}#" for w in words if len(w) <= 3)
        models.append(numbers + family)
        words[:] = [w for w in words if len(w) > 3]
    elif len(found) == 1 and _SPAN.match(found[0]):
        models.append((found[0],))
        words[:] = [w for w in words if not found[0].startswith(w)]
    elif numbers and len(numbers) == len(found):
        orders.extend(n for n in numbers if len(n) >= 4)
    elif len(found) == 1 and found[0].isalnum() and len(found[0]) >= 2:
        aliases.append(found[0])


@lru_cache(maxsize=1 << 15)
def span(model: str) -> tuple[str, int, int] | None:
    """Return letters, lowest and highest number of ``mx400-550``; None where it is no span."""
    found = _SPAN.match(model)
    if found is None:
        return None
    low, high = int(found[2]), int(found[3])
    return (found[1], low, high) if low < high else None


@lru_cache(maxsize=1 << 15)
def wild(model: str) -> bool:
    """Return whether an x in `model` stands for a digit (``5x0``)."""
    return _WILD.match(model) is not None
