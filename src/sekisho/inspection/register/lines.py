"""Keeping the lines: who wrote what and when, each change with what was before it, nothing lost."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sekisho.errors import ConflictError, InvalidInputError
from sekisho.inspection.register.field import Part, Told
from sekisho.inspection.register.held import part as part_of
from sekisho.inspection.register.tables import CHANGE, LINE
from sekisho.inspection.register.written import read
from sekisho.storage import Database

MOST = 20_000
"""Lines of one list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a list.

    Attributes:
        problems: What is amiss with it today; none where it was taken back.
        turn: Of its newest change; who changes it says which one was seen.
        source: ``console``, ``file``, ``start`` (what comes with Sekisho) or ``demo``.
    """

    id: int
    part: str
    told: Told
    stands: bool
    source: str
    file: str | None
    row: int | None
    by: str
    at: dt.datetime
    turn: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Who did what to a line; `fields` are those that are others since."""

    act: str
    by: str
    at: dt.datetime
    fields: tuple[str, ...]
    undone: bool


def add(
    database: Database,
    part: str,
    values: Mapping[str, object],
    *,
    by: str,
    at: dt.datetime,
    today: dt.date,
    source: str = "console",
    file: str | None = None,
    row: int | None = None,
) -> int:
    """Keep a new line, and return its id.

    Raises:
        InvalidInputError: There is no such list, or a value cannot be taken; the message says which.
    """
    told = read(part_of(part), values, today)
    with database.write() as c:
        make_room(c, part, 1)
        return insert(c, part, told, by=by, at=at, source=source, file=file, row=row)


def make_room(c: sa.Connection, part: str, many: int) -> None:
    """Refuse more lines than a list holds.

    Raises:
        InvalidInputError: It would be full.
    """
    there = c.execute(sa.select(sa.func.count()).where(LINE.c.part == part)).scalar() or 0
    if there + many > MOST:
        raise InvalidInputError("register.full", most=MOST)


def insert(
    c: sa.Connection,
    part: str,
    told: Told,
    *,
    by: str,
    at: dt.datetime,
    source: str,
    file: str | None,
    row: int | None,
) -> int:
    """Keep a line that is read already, and return its id."""
    told = {**told, **part_of(part).derive(told)}
    made = c.execute(
        sa.insert(LINE).values(
            part=part, told=told, text=folded(told), stands=True, source=source, file=file,
            row=row, by=by, at=at,
        )
    )  # fmt: skip
    assert made.inserted_primary_key
    identifier = int(made.inserted_primary_key[0])
    _note(c, identifier, 1, "add", None, by, at)
    return identifier


def overwrite(c: sa.Connection, identifier: int, told: Told, *, by: str, at: dt.datetime) -> None:
    """Keep what a list says beside what a line says: fields that it leaves empty stay.

    Raises:
        InvalidInputError: There is no such line.
    """
    row = _row(c, identifier)
    given = {name: value for name, value in told.items() if value is not None}
    _change(c, row, {"told": {**row["told"], **given}}, "change", by, at, None)


def change(
    database: Database,
    identifier: int,
    values: Mapping[str, object],
    *,
    by: str,
    at: dt.datetime,
    today: dt.date,
    seen: int | None = None,
) -> None:
    """Keep other values of a line; fields that are not among `values` stay.

    Args:
        database: Where it is kept.
        identifier: Of the line.
        values: Field → what was written.
        by: Who changes it.
        at: When.
        today: The institution's day.
        seen: `Line.turn` that the person had before the eyes; None where nobody did.

    Raises:
        InvalidInputError: There is no such line, or a value cannot be taken.
        ConflictError: Somebody changed it since `seen`.
    """
    with database.write() as c:
        row = _row(c, identifier)
        told = read(part_of(row["part"]), {**row["told"], **values}, today)
        _change(c, row, {"told": told}, "change", by, at, seen)


