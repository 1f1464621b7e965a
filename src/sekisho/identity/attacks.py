"""Credential stuffing and password spray, found in the tries that failed.

What looks like an attack is data (`attacks.toml`). A try is kept as the hash of what was
typed and the network it came from, forgotten when that account is then signed in to from
there, and used up by the ban it led to. A network from which at least as many accounts got
in as failed is a ward behind one address, not an attacker, and is spared.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sekisho.identity.addresses import networks_of
from sekisho.identity.limits import Subject
from sekisho.identity.records import Attack
from sekisho.identity.tables import TRY
from sekisho.storage import Database
from sekisho.terms import Clock

FILE = Path(__file__).with_name("attacks.toml")
MOST = 200_000
"""Tries that are kept; the oldest go first, so that nobody fills the disk."""
_COLUMNS = {"accounts": TRY.c.account, "addresses": TRY.c.network}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What looks like an attack.

    Attributes:
        of: In the tries of one ``address``, ``network`` or ``account``, or of ``everything``.
        counts: How many different ``accounts`` or ``addresses`` are counted.
        window: In so long.
        least: So many are an attack.
        addresses: From at least so many addresses.
        most_each: With no more tries for each account on average; None: with any number.
        why: Why it is one, by language.
    """

    id: str
    of: str
    counts: str
    window: dt.timedelta
    least: int
    addresses: int
    most_each: float | None
    why: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules, and how long a ban lasts."""

    rules: tuple[Rule, ...]
    first: dt.timedelta
    growth: int
    longest: dt.timedelta
    remember: dt.timedelta

    def length(self, before: int) -> dt.timedelta:
        """Return how long a ban lasts after `before` others of the same network."""
        times: int = self.growth ** min(before, 30)
        return min(self.first * times, self.longest)

    def stricter(self, least: Sequence[tuple[str, int]]) -> Rules:
        """Return them with the institution's own numbers, by rule; never laxer."""
        own = dict(least)
        return replace(
            self,
            rules=tuple(
                replace(rule, least=min(rule.least, own.get(rule.id, rule.least)))
                for rule in self.rules
            ),
        )


def read_rules(tree: Mapping[str, Any]) -> tuple[Rule, ...]:
    """Return the rules of a file like `attacks.toml`, in its order."""
    return tuple(
        Rule(
            id=one["id"],
            of=one["of"],
            counts=one["counts"],
            window=dt.timedelta(minutes=one["minutes"]),
            least=one["least"],
            addresses=one.get("addresses", 1),
            most_each=one.get("most_each"),
            why=one["why"],
        )
        for one in tree["rule"]
    )


@cache
def rules() -> Rules:
    """Return what Sekisho brings along."""
    tree = tomllib.loads(FILE.read_text(encoding="utf-8"))
    ban = tree["ban"]
    return Rules(
        rules=read_rules(tree),
        first=dt.timedelta(minutes=ban["first_minutes"]),
        growth=ban["growth"],
        longest=dt.timedelta(hours=ban["longest_hours"]),
        remember=dt.timedelta(days=ban["remember_days"]),
    )


def failed(
    database: Database,
    clock: Clock,
    account: Subject,
    address: str | None,
    known: Rules | None = None,
) -> list[Attack]:
    """Keep one failed try and return the attacks that it makes visible, each network once."""
    networks = networks_of(address)
    if networks is None:
        return []
    known = known or rules()
    now = clock.now()
    near, wide = networks
    found: dict[str, Attack] = {}
    with database.write() as c:
        number = _keep(c, account, near=near, wide=wide, passed=False, now=now)
        c.execute(sa.delete(TRY).where(TRY.c.id <= number - MOST))
        longest = max(rule.window for rule in known.rules)
        c.execute(sa.delete(TRY).where(TRY.c.at < now - longest))
        for rule in known.rules:
            for attack in _look(c, rule, now, near=near, wide=wide, account=account.key):
                found.setdefault(attack.network, attack)
    return list(found.values())


def succeeded(database: Database, clock: Clock, account: Subject, address: str | None) -> int:
    """Keep that an account was signed in to, and forget its failures from there.

    Returns how many failures were forgotten: mistakes that were mended.
    """
    networks = networks_of(address)
    if networks is None:
        return 0
    near, wide = networks
    here = (TRY.c.account == account.key, TRY.c.network == near)
    with database.write() as c:
        mended = c.execute(sa.delete(TRY).where(*here, TRY.c.passed.is_(False))).rowcount
        c.execute(sa.delete(TRY).where(*here))
        _keep(c, account, near=near, wide=wide, passed=True, now=clock.now())
    return mended


def _keep(
    c: sa.Connection, account: Subject, *, near: str, wide: str, passed: bool, now: dt.datetime
) -> int:
    values = {"account": account.key, "network": near, "wide": wide, "passed": passed, "at": now}
    key = c.execute(sa.insert(TRY).values(**values)).inserted_primary_key
    assert key is not None, "an autoincrement key"
    return int(key[0])


def _look(
    c: sa.Connection, rule: Rule, now: dt.datetime, *, near: str, wide: str, account: str
) -> list[Attack]:
    recent = TRY.c.at > now - rule.window
    of: dict[str, list[sa.ColumnElement[bool]]] = {
        "address": [TRY.c.network == near],
        "network": [TRY.c.wide == wide],
        "account": [TRY.c.account == account],
        "everything": [],
    }
    wrong = [recent, TRY.c.passed.is_(False), *of[rule.of]]
    count, addresses, accounts, tries = c.execute(
        sa.select(
            sa.func.count(sa.distinct(_COLUMNS[rule.counts])),
            sa.func.count(sa.distinct(TRY.c.network)),
            sa.func.count(sa.distinct(TRY.c.account)),
            sa.func.count(),
        ).where(*wrong)
    ).one()
    if count < rule.least or addresses < rule.addresses:
        return []
    if rule.most_each is not None and tries > rule.most_each * accounts:
        return []
    where = TRY.c.wide if rule.of == "network" else TRY.c.network
    taking_part = set(c.scalars(sa.select(where).where(*wrong).distinct()))
    return [
        Attack(rule=rule.id, network=one, count=count)
        for one in sorted(taking_part - _wards(c, where, recent))
    ]


def _wards(
    c: sa.Connection, where: sa.ColumnElement[Any], recent: sa.ColumnElement[bool]
) -> set[str]:
    """Return the networks from which at least as many accounts got in as failed."""
    got_in = sa.func.count(sa.distinct(sa.case((TRY.c.passed, TRY.c.account))))
    failed = sa.func.count(sa.distinct(sa.case((sa.not_(TRY.c.passed), TRY.c.account))))
    return set(c.scalars(sa.select(where).where(recent).group_by(where).having(got_in >= failed)))
