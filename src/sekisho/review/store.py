"""Runs and cases, kept and read again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from sekisho.errors import InvalidInputError
from sekisho.review.quiet import RULE, Cases, said, tails
from sekisho.review.records import ANSWERS, DECIDED, Answer, Case, Run, State
from sekisho.review.tables import ANSWER, CASE, RUN
from sekisho.storage import Database

SHOWN_IN_TRIAL = 20
"""Cases that a first run puts before people."""
MINUTES_A_CASE = 4
"""What reading one raised case is estimated to take: an assumption, not a measurement."""


def keep(database: Database, run: Run, cases: Cases, seconds: Callable[[], float]) -> None:
    """Keep `run` with its `cases` and give it its number; `seconds` is asked when all else is done.

    One that had nothing to look at is not kept: it would stand before people as the newest.
    """
    if not run.summary["accesses"]:
        run.summary = {**run.summary, "raised_accesses": 0, "seconds": seconds()}
        return
    with database.write() as c:
        answer = c.execute(
            sa.insert(RUN).values(
                start=run.start, end=run.end, trial=run.trial, at=run.at, summary={}
            )
        )
        assert answer.inserted_primary_key
        run.id = cases.run_id = int(answer.inserted_primary_key[0])
        for piece in cases.pieces():
            if piece:
                c.execute(sa.insert(CASE), [_row(run.id, case) for case in piece])
        raised = {index for case in cases.told if case.raised for index, _ in case.records}
        run.summary = {**run.summary, "raised_accesses": len(raised), "seconds": seconds()}
        c.execute(sa.update(RUN).where(RUN.c.id == run.id).values(summary=dict(run.summary)))


def _row(run_id: int, case: Case) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "rank": case.rank,
        "key": case.key,
        "raised": case.raised,
        "score": case.score,
        "rule": case.rule,
        "user_id": case.user_id,
        "user_kind": case.user_kind,
        "patient_ids": list(case.patient_ids),
        "records": [[index, dict(origin)] for index, origin in case.records],
        "first_at": case.first_at,
        "last_at": case.last_at,
        "signs": list(case.signs),
        "why": dict(case.why),
        "parts": dict(case.parts),
        "owner": case.owner,
        "accesses": len(case.records),
    }


def runs(database: Database) -> list[Run]:
    """Return every run, newest first, without its cases."""
    with database.read() as c:
        rows = c.execute(sa.select(RUN).order_by(RUN.c.id.desc())).all()
    return [_run(row) for row in rows]


def periods(database: Database) -> list[tuple[int, dt.date, dt.date, bool]]:
    """Return number, first and last day of every run, and whether it was a trial; newest first."""
    wanted = sa.select(RUN.c.id, RUN.c.start, RUN.c.end, RUN.c.trial).order_by(RUN.c.id.desc())
    with database.read() as c:
        return [(row.id, row.start, row.end, row.trial) for row in c.execute(wanted)]


def latest(database: Database, *, telling: str | None = None) -> Run | None:
    """Return the newest run without its cases, or the newest whose summary has `telling`; None where there is none."""
    with database.read() as c:
        newest = sa.select(RUN).order_by(RUN.c.id.desc())
        rows = c.execute(newest.limit(1) if telling is None else newest)
        row = next((row for row in rows if telling is None or telling in row.summary), None)
    return _run(row) if row else None


def run_of(database: Database, run_id: int) -> Run:
    """Return one run without its cases.

    Raises:
        InvalidInputError: There is none.
    """
    with database.read() as c:
        row = c.execute(sa.select(RUN).where(RUN.c.id == run_id)).first()
    if row is None:
        raise InvalidInputError("review.no_run", run=run_id)
    return _run(row)


def cases(
    database: Database,
    run_id: int,
    *,
    state: State | str | None = None,
    raised: bool | None = True,
    after: int | None = None,
    limit: int | None = 50,
) -> list[Case]:
    """Return cases of a run as people are shown them, best first, a page at a time.

    Args:
        database: Where they are kept.
        run_id: The run.
        state: Only those in that state.
        raised: Only those put before people; None for the unexplained too, which
            is never given in a trial: there at most twenty raised cases are shown.
        after: Rank of the last case of the page before.
        limit: Size of a page; None for all.
    """
    trial = run_of(database, run_id).trial
    wanted = sa.select(CASE).where(CASE.c.run_id == run_id).order_by(CASE.c.rank)
    if trial:
        wanted = wanted.where(CASE.c.raised).where(CASE.c.rank <= SHOWN_IN_TRIAL)
    if raised is not None:
        wanted = wanted.where(CASE.c.raised.is_(raised))
    if after is not None:
        wanted = wanted.where(CASE.c.rank > after)
    found: list[Case] = []
    with database.read() as c:
        while limit is None or len(found) < limit:
            page = wanted if limit is None else wanted.limit(limit)
            rows = c.execute(page).all()
            read = _cases(c, rows)
            found.extend(case for case in read if state is None or case.state == state)
            if limit is None or len(rows) < limit:
                break
            wanted = wanted.where(CASE.c.rank > rows[-1].rank)
    return found if limit is None else found[:limit]


def case(database: Database, case_id: str) -> Case:
    """Return one case with its answers.

    Raises:
        InvalidInputError: There is none of that id.
    """
    run_id, _, rank = case_id.partition("-")
    if not (run_id.isdecimal() and rank.isdecimal()):
        raise InvalidInputError("review.no_case", case=case_id[:40])
    with database.read() as c:
        row = c.execute(
            sa.select(CASE).where(CASE.c.run_id == int(run_id)).where(CASE.c.rank == int(rank))
        ).first()
        if row is None:
            raise InvalidInputError("review.no_case", case=case_id[:40])
        return _cases(c, [row])[0]


def newest(database: Database, key: str) -> str:
    """Return the id of the case with `key` in the newest run that found it.

    Raises:
        InvalidInputError: There is none.
    """
    with database.read() as c:
        row = c.execute(
            sa.select(CASE.c.run_id, CASE.c.rank)
            .where(CASE.c.key == key)
            .order_by(CASE.c.run_id.desc(), CASE.c.rank)
            .limit(1)
        ).first()
    if row is None:
        raise InvalidInputError("review.no_case", case=key[:40])
    return f"{row.run_id}-{row.rank}"


def cases_about(database: Database, run_ids: Sequence[int], patients: set[str]) -> list[Case]:
    """Return the cases of these runs that concern one of `patients` (ids as written), oldest run first."""
    wanted = sa.select(CASE).where(CASE.c.run_id.in_(run_ids)).order_by(CASE.c.run_id, CASE.c.rank)
    with database.read() as c:
        rows = [row for row in c.execute(wanted) if not patients.isdisjoint(row.patient_ids)]
        return _cases(c, rows)


def cases_where(database: Database, where: sa.ColumnElement[bool], *, limit: int) -> list[Case]:
    """Return at most `limit` cases that fit, those of the newest run first; none that a trial hides."""
    shown = sa.or_(RUN.c.trial.is_(False), CASE.c.rank <= SHOWN_IN_TRIAL)
    with database.read() as c:
        rows = c.execute(
            sa.select(CASE)
            .join(RUN, RUN.c.id == CASE.c.run_id)
            .where(where, shown)
            .order_by(CASE.c.run_id.desc(), CASE.c.rank)
            .limit(limit)
        ).all()
        return _cases(c, rows)


def cases_at(database: Database, places: Sequence[tuple[int, int]]) -> list[Case]:
    """Return the cases at these runs and ranks, in that order."""
    ranks: dict[int, list[int]] = {}
    for run_id, rank in places:
        ranks.setdefault(run_id, []).append(rank)
    rows: dict[tuple[int, int], Any] = {}
    with database.read() as c:
        for run_id, some in ranks.items():
            for part in range(0, len(some), 5_000):
                wanted = sa.select(CASE).where(
                    CASE.c.run_id == run_id, CASE.c.rank.in_(some[part : part + 5_000])
                )
                rows |= {(row.run_id, row.rank): row for row in c.execute(wanted)}
        return _cases(c, [rows[place] for place in places if place in rows])


def reading_minutes(run: Run) -> int:
    """Return how long the raised cases that are shown are estimated to take."""
    raised = int(run.summary.get("raised", 0))
    return MINUTES_A_CASE * (min(raised, SHOWN_IN_TRIAL) if run.trial else raised)


def _run(row: Any) -> Run:
    return Run(
        id=row.id, start=row.start, end=row.end, trial=row.trial, at=row.at, summary=row.summary
    )


def _cases(c: sa.Connection, rows: Sequence[Any]) -> list[Case]:
    answers = _answers(c, [row.key for row in rows])
    words = _words(c, rows)
    return [
        Case(
            id=f"{row.run_id}-{row.rank}",
            key=row.key,
            rank=row.rank,
            raised=row.raised,
            score=row.score,
            rule=row.rule,
            user_id=row.user_id,
            user_kind=row.user_kind,
            patient_ids=row.patient_ids,
            records=[(index, origin) for index, origin in row.records],
            first_at=row.first_at,
            last_at=row.last_at,
            signs=row.signs,
            why=words.get((row.run_id, row.rank), row.why),
            parts=row.parts or {},
            owner=row.owner,
            state=state_after(_last(answers.get(row.key, ()))),
            answers=answers.get(row.key, []),
            accesses=len(row.records) if row.accesses is None else row.accesses,
            forgotten_at=row.forgotten_at,
        )
        for row in rows
    ]


def _words(c: sa.Connection, rows: Sequence[Any]) -> dict[tuple[int, int], dict[str, str]]:
    """Return what quiet cases say, by run and rank: it is not kept with each of them."""
    quiet = [row for row in rows if row.parts and "near" in row.parts and row.rule == RULE]
    quiet = [row for row in quiet if row.forgotten_at is None]
    ends: dict[int, dict[tuple[str, bool], str]] = {}
    for run_id in {row.run_id for row in quiet}:
        summary = c.execute(sa.select(RUN.c.summary).where(RUN.c.id == run_id)).scalar_one()
        ends[run_id] = tails(summary["looked"])
    return {
        (row.run_id, row.rank): said(row.accesses, row.parts, ends[row.run_id]) for row in quiet
    }


def state_after(answer: str | None) -> State:
    """Return how a case stands after its last `answer`; None: there was none."""
    return State.OPEN if answer is None else ANSWERS.get(answer) or DECIDED[answer]


def _last(answers: Sequence[Answer]) -> str | None:
    return answers[-1].answer if answers else None


def _answers(c: sa.Connection, keys: Iterable[str]) -> dict[str, list[Answer]]:
    found: dict[str, list[Answer]] = {}
    keys = list(keys)
    for at in range(0, len(keys), 5_000):
        for row in c.execute(
            sa.select(ANSWER)
            .where(ANSWER.c.case_key.in_(keys[at : at + 5_000]))
            .order_by(ANSWER.c.id)
        ):
            answer = Answer(row.by, row.answer, row.note, row.at)
            found.setdefault(row.case_key, []).append(answer)
    return found