def confirm(
    database: Database, *identifiers: int, by: str, at: dt.datetime, today: dt.date
) -> None:
    """Keep that `by` saw today that each of the lines is as written.

    Raises:
        InvalidInputError: There is no such line, or its list is not confirmed so.
    """
    with database.write() as c:
        for identifier in identifiers:
            row = _row(c, identifier)
            if not part_of(row["part"]).confirmed:
                raise InvalidInputError("register.not_confirmed_so")
            told = {**row["told"], "confirmed_on": today.isoformat(), "confirmed_by": by}
            _change(c, row, {"told": told}, "confirm", by, at, None)


def take_back(database: Database, identifier: int, *, by: str, at: dt.datetime) -> None:
    """Take a line out of its list; it stays with its history, and can be put back.

    Raises:
        InvalidInputError: There is no such line.
    """
    with database.write() as c:
        put_away(c, identifier, by=by, at=at)


def put_away(c: sa.Connection, identifier: int, *, by: str, at: dt.datetime) -> None:
    """Take a line out of its list (`take_back`)."""
    _change(c, _row(c, identifier), {"stands": False}, "take_back", by, at, None)


def put_back(database: Database, identifier: int, *, by: str, at: dt.datetime) -> None:
    """Put a line that was taken back into its list again.

    Raises:
        InvalidInputError: There is no such line.
    """
    with database.write() as c:
        _change(c, _row(c, identifier), {"stands": True}, "put_back", by, at, None)


def undo(database: Database, identifier: int, *, by: str, at: dt.datetime) -> None:
    """Make a line what it was before the last change that stands; who undid it is kept too.

    Raises:
        InvalidInputError: There is no such line.
        ConflictError: Nothing is left to undo.
    """
    with database.write() as c:
        undo_last(c, identifier, by=by, at=at)


def undo_last(c: sa.Connection, identifier: int, *, by: str, at: dt.datetime) -> None:
    """Undo the last change of a line that stands (`undo`)."""
    row, of = _row(c, identifier), CHANGE.c
    last = c.execute(
        sa.select(CHANGE)
        .where(of.line_id == identifier, of.undone.is_(False), of.act.not_in(("add", "undo")))
        .order_by(of.turn.desc())
        .limit(1)
    ).first()
    if last is None or not last.before:
        raise ConflictError("register.nothing_to_undo")
    c.execute(sa.update(CHANGE).where(of.id == last.id).values(undone=True))
    _change(c, row, last.before, "undo", by, at, None)


def keep_hidden(
    database: Database, identifier: int, values: Told, *, act: str, by: str, at: dt.datetime
) -> None:
    """Keep what no person types (`Kind.HIDDEN`), with days beside it, as one change `act`.

    Raises:
        InvalidInputError: There is no such line.
    """
    with database.write() as c:
        row = _row(c, identifier)
        _change(c, row, {"told": {**row["told"], **values}}, act, by, at, None)


def lines(
    database: Database,
    part: str,
    *,
    today: dt.date,
    search: str = "",
    problem: str = "",
    gone: bool = False,
) -> list[Line]:
    """Return the lines of a list in the order in which they came.

    Args:
        database: Where they are kept.
        part: Name of the list.
        today: Says what is old.
        search: Words that all must stand somewhere in a line.
        problem: One that it must have; ``any`` for whichever.
        gone: Those that were taken back instead.

    Raises:
        InvalidInputError: There is no such list.
    """
    kept = part_of(part)
    query = _query().where(LINE.c.part == part, LINE.c.stands.is_(not gone)).order_by(LINE.c.id)
    for word in _fold(search).split()[:8]:
        query = query.where(LINE.c.text.contains(word, autoescape=True))
    with database.read() as c:
        found = [_line(row, kept, today) for row in c.execute(query).mappings()]
    if problem:
        found = [one for one in found if problem in one.problems or (problem == "any" and one.problems)]  # fmt: skip
    return found


