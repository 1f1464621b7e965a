"""What the ways in say about themselves: silence, refused senders, files that wait for a person.

A source is silent when it says nothing for longer than it ever did, but once, in four weeks:
nights and week-ends are its own measure, and one outage does not become the rule.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from sekisho.collect.live.config import CollectConfig
from sekisho.collect.live.folder import waiting
from sekisho.collect.tables import FILE, HEARD, QUARANTINE
from sekisho.storage import Database
from sekisho.terms import Clock, Finding, Gravity

WINDOW = dt.timedelta(days=28)
LEARNT = dt.timedelta(days=8)
"""A source known for less has perhaps not shown a week-end yet: then `UNKNOWN` is waited."""
YOUNG = dt.timedelta(days=2)
"""One known for less says nothing about its rhythm."""
UNKNOWN = 72
_DAY = dt.timedelta(days=1)
_HOUR = dt.timedelta(hours=1)
_WHERE = "/records/sources"
_DOUBTS = (
    "live_dropped",
    "live_crowded",
    "live_stranger",
    "mllp_refused",
    "future",
    "tail_lost",
    "tail_wrong",
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """One hour in which a source spoke."""

    hour: dt.datetime
    records: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class Silence:
    """How long a source has said nothing, in hours, and how long it usually does at most."""

    hours: int
    usual: int


def spoken(database: Database, since: dt.datetime) -> dict[str, list[Spoken]]:
    """Return, by source, the hours from `since` on in which it spoke, in order."""
    query = sa.select(HEARD).where(HEARD.c.hour >= since).order_by(HEARD.c.source, HEARD.c.hour)
    found: dict[str, list[Spoken]] = defaultdict(list)
    with database.read() as c:
        for row in c.execute(query):
            found[row.source].append(Spoken(row.hour, row.records, row.quarantined))
    return dict(found)


def last_day(hours: Sequence[Spoken], now: dt.datetime) -> list[int]:
    """Return the records of each of the last 24 hours, the present one last."""
    day = [0] * 24
    for one in hours:
        ago = (now - one.hour) // _HOUR
        if 0 <= ago < 24:
            day[23 - ago] += one.records
    return day


def silence(hours: Sequence[dt.datetime], now: dt.datetime) -> Silence | None:
    """Return the silence of a source that spoke in `hours` (in order), None where it is usual."""
    if not hours or now - hours[0] < YOUNG:
        return None
    gaps = sorted(
        ((after - before) // _HOUR - 1 for before, after in itertools.pairwise(hours)),
        reverse=True,
    )
    if not gaps:
        return None
    usual = gaps[1] if len(gaps) > 10 else gaps[0]
    limit = max(usual * 3 // 2, usual + 2)
    if now - hours[0] < LEARNT:
        limit = max(limit, UNKNOWN)
    lasting = (now - hours[-1]) // _HOUR - 1
    return Silence(lasting, usual) if lasting > limit else None


def findings(database: Database, clock: Clock, config: CollectConfig) -> list[Finding]:
    """Return what a person should see of what comes by itself."""
    now = clock.now()
    found = []
    for source, hours in spoken(database, now - WINDOW).items():
        seen = silence([one.hour for one in hours if one.records], now)
        if seen is not None:
            found.append(
                _finding("silent", source, "act_ask", hours=seen.hours, usual=max(seen.usual, 1))
            )
    for watch in config.folder:
        count = waiting(watch)
        if count is None:
            found.append(_finding("folder_gone", watch.name, "act_ask"))
        elif count:
            found.append(_finding("folder_failed", watch.name, "act_look", files=count))
    return [*found, *_of_ways(database, now, config)]


def _of_ways(database: Database, now: dt.datetime, config: CollectConfig) -> list[Finding]:
    """Return what the lines of the last two days and the quarantine say of each way in."""
    names = {door.path: door.name for door in (*config.syslog, *config.fhir, *config.mllp)}
    names |= {watch.label: watch.name for watch in config.tail}
    of_way = FILE.c.path.in_(list(names))
    doubts: dict[str, dict[str, int]] = {path: {} for path in names}
    with database.read() as c:
        lately = sa.select(FILE.c.path, FILE.c.doubts).where(
            of_way, FILE.c.received_at >= now - 2 * _DAY
        )
        for path, said in c.execute(lately):
            for doubt, count in (said or {}).items():
                doubts[path][doubt] = doubts[path].get(doubt, 0) + count
        waits = (
            sa.select(FILE.c.path, sa.func.count())
            .join(QUARANTINE, QUARANTINE.c.file_id == FILE.c.id)
            .where(of_way, QUARANTINE.c.state == "open")
            .group_by(FILE.c.path)
        )
        kept = {path: int(count) for path, count in c.execute(waits)}
        heard = set(c.scalars(sa.select(FILE.c.path).where(of_way).distinct()))
    found = []
    for path, name in names.items():
        if path not in heard:
            found.append(_finding("live_never", name, "act_ask", gravity=Gravity.WEEK))
        found += [
            _finding(_MATTER[doubt], name, "act_clock" if doubt == "future" else "act_ask", rows=n)
            for doubt in _DOUBTS
            if (n := doubts[path].get(f"collect.{doubt}", 0))
        ]
        if kept.get(path):
            found.append(_finding("live_quarantined", name, "act_look", rows=kept[path]))
    return found


_MATTER = {
    "live_dropped": "live_dropped",
    "live_crowded": "live_crowded",
    "live_stranger": "live_stranger",
    "mllp_refused": "mllp_refused",
    "future": "live_future",
    "tail_lost": "tail_lost",
    "tail_wrong": "tail_wrong",
}


def _finding(
    matter: str, name: str, action: str, *, gravity: Gravity = Gravity.TODAY, **args: int
) -> Finding:
    return Finding(
        key=f"collect.{matter}/{name}",
        room="collect",
        gravity=gravity,
        duty="1-3",
        message=f"collect.{matter}",
        args={"source": name, **args},
        where=_WHERE,
        action=f"collect.{action}",
    )
