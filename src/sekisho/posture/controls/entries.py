"""The entries: kept by a named person or told by a ledger, each change with what was before it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sekisho.errors import ConflictError, InvalidInputError
from sekisho.posture.controls.target import resolve
from sekisho.posture.tables import ASSET, CONNECTION, CONTROL, CONTROL_CHANGE
from sekisho.storage import Database

WHATS = (
    "scanner", "patches", "firewall", "logs", "usb", "second_factor", "source_restriction",
    "accounts", "encryption", "backup", "other",
)  # fmt: skip
ORDERED = ("maker", "vendor", "own", "unknown")
PROBLEMS = ("overdue", "alone", "no_order", "endless", "unconfirmed")
"""What is amiss with an entry: its day has passed, nothing stands in its place, nobody named
ordered it, it has no last day, nobody confirmed it within a year."""
CONFIRMED = dt.timedelta(days=365)
LONGEST = 2_000
_TEXTS = ("about", "ordered_by", "contact", "why", "instead", "confirmed_by", "note")
_DAYS = ("since", "until", "confirmed_on")
KEPT = ("what", "asset_id", "connection_id", "ordered", *_TEXTS, *_DAYS, "state")
"""Columns that a change keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One entry, with the machine or line it is of.

    Attributes:
        told: Values of its columns.
        target: Number and name of the machine or line, else what is written.
        problems: Those of `PROBLEMS` that it has today.
    """

    told: Mapping[str, Any]
    target: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of entries; `after` is where the next one begins, 0 on the last."""

    rows: tuple[Shown, ...]
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Who changed an entry and when; `fields` are the columns that are others since."""

    id: int
    by: str
    at: dt.datetime
    fields: tuple[str, ...]
    undone: bool


def problem(name: str, today: dt.date) -> sa.ColumnElement[bool]:
    """Return that an entry that is off has the problem `name`."""
    c = CONTROL.c
    asked: dict[str, sa.ColumnElement[bool]] = {
        "overdue": c.until < today,
        "alone": c.instead.is_(None),
        "no_order": sa.or_(c.ordered == "unknown", c.ordered_by.is_(None)),
        "endless": c.until.is_(None),
        "unconfirmed": sa.or_(c.confirmed_on.is_(None), c.confirmed_on < today - CONFIRMED),
    }
    return sa.and_(c.state == "off", asked[name])


def add(
    database: Database, values: Mapping[str, str], *, by: str, at: dt.datetime, today: dt.date
) -> int:
    """Keep a new entry, and return its id.

    Raises:
        InvalidInputError: A value cannot be taken; the message says which.
    """
    with database.write() as c:
        made = c.execute(
            sa.insert(CONTROL).values(
                **_read(c, values, today), state="off", source="console", by=by, at=at
            )
        )
        assert made.inserted_primary_key
        identifier = int(made.inserted_primary_key[0])
        note_change(c, identifier, None, by, at)
        return identifier


def change(
    database: Database,
    identifier: int,
    values: Mapping[str, str],
    *,
    by: str,
    at: dt.datetime,
    today: dt.date,
) -> None:
    """Keep other values of an entry; what it was before is kept beside.

    Raises:
        InvalidInputError: There is no such entry, or a value cannot be taken.
    """
    with database.write() as c:
        _change(c, identifier, _read(c, values, today), by, at)


def lift(database: Database, identifier: int, *, off: bool, by: str, at: dt.datetime) -> None:
    """Keep that the control is on again, or `off` again.

    Raises:
        InvalidInputError: There is no such entry.
    """
    with database.write() as c:
        _change(c, identifier, {"state": "off" if off else "on"}, by, at)


def confirm(
    database: Database, identifier: int, *, by: str, at: dt.datetime, today: dt.date
) -> None:
    """Keep that `by` has seen today that it is as written.

    Raises:
        InvalidInputError: There is no such entry.
    """
    with database.write() as c:
        _change(c, identifier, {"confirmed_by": by, "confirmed_on": today}, by, at)


def undo(database: Database, identifier: int, *, by: str, at: dt.datetime) -> None:
    """Make an entry what it was before the last change that stands; who undid it is kept too.

    Raises:
        InvalidInputError: There is no such entry.
        ConflictError: Nothing is left to undo.
    """
    with database.write() as c:
        _row(c, identifier)
        of = CONTROL_CHANGE.c
        last = c.execute(
            sa.select(CONTROL_CHANGE)
            .where(of.control_id == identifier, of.undone.is_(False), of.before.is_not(None))
            .order_by(of.id.desc())
            .limit(1)
        ).first()
        if last is None or not last.before:
            raise ConflictError("posture.control.nothing_to_undo")
        values = {name: _day(last.before[name]) if name in _DAYS else last.before[name] for name in KEPT}  # fmt: skip
        c.execute(sa.update(CONTROL).where(CONTROL.c.id == identifier).values(values | {"by": by, "at": at}))  # fmt: skip
        c.execute(sa.update(CONTROL_CHANGE).where(of.id == last.id).values(undone=True))


def note_change(
    c: sa.Connection, identifier: int, before: Mapping[str, Any] | None, by: str, at: dt.datetime
) -> None:
    """Keep what an entry was before it is changed; None where it was not there."""
    kept = None
    if before is not None:
        kept = {n: before[n].isoformat() if isinstance(before[n], dt.date) else before[n] for n in KEPT}  # fmt: skip
    c.execute(
        sa.insert(CONTROL_CHANGE).values(
            control_id=identifier, by=by, at=at, before=kept or sa.null(), undone=False
        )
    )


def entries(
    database: Database,
    *,
    today: dt.date,
    search: str = "",
    what: str = "",
    chosen: str = "",
    vendor: str = "",
    after: int = 0,
    limit: int = 50,
) -> Page:
    """Return a page of entries, in the order in which they came.

    Args:
        database: Where they are kept.
        today: Says what is overdue.
        search: Words that all must stand in target, who ordered it, why and what stands instead.
        what: One of `WHATS`, "" for all.
        chosen: One of `PROBLEMS`, ``off``, or ``on``; "" is ``off``.
        vendor: Exactly who ordered it.
        after: `Page.after` of the page before.
        limit: Entries of a page.
    """
    query = _joined(today).where(CONTROL.c.id > after).order_by(CONTROL.c.id).limit(limit + 1)
    looked = [CONTROL.c[n] for n in _TEXTS] + [ASSET.c.text, CONNECTION.c.name, CONNECTION.c.number]
    for part in search.split()[:8]:
        query = query.where(sa.or_(*(one.icontains(part, autoescape=True) for one in looked)))
    if what:
        query = query.where(CONTROL.c.what == what)
    if vendor:
        query = query.where(CONTROL.c.ordered_by == vendor)
    query = query.where(
        problem(chosen, today) if chosen in PROBLEMS else CONTROL.c.state == (chosen or "off")
    )
    with database.read() as c:
        rows = c.execute(query).mappings().all()
    shown = rows[:limit]
    more = int(shown[-1]["id"]) if len(rows) > limit else 0
    return Page(rows=tuple(_shown(row) for row in shown), after=more)


def entry(database: Database, identifier: int, *, today: dt.date) -> Shown | None:
    """Return one entry, None where there is none of that id."""
    with database.read() as c:
        row = c.execute(_joined(today).where(CONTROL.c.id == identifier)).mappings().first()
    return _shown(row) if row is not None else None


def of_asset(database: Database, asset: int, *, today: dt.date) -> list[Shown]:
    """Return what is off on one machine."""
    query = _joined(today).where(CONTROL.c.asset_id == asset, CONTROL.c.state == "off")
    with database.read() as c:
        return [_shown(row) for row in c.execute(query).mappings()]


def changes(database: Database, identifier: int) -> list[Changed]:
    """Return who changed an entry and what, newest first."""
    of = CONTROL_CHANGE.c
    with database.read() as c:
        now = c.execute(sa.select(CONTROL).where(CONTROL.c.id == identifier)).mappings().first()
        rows = c.execute(
            sa.select(CONTROL_CHANGE).where(of.control_id == identifier).order_by(of.id.desc())
        ).all()
    after = {n: str(now[n]) for n in KEPT} if now is not None else {}
    found = []
    for row in rows:
        before = {n: str(row.before[n]) for n in KEPT} if row.before else {}
        fields = tuple(n for n in KEPT if before and before[n] != after.get(n))
        found.append(Changed(id=row.id, by=row.by, at=row.at, fields=fields, undone=row.undone))
        after = before
    return found


def sums(database: Database, today: dt.date) -> dict[str, int]:
    """Return problem → how many entries have it, and ``off`` → how many controls are off."""
    counted = [sa.func.count(sa.case((problem(n, today), 1))).label(n) for n in PROBLEMS]
    off = sa.func.count(sa.case((CONTROL.c.state == "off", 1))).label("off")
    with database.read() as c:
        row = c.execute(sa.select(*counted, off)).mappings().one()
    return {name: int(count) for name, count in row.items()}


def addressees(database: Database) -> list[tuple[str, int]]:
    """Return who ordered controls off, and how many of them are; the institution itself is left out."""
    c = CONTROL.c
    query = (
        sa.select(c.ordered_by, sa.func.count())
        .where(c.state == "off", c.ordered.in_(("maker", "vendor")), c.ordered_by.is_not(None))
        .group_by(c.ordered_by)
        .order_by(c.ordered_by)
    )
    with database.read() as connection:
        return [(str(name), int(count)) for name, count in connection.execute(query)]


def _change(
    c: sa.Connection, identifier: int, values: Mapping[str, Any], by: str, at: dt.datetime
) -> None:
    before = _row(c, identifier)
    if all(before[name] == value for name, value in values.items()):
        return
    note_change(c, identifier, before, by, at)
    c.execute(sa.update(CONTROL).where(CONTROL.c.id == identifier).values(**values, by=by, at=at))


def _row(c: sa.Connection, identifier: int) -> dict[str, Any]:
    row = c.execute(sa.select(CONTROL).where(CONTROL.c.id == identifier)).mappings().first()
    if row is None:
        raise InvalidInputError("posture.control.gone")
    return dict(row)


def _joined(today: dt.date) -> sa.Select[Any]:
    numbered = (
        ASSET.c.number.label("asset_number"), ASSET.c.name.label("asset_name"),
        CONNECTION.c.number.label("line_number"), CONNECTION.c.name.label("line_name"),
    )  # fmt: skip
    whole = CONTROL.outerjoin(ASSET, ASSET.c.id == CONTROL.c.asset_id)
    whole = whole.outerjoin(CONNECTION, CONNECTION.c.id == CONTROL.c.connection_id)
    amiss = (problem(name, today).label(name) for name in PROBLEMS)
    return sa.select(CONTROL, *numbered, *amiss).select_from(whole)


def _shown(row: sa.RowMapping) -> Shown:
    named = [row[n] for n in ("asset_number", "asset_name", "line_number", "line_name") if row[n]]
    return Shown(
        told={column.name: row[column.name] for column in CONTROL.c},
        target=" ".join(named) or row["about"] or "",
        problems=tuple(name for name in PROBLEMS if row[name]),
    )


def _read(c: sa.Connection, values: Mapping[str, str], today: dt.date) -> dict[str, Any]:
    """Return the values of a form as values of the columns."""
    what, ordered = values.get("what", ""), values.get("ordered", "unknown")
    if what not in WHATS or ordered not in ORDERED:
        raise InvalidInputError("posture.control.what")
    found: dict[str, Any] = {"what": what, "ordered": ordered}
    for name in _TEXTS:
        text = " ".join(values.get(name, "").split())
        if len(text) > LONGEST:
            raise InvalidInputError("posture.control.too_long")
        found[name] = text or None
    for name in _DAYS:
        try:
            found[name] = _day(values.get(name, "").strip())
        except ValueError as error:
            raise InvalidInputError("posture.control.day") from error
    if found["about"] is None:
        raise InvalidInputError("posture.control.no_target")
    if found["since"] and found["until"] and found["until"] < found["since"]:
        raise InvalidInputError("posture.control.backwards")
    if found["confirmed_on"] and found["confirmed_on"] > today:
        raise InvalidInputError("posture.control.not_yet")
    found["asset_id"], found["connection_id"] = resolve(c, found["about"])
    return found


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
