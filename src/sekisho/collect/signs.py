"""Signs of attack in what other systems recorded: sign-ins that fail, logs that were cleared.

The rules are data: those of the gate's own sign-in (`identity/attacks.toml`) and some for
systems that limit nothing themselves (`signs.toml`). They are asked of the records that came
in during the last week, whenever what they say happened, so an old log brought in today counts
too. Sign-ins at the gate and here are left out: `identity` has those.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sekisho.identity.addresses import networks_of
from sekisho.identity.attacks import Rule, read_rules, rules
from sekisho.ledger import Reader
from sekisho.ledger.own import SOURCE
from sekisho.storage import analysis
from sekisho.terms import Clock, Finding, Gravity

KEPT = dt.timedelta(days=7)
"""So long after it came in, what was seen is shown."""
MOST = 300_000
"""Sign-ins that are looked at, the latest."""
_FILE = Path(__file__).with_name("signs.toml")
_FORGIVEN = dt.timedelta(days=1)
_SHOWN = 5
_FAILED, _INSIDE = "/records/sources", "/records?action=login&outcome=success"
_CHANGED = "/records?action=security"

_SIGNINS = """
SELECT occurred_at, lower(user_id), terminal, source, outcome = 'success', reason
FROM access
WHERE action = 'login' AND outcome IN ('success', 'failed', 'refused')
  AND terminal IS NOT NULL AND user_kind <> 'system' AND recorded_at >= $since
  AND source <> $own AND NOT starts_with(source, 'gate:')
ORDER BY occurred_at DESC, "index" DESC LIMIT $most
"""
_CLEARED = """
SELECT source, count(*) FROM access
WHERE action = 'security' AND outcome = 'success' AND recorded_at >= $since
  AND regexp_matches(object, '^[^/]+/log-cleared(/|$)')
