"""What of protection waits for a person, and what it proves."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

from sekisho.errors import Value
from sekisho.posture.protection.listed import guarded, shares
from sekisho.storage import Database
from sekisho.terms import Evidence, Finding, Gravity, Result

NAMED = 5
"""Machines that a sentence names."""
_FOUND = {"scanner": "unprotected", "patches": "unpatched"}
_PROOF = {"scanner": "protection", "patches": "patches"}
_GRAVITY = {"scanner": Gravity.TODAY, "patches": Gravity.WEEK}


def findings(database: Database, now: dt.datetime, today: dt.date) -> Iterator[Finding]:
    """Yield what is not protected and not patched, and of what nobody knows it."""
    for of, key in _FOUND.items():
        counted = _counted(database, of, now, today)
        if counted["bad"]:
            page = guarded(database, of=of, now=now, today=today, chosen="bad", limit=NAMED)
            names = [str(r.told["number"] or r.told["name"]) for r in page.rows]
            where = f"/posture/protection?of={of}&state=bad"
            told: dict[str, Value] = {"count": counted["bad"], "names": names}
            yield _finding(key, _GRAVITY[of], where, told)
        if blind := counted["unknown"] + counted["old"]:
            where = (
                f"/posture/protection?of={of}&state={'unknown' if counted['unknown'] else 'old'}"
            )
            told = {"count": blind, "total": counted.total()}
            yield _finding(f"{key}_unknown", Gravity.UNKNOWN, where, told)


def evidence(database: Database, now: dt.datetime, today: dt.date) -> Iterator[Evidence]:
    """Yield whether every machine in use has a scanner that works and is patched.

    Notice ④. One machine of which it is not known keeps it from a yes (house decision 8).
    """
    for of, subject in _PROOF.items():
        counted = _counted(database, of, now, today)
        total = counted.total()
        args: dict[str, Value] = {"total": total, "ordered": counted["ordered"]}
        if not total:
            result, message, args = Result.NOT_CHECKED, "none", {}
        elif counted["bad"]:
            result, message, args = Result.NO, "bad", {"count": counted["bad"], "total": total}
        elif blind := counted["unknown"] + counted["old"]:
            result, message, args = Result.NOT_CHECKED, "unknown", {"count": blind, "total": total}
        else:
            result, message = Result.YES, "good"
        yield Evidence(
            subject=f"posture.{subject}",
            checked_at=now,
            by="posture",
            result=result,
            message=f"posture.proof.{subject}_{message}",
            args=args,
            valid_until=now + dt.timedelta(days=2),
        )


def _counted(database: Database, of: str, now: dt.datetime, today: dt.date) -> Counter[str]:
    counted: Counter[str] = Counter()
    for states in shares(database, of=of, now=now, today=today).values():
        counted.update(states)
    return counted


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
