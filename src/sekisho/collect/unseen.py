"""見えないもの: what the log of a source cannot show, proposed from its records, confirmed by people.

No record of an act is no proof that nobody did it: a log that never writes prints says
nothing about prints. Each line has three states (`Result`): recorded, not recorded, or not
checked, because …. What a person confirmed stands for a year; then it is a proposal again.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from sekisho.collect.findings import is_row_limit
from sekisho.collect.gaps import missing_days
from sekisho.collect.interface import Said
from sekisho.collect.quarantine import waiting
from sekisho.collect.tables import FILE, SOURCE, UNSEEN
from sekisho.errors import InvalidInputError, Value
from sekisho.pages.words import listed, say
from sekisho.storage import Analysis, Database, analysis
from sekisho.terms import Clock, Finding, Gravity, Result

OWN = "sekisho"
"""Sekisho's own acts: what they show is known."""
RECORDS, DAYS = 1000, 7
"""Fewer records, or of fewer days, prove no absence."""
VALID = dt.timedelta(days=366)
"""How long a confirmation stands: systems are renewed."""
NOTE = 500
"""Letters of a note at most."""


class Reader(Protocol):
    """What is needed of the ledger: its records as a view."""

    def register(self, analysis: Analysis, name: str = "access") -> None:
        """Make the view `name`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """One line that every sheet has.

    Attributes:
        title: What it is about, by language.
        asked: What the letter to the vendor asks for, by language.
        found: SQL condition of a record that shows it; None where no record can.
        words: Which words its states have: ``seen`` or ``kept``.
    """

    id: str
    title: Mapping[str, str]
    asked: Mapping[str, str]
    found: str | None = None
    words: str = "seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one line of a sheet says now.

    Attributes:
        result: Recorded (yes), not recorded (no), or not checked.
        said: Why: what the records show, or that a person confirmed it.
        note: The person's own words.
        by: Who confirmed it; None for a proposal.
        at: When, UTC-aware.
        differs: Confirmed as not recorded, and yet records of it are there.
    """

    matter: Matter
    result: Result
    said: Said
    note: str = ""
    by: str | None = None
    at: dt.datetime | None = None
    differs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the log of one source shows, and what it cannot.

    Attributes:
        records: Records of the period; `days` local days that have one.
        first: First moment, UTC-aware; None without a record.
        missing: Days without a record between the first and the last.
        cut: Received files that end exactly at a row limit.
        waiting: Records that could not be read and wait in quarantine.
    """

    source: str
    records: int
    days: int
    first: dt.datetime | None
    last: dt.datetime | None
    missing: tuple[dt.date, ...]
    cut: int
    waiting: int
    lines: tuple[Line, ...]

    @property
    def confirmed_at(self) -> dt.datetime | None:
        """Return since when every line is confirmed; None where one is a proposal."""
        times = [line.at for line in self.lines]
        return None if None in times else max(at for at in times if at is not None)


@cache
def matters() -> tuple[Matter, ...]:
    """Return the lines of every sheet, in their order."""
    text = Path(__file__).with_name("unseen.toml").read_text(encoding="utf-8")
    return tuple(Matter(**line) for line in tomllib.loads(text)["line"])


def sheets(
    database: Database,
    reader: Reader,
    clock: Clock,
    *,
    zone: str,
    start: dt.datetime | None = None,
    end: dt.datetime | None = None,
    source: str | None = None,
) -> list[Sheet]:
    """Return the sheet of every source, by name.

    What arrived is counted in the period; what its log can show, in the year up to its end.

    Args:
        database: Sources, files, confirmations.
        reader: The ledger.
        clock: The present; old confirmations are proposals again.
        zone: Whose days are counted.
        start: Only records that occurred at or after it (aware).
        end: Only records that occurred before it (aware).
        source: Only this one.
    """
    now = clock.now()
    found = _seen(reader, ZoneInfo(zone), now, start, end, source)
    confirmed = _confirmed(database, now)
    kept = waiting(database)
    cut = _cut(database, start, end)
    with database.read() as c:
        names = {str(name) for name in c.scalars(sa.select(SOURCE.c.name))} | found.keys()
    if source is not None:
        names &= {source}
    return [
        _sheet(name, found.get(name), confirmed.get(name, {}), kept.get(name, 0), cut.get(name, 0))
        for name in sorted(names - {OWN})
    ]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the records of one source show.

    Attributes:
        days: Local days of the period that have a record.
        counts: Line → records that show it, among `whole` records of `whole_days` days.
    """

    records: int
    first: dt.datetime | None
    last: dt.datetime | None
    days: Sequence[dt.date]
    whole: int
    whole_days: int
    counts: Mapping[str, int]