GROUP BY source ORDER BY source
"""


@dataclass(frozen=True, slots=True)
class Try:
    """One sign-in as a system recorded it.

    Attributes:
        near: The network one customer has, or the name of a computer.
        wide: The network around it.
        times: How many equal ones the record stands for.
    """

    at: dt.datetime
    account: str
    near: str
    wide: str
    source: str
    passed: bool
    times: int = 1


@dataclass(frozen=True, slots=True)
class Seen:
    """What one rule saw, in its worst windows: from where, on how many accounts, at what systems."""

    rule: Rule
    places: tuple[str, ...]
    accounts: int
    tries: int
    sources: tuple[str, ...]


def findings(reader: Reader, clock: Clock) -> list[Finding]:
    """Return what a person should see of the records of the last week."""
    with analysis() as desk:
        reader.register(desk)
        since = (clock.now() - KEPT).replace(tzinfo=None)
        rows = desk.rows(_SIGNINS, {"since": since, "own": SOURCE, "most": MOST})
        cleared = desk.rows(_CLEARED, {"since": since})
    tries = [_try(*row) for row in reversed(rows)]
    found = [_attack(seen) for seen in attacks(tries)]
    inside = got_in(tries)
    if inside:
        systems = sorted({one.source for one in inside})
        places = sorted({_shown(one.near) for one in inside})
        found.append(
            _finding(
                "signs_got_in",
                "signs_got_in",
                Gravity.URGENT,
                "1-5",
                _INSIDE,
                accounts=len({one.account for one in inside}),
                places=places[:_SHOWN],
                sources=systems[:_SHOWN],
            )
        )
    found += [
        _finding(
            f"signs_cleared/{source}",
            "signs_cleared",
            Gravity.TODAY,
            "1-3",
            _CHANGED,
            source=source,
            count=count,
        )
        for source, count in cleared
    ]
    return found


def attackers(
    reader: Reader, clock: Clock, within: dt.timedelta, after: Mapping[str, dt.datetime]
) -> list[tuple[str, str, int]]:
    """Return the rule, the network and the tries of each that one address broke just now.

    Args:
        reader: Of the records.
        clock: The time.
        within: Both what happened and its coming in are no longer ago.
        after: Network → when it was shut out last: only what came later counts.

    Returns:
        Each network once. Names of computers are no networks and are left out.
    """
    now = clock.now().replace(tzinfo=None)
    with analysis() as desk:
        reader.register(desk)
        rows = desk.rows(_SIGNINS, {"since": now - within, "own": SOURCE, "most": MOST})
    tries = [_try(*row) for row in reversed(rows) if now - within <= row[0] <= now]
    tries = [one for one in tries if one.near not in after or one.at > after[one.near]]
    known = {rule.id for rule in (*rules().rules, *_own().rules) if rule.of == "address"}
    found: dict[str, tuple[str, str, int]] = {}
    for seen in attacks(tries):
        for place in seen.places if seen.rule.id in known else ():
            networks = networks_of(place.partition("/")[0])
            if networks is not None:
                found.setdefault(networks[0], (seen.rule.id, networks[0], seen.tries))
    return list(found.values())


def whys() -> dict[str, dict[str, str]]:
    """Return rule → what it sees, in each language."""
    return {rule.id: rule.why for rule in _own().rules}


def attacks(tries: Sequence[Try]) -> list[Seen]:
    """Return what the rules see in `tries`, which are in order of time.

    A failure that its person mended from the same place within a day counts nowhere, and a
    place from which at least as many accounts got in as failed is a ward, not an attacker.
    """
    wrong = _unmended(tries)
    inside: dict[str, list[Try]] = defaultdict(list)
    for one in tries:
        if one.passed:
            inside[one.near].append(one)
    found = []
    for rule in (*rules().rules, *_own().rules):
        groups: dict[str, list[Try]] = defaultdict(list)
        for one in wrong:
            groups[_GROUP[rule.of](one)].append(one)
        worst = [seen for group in groups.values() if (seen := _worst(rule, group))]
        spared = [_without_wards(rule, window, inside) for window in worst]
        taking = [one for window in spared for one in window]
        if taking:
            found.append(_joined(rule, taking))
    return found


def got_in(tries: Sequence[Try]) -> list[Try]:
    """Return the sign-ins that went well after many failures of the same account from there."""
    own = _own()
    failed: dict[tuple[str, str], list[Try]] = defaultdict(list)
    found = []
    for one in tries:
        before = failed[one.account, one.near]
        if not one.passed:
            before.append(one)
            continue
        recent = sum(other.times for other in before if one.at - other.at < own.within)
        if recent >= own.least:
            found.append(one)
        before.clear()
    return found


@dataclass(frozen=True, slots=True)
class _Own:
    rules: tuple[Rule, ...]
    within: dt.timedelta
    least: int


@cache
def _own() -> _Own:
    tree: dict[str, Any] = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    entry = tree["got_in"]
    return _Own(read_rules(tree), dt.timedelta(minutes=entry["minutes"]), entry["least"])


_GROUP: dict[str, Callable[[Try], str]] = {
    "address": lambda one: one.near,
    "network": lambda one: one.wide,
    "account": lambda one: one.account,
    "everything": lambda _: "",
}


def _try(
    at: dt.datetime, user: str | None, seat: str, source: str, passed: bool, reason: str | None
) -> Try:
    near, wide = networks_of(seat) or (seat.casefold(), seat.casefold())
    times = (reason or "").removeprefix("repeated:")
    return Try(
        at=at,
        account=user or "",
        near=near,
        wide=wide,
        source=source,
        passed=passed,
        times=int(times) if times.isdecimal() else 1,
    )


def _unmended(tries: Sequence[Try]) -> list[Try]:
    """Return the failures after which the same account did not get in from there within a day."""
    after: dict[tuple[str, str], dt.datetime] = {}
    wrong = []
    for one in reversed(tries):
        key = (one.account, one.near)
        if one.passed:
            after[key] = one.at
        elif key not in after or after[key] - one.at > _FORGIVEN:
            wrong.append(one)
    return wrong[::-1]


def _worst(rule: Rule, group: Sequence[Try]) -> list[Try]:
    """Return the tries of the window in which `rule` counts most; none where it sees nothing."""
    accounts: Counter[str] = Counter()
    places: Counter[str] = Counter()
    total = left = best = 0
    worst: tuple[int, int] | None = None
    for right, one in enumerate(group):
        accounts[one.account] += 1
        places[one.near] += 1
        total += one.times
        while one.at - group[left].at >= rule.window:
            gone = group[left]
            left += 1
            total -= gone.times
            for counter, name in ((accounts, gone.account), (places, gone.near)):
                counter[name] -= 1
                if not counter[name]:
                    del counter[name]
        count = {"accounts": len(accounts), "addresses": len(places), "tries": total}[rule.counts]
        few = rule.most_each is None or total <= rule.most_each * len(accounts)
        if count >= max(rule.least, best + 1) and len(places) >= rule.addresses and few:
            best, worst = count, (left, right)
    return [] if worst is None else list(group[worst[0] : worst[1] + 1])


def _without_wards(rule: Rule, window: Sequence[Try], inside: dict[str, list[Try]]) -> list[Try]:
    if not window:
        return []
    first, last = window[0].at, window[0].at + rule.window
    failed: dict[str, set[str]] = defaultdict(set)
    for one in window:
        failed[one.near].add(one.account)
    wards = {
        near
        for near, names in failed.items()
        if len({one.account for one in inside.get(near, ()) if first <= one.at <= last})
        >= len(names)
    }
    return [one for one in window if one.near not in wards]


def _joined(rule: Rule, taking: Sequence[Try]) -> Seen:
    places: Counter[str] = Counter()
    for one in taking:
        places[_shown(one.near)] += one.times
    return Seen(
        rule=rule,
        places=tuple(place for place, _ in places.most_common()),
        accounts=len({one.account for one in taking}),
        tries=sum(one.times for one in taking),
        sources=tuple(sorted({one.source for one in taking})),
    )


def _shown(network: str) -> str:
    return network.removesuffix("/32")


def _attack(seen: Seen) -> Finding:
    return _finding(
        f"signs/{seen.rule.id}",
        "signs",
        Gravity.TODAY,
        "1-5",
        _FAILED,
        why=seen.rule.why,
        tries=seen.tries,
        accounts=seen.accounts,
        count=len(seen.places),
        places=list(seen.places[:_SHOWN]),
        sources=list(seen.sources[:_SHOWN]),
    )


def _finding(
    key: str,
    matter: str,
    gravity: Gravity,
    duty: str,
    where: str,
    **args: int | str | list[str] | dict[str, str],
) -> Finding:
    return Finding(
        key=f"collect.{key}",
        room="collect",
        gravity=gravity,
        duty=duty,
        message=f"collect.{matter}",
        args=args,
        where=where,
        action="collect.act_look",
    )
