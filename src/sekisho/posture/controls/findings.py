"""What of the controls that are off waits for a person, and what the list proves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from sekisho.errors import Value
from sekisho.posture.controls.entries import entries, sums
from sekisho.posture.controls.proposed import proposals
from sekisho.storage import Database
from sekisho.terms import Evidence, Finding, Gravity, Result

NAMED = 5


def findings(database: Database, now: dt.datetime, today: dt.date) -> Iterator[Finding]:
    """Yield what is off past its day, with nothing in its place, with gaps, and what nobody explained."""
    counted = sums(database, today)
    for name, gravity in (("overdue", Gravity.TODAY), ("alone", Gravity.TODAY)):
        if counted[name]:
            found = entries(database, today=today, chosen=name, limit=NAMED).rows
            told: dict[str, Value] = {
                "count": counted[name],
                "names": [one.target for one in found],
            }
            yield _finding(f"control_{name}", gravity, f"/posture/controls?state={name}", told)
    gaps = {name: counted[name] for name in ("no_order", "endless", "unconfirmed") if counted[name]}
    if gaps:
        most = max(gaps, key=gaps.__getitem__)
        told = {"count": gaps[most], "off": counted["off"]}
        yield _finding("control_gaps", Gravity.WEEK, f"/posture/controls?state={most}", told)
    if waiting := proposals(database, now=now):
        told = {"count": len(waiting), "names": [one.target for one in waiting[:NAMED]]}
        yield _finding("control_whose", Gravity.WEEK, "/posture/controls", told)


def evidence(database: Database, now: dt.datetime, today: dt.date) -> Evidence:
    """Return whether all that is off is known, by order, in time, and has something in its place.

    An empty list proves nothing: nobody said that nothing is off (house decision 8).
    """
    counted, waiting = sums(database, today), len(proposals(database, now=now))
    told: dict[str, Value] = {"off": counted["off"]}
    bad = max(counted["overdue"], counted["alone"])
    gaps = max(counted["no_order"], counted["endless"], counted["unconfirmed"])
    if bad:
        result, message, told = Result.NO, "bad", {"count": bad, "off": counted["off"]}
    elif waiting:
        result, message, told = Result.NO, "whose", {"count": waiting}
    elif not counted["off"]:
        result, message, told = Result.NOT_CHECKED, "none", {}
    elif gaps:
        result, message, told = Result.NOT_CHECKED, "gaps", {"count": gaps, "off": counted["off"]}
    else:
        result, message = Result.YES, "good"
    return Evidence(
        subject="posture.controls",
        checked_at=now,
        by="posture",
        result=result,
        message=f"posture.proof.controls_{message}",
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
