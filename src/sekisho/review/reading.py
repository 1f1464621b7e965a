"""How long people take to read cases: from one answer of a person to their next.

Nobody's screen is watched. Who answers a case and then another has read it meanwhile; a longer
pause was none of reading, and the first answer of a sitting, which has nothing before it, counts
as the middle one. What is looked up away from the pages, such as a telephone call, is in it too.
"""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sekisho.review.store import MINUTES_A_CASE
from sekisho.review.tables import ANSWER, CASE
from sekisho.storage import Database

PAUSE = dt.timedelta(minutes=20)
"""Who has not answered for so long did something else."""
LEAST = 10
"""Of fewer answers with one before them nothing is said."""
LAST = 200
"""So many answers say how long a case takes now: practice makes it shorter."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What answers took.

    Attributes:
        answers: How many were given.
        middle: Minutes of the middle one (the median).
        whole: Minutes of all of them.
    """

    answers: int
    middle: float
    whole: float


def reading(database: Database, run_id: int) -> Reading | None:
    """Return what the answers to a run's raised cases took; None where they are too few to say."""
    keys = sa.select(CASE.c.key).where(CASE.c.run_id == run_id, CASE.c.raised)
    with database.read() as c:
        wanted = set(c.scalars(keys))
        rows = c.execute(sa.select(ANSWER.c.by, ANSWER.c.at, ANSWER.c.case_key)).all()
    mine = [(row, took) for row, took in _timed(rows) if row.case_key in wanted]
    known = [took for _, took in mine if took is not None]
    if len(known) < LEAST:
        return None
    middle = statistics.median(known)
    return Reading(len(mine), middle, sum(known) + (len(mine) - len(known)) * middle)


def minutes_a_case(database: Database) -> float:
    """Return how long the last answers took, the middle one; what is assumed where they are few."""
    last = sa.select(ANSWER.c.by, ANSWER.c.at).order_by(ANSWER.c.id.desc()).limit(LAST)
    with database.read() as c:
        known = [took for _, took in _timed(c.execute(last).all()) if took is not None]
    return statistics.median(known) if len(known) >= LEAST else MINUTES_A_CASE


def _timed(rows: Iterable[Any]) -> list[tuple[Any, float | None]]:
    """Return each answer with the minutes since the same person's one before; None after a pause."""
    before: dict[str, dt.datetime] = {}
    found: list[tuple[Any, float | None]] = []
    for row in sorted(rows, key=lambda row: row.at):
        took = row.at - before.get(row.by, dt.datetime.min.replace(tzinfo=dt.UTC))
        found.append((row, took / dt.timedelta(minutes=1) if took <= PAUSE else None))
        before[row.by] = row.at
    return found
