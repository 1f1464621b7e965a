"""One review of one period, from the record and the lists to ranked cases."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Lock
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from sekisho import care
from sekisho.care import Kind, Level
from sekisho.care.level import spans_of
from sekisho.errors import InvalidInputError
from sekisho.review import store
from sekisho.review.approvals import known, working
from sekisho.review.cases import A_DAY, limit, most_raised, raised_cases
from sekisho.review.catalogue import Explanation, signs
from sekisho.review.chance import Chance
from sekisho.review.clocks import clocks
from sekisho.review.desk import Reader, lay_out, patients_of
from sekisho.review.explaining import explain_all, stretches
from sekisho.review.judge import classify, could_explain, count, unexplained
from sekisho.review.matters import Event, Matter
from sekisho.review.mined import instance, propose, taught
from sekisho.review.owners import ZONE
from sekisho.review.quiet import Cases, where_looked
from sekisho.review.records import Case, Run
from sekisho.review.showing import gather, removed
from sekisho.review.spread import spread
from sekisho.review.tables import RUN
from sekisho.storage import Analysis, Database, analysis
from sekisho.terms import Clock, iso

Progress = Callable[[int, int], None]
ONE_DAY = dt.timedelta(days=1)
"""A night belongs to the day on which it begins."""
FEW_DAYS = dt.timedelta(days=7)
"""Of a shorter period only some of the patients are seen: of the others nothing is read."""
HABIT = dt.timedelta(days=6)
"""From its first to its last day: a shorter period than a week shows nobody's habits."""
_CARE = {Kind.VISITS.value, Kind.STAYS.value}


def run(
    database: Database,
    reader: Reader,
    clock: Clock,
    *,
    start: dt.date | None = None,
    end: dt.date | None = None,
    trial: bool | None = None,
    progress: Progress | None = None,
    engine: Callable[[], Analysis] = analysis,
) -> Run:
    """Review every access of the local days `start` to `end` and keep the outcome.

    The same record, lists and approvals give the same cases, whatever the order in which they
    arrived. Where there is no access nothing is kept, and the number of the run is 0.

    Args:
        database: Lists, approvals, and where the run is kept.
        reader: The ledger.
        clock: Says when.
        start: First day; the first of the log unless given.
        end: Last day; the last of the log unless given.
        trial: Unless given: whether no other period was reviewed before.
        progress: Told (steps done, steps in all).
        engine: Opens what counts: DuckDB here, or Spark (`sekisho.storage.spark`).

    Raises:
        InvalidInputError: `end` is before `start`.
    """
    if start and end and end < start:
        raise InvalidInputError("review.period_backwards", start=str(start), end=str(end))
    began = time.perf_counter()
    explanations = working(database)
    step = _Steps(progress, len(explanations) + len(signs()) + 4)
    with engine() as desk:
        reader.register(desk, "access")
        first, last = _period(desk, clock, start, end)
        answers = taught(database)
        about = _about(desk, first, last, answers)
        lists = care.snapshot(database, (first - ONE_DAY, last), about)
        lay_out(desk, lists, start=first, end=last, spans=spans_of(database))
        step()
        step.all += (len(stretches(desk)) - 1) * len(explanations)
        explain_all(desk, explanations, step)
        level = care.level(database, first, last)
        where = where_looked(level, explanations)
        classify(desk, explanations)
        step()
        days = (last - first).days + 1
        matters, events, common, chance = gather(desk, A_DAY * days / 1000, step)
        flagged = _flagged(desk, matters, events, where, days, chance)
        raised = [case for case in flagged if case.raised]
        summary = count(desk, _records(flagged))
        step()
        quiet, could, more = _told(desk)
        if last - first >= HABIT:
            more |= _habits(desk, known(database), answers)
    told = [*raised, *(case for case in flagged if not case.raised)]
    if trial is None:
        trial = _is_first(database, first, last)
    cases = Cases(told, quiet, where)
    kept = Run(
        id=0,
        start=first,
        end=last,
        trial=trial,
        at=clock.now(),
        summary={
            **summary,
            "raised": len(raised),
            "level": level.name,
            "missing": _missing(level, could),
            "bedless": _bedless(level),
            "looked": where,
            "not_checked": not_checked(level),
            "period": {"from": first.isoformat(), "to": last.isoformat()},
            "trial": trial,
            "approved": [explanation.id for explanation in explanations],
            "common_signs": common,
            "raised_by": _by_rule(raised),
            **more,
            "held_back": len(flagged) - len(raised),
        },
        cases=cases,
    )
    store.keep(database, kept, cases, lambda: round(time.perf_counter() - began, 3))
    step()
    return kept


class _Steps:
    """Counts the steps of a review, and tells how many of all are done: two jobs may end at once."""

    def __init__(self, progress: Progress | None, steps: int) -> None:
        self._progress, self.all, self._done = progress, steps, 0
        self._turn = Lock()

    def __call__(self) -> None:
        with self._turn:
            self._done += 1
            if self._progress:
                self._progress(self._done, self.all)


