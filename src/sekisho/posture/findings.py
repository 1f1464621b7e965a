"""What of the inventory waits for a person, and what it proves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from sekisho.errors import Value
from sekisho.posture.assets import assets, connections
from sekisho.posture.ends import published_ends
from sekisho.posture.said import open_pairs
from sekisho.posture.tables import ASSET, LOAD
from sekisho.posture.vendors import late
from sekisho.storage import Database
from sekisho.terms import Evidence, Finding, Gravity, Result

OLD = dt.timedelta(days=365)
"""After this a ledger proves nothing: the guideline asks that it be kept up at least once a year."""
UNPATCHED = dt.timedelta(days=180)
LISTED = 10_000
NAMED = 5
"""Numbers and names that a sentence names."""
OUTSIDE = frozenset({"maintenance", "partner", "vpn"})


def findings(database: Database, today: dt.date) -> list[Finding]:
    """Return what waits; nothing where no inventory was ever loaded."""
    newest = _newest(database)
    lines = [one for one in connections(database) if one["kind"] in OUTSIDE]
    found = [*_ended(database, today), *_lines(lines, today)]
    if newest is not None and today - newest > OLD:
        told: dict[str, Value] = {"day": newest.isoformat()}
        found.append(_finding("ledger_old", Gravity.WEEK, "/posture/load", "load", told))
    if waiting := open_pairs(database):
        found.append(
            _finding("pairs", Gravity.WEEK, "/posture/pairs", "answer", {"count": waiting})
        )
    if left := assets(database, state="gone", limit=LISTED).rows:
        names = [str(one.number or one.name) for one in left[:NAMED]]
        told = {"count": len(left), "names": names}
        found.append(_finding("left_ledger", Gravity.WEEK, "/posture?state=gone", "look", told))
    if waiting_for := late(database, today):
        told = {"count": len(waiting_for), "names": waiting_for[:NAMED]}
        found.append(_finding("vendors_late", Gravity.WEEK, "/posture/vendors", "look", told))
    return found


def open_line(line: Mapping[str, Any]) -> bool:
    """Return whether a line is known to have no second factor or no restriction of its source."""
    return "no" in {line["second_factor"], line["source_restriction"]}


def unknown_line(line: Mapping[str, Any]) -> bool:
    """Return whether nobody wrote if a line has a second factor and a restriction of its source."""
    return "unknown" in {line["second_factor"], line["source_restriction"]}


def unpatched(line: Mapping[str, Any], today: dt.date) -> bool:
    """Return whether the newest patch of a line's device is older than 180 days."""
    return line["last_patch"] is not None and today - line["last_patch"] > UNPATCHED


def evidence(database: Database, now: dt.datetime, today: dt.date) -> list[Evidence]:
    """Return what the inventory proves now: that there is one, and that its lines are guarded."""
    newest = _newest(database)
    if newest is None:
        ledger = _proof("inventory", now, Result.NOT_CHECKED, "posture.proof.no_ledger")
    elif today - newest > OLD:
        told: dict[str, Value] = {"day": newest.isoformat()}
        ledger = _proof("inventory", now, Result.NOT_CHECKED, "posture.proof.old_ledger", told)
    else:
        good = dt.datetime.combine(newest + OLD, dt.time(), dt.UTC)
        told = {"day": newest.isoformat(), "count": _in_use(database)}
        ledger = _proof("inventory", now, Result.YES, "posture.proof.ledger", told, good)
    lines = [one for one in connections(database) if one["kind"] in OUTSIDE]
    bad = sum(open_line(one) or unpatched(one, today) for one in lines)
    vague = sum(unknown_line(one) or one["last_patch"] is None for one in lines)
    if not lines:
        told_lines = _proof("lines", now, Result.NOT_CHECKED, "posture.proof.no_lines")
    elif bad:
        told = {"count": bad, "total": len(lines)}
        told_lines = _proof("lines", now, Result.NO, "posture.proof.lines_open", told)
    elif vague:
        told = {"count": vague, "total": len(lines)}
        told_lines = _proof("lines", now, Result.NOT_CHECKED, "posture.proof.lines_unknown", told)
    else:
        told = {"total": len(lines)}
        told_lines = _proof("lines", now, Result.YES, "posture.proof.lines", told)
    return [ledger, told_lines]


def _ended(database: Database, today: dt.date) -> Iterator[Finding]:
    past = sa.or_(ASSET.c.eol < today, ASSET.c.eos < today)
    query = sa.select(ASSET.c.number, ASSET.c.name).where(ASSET.c.state == "in_use", past)
    with database.read() as c:
        rows = c.execute(query.order_by(ASSET.c.sort, ASSET.c.id)).all()
    if rows:
        told = [str(row.number or row.name) for row in rows[:NAMED]]
        where = "/posture?state=ended"
        yield _finding("ended", Gravity.WEEK, where, "look", {"count": len(rows), "names": told})
    over = [asset for asset, end in published_ends(database, today).items() if end.ended]
    if over:
        names = sa.select(ASSET.c.number, ASSET.c.name).where(ASSET.c.id.in_(over[:NAMED]))
        with database.read() as c:
            told = [str(row.number or row.name) for row in c.execute(names.order_by(ASSET.c.sort))]
        args: dict[str, Value] = {"count": len(over), "names": told}
        yield _finding("ended_published", Gravity.WEEK, "/posture", "look", args)


def _lines(lines: Sequence[Mapping[str, Any]], today: dt.date) -> Iterator[Finding]:
    sorts = (
        ("lines_open", Gravity.TODAY, [one for one in lines if open_line(one)]),
        ("lines_unpatched", Gravity.TODAY, [one for one in lines if unpatched(one, today)]),
        ("lines_unknown", Gravity.UNKNOWN, [one for one in lines if unknown_line(one) and not open_line(one)]),
    )  # fmt: skip
    for key, gravity, found in sorts:
        if found:
            told = [str(one["name"]) for one in found[:NAMED]]
            where = "/posture/connections"
            yield _finding(key, gravity, where, "look", {"count": len(found), "names": told})


def _newest(database: Database) -> dt.date | None:
    """Return the day of the newest ledger of machines, None where there is none."""
    query = sa.select(LOAD.c.as_of, LOAD.c.at).where(
        LOAD.c.taken_for == "assets", LOAD.c.source == "ledger"
    )
    with database.read() as c:
        days = [row.as_of or row.at.date() for row in c.execute(query)]
    return max(days, default=None)


def _in_use(database: Database) -> int:
    query = sa.select(sa.func.count()).select_from(ASSET).where(ASSET.c.state == "in_use")
    with database.read() as c:
        return int(c.execute(query).scalar_one())


def _finding(
    key: str, gravity: Gravity, where: str, action: str, args: Mapping[str, Value]
) -> Finding:
    return Finding(
        key=f"posture.{key}",
        room="posture",
        gravity=gravity,
        duty="1-5" if key.startswith("lines") else "1-4",
        message=f"posture.finding.{key}",
        where=where,
        action=f"posture.action.{action}",
        args=args,
    )


def _proof(
    subject: str,
    now: dt.datetime,
    result: Result,
    message: str,
    args: Mapping[str, Value] | None = None,
    until: dt.datetime | None = None,
) -> Evidence:
    return Evidence(
        subject=f"posture.{subject}",
        checked_at=now,
        by="posture",
        result=result,
        message=message,
        args=args or {},
        valid_until=until or now + dt.timedelta(days=2),
    )
