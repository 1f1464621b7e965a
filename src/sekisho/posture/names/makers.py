"""Which maker a text names, in whatever language and spelling; one key for one maker.

The names stand in ``data/makers.toml`` (dated); what a person answered once is given in
addition by the caller. Where a name is unknown, it is compared by itself.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files

from rapidfuzz import fuzz, process

from sekisho.posture.names.kana import alike
from sekisho.posture.names.text import KANA, compact, company, fold

_LATIN = re.compile(r"^[a-z0-9 .&+-]+$")
_PARTS = re.compile(r"[/→⇒,、;()（）\[\]|]|\band\b|\s-\s")
_NEAR = 84


class Makers:
    """The names of makers, as the data file and a person's answers give them.

    Attributes:
        answers: What a person said: text as written in the ledger → key of a maker.
    """

    def __init__(self, answers: Mapping[str, str] | None = None) -> None:
        names, owners = _data()
        self._exact: dict[str, str] = dict(names)
        self._owner = owners
        self.answers = {compact(company(text)): key for text, key in (answers or {}).items()}
        self._inside = sorted((one for one in names if len(one) >= 3), key=len, reverse=True)
        self._latin = [one for one in names if one.isascii() and len(one) >= 4]
        self._kana = [one for one in names if not one.isascii() and len(one) >= 4]
        self._cache: dict[str, dict[str, float]] = {}
        self._mentions: dict[str, dict[str, float]] = {}
        self._others: Sequence[str] | None = None
        self._grouped: dict[str, list[str]] = {}

    def named(self, text: str | None) -> dict[str, float]:
        """Return the makers that `text` names, each with how sure it is; an unknown name is its own key."""
        if not text or not text.strip():
            return {}
        found = self._cache.get(text)
        if found is None:
            found = self._cache[text] = self._named(text)
        return found

    def known_as(self, name: str) -> str:
        """Return the key that advisories give the maker they call `name`, by that name alone."""
        small = compact(company(name))
        return self._exact.get(small) or "?" + small

    def _named(self, text: str) -> dict[str, float]:
        whole = self._one(text)
        if whole is not None and whole[1] == 1.0:
            return {whole[0]: 1.0}
        found: dict[str, float] = {}
        for part in _PARTS.split(fold(text)):
            if not compact(part):
                continue
            one = self._one(part)
            if one is not None:
                found[one[0]] = max(found.get(one[0], 0.0), one[1])
            elif len(compact(company(part))) >= 4:
                found["?" + compact(company(part))] = 0.9
        if whole is not None and not any(key[0] != "?" for key in found):
            found = {whole[0]: whole[1]}
        return found or {"?" + compact(company(text)): 0.9}

    def _one(self, text: str) -> tuple[str, float] | None:
        name = company(text)
        small = compact(name)
        if not small:
            return None
        key = self.answers.get(small) or self._exact.get(small)
        if key is not None:
            return key, 1.0
        spaced = f" {name} "
        for one in self._inside:
            if one in small and (not one.isascii() or _bounded(one, spaced)):
                return self._exact[one], 0.97
        if small.isascii():
            if len(small) >= 5:
                near = process.extractOne(small, self._latin, scorer=fuzz.ratio, score_cutoff=_NEAR)
                if near is not None:
                    return self._exact[near[0]], 0.88
        elif len(small) >= 3:
            near = process.extractOne(small, self._kana, scorer=fuzz.ratio, score_cutoff=_NEAR)
            if near is not None:
                return self._exact[near[0]], 0.88
            if KANA.match(small) and len(small) >= 4:
                for one in self._latin:
                    if alike(small, one) >= 0.95 and abs(len(one) - len(small)) < 6:
                        return self._exact[one], 0.85
        return None

    def mentioned(self, text: str) -> dict[str, float]:
        """Return the makers whose names stand in `text` among other words."""
        found = self._mentions.get(text)
        if found is None:
            spaced, small = f" {fold(text)} ", compact(text)
            found = {}
            for one in self._inside:
                if len(one) >= 4 and one in small and (not one.isascii() or _bounded(one, spaced)):
                    found.setdefault(self._exact[one], 0.95)
            self._mentions[text] = found
        return found

    def phrases(self, keys: Iterable[str]) -> frozenset[str]:
        """Return the Latin names of the makers `keys`, folded: they are no part of a product's name."""
        return frozenset(name for key in keys for name in _phrases().get(key, ()))

    def names_of(self, key: str) -> tuple[str, ...]:
        """Return the names of a maker, compact."""
        return tuple(name for name, one in self._exact.items() if one == key)

    def family(self, key: str) -> frozenset[str]:
        """Return `key`, what it is part of, and what is part of it."""
        return _family(key)

    def like(self, key: str, others: Sequence[str]) -> frozenset[str]:
        """Return which of the unknown makers `others` may be the unknown maker `key`, misspelt or in katakana."""
        own = key.lstrip("?")
        if len(own) < 4:
            return frozenset(one for one in others if one == key)
        if self._others is not others:
            self._others, self._grouped = others, {}
            for one in others:
                self._grouped.setdefault(_numbers(one), []).append(one.lstrip("?"))
        same = self._grouped.get(_numbers(own), [])
        near = process.extract(own, same, scorer=fuzz.ratio, score_cutoff=_NEAR, limit=None)
        found = {"?" + name for name, _, _ in near}
        plain = own.isascii()
        found.update(
            "?" + name
            for name in same
            if (name in own or own in name or name.isascii() is not plain)
            and len(name) >= 4
            and _unknown(key, "?" + name) > 0
        )
        return frozenset(found)

    def same(self, one: Mapping[str, float], other: Mapping[str, float]) -> float:
        """Return how surely two sets of makers have one in common: 0 where they have not."""
        best = 0.0
        for a, sure in one.items():
            for b, other_sure in other.items():
                if a == b:
                    best = max(best, min(sure, other_sure))
                elif b in _family(a):
                    best = max(best, 0.93 * min(sure, other_sure))
                elif a[0] == "?" or b[0] == "?":
                    best = max(best, _unknown(a, b))
        return best


