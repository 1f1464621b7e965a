"""Notices: entered by a named person, joined or refused where they overlap, ended early, taken back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from sekisho.errors import ConflictError, InvalidInputError
from sekisho.inspection.period.records import Entry, Notice, Period
from sekisho.inspection.period.tables import MOMENT, NOTICE, WORD
from sekisho.inspection.typed import line
from sekisho.storage import Database

LONGEST = dt.timedelta(days=400)
"""A period that has no end is none."""
PAST = dt.timedelta(days=31)
"""A letter is sometimes entered after the day on which it begins."""
LETTERS, TEXT = 200, 2000
"""Characters of a line, and of a reason."""


def enter(
    database: Database,
    entry: Entry,
    *,
    by: str,
    at: dt.datetime,
    today: dt.date,
    join: bool = False,
) -> Period:
    """Keep a notice; return the period that it makes, or that it joins.

    Args:
        database: Where.
        entry: What the letter says.
        by: Who enters it.
        at: Now, UTC-aware.
        today: The institution's day.
        join: Whether it makes one period with what it overlaps; else an overlap is refused.

    Raises:
        InvalidInputError: Something is missing, or the days cannot be.
        ConflictError: It overlaps a period that stands, or another was entered at this moment.
    """
    sender, letter, reason, begin, end = _checked(entry, today)
    with database.write() as c:
        every = _every(c)
        met = [one for one in every if one.stands and one.begin <= end and begin <= one.end]
        if met and not join:
            raise ConflictError(
                "inspection.period.overlaps", letter=met[0].letter,
                begin=met[0].begin.isoformat(), end=met[0].end.isoformat(),
            )  # fmt: skip
        identifier = max((one.id for one in every), default=0) + 1
        number = min((one.period for one in met), default=identifier)
        values = {
            "id": identifier, "period": number, "sender": sender, "letter": letter,
            "lettered_on": entry.lettered_on, "begin": begin, "end": end, "reason": reason,
            "by": by, "at": at,
        }  # fmt: skip
        try:
            c.execute(NOTICE.insert().values(values))
        except sa.exc.IntegrityError as error:
            raise ConflictError("inspection.period.entered_since") from error
        # A notice that bridges two periods makes them one.
        joined = [one.period for one in met if one.period != number]
        for table in (NOTICE, WORD, MOMENT) if joined else ():
            c.execute(sa.update(table).where(table.c.period.in_(joined)).values(period=number))
    return period(database, number)


def end_early(
    database: Database, number: int, *, by: str, at: dt.datetime, today: dt.date, why: str
) -> Period:
    """End a running period today, in somebody's name.

    Raises:
        InvalidInputError: There is none of that number, or no reason is given.
        ConflictError: It does not run.
    """
    why = _reason(why, "inspection.period.end_why")
    if not period(database, number).runs(today):
        raise ConflictError("inspection.period.runs_not")
    standing = (
        NOTICE.c.period == number, NOTICE.c.withdrawn_at.is_(None), NOTICE.c.ended_on.is_(None),
    )  # fmt: skip
    with database.write() as c:
        c.execute(
            NOTICE.update()
            .where(*standing)
            .values(ended_on=today, ended_by=by, ended_at=at, ended_why=why)
        )
    return period(database, number)


def withdraw(database: Database, identifier: int, *, by: str, at: dt.datetime, why: str) -> Period:
    """Take a notice back that was entered by mistake; it stays to be read, and counts no more.

    Raises:
        InvalidInputError: There is none, or no reason is given.
        ConflictError: It was taken back already.
    """
    why = _reason(why, "inspection.period.withdraw_why")
    with database.write() as c:
        found = next((one for one in _every(c) if one.id == identifier), None)
        if found is None:
            raise InvalidInputError("inspection.period.no_notice")
        if found.withdrawn_at is not None:
            raise ConflictError("inspection.period.withdrawn_already")
        c.execute(
            NOTICE.update()
            .where(NOTICE.c.id == identifier)
            .values(withdrawn_by=by, withdrawn_at=at, withdrawn_why=why)
        )
    return period(database, found.period)


def periods(database: Database) -> list[Period]:
    """Return every period, the one that begins last first; those taken back too."""
    with database.read() as c:
        every = _every(c)
    groups: dict[int, list[Notice]] = {}
    for one in every:
        groups.setdefault(one.period, []).append(one)
    made = [Period(number=number, notices=tuple(group)) for number, group in groups.items()]
    return sorted(made, key=lambda one: (one.begin, one.number), reverse=True)


def period(database: Database, number: int) -> Period:
    """Return one period.

    Raises:
        InvalidInputError: There is none of that number.
    """
    found = next((one for one in periods(database) if one.number == number), None)
    if found is None:
        raise InvalidInputError("inspection.period.none")
    return found


def running(database: Database, today: dt.date) -> Period | None:
    """Return the period in force on the local day `today`; two never are, None where none is."""
    return next((one for one in periods(database) if one.runs(today)), None)


def _every(c: sa.Connection) -> Sequence[Notice]:
    rows = c.execute(sa.select(NOTICE).order_by(NOTICE.c.id)).mappings()
    return [Notice(**row) for row in rows]


def _checked(entry: Entry, today: dt.date) -> tuple[str, str, str, dt.date, dt.date]:
    sender, letter = line(entry.sender), line(entry.letter)
    if not sender or not letter or max(len(sender), len(letter)) > LETTERS:
        raise InvalidInputError("inspection.period.from_whom", most=LETTERS)
    reason = _reason(entry.reason, "inspection.period.reason")
    begin, end = entry.begin, entry.end
    if begin is None or end is None or end < begin:
        raise InvalidInputError("inspection.period.days")
    if end < today:
        raise InvalidInputError("inspection.period.is_over")
    if begin < today - PAST or end - begin > LONGEST:
        raise InvalidInputError("inspection.period.too_long", past=PAST.days, days=LONGEST.days)
    if entry.lettered_on is not None and entry.lettered_on > today:
        raise InvalidInputError("inspection.period.lettered_ahead")
    return sender, letter, reason, begin, end


def _reason(text: str, missing: str) -> str:
    text = line(text)
    if not text or len(text) > TEXT:
        raise InvalidInputError(missing, most=TEXT)
    return text
