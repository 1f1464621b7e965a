"""When the support of an operating system ends, by what endoflife.date publishes.

The ledger's own day counts first. A release is told by its build (Windows), else by its number;
where several editions fit, it has ended only when all of them have.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sekisho.posture.knowledge.load import ages
from sekisho.posture.knowledge.tables import FACT
from sekisho.posture.tables import ASSET
from sekisho.storage import Database

_TOKEN = re.compile(r"\d+h\d|[a-z]+\d*|\d+(?:\.\d+)*")
_MAKERS = {"microsoft", "apple", "oracle", "gnu", "linux", "canonical"}
"""Words before a product's name that systems leave out."""
_APART = {"server", "embedded"}
"""Words that make another product of the same name."""
_FRESH = dt.timedelta(days=31)
_EDITIONS = {"enterprise": "e", "education": "e", "ltsc": "lts", "ltsb": "lts", "iot": "iot"}


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """When support ends.

    Attributes:
        product: As published.
        release: As published; of several the first.
        on: The last day, or None where only "ended" is published.
        ended: Whether it is over.
    """

    product: str
    release: str
    on: dt.date | None
    ended: bool


@dataclass(frozen=True, slots=True)
class _Release:
    name: str
    tokens: tuple[str, ...]
    edition: str
    build: str | None
    on: dt.date | None
    ended: bool


class Ends:
    """The published ends, to be asked by the text of an operating system."""

    def __init__(
        self, facts: Iterable[Mapping[str, Any]], today: dt.date, *, fresh: bool = True
    ) -> None:
        """Take `facts` of kind ``endoflife`` as they are kept; `fresh`: none is newer elsewhere."""
        self._fresh = fresh
        self._products: dict[tuple[str, ...], tuple[str, list[_Release]]] = {}
        releases: defaultdict[str, list[_Release]] = defaultdict(list)
        for fact in facts:
            releases[str(fact["product"])].append(_release(fact, today))
        for product, each in releases.items():
            words = tuple(word for word in _tokens(product) if word not in _MAKERS)
            if words:
                self._products[words] = (product, each)

    def of(self, text: str | None) -> End | None:
        """Return the end of the system that `text` names; None where it cannot be told."""
        tokens = _tokens(text or "")
        apart = _APART.intersection(tokens)
        known = [
            words for words in self._products if _within(words, tokens) and apart <= set(words)
        ]
        if not known:
            return None
        product, releases = self._products[max(known, key=len)]
        fit = _fitting(releases, tokens, fresh=self._fresh)
        if not fit or any(one.on is None and not one.ended for one in fit):
            return None
        days = [one.on for one in fit if one.on is not None]
        if not all(one.ended for one in fit) and len(set(days)) > 1:
            return None
        return End(
            product=product,
            release=fit[0].name,
            on=max(days, default=None),
            ended=all(one.ended for one in fit),
        )


def published_ends(
    database: Database, today: dt.date, *, asset: int | None = None
) -> dict[int, End]:
    """Return asset → when its system's support ends, of machines in use whose ledger says no day.

    Args:
        database: Of inventory and knowledge.
        today: The local day.
        asset: This one alone.
    """
    query = sa.select(ASSET.c.id, ASSET.c.os).where(
        ASSET.c.state == "in_use", ASSET.c.os.is_not(None), ASSET.c.eol.is_(None), ASSET.c.eos.is_(None)
    )  # fmt: skip
    if asset is not None:
        query = query.where(ASSET.c.id == asset)
    with database.read() as c:
        systems = c.execute(query).all()
        published = sa.select(FACT.c.data).where(FACT.c.kind == "endoflife")
        facts = list(c.execute(published).scalars()) if systems else []
    as_of = ages(database).get("endoflife")
    fresh = as_of is not None and today - as_of.date() <= _FRESH
    known = Ends(facts, today, fresh=fresh)
    each = {system: known.of(system) for system in {row.os for row in systems}}
    return {row.id: end for row in systems if (end := each[row.os]) is not None}


def _release(fact: Mapping[str, Any], today: dt.date) -> _Release:
    name = str(fact["release"] or "")
    head, _, edition = name.rpartition("-")
    if edition not in {"e", "w", "lts"}:
        head, edition = name, ""
    if head.endswith(("-e", "-iot")):
        head, _, more = head.rpartition("-")
        edition = f"{more}-{edition}"
    latest = str(fact.get("latest") or "")
    on = _day(fact.get("eol"))
    return _Release(
        name=name,
        tokens=tuple(_tokens(head)),
        edition=edition,
        build=latest if latest.count(".") >= 2 else None,
        on=on,
        ended=on < today if on is not None else bool(fact.get("ended")),
    )


def _fitting(releases: list[_Release], tokens: list[str], *, fresh: bool) -> list[_Release]:
    """Return the releases that `tokens` may mean: by build, else by the longest name within."""
    fit = [one for one in releases if one.build in tokens]
    shorter = [token[: at.start()] for token in tokens for at in re.finditer(r"\.", token)]
    for said in (tokens, [*tokens, *shorter]):  # 8.4 is of release 8 where there is no 8.4
        named = [one for one in releases if one.tokens and all(t in said for t in one.tokens)]
        longest = max((len(one.tokens) for one in named), default=0)
        fit = fit or [one for one in named if len(one.tokens) == longest]
    if not fit and fresh:  # "Windows 10" is any of them, and an old list lacks the newest
        fit = [one for one in releases if one.tokens[:1] and one.tokens[0] in tokens]
    told = {_EDITIONS[token] for token in tokens if token in _EDITIONS}
    wanted = "lts" if "lts" in told else "e" if "e" in told else "w"
    return [one for one in fit if one.edition.rpartition("-")[2] in {"", wanted}]


def _within(words: tuple[str, ...], tokens: list[str]) -> bool:
    size = len(words)
    return any(tuple(tokens[at : at + size]) == words for at in range(len(tokens) - size + 1))


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(unicodedata.normalize("NFKC", text).casefold())


def _day(value: Any) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        return None