def line(database: Database, identifier: int, *, today: dt.date) -> Line | None:
    """Return one line, None where there is none of that id."""
    with database.read() as c:
        row = c.execute(_query().where(LINE.c.id == identifier)).mappings().first()
    return None if row is None else _line(row, part_of(row["part"]), today)


def told_of(database: Database, part: str) -> list[Told]:
    """Return what the lines of a list say."""
    query = sa.select(LINE.c.told).where(LINE.c.part == part, LINE.c.stands.is_(True))
    with database.read() as c:
        return [row.told for row in c.execute(query.order_by(LINE.c.id))]


def counts(database: Database) -> dict[str, int]:
    """Return list → how many lines it has; lists without any are not there."""
    query = sa.select(LINE.c.part, sa.func.count()).where(LINE.c.stands.is_(True))
    with database.read() as c:
        return {name: int(many) for name, many in c.execute(query.group_by(LINE.c.part))}


def changes(database: Database, identifier: int) -> list[Changed]:
    """Return who changed a line and what, newest first."""
    with database.read() as c:
        now = c.execute(sa.select(LINE.c.told).where(LINE.c.id == identifier)).scalar()
        query = sa.select(CHANGE).where(CHANGE.c.line_id == identifier)
        rows = c.execute(query.order_by(CHANGE.c.turn.desc())).all()
    after: Told = now or {}
    found = []
    for row in rows:
        before = row.before["told"] if row.before else {}
        names = tuple(n for n in {**before, **after} if before and before.get(n) != after.get(n))
        found.append(Changed(act=row.act, by=row.by, at=row.at, fields=names, undone=row.undone))
        after = before
    return found


def folded(told: Told) -> str:
    """Return all that a line says as it is searched."""
    return _fold(" ".join(str(value) for value in told.values() if isinstance(value, str | int)))


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _query() -> sa.Select[Any]:
    turn = sa.select(sa.func.max(CHANGE.c.turn)).where(CHANGE.c.line_id == LINE.c.id)
    return sa.select(LINE, turn.scalar_subquery().label("turn"))


def _line(row: sa.RowMapping, part: Part, today: dt.date) -> Line:
    told = row["told"]
    problems = part.problems(told, today) if row["stands"] else ()
    values = {name: row[name] for name in Line.__dataclass_fields__ if name != "problems"}
    return Line(**values, problems=problems)


def _row(c: sa.Connection, identifier: int) -> sa.RowMapping:
    row = c.execute(_query().where(LINE.c.id == identifier)).mappings().first()
    if row is None:
        raise InvalidInputError("register.no_line")
    return row


def _change(
    c: sa.Connection,
    row: sa.RowMapping,
    values: Mapping[str, Any],
    act: str,
    by: str,
    at: dt.datetime,
    seen: int | None,
) -> None:
    if seen is not None and seen != row["turn"]:
        raise ConflictError("register.changed_meanwhile")
    if "told" in values:
        told = values["told"]
        values = {**values, "told": {**told, **part_of(row["part"]).derive(told)}}
    if all(row[name] == value for name, value in values.items()):
        return
    before = {"told": row["told"], "stands": row["stands"]}
    _note(c, row["id"], row["turn"] + 1, act, before, by, at)
    text = {"text": folded(values["told"])} if "told" in values else {}
    own = sa.update(LINE).where(LINE.c.id == row["id"])
    c.execute(own.values(**values, **text, by=by, at=at))


def _note(
    c: sa.Connection,
    identifier: int,
    turn: int,
    act: str,
    before: Mapping[str, Any] | None,
    by: str,
    at: dt.datetime,
) -> None:
    values = {"line_id": identifier, "turn": turn, "act": act, "undone": False, "by": by, "at": at}
    try:
        c.execute(sa.insert(CHANGE).values(**values, before=before or sa.null()))
    except sa.exc.IntegrityError as error:
        raise ConflictError("register.changed_meanwhile") from error
