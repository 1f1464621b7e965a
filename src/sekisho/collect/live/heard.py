"""What is kept of each source and each way in: last heard, how much an hour, what was wrong."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from sekisho.collect.findings import is_future
from sekisho.collect.interface import Bad, FileReport
from sekisho.collect.quarantine import put
from sekisho.collect.tables import FILE, HEARD, SOURCE
from sekisho.storage import Database
from sekisho.terms import Access, Clock

KEPT = dt.timedelta(days=35)
"""How long hours are kept."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way in; it has a line among the files received, a new one every day.

    Attributes:
        path: How it is called where a file has its path.
        kind: How what waits in quarantine of it is read again; for CSV with `mapping` (TOML)
            and `header`.
    """

    path: str
    kind: str
    source: str | None
    zone: str
    mapping: str | None = None
    header: tuple[str, ...] | None = None


@dataclass(slots=True)
class _Day:
    added: int = 0
    already: int = 0
    quarantined: int = 0
    first: dt.datetime | None = None
    last: dt.datetime | None = None
    doubts: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Spoke:
    kind: str
    at: dt.datetime
    added: int = 0
    first: dt.datetime | None = None
    last: dt.datetime | None = None
    hours: dict[dt.datetime, list[int]] = field(default_factory=dict)


class Heard:
    """Counts in memory; `keep` writes it. After a kill the counts of seconds are missing."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._days: dict[Way, _Day] = {}
        self._sources: dict[str, _Spoke] = {}
        self._spoken: defaultdict[str, Counter[dt.datetime]] = defaultdict(Counter)
        self._unwritten: list[tuple[dict[Way, _Day], dict[str, _Spoke]]] = []
        self._files: dict[Way, tuple[dt.date, int]] = {}

    def note(self, way: Way, kind: str, access: Access, index: int | None) -> None:
        """Count one durable record; `index` None: it was there already."""
        day = self._days.setdefault(way, _Day())
        at, now = access.occurred_at, self._clock.now()
        day.first = at if day.first is None else min(day.first, at)
        day.last = at if day.last is None else max(day.last, at)
        day.doubts["collect.future"] += is_future(at, now)
        spoke = self._spoke(access.source, kind, now)
        spoke.first = at if spoke.first is None else min(spoke.first, at)
        spoke.last = at if spoke.last is None else max(spoke.last, at)
        if index is None:
            day.already += 1
            return
        day.added += 1
        spoke.added += 1
        spoke.hours[_hour(now)][0] += 1

    def refuse(self, way: Way, rows: Sequence[Bad]) -> None:
        """Put what could not be read into quarantine, durably, and count it."""
        put(self._database, self.file(way), rows, self._clock)
        self._days.setdefault(way, _Day()).quarantined += len(rows)
        now = self._clock.now()
        for row in rows:
            self._spoke(row.source, way.kind, now).hours[_hour(now)][1] += 1

    def count(self, way: Way, messages: int) -> None:
        """Count messages that are no records: hours only, so that silence is seen."""
        self._days.setdefault(way, _Day()).added += messages
        hour = _hour(self._clock.now())
        self._spoken[way.source or way.path][hour] += messages

    def doubt(self, way: Way, message: str, count: int = 1) -> None:
        """Count something that concerns the way in itself."""
        self._days.setdefault(way, _Day()).doubts[message] += count

    def _spoke(self, source: str, kind: str, now: dt.datetime) -> _Spoke:
        spoke = self._sources.setdefault(source, _Spoke(kind, now))
        spoke.at = now
        spoke.hours.setdefault(_hour(now), [0, 0])
        return spoke

    def file(self, way: Way) -> int:
        """Return the id of today's line of `way`."""
        now = self._clock.now()
        today = now.astimezone(ZoneInfo(way.zone)).date()
        known = self._files.get(way)
        if known is not None and known[0] == today:
            return known[1]
        begun = dt.datetime.combine(today, dt.time(), ZoneInfo(way.zone)).astimezone(dt.UTC)
        with self._database.write() as c:
            number = c.scalar(
                sa.select(FILE.c.id).where(FILE.c.path == way.path, FILE.c.received_at >= begun)
            )
            if number is None:
                made = c.execute(
                    sa.insert(FILE).values(
                        path=way.path,
                        kind=way.kind,
                        source=way.source,
                        received_at=now,
                        finished_at=now,
                        zone=way.zone,
                        size=0,
                    )
                )
                assert made.inserted_primary_key is not None
                number = made.inserted_primary_key[0]
            if way.mapping is not None:
                how = {"mapping": way.mapping, "header": list(way.header or ())}
                c.execute(sa.update(FILE).where(FILE.c.id == number).values(**how))
        self._files[way] = (today, int(number))
        return int(number)

    def keep(self) -> None:
        """Write what was counted since the last time; what cannot be written now is written next time."""
        days, self._days = self._days, {}
        sources, self._sources = self._sources, {}
        if days or sources:
            self._unwritten.append((days, sources))
        if not self._unwritten and not self._spoken:
            return
        numbers = {way: self.file(way) for days, _ in self._unwritten for way in days}
        now = self._clock.now()
        with self._database.write() as c:
            for days, sources in self._unwritten:
                for way, day in days.items():
                    _keep_day(c, numbers[way], day, now)
                for name, spoke in sources.items():
                    _keep_source(c, name, spoke)
            for name, hours in self._spoken.items():
                _keep_hours(c, name, {hour: (count, 0) for hour, count in hours.items()})
            c.execute(sa.delete(HEARD).where(HEARD.c.hour < now - KEPT))
        self._unwritten.clear()
        self._spoken.clear()


