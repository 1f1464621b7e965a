"""What the institution set about the review, and what waits because of it: nothing stays unsaid.

The month is to be reviewed and signed by a set day of the next; an explained case loses the
name after set months; a reply is due after set days.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from zoneinfo import ZoneInfo

from sekisho import collect, review
from sekisho.app.deputy import hands
from sekisho.app.installation import Installation
from sekisho.app.settings import set_setting, setting
from sekisho.errors import InvalidInputError, Value
from sekisho.ledger import own
from sekisho.ledger.skip import Looked
from sekisho.review.answers import REPLY_DAYS
from sekisho.storage import analysis
from sekisho.terms import Action, Finding, Gravity

MOST = {"months": (1, 60), "reply": (3, 60), "closing": (1, 28)}
"""What may be set: months until a name goes, days until a reply is due, day of the month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What is set.

    Attributes:
        months: After so many an explained case loses the name.
        reply: Days until a reply is due.
        closing: By this day last month is reviewed and signed.
    """

    months: int = review.MONTHS
    reply: int = REPLY_DAYS
    closing: int = 15


def rules(installation: Installation) -> Rules:
    """Return what is set now."""
    kept = {one.name: setting(installation.database, f"review.{one.name}") for one in fields(Rules)}
    return Rules(**{name: value for name, value in kept.items() if value is not None})


def set_rule(installation: Installation, name: str, value: int, *, by: str) -> None:
    """Set one of them.

    Raises:
        InvalidInputError: No such rule, or the number is outside what may be set.
    """
    low, high = MOST.get(name, (1, 0))
    if not low <= value <= high:
        raise InvalidInputError("app.closing.outside", low=low, high=high)
    now = installation.clock.now()
    set_setting(installation.database, f"review.{name}", value, by=by, at=now)


def forget_names(installation: Installation) -> None:
    """Take the names out of old cases and old checks of files, as every night; that it was done is on record."""
    from sekisho.scan import results  # noqa: PLC0415 (brings the compiler of rules)

    now = installation.clock.now()
    gone = review.forget(installation.database, now=now, months=rules(installation).months)
    checks = results.forget(installation.database, now - results.KEPT)
    told = (("review/forget", f"cases:{gone}", gone), ("scan/forget", f"checks:{checks}", checks))
    acts = [
        own(installation.clock, user_id=None, action=Action.DELETE, object=what, reason=reason)
        for what, reason, count in told
        if count
    ]
    if acts:
        with installation.recorder() as recorder:
            recorder.append(acts)


def findings(installation: Installation) -> list[Finding]:
    """Return the month that is not closed, cases without a reader, and what waits for people."""
    database = installation.database
    zone = ZoneInfo(installation.config.zone)
    today = installation.clock.now().astimezone(zone).date()
    return [
        *_overdue(installation, today, zone),
        *_without_deputy(installation),
        *_waiting(installation, len(review.unanswered(database, today))),
    ]


def due_month(today: dt.date, closing: int) -> tuple[dt.date, dt.date]:
    """Return first and last day of the newest month that should be closed by `today`."""
    last = today.replace(day=1) - dt.timedelta(days=1)
    if today.day <= closing:
        last = last.replace(day=1) - dt.timedelta(days=1)
    return last.replace(day=1), last


def _overdue(installation: Installation, today: dt.date, zone: ZoneInfo) -> list[Finding]:
    due, _ = due_month(today, rules(installation).closing)
    times = [
        at.astimezone(zone).date()
        for one in collect.sources(installation.database)
        for at in (one.first_at, one.last_at)
        if at is not None
    ]
    if not times:
        return []
    runs = review.periods(installation.database)
    signed = review.closed(installation.database)
    since = min((start for _, start, _, trial in runs if not trial), default=due)
    lacks: dict[str, list[dt.date]] = {"overdue": [], "unsigned": []}
    for first, last in _months(since, due):
        if min(times) > last or max(times) < first:
            continue
        begin, end = max(first, min(times)), min(last, max(times))
        over = {run_id for run_id, start, stop, _ in runs if start <= begin and stop >= end}
        if over and not over & signed:
            lacks["unsigned"].append(first)
        elif not over and _has_records(installation, begin, end, zone):
            lacks["overdue"].append(first)
    return [
        _finding(name, Gravity.TODAY, "/review/month", "month", month=_named(months))
        for name, months in lacks.items()
        if months
    ]


def _has_records(installation: Installation, first: dt.date, last: dt.date, zone: ZoneInfo) -> bool:
    """Return whether anybody's records are of these days: a month in which none arrived is not reviewed."""
    if installation.remote is not None:  # they lie on another machine
        return True
    since = dt.datetime.combine(first, dt.time(), zone).astimezone(dt.UTC)
    until = dt.datetime.combine(last, dt.time.max, zone).astimezone(dt.UTC)
    looked = Looked(low=int(since.timestamp() * 1000), high=int(until.timestamp() * 1000))
    search = installation.reader().search(looked)
    sql = "SELECT 1 FROM access WHERE source <> 'sekisho' AND occurred_at BETWEEN ? AND ? LIMIT 1"
    with analysis(memory="400MB") as desk:
        search.register(desk, search.places, live=True)
        return bool(desk.rows(sql, [at.replace(tzinfo=None) for at in (since, until)]))


def _months(since: dt.date, until: dt.date) -> Iterator[tuple[dt.date, dt.date]]:
    """Yield first and last day of each month from that of `since`, or of `until`, to that of `until`."""
    first = min(since, until).replace(day=1)
    while first <= until:
        after = (first + dt.timedelta(days=31)).replace(day=1)
        yield first, after - dt.timedelta(days=1)
        first = after


def _named(months: Sequence[dt.date]) -> str:
    return " / ".join(f"{one:%Y-%m}" for one in months[:3]) + (" …" if months[3:] else "")


def _without_deputy(installation: Installation) -> list[Finding]:
    """Return that nobody is named, at once where a case waits for that person."""
    who = hands(installation)
    if who.deputy is not None:
        return []
    open_ = review.queue(installation.database, state="open")
    cases = sum(who.reserved(case.user_id) for case in open_)
    if cases:
        return [_finding("deputy_now", Gravity.TODAY, "/review/rules", "deputy", cases=cases)]
    return [_finding("deputy", Gravity.WEEK, "/review/rules", "deputy")]


def _waiting(installation: Installation, late: int) -> list[Finding]:
    found = []
    if late:
        where = "/review?state=asked_person"
        found.append(_finding("unanswered", Gravity.WEEK, where, "read", asks=late))
    decisions = review.waiting(installation.database)
    if decisions:
        key = decisions[0].case_key
        case = review.newest(installation.database, key) if key else None
        where = f"/review/cases/{case}" if case else "/review/masking"
        found.append(
            _finding("decision", Gravity.TODAY, where, "confirm", decisions=len(decisions))
        )
    return found


def _finding(name: str, gravity: Gravity, where: str, action: str, **args: Value) -> Finding:
    return Finding(
        key=f"review.closing.{name}",
        room="review",
        gravity=gravity,
        duty="1-3",
        message=f"app.closing.{name}",
        where=where,
        action=f"app.closing.action.{action}",
        args=args,
    )