def _flagged(
    desk: Analysis,
    matters: Sequence[Matter],
    events: Mapping[int, Event],
    where: Mapping[str, Any],
    days: int,
    chance: Chance,
) -> list[Case]:
    """Return the cases that signs make, best first, those beyond the limit held back."""
    flagged = raised_cases(matters, events, where, owners=_owners(desk), chance=chance)
    limit(flagged, most_raised(_staff(desk), days))
    return flagged


def json_lines(run: Run) -> Iterator[dict[str, Any]]:
    """Yield the promised form: one case a line, best first, then the summary; nothing is cut."""
    for case in run.cases:
        yield {
            "rank": case.rank,
            "raised": case.raised,
            "score": case.score,
            "rule": case.rule,
            "user_id": case.user_id,
            "patient_ids": list(case.patient_ids),
            "records": [{"index": index, "origin": dict(origin)} for index, origin in case.records],
            "first_at": iso(case.first_at),
            "last_at": iso(case.last_at),
            "why": dict(case.why),
        }
    yield {"summary": dict(run.summary)}


def _missing(level: Level, could: Mapping[str, int]) -> list[dict[str, str | int]]:
    """Return what had not arrived, the list that could explain most first."""
    lines: list[dict[str, str | int]] = [
        {"id": message, **args, "accesses": could[message.rpartition(".")[2]]}
        for message, args in level.missing
    ]
    return sorted(lines, key=lambda line: -int(line["accesses"]))


def not_checked(level: Level) -> dict[str, list[str]]:
    """Return each sign that could not be looked for → the lists that it lacks.

    One of visits and stays is enough for a sign that needs both: it looks at the days
    that are covered.
    """
    here = {kind.value for kind, span in level.has.items() if span is not None}
    if here & _CARE:
        here |= _CARE
    lacks = {sign.id: [need for need in sign.needs if need not in here] for sign in signs()}
    return {sign: lists for sign, lists in lacks.items() if lists}


def _bedless(level: Level) -> dict[str, str] | None:
    """Return whose word it is that no stays are asked for, and from when, where that is so."""
    word = level.bedless
    return (
        None
        if word is None
        else {"by": word.by, "on": (word.at + dt.timedelta(hours=ZONE)).date().isoformat()}
    )


def _told(desk: Analysis) -> tuple[pa.Table, dict[str, int], dict[str, Any]]:
    """Return what stays without a sign, what each list could explain, and more that the summary says."""
    apart, quiet, could, gone = desk.together([clocks, unexplained, could_explain, removed])
    return quiet, could, {"clocks": apart, "removed_by_explanations": gone}


def _habits(
    desk: Analysis, known: Sequence[Explanation], answers: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return what might be explained, and how wide that and each of `known` is: seen before it is approved.

    The desk is of no more use then.
    """
    proposed = propose(desk, answers)
    asked = {one.id: one for one in known}
    asked |= {line["id"]: instance(line["template"], line["values"]) for line in proposed}
    return {"proposals": proposed, "spread": spread(desk, list(asked.values()))}


def _records(cases: list[Case]) -> pa.Table:
    indexes = sorted({index for case in cases for index, _ in case.records})
    return pa.table({"index": pa.array(indexes, pa.int64())})


def _staff(desk: Analysis) -> int:
    """Return how many people the staff list holds; where there is none, how many ids are in use."""
    listed, used = desk.rows(
        """
SELECT (SELECT count(*) FROM ids WHERE listed AND kind = 'person'),
  (SELECT count(DISTINCT user_id) FROM event WHERE kind IN ('person', 'unknown'))
"""
    )[0]
    return int(listed or used)


def _owners(desk: Analysis) -> dict[str, str]:
    """Return to whom a case about an id that is nobody's own goes, where the staff list says it."""
    return dict(desk.rows("SELECT user_id, owner FROM ids WHERE owner IS NOT NULL"))


def _by_rule(cases: list[Case]) -> dict[str, int]:
    found: dict[str, int] = {}
    for case in cases:
        found[case.rule] = found.get(case.rule, 0) + 1
    return dict(sorted(found.items()))


def _about(
    desk: Analysis, first: dt.date, last: dt.date, answers: Sequence[Mapping[str, Any]]
) -> list[str] | None:
    """Return the patients of a few days, whose rows of the lists are enough; None: everybody's."""
    if last - first >= FEW_DAYS:
        return None
    return [*patients_of(desk, first, last), *(one["patient_id"] for one in answers)]


def _period(
    desk: Analysis, clock: Clock, start: dt.date | None, end: dt.date | None
) -> tuple[dt.date, dt.date]:
    if start and end:
        return start, end
    first, last = desk.rows(
        f"""
SELECT CAST(min(occurred_at) + INTERVAL {ZONE} HOUR AS DATE), CAST(max(occurred_at) + INTERVAL {ZONE} HOUR AS DATE)
FROM access WHERE source <> 'sekisho'
"""  # noqa: S608 (one number, written here)
    )[0]
    today = (clock.now() + dt.timedelta(hours=ZONE)).date()
    begin = start or first or today
    return begin, max(begin, end or last or today)


def _is_first(database: Database, start: dt.date, end: dt.date) -> bool:
    with database.read() as c:
        other = c.scalar(
            sa.select(sa.func.count())
            .select_from(RUN)
            .where(sa.or_(RUN.c.start != start, RUN.c.end != end))
        )
    return not other
