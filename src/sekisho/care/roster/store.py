"""Rosters kept: the newest word of a ward and a day stands, and answers are heard at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from sekisho.care.keep import row_key
from sekisho.care.level import Span, join
from sekisho.care.places import place_key
from sekisho.care.records import Kind
from sekisho.care.roster.grid import Grid, Line
from sekisho.care.roster.letters import Letters, Meaning, answer, latin_is_work, proposal
from sekisho.care.roster.people import Staff
from sekisho.care.roster.turns import Understood, understand
from sekisho.care.tables import (
    LOAD,
    ROSTER,
    ROSTER_GRID,
    ROSTER_LETTER,
    ROSTER_NAME,
    STAFF,
)
from sekisho.storage import Database

EVERYWHERE = "*"
_CHUNK = 500
_WORDS = 64


def key_of(place: str | None) -> str:
    """Return the key under which answers of a place are kept; "" where a sheet names none."""
    return (place_key(place) or "")[:_WORDS]


def keep(
    c: sa.Connection, grid: Grid, path: str, sheet: str | None, digest: str, at: dt.datetime
) -> tuple[int, bool]:
    """Keep `grid` and return the id of its load, and whether it is new.

    The same sheet of the same file, still in force, is kept once. A roster that names half
    of the people of an older one of that ward and those days is its correction and takes its
    place; one that names others stands beside it.
    """
    key, first, last = key_of(grid.place), grid.days[0], grid.days[-1]
    older = c.execute(
        sa.select(ROSTER_GRID, LOAD.c.digest, LOAD.c.sheet)
        .join(LOAD, LOAD.c.id == ROSTER_GRID.c.load_id)
        .where(ROSTER_GRID.c.place_key == key)
        .where(ROSTER_GRID.c.superseded_by.is_(None))
        .where(ROSTER_GRID.c.first <= last, ROSTER_GRID.c.last >= first)
        .order_by(ROSTER_GRID.c.load_id)
    ).all()
    for row in older:
        if row.digest == digest and row.sheet == sheet and row.first == first:
            return row.load_id, False
    made = c.execute(
        sa.insert(LOAD).values(
            path=path, sheet=sheet, digest=digest, taken_for=Kind.ROSTERS, rows=0, refused=0,
            first=first, last=last, doubts=[], at=at,
        )
    )  # fmt: skip
    assert made.inserted_primary_key
    load_id = int(made.inserted_primary_key[0])
    c.execute(
        sa.insert(ROSTER_GRID).values(
            load_id=load_id, place=grid.place, place_key=key, first=first, last=last,
            grid=grid.to_json(), people=0, turns=0, letters={}, names={},
        )
    )  # fmt: skip
    replaced = [row.load_id for row in older if _corrects(grid, Grid.from_json(row.grid))]
    if replaced:
        c.execute(
            sa.update(ROSTER_GRID)
            .where(ROSTER_GRID.c.load_id.in_(replaced))
            .values(superseded_by=load_id)
        )
    return load_id, True


def place_by_people(lists: StaffLists, grid: Grid) -> None:
    """Give `grid` the ward of its people, where it names none and most of them have the same one."""
    if grid.named or grid.layout == "duties":
        return
    posts = lists.posts
    staff = lists.of(grid.days[0], grid.days[-1])
    if grid.place and staff.has_place(key_of(grid.place)):
        return
    ids = {staff.whose(line, None, {}).user_id for line in grid.lines} - {None}
    wards = [post.ward or post.department for post in posts if post.user_id in ids]
    count: dict[str, list[str]] = {}
    for ward in wards:
        if ward and key_of(ward):
            count.setdefault(key_of(ward), []).append(ward)
    most = max(count.values(), key=len, default=[])
    if most and len(most) * 5 >= len(wards) * 3:
        grid.place = most[0]
        grid.doubts.append(("care.roster.place_of_people", {"place": most[0]}))


def _corrects(new: Grid, old: Grid) -> bool:
    """Return whether `new` is `old` corrected: the same kind of lines of mostly the same people."""
    if not {line.actual for line in old.lines} <= {line.actual for line in new.lines}:
        return False  # the plan stands beside what was worked
    if not set(old.days) <= set(new.days) or old.layout != new.layout:
        return False
    mine, theirs = _written(new.lines), _written(old.lines)
    return bool(mine & theirs) and len(mine & theirs) * 2 >= min(len(mine), len(theirs))


def _written(lines: Iterable[Line]) -> set[tuple[str | None, str | None, str | None]]:
    return {(line.user_id, None if line.user_id else line.name, line.slot) for line in lines}


def settle(c: sa.Connection, load_ids: Sequence[int]) -> dict[int, Understood]:
    """Look the rosters `load_ids` up anew, with those of the same wards and days; return each reading.

    Of one person and day, plan or actual, the newest roster of a ward stands.
    """
    asked = c.execute(
        sa.select(ROSTER_GRID.c.place_key, sa.func.min(ROSTER_GRID.c.first), sa.func.max(ROSTER_GRID.c.last))
        .where(ROSTER_GRID.c.load_id.in_(load_ids))
        .group_by(ROSTER_GRID.c.place_key)
    ).all()  # fmt: skip
    found: dict[int, Understood] = {}
    lists = StaffLists(c)
    for key, first, last in asked:
        rows = c.execute(
            sa.select(ROSTER_GRID, LOAD.c.path, LOAD.c.sheet)
            .join(LOAD, LOAD.c.id == ROSTER_GRID.c.load_id)
            .where(ROSTER_GRID.c.place_key == key)
            .where(ROSTER_GRID.c.first <= last, ROSTER_GRID.c.last >= first)
            .order_by(ROSTER_GRID.c.load_id.desc())
        ).all()
        found |= _settle_place(c, rows, lists)
    return found


def _settle_place(
    c: sa.Connection, rows: Sequence[Any], lists: StaffLists
) -> dict[int, Understood]:
    found: dict[int, Understood] = {}
    told: set[tuple[str, dt.date, bool]] = set()
    new: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row.superseded_by is not None:
            continue
        read = look_up(c, row, lists)
        found[row.load_id] = read
        mine = set()
        for line, values in read.rows:
            who = (values["user_id"], values["day"], values["actual"])
            if who in told:
                continue
            mine.add(who)
            key = row_key(Kind.ROSTERS, values)
            new.setdefault(key, {**values, "key": key, "load_id": row.load_id, "row": line})
        told |= mine
    ids = [row.load_id for row in rows]
    for at in range(0, len(ids), _CHUNK):
        c.execute(sa.delete(ROSTER).where(ROSTER.c.load_id.in_(ids[at : at + _CHUNK])))
    keys = list(new)
    for at in range(0, len(keys), _CHUNK):
        c.execute(sa.delete(ROSTER).where(ROSTER.c.key.in_(keys[at : at + _CHUNK])))
    if new:
        c.execute(sa.insert(ROSTER), list(new.values()))
    for load_id, read in found.items():
        people = {w.user_id or n for n, w in enumerate(read.whose) if read.cells[n]}
        c.execute(
            sa.update(ROSTER_GRID)
            .where(ROSTER_GRID.c.load_id == load_id)
            .values(
                people=len(people),
                turns=len(read.rows),
                letters={letter: list(asked) for letter, asked in read.letters.items()},
                names={name: list(asked) for name, asked in read.names.items()},
            )
        )
        c.execute(sa.update(LOAD).where(LOAD.c.id == load_id).values(rows=len(read.rows)))
    return found


class StaffLists:
    """The staff list, laid out once for each period that rosters ask about."""

    def __init__(self, c: sa.Connection) -> None:
        self.posts = c.execute(sa.select(STAFF).where(STAFF.c.superseded_by.is_(None))).all()
        self._found: dict[tuple[dt.date, dt.date], Staff] = {}

    def of(self, first: dt.date, last: dt.date) -> Staff:
        """Return who is in the list on some day from `first` to `last`."""
        if (first, last) not in self._found:
            self._found[first, last] = Staff(self.posts, first, last)
        return self._found[first, last]


def look_up(c: sa.Connection, row: Any, lists: StaffLists | None = None) -> Understood:
    """Return the roster of a row of `ROSTER_GRID` (with `path` and `sheet` of its load), looked up."""
    grid = Grid.from_json(row.grid)
    where = f"{row.path} [{row.sheet}]" if row.sheet else str(row.path)
    names = dict(
        c.execute(
            sa.select(ROSTER_NAME.c.written, ROSTER_NAME.c.user_id).where(
                ROSTER_NAME.c.place_key == row.place_key
            )
        ).all()
    )
    staff = (lists or StaffLists(c)).of(row.first, row.last)
    return understand(grid, letters_of(c, row.place_key, grid), staff, names, where)


def letters_of(c: sa.Connection, key: str, grid: Grid) -> Letters:
    """Return what the letters of `grid` mean: answers, its legend, what is usual."""
    said: dict[str, dict[str, Meaning]] = {key: {}, EVERYWHERE: {}}
    for row in c.execute(
        sa.select(ROSTER_LETTER).where(ROSTER_LETTER.c.place_key.in_({key, EVERYWHERE}))
    ):
        said[row.place_key][row.letter] = answer(row.said, row.letter)
    cells = [turn.text for line, turn in grid.turns() if line.slot is None]
    lines = sum(not line.actual for line in grid.lines) or len(grid.lines)
    return Letters(
        answers=said[key],
        everywhere=said[EVERYWHERE],
        legend=_legend(grid),
        works=latin_is_work(cells, max(len(grid.days) * lines, len(cells))),
    )


def _legend(grid: Grid) -> Mapping[str, Meaning]:
    found = {}
    for letter, (word, start, end) in grid.legend.items():
        named = proposal(word) if word else None
        usual = proposal(letter)
        base = named if named and named.sure else usual
        if start and end:
            duty = base.duty if base and base.duty != "off" else "work"
            found[letter] = Meaning(duty=duty, start=start, end=end, said="legend")
        elif named is not None and named.sure:
            found[letter] = named
    return found


def counts(c: sa.Connection, load_ids: Sequence[int]) -> list[tuple[int, tuple[int, int]]]:
    """Return (load, (people, turns)) of rosters as they stand."""
    query = sa.select(ROSTER_GRID).where(ROSTER_GRID.c.load_id.in_(load_ids))
    return [(row.load_id, (row.people, row.turns)) for row in c.execute(query)]


def settle_open(c: sa.Connection) -> int:
    """Look up again every roster that still asks for a name; return how many there are.

    A staff list that arrives after the rosters answers most of them.
    """
    rows = c.execute(
        sa.select(ROSTER_GRID.c.load_id, ROSTER_GRID.c.names).where(
            ROSTER_GRID.c.superseded_by.is_(None)
        )
    ).all()
    waiting = [row.load_id for row in rows if row.names]
    if waiting:
        settle(c, waiting)
    return len(waiting)


def roster_places(database: Database) -> dict[str, list[Span]]:
    """Return for each place the periods that its rosters cover: key of `place_key` → spans in order.

    A roster that names no place stands under "".
    """
    spans: dict[str, list[Span]] = {}
    with database.read() as c:
        rows = c.execute(sa.select(ROSTER_GRID).where(ROSTER_GRID.c.superseded_by.is_(None))).all()
    for row in rows:
        keys = {row.place_key}
        if row.grid["layout"] == "duties":
            keys |= {key_of(line["place"]) for line in row.grid["lines"] if line["place"]}
        for key in keys:
            spans.setdefault(key, []).append((row.first, row.last))
    return {key: join(found, 0) for key, found in sorted(spans.items())}
