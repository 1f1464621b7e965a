"""The matcher: components against everything that is known, by package URL and by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sekisho.posture.component import Component
from sekisho.posture.knowledge.keep import bare_purl
from sekisho.posture.knowledge.records import Advisory, Statement
from sekisho.posture.match.judge import Status, Verdict, judge
from sekisho.posture.match.package import judge_package, purls_of
from sekisho.posture.match.target import Target, brands, target
from sekisho.posture.names.makers import Makers
from sekisho.posture.names.text import tokens

_ORDER = {Status.AFFECTED: 2, Status.UNKNOWN: 1, Status.NOT_AFFECTED: 0}
_LEAST = 0.45


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One component and one advisory that concerns it, with the verdict."""

    component: Component
    advisory: Advisory
    verdict: Verdict


class Matcher:
    """Everything that is known, indexed by maker and by the words of products."""

    def __init__(self, advisories: Sequence[Advisory], makers: Makers | None = None) -> None:
        self.advisories = advisories
        self.makers = makers or Makers()
        self._targets: dict[str, list[Target]] = defaultdict(list)
        self._brands: dict[str, frozenset[str]] = {}
        self._unnamed: dict[str, list[Target]] = defaultdict(list)
        self._known: dict[str, list[Target]] = defaultdict(list)
        self._purls: dict[str, list[tuple[int, Statement]]] = defaultdict(list)
        products: dict[str, set[tuple[str, frozenset[str]]]] = defaultdict(set)
        for place, advisory in enumerate(advisories):
            if advisory.withdrawn:
                continue
            alone = (
                advisory.single
                if advisory.single is not None
                else len({s.product for s in advisory.statements}) == 1
            )
            for one in advisory.statements:
                if one.purl is not None and one.events is not None:
                    self._purls[bare_purl(one.purl)].append((place, one))
                    continue
                keys = (
                    self.makers.named(one.maker)
                    if one.maker
                    else self.makers.mentioned(advisory.title)
                )
                spoken = {k: v for k, v in keys.items() if k[0] != "?"} or keys
                phrases = self.makers.phrases(
                    {
                        other
                        for key in (*spoken, *self.makers.mentioned(one.product))
                        for other in self.makers.family(key)
                    }
                )
                made = target(
                    advisory=place, title=advisory.title, makers=keys, phrases=phrases,
                    product=one.product, versions=one.versions, said=one.said, alone=alone,
                    fixed=one.fixed, cves=one.cves, remedy=one.remedy, platform=one.platform,
                )  # fmt: skip
                for key in keys:
                    self._targets[key].append(made)
                    products[key].add((one.product, phrases))
                for pattern in made.patterns:
                    for word in pattern.words[:1]:
                        self._unnamed[word].append(made)
                        if all(key[0] != "?" for key in keys):
                            self._known[word].append(made)
        self._strange = [key for key in self._targets if key[0] == "?"]
        self._like: dict[str, frozenset[str]] = {}
        for key, named in products.items():
            self._brands[key] = brands(sorted(named, key=lambda one: one[0]))

    def hits(self, components: Iterable[Component]) -> Iterator[Hit]:
        """Give every component and advisory that concern each other, best answer of each pair."""
        for component in components:
            best: dict[int, Verdict] = {}
            for key in purls_of(component):
                for place, statement in self._purls.get(key, ()):
                    verdict = judge_package(component, statement)
                    if verdict is not None and (
                        place not in best or _stronger(verdict, best[place])
                    ):
                        best[place] = verdict
            for one, sure in self._candidates(component):
                key = next((k for k in one.makers), "")
                verdict = judge(component, one, sure, self._brands.get(key, frozenset()))
                if verdict is None or verdict.confidence < _LEAST:
                    continue
                before = best.get(one.advisory)
                if before is None or _stronger(verdict, before):
                    best[one.advisory] = verdict
            for place, verdict in best.items():
                yield Hit(component=component, advisory=self.advisories[place], verdict=verdict)

    def _candidates(self, component: Component) -> Iterator[tuple[Target, float]]:
        named = dict(self.makers.named(component.maker))
        for key, sure in self.makers.mentioned(
            f"{component.product} {component.model or ''}"
        ).items():
            named.setdefault(key, 0.9 * sure)
        seen: set[int] = set()
        for key in self._keys(named):
            for one in self._targets[key]:
                if id(one) not in seen:
                    seen.add(id(one))
                    sure = self.makers.same(named, one.makers)
                    if sure > 0:
                        yield one, sure
        if not any(key[0] != "?" for key in named):
            # A name nobody knows is not the maker of something that another unknown makes.
            index = self._known if named else self._unnamed
            for word in set(tokens(f"{component.product} {component.model or ''}")):
                for one in index.get(word, ()):
                    if id(one) not in seen and max(p.strength for p in one.patterns) >= 1.6:
                        seen.add(id(one))
                        yield one, 0.65

    def _keys(self, named: Mapping[str, float]) -> list[str]:
        keys: set[str] = set()
        for key in named:
            if key[0] != "?":
                keys |= self.makers.family(key)
                continue
            like = self._like.get(key)
            if like is None:
                like = self._like[key] = self.makers.like(key, self._strange)
            keys |= like
        return [key for key in keys if key in self._targets]


_SAID_SO = frozenset({"posture.why.not_affected", "posture.why.fixed"})


def _stronger(one: Verdict, before: Verdict) -> bool:
    """Return whether `one` is the answer where both are given.

    An advisory that says of this very version that it is mended means it, whatever "7.0.6 and
    above" of an older branch says.
    """
    if one.message in _SAID_SO and before.status is Status.AFFECTED and before.open:
        return True
    if before.message in _SAID_SO and one.status is Status.AFFECTED and one.open:
        return False
    return _rank(one) > _rank(before)


def _rank(verdict: Verdict) -> tuple[int, float]:
    return _ORDER[verdict.status], verdict.confidence
