"""A list that was loaded by mistake, taken back as a whole: what a person changed since stays."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from sekisho.errors import ConflictError
from sekisho.inspection.register.lines import put_away, undo_last
from sekisho.inspection.register.tables import CHANGE, LINE
from sekisho.storage import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A file that was loaded into a list.

    Attributes:
        id: Of the first line that came from it.
        lines: How many lines of it stand as they came.
    """

    id: int
    file: str
    by: str
    at: dt.datetime
    lines: int


def loads(database: Database, part: str) -> list[Load]:
    """Return the files of which lines stand as they came, the newest first."""
    made, last = CHANGE.alias(), _newest()
    query = (
        sa.select(sa.func.min(LINE.c.id), LINE.c.file, made.c.by, made.c.at, sa.func.count())
        .join(made, (made.c.line_id == LINE.c.id) & (made.c.turn == 1))
        .join(last, last.c.line_id == LINE.c.id)
        .where(LINE.c.part == part, LINE.c.source == "file", LINE.c.stands.is_(True))
        .where(last.c.turn == 1)
        .group_by(LINE.c.file, made.c.by, made.c.at)
        .order_by(made.c.at.desc())
    )
    with database.read() as c:
        return [
            Load(id=row[0], file=row[1], by=row[2], at=row[3], lines=row[4])
            for row in c.execute(query)
        ]


def take_back_load(
    database: Database, part: str, first: int, *, by: str, at: dt.datetime
) -> tuple[int, int]:
    """Take back what a file brought, and return how many lines it added and how many it changed.

    Lines that a person changed since stay as they are; of a line that the file only changed, its
    change is undone where it is the last one.

    Args:
        database: Where the lines are kept.
        part: Name of the list.
        first: `Load.id`.
        by: Who takes it back.
        at: When.

    Raises:
        ConflictError: Nothing of it stands as it came.
    """
    load = next((one for one in loads(database, part) if one.id == first), None)
    if load is None:
        raise ConflictError("register.load.gone")
    last = _newest()
    own = (CHANGE.c.by == load.by) & (CHANGE.c.at == load.at)
    query = (
        sa.select(CHANGE.c.line_id, CHANGE.c.act)
        .join(last, (last.c.line_id == CHANGE.c.line_id) & (last.c.turn == CHANGE.c.turn))
        .join(LINE, LINE.c.id == CHANGE.c.line_id)
        .where(own, LINE.c.part == part, LINE.c.stands.is_(True))
    )
    added = changed = 0
    with database.write() as c:
        for identifier, act in c.execute(query).all():
            if act == "add":
                put_away(c, identifier, by=by, at=at)
                added += 1
            elif act == "change":
                undo_last(c, identifier, by=by, at=at)
                changed += 1
    return added, changed


def _newest() -> sa.Subquery:
    """Return each line with the turn of its newest change."""
    turn = sa.func.max(CHANGE.c.turn).label("turn")
    return sa.select(CHANGE.c.line_id, turn).group_by(CHANGE.c.line_id).subquery()