def _numbers(name: str) -> str:
    """Return the digits of a name: two that differ in them are never one misspelt."""
    return re.sub(r"\D", "", name)


def _unknown(one: str, other: str) -> float:
    a, b = one.lstrip("?"), other.lstrip("?")
    if _numbers(a) != _numbers(b):
        return 0.0
    if min(len(a), len(b)) < 4 or (one[0] != "?" or other[0] != "?"):
        return 0.0
    if a.isascii() == b.isascii():
        return (
            0.85
            if fuzz.ratio(a, b) >= _NEAR or (min(len(a), len(b)) >= 6 and (a in b or b in a))
            else 0.0
        )
    kana, latin = (a, b) if not a.isascii() else (b, a)
    return 0.8 if KANA.match(kana) and alike(kana, latin) >= 0.9 else 0.0


def _bounded(name: str, spaced: str) -> bool:
    """Return whether the compact `name` stands in `spaced` as whole words."""
    pattern = r"[^a-z0-9]*".join(map(re.escape, name))
    return re.search(rf"(?<![a-z0-9]){pattern}(?![a-z0-9])", spaced) is not None


@cache
def _data() -> tuple[Mapping[str, str], Mapping[str, str]]:
    text = files("sekisho.posture.names").joinpath("data/makers.toml").read_text(encoding="utf-8")
    tree = tomllib.loads(text)
    names: dict[str, str] = {}
    for key, given in tree["maker"].items():
        for name in given:
            for one in (compact(company(name)), compact(name)):
                names.setdefault(one, key)
    owners = {key: owner for key, (owner, _since) in tree["part_of"].items()}
    return names, owners


@cache
def _phrases() -> Mapping[str, frozenset[str]]:
    text = files("sekisho.posture.names").joinpath("data/makers.toml").read_text(encoding="utf-8")
    tree = tomllib.loads(text)["maker"]
    return {
        key: frozenset(fold(name) for name in given if name.isascii())
        for key, given in tree.items()
    }


@lru_cache(maxsize=4096)
def _family(key: str) -> frozenset[str]:
    owners = _data()[1]
    found = {key}
    up = owners.get(key)
    while up is not None and up not in found:
        found.add(up)
        up = owners.get(up)
    rising = [key]
    while rising:
        one = rising.pop()
        below = [part for part, owner in owners.items() if owner == one and part not in found]
        found.update(below)
        rising.extend(below)
    return frozenset(found)