def _seen(
    reader: Reader,
    zone: ZoneInfo,
    now: dt.datetime,
    start: dt.datetime | None,
    end: dt.datetime | None,
    source: str | None,
) -> dict[str, _Seen]:
    """Return, by source, what the records show: of the period what arrived, of a year what a log can.

    A log that wrote no print this month may still write prints.
    """
    asked = [matter for matter in matters() if matter.found]
    counts = ", ".join(f"count(*) FILTER (WHERE {matter.found})" for matter in asked)
    where, values = ["source <> ?"], list[object]([OWN])
    within = "true" if start is None else "occurred_at >= ?"
    period = [] if start is None else [_utc(start)]
    if start is not None:
        where.append("occurred_at >= ?")
        values.append(_utc(min(start, (end or now) - VALID)))
    if end is not None:
        where.append("occurred_at < ?")
        values.append(_utc(end))
    if source is not None:
        where.append("source = ?")
        values.append(source)
    minutes = int((now.astimezone(zone).utcoffset() or dt.timedelta()).total_seconds()) // 60
    sql = f"""
WITH seen AS (
  SELECT *, {within} AS within,
    CAST(occurred_at + INTERVAL {minutes} MINUTE AS DATE) AS day
  FROM access WHERE {" AND ".join(where)}
)
SELECT source, count(*) FILTER (WHERE within), min(occurred_at) FILTER (WHERE within),
  max(occurred_at) FILTER (WHERE within), list(DISTINCT day) FILTER (WHERE within),
  count(*), count(DISTINCT day), {counts}
FROM seen GROUP BY source
"""  # noqa: S608 (conditions are a file of the program; values are bound)
    with analysis(memory="400MB") as duck:
        reader.register(duck)
        rows = duck.rows(sql, [*period, *values])
    return {
        row[0]: _Seen(
            records=row[1],
            first=row[2] and row[2].replace(tzinfo=dt.UTC),
            last=row[3] and row[3].replace(tzinfo=dt.UTC),
            days=row[4] or (),
            whole=row[5],
            whole_days=row[6],
            counts={matter.id: count for matter, count in zip(asked, row[7:], strict=True)},
        )
        for row in rows
    }


def _utc(at: dt.datetime) -> dt.datetime:
    return at.astimezone(dt.UTC).replace(tzinfo=None)


def _confirmed(database: Database, now: dt.datetime) -> dict[str, dict[str, Any]]:
    """Return source → line → the newest confirmation that still stands."""
    found: dict[str, dict[str, Any]] = {}
    with database.read() as c:
        query = sa.select(UNSEEN).where(UNSEEN.c.at > now - VALID).order_by(UNSEEN.c.id)
        for row in c.execute(query):
            found.setdefault(row.source, {})[row.line] = row
    return found


def _cut(database: Database, start: dt.datetime | None, end: dt.datetime | None) -> dict[str, int]:
    """Return, by source, how many received tables end exactly where programs stop."""
    query = sa.select(FILE.c.source, FILE.c.read).where(FILE.c.kind == "csv", FILE.c.read > 0)
    if start is not None:
        query = query.where(FILE.c.last_at >= start)
    if end is not None:
        query = query.where(FILE.c.first_at < end)
    found: dict[str, int] = {}
    with database.read() as c:
        for name, rows in c.execute(query):
            if name and is_row_limit(rows, header=True):
                found[name] = found.get(name, 0) + 1
    return found


def _sheet(
    name: str, seen: _Seen | None, confirmed: Mapping[str, Any], kept: int, cut: int
) -> Sheet:
    return Sheet(
        source=name,
        records=seen.records if seen else 0,
        days=len(seen.days) if seen else 0,
        first=seen.first if seen else None,
        last=seen.last if seen else None,
        missing=tuple(missing_days(seen.days)) if seen else (),
        cut=cut,
        waiting=kept,
        lines=tuple(_line(matter, seen, confirmed.get(matter.id)) for matter in matters()),
    )


def _line(matter: Matter, seen: _Seen | None, confirmed: Any) -> Line:
    proposed = _proposed(matter, seen)
    if confirmed is None:
        return proposed
    result = Result(confirmed.result)
    differs = result is Result.NO and proposed.result is Result.YES
    said = ("collect.unseen.but", proposed.said[1]) if differs else ("collect.unseen.confirmed", {})
    return Line(
        matter=matter,
        result=result,
        said=said,
        note=confirmed.note,
        by=confirmed.by,
        at=confirmed.at,
        differs=differs,
    )


