"""What the register proves, and what of it waits for a person."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

from sekisho.errors import Value
from sekisho.inspection.register.field import Part, Told
from sekisho.inspection.register.files import found
from sekisho.inspection.register.held import PARTS
from sekisho.inspection.register.lines import told_of
from sekisho.storage import Database
from sekisho.terms import Evidence, Finding, Gravity, Result

LONGEST = 3_650
"""Days for which a line that names no day stands at most."""
QUIET = frozenset({"waiting"})
"""What is amiss and in time: nobody is told of it each day."""
LATE = frozenset({"old", "overdue"})
ONLY_USED = frozenset({"vendor_sheets"})
"""Lists that nobody has to begin by hand: they are not asked for while they are empty."""


def evidence(
    database: Database,
    now: dt.datetime,
    zone: str,
    *,
    expected: Mapping[str, Sequence[str]] | None = None,
) -> list[Evidence]:
    """Return what each list proves today, in the order of the lists.

    A list that lacks something says no; one that nobody began, or of which nobody said when it was
    true, is not checked. A yes is as old as its oldest line, and good until the first line is old.

    Args:
        database: Where the lines are kept.
        now: UTC-aware.
        zone: Of the institution's days.
        expected: List → what other rooms know that must be in it and is not: names.
    """
    found = []
    for part in PARTS.values():
        more = (expected or {}).get(part.name, ())
        found.append(_proof(part, told_of(database, part.name), now, ZoneInfo(zone), more))
    return found


def findings(
    database: Database,
    today: dt.date,
    *,
    expected: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[Finding]:
    """Yield what waits of each list that was begun, and once that some were not begun."""
    if infected := found(database):
        part_, line = infected[0]
        told_: dict[str, Value] = {"count": len(infected)}
        where = f"/inspection/register/{part_}/{line}"
        yield _finding("malware", Gravity.TODAY, "1-4", where, told_)
    empty = []
    for part in PARTS.values():
        told = told_of(database, part.name)
        if not told:
            if part.name not in ONLY_USED or (expected or {}).get(part.name):
                empty.append(part.name)
            continue
        yield from _waiting(part, told, today, (expected or {}).get(part.name, ()))
    if empty and any(name not in empty for name in PARTS.keys() - ONLY_USED):
        names: list[Value] = [{"message": f"register.part.{name}"} for name in empty]
        told_ = {"count": len(empty), "first": names[0]}
        yield _finding("empty", Gravity.WEEK, "3", f"/inspection/register/{empty[0]}", told_)


def _waiting(part: Part, told: Sequence[Told], today: dt.date, more: Sequence[str]) -> Iterator[Finding]:  # fmt: skip
    where = f"/inspection/register/{part.name}"
    named: Value = {"message": f"register.part.{part.name}"}
    counted = part.counts(told, today)
    lacks = [*part.missing(counted), *more]
    if lacks:
        first: Value = {"message": lacks[0]} if lacks[0].startswith("register.") else lacks[0]
        args: dict[str, Value] = {"list": named, "count": len(lacks), "first": first}
        yield _finding(f"missing.{part.name}", Gravity.WEEK, part.duty, where, args)
    amiss = Counter(problem for one in counted for problem in part.problems(one, today))
    for problem, many in amiss.items():
        if problem in QUIET:
            continue
        old = problem in LATE
        what = f"register.problem.{problem}" + (f".{part.name}" if problem == "old" else "")
        args = {"list": named, "count": many, "what": {"message": what}}
        gravity = Gravity.TODAY if old or problem == "test_failed" else Gravity.WEEK
        key = f"{'old' if old else 'gap'}.{part.name}.{problem}"
        yield _finding(key, gravity, part.duty, f"{where}?problem={problem}", args)


def _finding(key: str, gravity: Gravity, duty: str, where: str, args: dict[str, Value]) -> Finding:
    return Finding(
        key=f"register.{key}",
        room="inspection",
        gravity=gravity,
        duty=duty,
        message=f"register.finding.{key.split('.', maxsplit=1)[0]}",
        where=where,
        action="register.action.look",
        args=args,
    )


def _proof(
    part: Part, told: Sequence[Told], now: dt.datetime, zone: ZoneInfo, more: Sequence[str]
) -> Evidence:
    today = now.astimezone(zone).date()
    counted = part.counts(told, today)
    lacks = [*part.missing(counted), *more]
    gaps = {name: 0 for one in counted for name in part.gaps(one)}
    undated = [one for one in counted if part.until(one) is None]
    checked, until = now, None
    args: dict[str, Value] = {}
    if not counted:
        result, message = Result.NOT_CHECKED, "none" if not told else "none_counts"
    elif lacks:
        first: Value = {"message": lacks[0]} if lacks[0].startswith("register.") else lacks[0]
        result, message, args = Result.NO, "missing", {"count": len(lacks), "first": first}
    elif gaps:
        amiss = [one for one in counted if any(True for _ in part.gaps(one))]
        worst: Value = {"message": f"register.problem.{next(iter(gaps))}"}
        result, message = Result.NO, "gaps"
        args = {"count": len(amiss), "lines": len(counted), "first": worst}
    elif undated:
        result, message = Result.NOT_CHECKED, "undated"
        args = {"count": len(undated), "lines": len(counted)}
    else:
        result, message, args = Result.YES, "good", {"lines": len(counted)}
        checked, until = _age(part, counted, now, zone)
    named: dict[str, Value] = {"list": {"message": f"register.part.{part.name}"}}
    return Evidence(
        subject=part.subject,
        checked_at=checked,
        by="inspection",
        result=result,
        message=f"register.proof.{message}",
        args=named | args,
        valid_until=until or now + dt.timedelta(days=2),
    )


def _age(
    part: Part, counted: Sequence[Told], now: dt.datetime, zone: ZoneInfo
) -> tuple[dt.datetime, dt.datetime]:
    """Return when the oldest of the lines was last true, and when the first of them is old."""
    last = [day for one in counted if (day := part.last_true(one)) is not None]
    first_old = min(day for one in counted if (day := part.until(one)) is not None)
    begin = min([_midnight(day, zone) for day in last], default=now)
    most = now.astimezone(zone).date() + dt.timedelta(days=LONGEST)
    until = _midnight(min(first_old, most) + dt.timedelta(days=1), zone)
    return min(begin, now), until


def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)
