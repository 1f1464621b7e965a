"""The links of the incidents against what stands here: stopped, not stopped, or not known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from sekisho.care.headers import squeeze
from sekisho.posture.assets import connections
from sekisho.posture.ends import published_ends
from sekisho.posture.incidents.asks import ASKS
from sekisho.posture.incidents.cases import Case, Link, cases
from sekisho.posture.incidents.records import Answer, Here, Outcome
from sekisho.posture.incidents.words import words
from sekisho.posture.match import Rules, knowledge, sums
from sekisho.posture.match.tables import FOUND
from sekisho.posture.tables import ADDRESS, ASSET
from sekisho.posture.wiring import networks_of
from sekisho.storage import Database
from sekisho.terms import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One link, replayed."""

    link: Link
    outcome: Outcome
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One incident, replayed link by link."""

    case: Case
    links: tuple[Played, ...]

    def count(self, outcome: Outcome) -> int:
        """Return how many links have `outcome`."""
        return sum(one.outcome is outcome for one in self.links)


def replay(
    database: Database,
    *,
    rules: Rules,
    proofs: Mapping[str, Evidence],
    now: dt.datetime,
    today: dt.date,
) -> tuple[Replayed, ...]:
    """Return every incident, replayed against inventory, knowledge, evidence and people's words.

    Args:
        database: Of inventory and knowledge.
        rules: How old knowledge may be.
        proofs: Subject → newest Evidence.
        now: The time.
        today: The local day.
    """
    here = _gather(database, rules, proofs, now, today)

    def play(link: Link) -> Played:
        answers = tuple(ASKS[ask["ask"]](here, ask) for ask in link.asks)
        return Played(link=link, outcome=together(link.needs, answers), answers=answers)

    return tuple(Replayed(case=case, links=tuple(map(play, case.links))) for case in cases())


def together(needs: str, answers: Sequence[Answer]) -> Outcome:
    """Return what several answers say together: one is enough (``any``), or all must stop it."""
    outcomes = {one.outcome for one in answers}
    first, last = Outcome.STOPPED, Outcome.NOT_STOPPED
    if needs == "all":
        first, last = last, first
    if first in outcomes:
        return first
    return Outcome.UNKNOWN if Outcome.UNKNOWN in outcomes else last


def _gather(
    database: Database,
    rules: Rules,
    proofs: Mapping[str, Evidence],
    now: dt.datetime,
    today: dt.date,
) -> Here:
    names = ("id", "number", "name", "kind", "network", "eol", "eos")
    with database.read() as c:
        query = sa.select(*(ASSET.c[name] for name in names)).where(ASSET.c.state == "in_use")
        machines = [dict(row) for row in c.execute(query.order_by(ASSET.c.sort)).mappings()]
        found = sa.select(ADDRESS.c.asset_id, ADDRESS.c.value).where(ADDRESS.c.kind == "ip")
        addresses: dict[int, set[str]] = {}
        for asset, value in c.execute(found):
            addresses.setdefault(asset, set()).add(value)
        wanted = (FOUND.c.asset, FOUND.c.asset_id, FOUND.c.number, FOUND.c.status, FOUND.c.state, FOUND.c.stale)  # fmt: skip
        holes = [dict(row) for row in c.execute(sa.select(*wanted).where(FOUND.c.state != "done")).mappings()]  # fmt: skip
    ends = published_ends(database, today)
    for one in machines:
        if one["id"] in ends and (ends[one["id"]].on or ends[one["id"]].ended):
            one["eol"] = ends[one["id"]].on or (today - dt.timedelta(days=1))
    networks = {
        one["id"]: frozenset(
            map(squeeze, networks_of(one["network"], addresses.get(one["id"], ())))
        )
        for one in machines
    }
    return Here(
        lines=connections(database),
        machines=machines,
        networks=networks,
        holes=holes,
        known=list(knowledge(database, rules, now)),
        unread=sums(database, today)["fresh"],
        proofs=proofs,
        words=words(database),
        now=now,
        today=today,
    )
