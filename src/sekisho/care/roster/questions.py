"""What the rosters ask, once a ward, and what people answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sekisho.care.roster.grid import Grid
from sekisho.care.roster.letters import LONGEST, Meaning, answer, plain_letter, proposal
from sekisho.care.roster.people import Staff
from sekisho.care.roster.store import EVERYWHERE, key_of, look_up, settle
from sekisho.care.roster.turns import Understood
from sekisho.care.tables import LOAD, ROSTER_GRID, ROSTER_LETTER, ROSTER_NAME, STAFF
from sekisho.errors import InvalidInputError
from sekisho.storage import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """One roster in force: `letters` and `names` are how many of them it still asks."""

    load_id: int
    place: str | None
    place_key: str
    first: dt.date
    last: dt.date
    people: int
    turns: int
    letters: int
    names: int
    path: str
    sheet: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter that a ward's rosters ask.

    Attributes:
        cells: How many cells wait for it.
        why: ``duty``: it is not certain that it is work; ``time``: from when until when.
        proposed: The usual meaning; None where there is none.
    """

    letter: str
    cells: int
    why: str
    proposed: Meaning | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A name that may be several people's, or nobody's: `among` are ids and names of the list."""

    written: str
    line: int
    cells: int
    load_id: int
    among: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the rosters of one place ask; `place` as its newest roster writes it."""

    place: str | None
    key: str
    letters: tuple[Letter, ...]
    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a person said about a letter of a place (key ``*``: everywhere)."""

    key: str
    letter: str
    said: str
    by: str
    at: dt.datetime


def rosters(database: Database, *, place: str | None = None) -> list[Roster]:
    """Return the rosters in force, the newest month first, then by place."""
    query = (
        sa.select(ROSTER_GRID, LOAD.c.path, LOAD.c.sheet)
        .join(LOAD, LOAD.c.id == ROSTER_GRID.c.load_id)
        .where(ROSTER_GRID.c.superseded_by.is_(None))
        .order_by(ROSTER_GRID.c.first.desc(), ROSTER_GRID.c.place_key, ROSTER_GRID.c.load_id)
    )
    if place is not None:
        query = query.where(ROSTER_GRID.c.place_key == key_of(place))
    with database.read() as c:
        return [
            Roster(
                load_id=row.load_id, place=row.place, place_key=row.place_key,
                first=row.first, last=row.last,
                people=row.people, turns=row.turns, letters=len(row.letters),
                names=len(row.names), path=row.path, sheet=row.sheet,
            )
            for row in c.execute(query)
        ]  # fmt: skip


def roster_of(database: Database, load_id: int) -> tuple[Roster, Grid, Understood] | None:
    """Return one roster as written and as understood; None where there is none in force."""
    head = next((one for one in rosters(database) if one.load_id == load_id), None)
    if head is None:
        return None
    with database.read() as c:
        row = c.execute(
            sa.select(ROSTER_GRID, LOAD.c.path, LOAD.c.sheet)
            .join(LOAD, LOAD.c.id == ROSTER_GRID.c.load_id)
            .where(ROSTER_GRID.c.load_id == load_id)
        ).one()
        return head, Grid.from_json(row.grid), look_up(c, row)


def questions(database: Database, *, people: bool = True) -> list[Asked]:
    """Return what is asked, by place.

    Args:
        database: Where the rosters are kept.
        people: False leaves out whom a name may mean (the numbers are enough for a finding).
    """
    with database.read() as c:
        rows = c.execute(
            sa.select(ROSTER_GRID)
            .where(ROSTER_GRID.c.superseded_by.is_(None))
            .order_by(ROSTER_GRID.c.place_key, ROSTER_GRID.c.load_id.desc())
        ).all()
        posts = (
            c.execute(sa.select(STAFF).where(STAFF.c.superseded_by.is_(None))).all()
            if people and any(row.names for row in rows)
            else []
        )
    named = {post.user_id: post.name or "" for post in posts}
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.place_key, []).append(row)
    asked = [
        Asked(
            place=mine[0].place, key=key, letters=_letters(mine), names=_names(mine, posts, named)
        )
        for key, mine in found.items()
    ]
    return [each for each in asked if each.letters or each.names]


def _letters(rows: list[Any]) -> tuple[Letter, ...]:
    cells: dict[str, tuple[int, str]] = {}
    for row in rows:
        for letter, (count, why) in row.letters.items():
            before, kept = cells.get(letter, (0, why))
            cells[letter] = (before + count, "duty" if "duty" in {kept, why} else "time")
    order = sorted(cells.items(), key=lambda one: (one[1][1], -one[1][0], one[0]))
    return tuple(
        Letter(letter=letter, cells=count, why=why, proposed=proposal(letter))
        for letter, (count, why) in order
    )


def _names(rows: list[Any], posts: Sequence[Any], named: Mapping[str, str]) -> tuple[Name, ...]:
    found: dict[str, Name] = {}
    for row in rows:
        if not row.names:
            continue
        staff = Staff(posts, row.first, row.last)
        grid = Grid.from_json(row.grid) if posts else None
        for written, (line, cells) in row.names.items():
            if written in found:
                continue
            at = next((each for each in grid.lines if each.row == line), None) if grid else None
            among = staff.whose(at, row.place, {}).among if at else ()
            found[written] = Name(
                written=written, line=line, cells=cells, load_id=row.load_id,
                among=tuple((user_id, named.get(user_id, "")) for user_id in among),
            )  # fmt: skip
    return tuple(found.values())


def answered(database: Database) -> list[Answered]:
    """Return what people said about letters, by place."""
    with database.read() as c:
        rows = c.execute(
            sa.select(ROSTER_LETTER).order_by(ROSTER_LETTER.c.place_key, ROSTER_LETTER.c.letter)
        ).all()
    return [
        Answered(key=row.place_key, letter=row.letter, said=row.said, by=row.by, at=row.at)
        for row in rows
    ]


def say_letters(
    database: Database, place: str, said: Mapping[str, str], *, by: str, at: dt.datetime
) -> int:
    """Keep what letters mean on a ward and look its rosters up anew; return the turns that it has now.

    Args:
        database: Where the rosters are kept.
        place: The ward as anybody writes it; ``*`` for every ward, ``""`` for rosters of none.
        said: Letter → answer, see `sekisho.care.roster.letters.answer`.
        by: Who says so.
        at: When.

    Raises:
        InvalidInputError: No roster of that place is here, or an answer cannot be read.
    """
    key = EVERYWHERE if place == EVERYWHERE else key_of(place)
    letters = {plain_letter(letter)[:LONGEST]: text.strip() for letter, text in said.items()}
    for letter, text in letters.items():
        answer(text, letter)
    with database.write() as c:
        mine = _load_ids(c, key, place)
        for letter, text in letters.items():
            c.execute(
                sa.delete(ROSTER_LETTER)
                .where(ROSTER_LETTER.c.place_key == key)
                .where(ROSTER_LETTER.c.letter == letter)
            )
            c.execute(
                sa.insert(ROSTER_LETTER).values(
                    place_key=key, letter=letter, said=text, by=by, at=at
                )
            )
        settle(c, mine)
        return _turns(c, mine)


def say_name(
    database: Database, place: str, written: str, user_id: str, *, by: str, at: dt.datetime
) -> int:
    """Keep whose a name on a ward's rosters is and look them up anew; return the turns that they have now.

    Raises:
        InvalidInputError: No roster of that place is here, or the id is in no staff list.
    """
    key = key_of(place)
    with database.write() as c:
        mine = _load_ids(c, key, place)
        known = c.scalar(
            sa.select(sa.func.count())
            .select_from(STAFF)
            .where(STAFF.c.user_id == user_id, STAFF.c.superseded_by.is_(None))
        )
        if not known:
            raise InvalidInputError("care.roster.no_such_person", user_id=user_id)
        c.execute(
            sa.delete(ROSTER_NAME)
            .where(ROSTER_NAME.c.place_key == key)
            .where(ROSTER_NAME.c.written == written)
        )
        c.execute(
            sa.insert(ROSTER_NAME).values(
                place_key=key, written=written, user_id=user_id, by=by, at=at
            )
        )
        settle(c, mine)
        return _turns(c, mine)


def _load_ids(c: sa.Connection, key: str, place: str) -> list[int]:
    query = sa.select(ROSTER_GRID.c.load_id).where(ROSTER_GRID.c.superseded_by.is_(None))
    if key != EVERYWHERE:
        query = query.where(ROSTER_GRID.c.place_key == key)
    found = list(c.scalars(query))
    if not found:
        raise InvalidInputError("care.roster.no_such_place", place=place)
    return found


def _turns(c: sa.Connection, load_ids: list[int]) -> int:
    query = sa.select(sa.func.sum(ROSTER_GRID.c.turns)).where(ROSTER_GRID.c.load_id.in_(load_ids))
    return int(c.scalar(query) or 0)