def _keep_day(c: sa.Connection, number: int, day: _Day, now: dt.datetime) -> None:
    row = c.execute(sa.select(FILE).where(FILE.c.id == number)).one()
    doubts = Counter(row.doubts or {}) + day.doubts
    c.execute(
        sa.update(FILE)
        .where(FILE.c.id == number)
        .values(
            finished_at=now,
            read=FILE.c.read + day.added + day.already + day.quarantined,
            added=FILE.c.added + day.added,
            already=FILE.c.already + day.already,
            quarantined=FILE.c.quarantined + day.quarantined,
            first_at=min(filter(None, (row.first_at, day.first)), default=None),
            last_at=max(filter(None, (row.last_at, day.last)), default=None),
            doubts=dict(doubts),
        )
    )


def _keep_source(c: sa.Connection, name: str, spoke: _Spoke) -> None:
    row = c.execute(sa.select(SOURCE).where(SOURCE.c.name == name)).first()
    if row is None:
        c.execute(
            sa.insert(SOURCE).values(
                name=name,
                kind=spoke.kind,
                files=1,
                rows=spoke.added,
                first_at=spoke.first,
                last_at=spoke.last,
                last_heard=spoke.at,
            )
        )
    else:
        c.execute(
            sa.update(SOURCE)
            .where(SOURCE.c.name == name)
            .values(
                rows=SOURCE.c.rows + spoke.added,
                first_at=min(filter(None, (row.first_at, spoke.first)), default=None),
                last_at=max(filter(None, (row.last_at, spoke.last)), default=None),
                last_heard=spoke.at,
            )
        )
    _keep_hours(c, name, spoke.hours)


def keep_file(database: Database, clock: Clock, report: FileReport) -> None:
    """Keep that a file of a source came by itself, so that a night without one is seen."""
    if report.source is None or report.error is not None:
        return
    with database.write() as c:
        hours = {_hour(clock.now()): [report.added + report.already, report.quarantined]}
        _keep_hours(c, report.source, hours)


def _keep_hours(c: sa.Connection, name: str, hours: Mapping[dt.datetime, Sequence[int]]) -> None:
    for hour, (records, quarantined) in hours.items():
        where = (HEARD.c.source == name, HEARD.c.hour == hour)
        more = {
            "records": HEARD.c.records + records,
            "quarantined": HEARD.c.quarantined + quarantined,
        }
        if not c.execute(sa.update(HEARD).where(*where).values(**more)).rowcount:
            c.execute(
                sa.insert(HEARD).values(
                    source=name, hour=hour, records=records, quarantined=quarantined
                )
            )


def _hour(at: dt.datetime) -> dt.datetime:
    return at.replace(minute=0, second=0, microsecond=0)
