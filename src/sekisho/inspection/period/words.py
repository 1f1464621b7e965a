"""What people confirm while a period runs: who is on duty, that contacts are right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from sekisho.errors import ConflictError, InvalidInputError
from sekisho.inspection.period.notices import period
from sekisho.inspection.period.records import Word
from sekisho.inspection.period.rules import Ask, rules
from sekisho.inspection.period.tables import WORD
from sekisho.inspection.typed import lines
from sekisho.storage import Database

TEXT = 1000
"""Characters of an answer."""


def confirm(
    database: Database,
    number: int,
    ask: str,
    text: str,
    *,
    by: str,
    at: dt.datetime,
    today: dt.date,
) -> None:
    """Keep what a named person confirms in a running period; earlier words stay.

    Raises:
        InvalidInputError: There is no such period or question, or nothing is said.
        ConflictError: The period does not run.
    """
    if ask not in {one.id for one in rules().asks}:
        raise InvalidInputError("inspection.period.no_ask")
    text = lines(text)
    if not text or len(text) > TEXT:
        raise InvalidInputError("inspection.period.say_something", most=TEXT)
    if not period(database, number).runs(today):
        raise ConflictError("inspection.period.runs_not")
    with database.write() as c:
        c.execute(WORD.insert().values(period=number, ask=ask, text=text, by=by, at=at))


def take_back(database: Database, identifier: int, *, by: str, at: dt.datetime) -> None:
    """Take back what was confirmed by mistake; it stays to be read, and counts no more.

    Raises:
        ConflictError: There is no such word, or it was taken back already.
    """
    with database.write() as c:
        done = c.execute(
            WORD.update()
            .where(WORD.c.id == identifier, WORD.c.withdrawn_at.is_(None))
            .values(withdrawn_by=by, withdrawn_at=at)
        )
        if not done.rowcount:
            raise ConflictError("inspection.period.no_word")


def words(database: Database, number: int) -> list[Word]:
    """Return what was confirmed in a period, the newest first, what was taken back too."""
    query = sa.select(WORD).where(WORD.c.period == number).order_by(WORD.c.id.desc())
    with database.read() as c:
        return [Word(**row) for row in c.execute(query).mappings()]


def due(said: Sequence[Word], today: dt.date, zone: ZoneInfo) -> list[Ask]:
    """Return what is to be confirmed today: never confirmed, or longer ago than it is asked for."""
    last: dict[str, dt.date] = {}
    for one in said:
        if one.withdrawn_at is None:
            last.setdefault(one.ask, one.at.astimezone(zone).date())
    return [
        ask
        for ask in rules().asks
        if ask.id not in last or today - last[ask.id] >= dt.timedelta(days=ask.every)
    ]
