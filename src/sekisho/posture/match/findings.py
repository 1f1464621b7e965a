"""What is published and concerns us: what waits for a person, and what it proves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from sekisho.errors import Value
from sekisho.posture.match.deadline import Rules
from sekisho.posture.match.found import knowledge, sums
from sekisho.posture.match.inquiry import late
from sekisho.storage import Database
from sekisho.terms import Evidence, Finding, Gravity, Result

NAMED = 5
"""Names that a sentence names."""


def findings(
    database: Database, *, rules: Rules, now: dt.datetime, today: dt.date
) -> Iterator[Finding]:
    """Yield what waits: deadlines that passed, what nobody looked at, knowledge too old or none."""
    known = list(knowledge(database, rules, now))
    if not known:
        yield _finding("known_none", Gravity.WEEK, "/posture/sources", {})
        return
    counted = sums(database, today)
    if counted["overdue"]:
        told: dict[str, Value] = {"count": counted["overdue"]}
        yield _finding("holes_overdue", Gravity.URGENT, "/posture/known", told)
    if counted["fresh"]:
        told = {"count": counted["fresh"]}
        yield _finding("holes_new", Gravity.TODAY, "/posture/known", told)
    if waiting := late(database, today):
        names = list(dict.fromkeys(one.addressee for one in waiting))[:NAMED]
        told = {"count": len(waiting), "names": names}
        yield _finding("inquiries_late", Gravity.WEEK, "/posture/known?maker=asked", told)
    if old := [(kind, as_of) for kind, as_of, stale in known if stale]:
        day = min(as_of for _, as_of in old).date().isoformat()
        told = {"count": len(old), "day": day}
        yield _finding("known_old", Gravity.UNKNOWN, "/posture/sources", told)


def evidence(database: Database, *, rules: Rules, now: dt.datetime, today: dt.date) -> Evidence:
    """Return whether every published weakness that concerns us is mended or within its deadline.

    Notice ④ (newest patches). Knowledge too old proves nothing (house decision 8).
    """
    known = list(knowledge(database, rules, now))
    old = [as_of for _, as_of, stale in known if stale]
    told: dict[str, Value] = {}
    if not known:
        result, message = Result.NOT_CHECKED, "posture.proof.known_none"
    elif old:
        result, message = Result.NOT_CHECKED, "posture.proof.known_old"
        told = {"day": min(old).date().isoformat()}
    else:
        counted = sums(database, today)
        told = {"count": counted["overdue"], "open": counted["affected"]}
        bad = counted["overdue"] > 0
        result = Result.NO if bad else Result.YES
        message = "posture.proof.holes_overdue" if bad else "posture.proof.holes"
    return Evidence(
        subject="posture.holes",
        checked_at=now,
        by="posture",
        result=result,
        message=message,
        args=told,
        valid_until=now + dt.timedelta(days=2),
    )


def _finding(key: str, gravity: Gravity, where: str, args: dict[str, Value]) -> Finding:
    return Finding(
        key=f"posture.{key}",
        room="posture",
        gravity=gravity,
        duty="1-4",
        message=f"posture.finding.{key}",
        where=where,
        action="posture.action.look",
        args=args,
    )