def _proposed(matter: Matter, seen: _Seen | None) -> Line:
    if matter.found is None:
        return Line(matter=matter, result=Result.NOT_CHECKED, said=("collect.unseen.ask", {}))
    records, days = (seen.whole, seen.whole_days) if seen else (0, 0)
    count = seen.counts[matter.id] if seen else 0
    args: dict[str, Value] = {"records": f"{records:,}", "days": days, "count": f"{count:,}"}
    if count:
        return Line(matter=matter, result=Result.YES, said=("collect.unseen.some", args))
    if records < RECORDS or days < DAYS:
        return Line(matter=matter, result=Result.NOT_CHECKED, said=("collect.unseen.few", args))
    return Line(matter=matter, result=Result.NO, said=("collect.unseen.none", args))


def check(answers: Mapping[str, tuple[Result, str]], *, by: str) -> None:
    """Refuse what `confirm` could not keep.

    Raises:
        InvalidInputError: A line that no sheet has, "not checked" without a reason, "known"
            without what is known, a note that is too long, or nobody named.
    """
    known = {matter.id: matter for matter in matters()}
    if not by.strip():
        raise InvalidInputError("collect.unseen.nobody")
    for name, (result, note) in answers.items():
        if name not in known:
            raise InvalidInputError("collect.unseen.no_line", line=name[:40])
        kept = known[name].words == "kept" and result is Result.YES
        if (kept or result is Result.NOT_CHECKED) and not note.strip():
            raise InvalidInputError("collect.unseen.because", line=dict(known[name].title))
        if len(note) > NOTE:
            raise InvalidInputError("collect.unseen.long_note", most=NOTE)


def confirm(
    database: Database,
    clock: Clock,
    sheet: Sheet,
    answers: Mapping[str, tuple[Result, str]],
    *,
    by: str,
) -> None:
    """Keep what a named person confirms of `sheet`; what was confirmed before is kept too.

    Args:
        database: Where it is kept.
        clock: When.
        sheet: As the person saw it: what had arrived is kept beside the answer.
        answers: Line → its state and a note; a line left out keeps what it had.
        by: The person's staff id.

    Raises:
        InvalidInputError: See `check`.
    """
    check(answers, by=by)
    now = clock.now()
    rows = [
        {
            "source": sheet.source,
            "line": name,
            "result": result.value,
            "note": " ".join(note.split()),
            "records": sheet.records,
            "days": sheet.days,
            "by": by.strip(),
            "at": now,
        }
        for name, (result, note) in answers.items()
    ]
    if rows:
        with database.write() as c:
            c.execute(sa.insert(UNSEEN), rows)


def told(sheet: Sheet, language: str, *, zone: str) -> tuple[str, str]:
    """Return for paper what is not recorded and what is not known, and whose word that is."""

    def titles(result: Result) -> str:
        return listed(
            language,
            (line.matter.title[language] for line in sheet.lines if line.result is result),
        )

    parts = [
        say(language, f"collect.unseen.short.{result.value}", what=what)
        for result in (Result.NO, Result.NOT_CHECKED)
        if (what := titles(result))
    ]
    at = sheet.confirmed_at
    if at is None:
        state = say(language, "collect.unseen.short.proposed")
    else:
        day = f"{at.astimezone(ZoneInfo(zone)):%Y/%m/%d}"
        state = say(language, "collect.unseen.short.confirmed", day=day)
    what = say(language, "collect.unseen.short.glue").join(parts)
    return what or say(language, "collect.unseen.short.all"), state


def in_short(sheet: Sheet, language: str, *, zone: str) -> str:
    """Return the sheet as one line."""
    what, state = told(sheet, language, zone=zone)
    return say(language, "collect.unseen.short", source=sheet.source, what=what, state=state)


def unconfirmed(database: Database, clock: Clock) -> list[str]:
    """Return the sources whose sheet has a line that nobody confirmed."""
    confirmed = _confirmed(database, clock.now())
    lines = {matter.id for matter in matters()}
    with database.read() as c:
        names = [str(name) for name in c.scalars(sa.select(SOURCE.c.name).order_by(SOURCE.c.name))]
    return [name for name in names if lines - confirmed.get(name, {}).keys()]


def findings(database: Database, clock: Clock) -> list[Finding]:
    """Return that sheets wait for somebody to confirm them, as one line."""
    open_ = unconfirmed(database, clock)
    if not open_:
        return []
    return [
        Finding(
            key="collect.unseen_open",
            room="collect",
            gravity=Gravity.WEEK,
            duty="1-3",
            message="collect.unseen_open",
            args={"count": len(open_), "which": open_[:5]},
            where="/records/sources",
            action="collect.act_unseen",
        )
    ]
