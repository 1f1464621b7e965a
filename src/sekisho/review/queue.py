"""What waits for people, whatever was reviewed since: the cases of every run that still stands.

A run stands until a newer one covers all of its days. What somebody was asked, or a committee
has to decide, stays until that is done. Of a matter that several runs found, the newest's case
stands.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from sekisho.review.records import Case, State
from sekisho.review.store import SHOWN_IN_TRIAL, cases_at, state_after
from sekisho.review.tables import ANSWER, CASE, RUN
from sekisho.storage import Database

ASKED = frozenset({State.ASKED_PERSON, State.ASKED_HEAD, State.REFERRED})
"""Somebody is awaited: no newer run takes these away."""
WAITING = ASKED | {State.OPEN}


def queue(
    database: Database, *, state: State | str | None = None, limit: int | None = None
) -> list[Case]:
    """Return the raised cases that stand: those that wait first, the newest run's, best first; at most `limit`.

    Args:
        database: Where they are kept.
        state: Only those in that state; unless given every one of the newest run, and of earlier
            runs those that wait for somebody.
        limit: So many; None for all.
    """
    return cases_at(database, queued(database, state=state)[:limit])


def queued(database: Database, *, state: State | str | None = None) -> list[tuple[int, int]]:
    """Return run and rank of each case that `queue` gives."""
    raised = (
        sa.select(CASE.c.run_id, CASE.c.rank, CASE.c.key)
        .join(RUN, RUN.c.id == CASE.c.run_id)
        .where(CASE.c.raised, sa.or_(RUN.c.trial.is_(False), CASE.c.rank <= SHOWN_IN_TRIAL))
        .order_by(CASE.c.run_id.desc(), CASE.c.rank)
    )
    last = sa.select(sa.func.max(ANSWER.c.id)).group_by(ANSWER.c.case_key)
    said = sa.select(ANSWER.c.case_key, ANSWER.c.answer).where(ANSWER.c.id.in_(last))
    with database.read() as c:
        runs = c.execute(
            sa.select(RUN.c.id, RUN.c.start, RUN.c.end).order_by(RUN.c.id.desc())
        ).all()
        rows = c.execute(raised).all()
        answered = {row.case_key: row.answer for row in c.execute(said)}
    stand = _standing(runs)
    newest = runs[0].id if runs else None
    seen: set[str] = set()
    waiting: list[tuple[int, int]] = []
    done: list[tuple[int, int]] = []
    for run_id, rank, key in rows:
        now = state_after(answered.get(key))
        if key in seen or not (run_id in stand or now in ASKED):
            continue
        seen.add(key)
        if now == state if state is not None else run_id == newest or now in WAITING:
            (waiting if now in WAITING else done).append((run_id, rank))
    return waiting + done


def _standing(runs: Iterable[Any]) -> set[int]:
    """Return the ids of `runs`, newest first, whose days no newer one covers."""
    found: set[int] = set()
    # Of the newer runs, those that lie in no other of them: the later one starts, the later it ends.
    starts: list[dt.date] = []
    ends: list[dt.date] = []
    for run in runs:
        place = bisect_right(starts, run.start)
        if place and ends[place - 1] >= run.end:
            continue
        found.add(run.id)
        first = bisect_left(starts, run.start)
        last = bisect_right(ends, run.end)
        starts[first:last], ends[first:last] = [run.start], [run.end]
    return found
