"""What the replayed incidents say: one line for a person, and Evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sekisho.errors import Value
from sekisho.posture.incidents.records import Outcome
from sekisho.posture.incidents.replay import Replayed
from sekisho.terms import Evidence, Finding, Gravity, Result

SUBJECT = "posture.incidents"


def findings(played: Sequence[Replayed]) -> list[Finding]:
    """Return that links of the incidents would not stop here; nothing where none is known to pass."""
    told = _sums(played)
    if not told["open"]:
        return []
    return [
        Finding(
            key=SUBJECT,
            room="posture",
            gravity=Gravity.WEEK,
            duty="1-5",
            message="posture.finding.incidents",
            where="/posture/incidents",
            action="posture.action.look",
            args=told,
        )
    ]


def evidence(played: Sequence[Replayed], now: dt.datetime) -> Evidence:
    """Return whether every link of every incident would stop here, as far as is known."""
    told = _sums(played)
    if told["open"]:
        result, message = Result.NO, "posture.proof.incidents_open"
    elif told["unknown"]:
        result, message = Result.NOT_CHECKED, "posture.proof.incidents_unknown"
    else:
        result, message = Result.YES, "posture.proof.incidents"
    return Evidence(
        subject=SUBJECT,
        checked_at=now,
        by="posture",
        result=result,
        message=message,
        args=told,
        valid_until=now + dt.timedelta(days=2),
    )


def _sums(played: Sequence[Replayed]) -> dict[str, Value]:
    return {
        "total": sum(len(one.links) for one in played),
        "open": sum(one.count(Outcome.NOT_STOPPED) for one in played),
        "unknown": sum(one.count(Outcome.UNKNOWN) for one in played),
    }
