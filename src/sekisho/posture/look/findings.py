"""What the newest look says: lines for a person, and Evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from sekisho.errors import Value
from sekisho.posture.look.records import State
from sekisho.posture.look.run import Looked
from sekisho.terms import Evidence, Finding, Gravity, Result

SUBJECT = "posture.network"
GOOD_FOR = dt.timedelta(days=31)
"""How long a look proves anything: a port is opened in a minute."""
NAMED = 5


def findings(seen: Sequence[Looked], now: dt.datetime) -> Iterator[Finding]:
    """Yield ports that should not be open, TLS and archives that are otherwise, what was not looked at."""
    sorts = (
        ("network_open", Gravity.TODAY, [o for o in seen if o.state is State.BAD and o.kind == "tcp"]),
        ("network_tls", Gravity.WEEK, [o for o in seen if o.state is State.BAD and o.kind == "tls"]),
        ("network_dicom", Gravity.WEEK, [o for o in seen if o.state is State.BAD and o.kind == "dicom"]),
        ("network_missing", Gravity.WEEK, [o for o in seen if o.state is State.MISSING]),
        ("network_unlooked", Gravity.UNKNOWN, [o for o in seen if o.state is State.NOT_LOOKED]),
    )  # fmt: skip
    for key, gravity, found in sorts:
        if found:
            yield _finding(key, gravity, found)
    if seen and max(one.at for one in seen) + GOOD_FOR < now:
        yield _finding("network_old", Gravity.UNKNOWN, seen)


def evidence(seen: Sequence[Looked], now: dt.datetime, *, listed: bool) -> Evidence:
    """Return whether every address of the list is as it should be.

    Args:
        seen: What the newest run saw.
        now: The time.
        listed: Whether there is a list at all.
    """
    told: dict[str, Value] = {
        "total": len(seen),
        "bad": sum(one.state in {State.BAD, State.MISSING} for one in seen),
        "blind": sum(one.state is State.NOT_LOOKED for one in seen),
    }
    last = max((one.at for one in seen), default=None)
    if not listed:
        result, message = Result.NOT_CHECKED, "no_list"
    elif last is None:
        result, message = Result.NOT_CHECKED, "never"
    elif last + GOOD_FOR < now:
        result, message = Result.NOT_CHECKED, "old"
        told["day"] = last.date().isoformat()
    elif told["bad"]:
        result, message = Result.NO, "bad"
    elif told["blind"]:
        result, message = Result.NOT_CHECKED, "blind"
    else:
        result, message = Result.YES, "good"
    until = now + dt.timedelta(days=2)
    return Evidence(
        subject=SUBJECT, checked_at=last or now, by="posture", result=result,
        message=f"posture.proof.network_{message}", args=told,
        valid_until=min(until, last + GOOD_FOR) if last and message != "old" else until,
    )  # fmt: skip


def _finding(key: str, gravity: Gravity, found: Sequence[Looked]) -> Finding:
    names = [f"{o.number}:{o.port}" if o.port else o.number for o in found[:NAMED]]
    return Finding(
        key=f"posture.{key}", room="posture", gravity=gravity, duty="1-5",
        message=f"posture.finding.{key}", where="/posture/network", action="posture.action.look",
        args={"count": len(found), "names": names, "day": max(o.at for o in found).date().isoformat()},
    )  # fmt: skip
