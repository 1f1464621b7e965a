"""Read files of access records into the ledger: `collect`, and `sniff` before it."""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa

from sekisho.collect.ahead import Ahead
from sekisho.collect.evtx import EvtxReading
from sekisho.collect.findings import CHANGED, find, is_future
from sekisho.collect.interface import (
    CONFIDENT,
    Bad,
    FileReport,
    Progress,
    ProgressCall,
    Proposal,
    Reading,
    Recorder,
    Sampled,
)
from sekisho.collect.join import Book, Users
from sekisho.collect.mapping import Mapping, check_zone
from sekisho.collect.numbered import missing
from sekisho.collect.original import Original, original
from sekisho.collect.quarantine import put, retry
from sekisho.collect.readers import reader
from sekisho.collect.recognise import KINDS, recognise
from sekisho.collect.sniff import sniff_csv
from sekisho.collect.spans import Span, note_sources
from sekisho.collect.tables import FILE
from sekisho.collect.times import local_day, offset
from sekisho.collect.vendor_csv import CsvReading
from sekisho.errors import InvalidInputError
from sekisho.storage import Database
from sekisho.terms import Access, Clock, TimePrecision

BATCH = 5000
_HEAD = 1 << 16
_QUARTER = 900
_SHOWN = 10


def sniff(path: Path, *, zone: str = "Asia/Tokyo", mapping: Mapping | None = None) -> Proposal:
    """Return what `path` seems to be and how it would be read; nothing is stored.

    With a `mapping`, the proposal is that mapping, with ten rows read by it.

    Raises:
        InvalidInputError: It cannot be opened, or is of a kind that is not read.
    """
    check_zone(zone)
    path = Path(path)
    try:
        kind = "csv" if mapping is not None else recognise(_head(path))
        if kind == "csv":
            return sniff_csv(path, str(path), zone=zone, mapping=mapping)
        with path.open("rb") as file:
            reading = _events(kind, file, str(path), None, zone)
            shown: list[Sampled] = []
            for item in reading.items():
                if isinstance(item, Bad):
                    one = Sampled(
                        number=item.number,
                        access=None,
                        cells=(),
                        reason=item.reason,
                        args=item.args,
                    )
                else:
                    one = Sampled(number=item.origin.message or 0, access=item, cells=())
                shown.append(one)
                if len(shown) >= _SHOWN:
                    break
    except OSError as error:
        raise _unopened(error) from error
    return Proposal(
        path=str(path),
        kind=kind,
        source=reading.source,
        confidence=1.0 if any(one.access for one in shown) else 0.0,
        mapping=Mapping(kind=kind),
        encoding="utf-8",
        sample=tuple(shown),
    )


def collect(
    paths: Iterable[Path | str],
    *,
    recorder: Recorder,
    database: Database,
    clock: Clock,
    source: str | None = None,
    format: str = "auto",  # noqa: A002 (the name that the command line promises)
    mapping: Mapping | None = None,
    zone: str = "Asia/Tokyo",
    progress: ProgressCall | None = None,
    name: str | None = None,
    year: int | None = None,
    book: Book | None = None,
) -> list[FileReport]:
    """Record what `paths` hold; return one report for each, in order.

    A file that cannot be read is a report with its error, never an exception; a record that
    cannot be read is quarantined. What was added before a failure stays, and is found again
    as `already` when the file comes again.

    Args:
        paths: The files.
        recorder: Records durably before it answers.
        database: State: files, sources, quarantine.
        clock: The present.
        source: Name of the source; by default the mapping's name, else kind and header.
        format: ``auto`` or a kind.
        mapping: How to read CSV; without one a confident proposal is used.
        zone: Zone of naive times.
        progress: Called after each batch.
        name: The file's name as the person knows it, where `paths` is one uploaded file.
        year: Of times without one; by default the one that the file's own time makes likely.
        book: The ledger to read: asked by a mapping that joins two files, and for rows that
            waited for the sign-ins which a file brings.

    Raises:
        InvalidInputError: `format` or `zone` names nothing.
        UnavailableError: The recorder cannot record; nothing unrecorded is claimed.
    """
    check_zone(zone)
    if format not in {"auto", *KINDS}:
        raise InvalidInputError("collect.unknown_format", format=format)
    if source is not None and not 0 < len(source.strip()) <= 100:
        raise InvalidInputError("collect.bad_source")
    taker = _Taker(
        recorder, database, clock, source, format, mapping, zone, progress, name, year, book
    )
    return [taker.take(Path(path)) for path in paths]


@dataclass(slots=True)
class _Seen:
    """What is counted while a file's records go to the recorder."""

    days: set[int] = field(default_factory=set)
    hours: Counter[int] = field(default_factory=Counter)
    """Records by local hour since 1970, of times that say the hour."""
    spans: dict[str, Span] = field(default_factory=dict)
    future: int = 0
    overlap: int = 0
    edge: int = 0
    known: list[tuple[dt.datetime, dt.datetime]] = field(default_factory=list)
    edges: set[dt.datetime] = field(default_factory=set)


@dataclass(slots=True)
class _Taker:
    recorder: Recorder
    database: Database
    clock: Clock
    source: str | None
    format: str
    mapping: Mapping | None
    zone: str
    progress: ProgressCall | None
    name: str | None = None
    year: int | None = None
    book: Book | None = None

    def take(self, path: Path) -> FileReport:
        shown = self.name or str(path)
        report = FileReport(path=shown)
        file_id: int | None = None
        whole: Original | None = None
        header = users = None
        try:
            kind = self._kind(path)
            report.kind = kind
            mapping = self._mapping(path, report) if kind == "csv" else None
            size = path.stat().st_size
            with path.open("rb") as file:
                whole = original(file)
                if mapping is not None:
                    users = self._users(mapping)
                    text = CsvReading(
                        file,
                        path=shown,
                        mapping=mapping,
                        source=self.source,
                        zone=self.zone,
                        users=users,
                        digest=whole.digest,
                    )
                    reading: Reading = text
                    header = text.header
                else:
                    reading = _events(
                        kind, file, shown, self.source, self.zone, self.year, whole.digest
                    )
                file_id = self._begin(report, reading, size, header)
                self._read(reading, report, file_id, size, lambda: whole.is_other(file))
        except OSError as error:
            report.error = (_unopened(error).message, {"why": error.strerror or "OS"})
        except InvalidInputError as error:
            report.error = (error.message, error.values())
        finally:
            if users is not None:
                users.close()
        self._end(file_id, report, whole.digest if whole else None)
        if self.book is not None and report.added and report.source:
            # What waited for these sign-ins has its user now.
            retry(
                self.database,
                recorder=self.recorder,
                clock=self.clock,
                book=self.book,
                waiting_for=report.source,
            )
        return report

    def _users(self, mapping: Mapping) -> Users | None:
        if mapping.join is None:
            return None
        assert self.book is not None, "a mapping that joins asks the ledger"
        return Users(mapping.join, self.database, self.book)

    def _kind(self, path: Path) -> str:
        if path.is_dir():
            raise InvalidInputError("collect.is_folder")
        head = _head(path)
        if self.format == "auto":
            return "csv" if self.mapping else recognise(head)
        if not head:
            raise InvalidInputError("collect.empty")
        return self.format

    def _mapping(self, path: Path, report: FileReport) -> Mapping:
        proposal = sniff_csv(path, str(path), zone=self.zone, mapping=self.mapping)
        report.mapping_confidence = proposal.confidence
        report.source = self.source or proposal.source
        report.proposed = self.mapping is None
        if proposal.missing:
            message, args = proposal.missing[0]
            raise InvalidInputError(message, **args)
        if proposal.confidence < CONFIDENT and self.mapping is None:
            doubt = next((said for said in proposal.doubts), None)
            if doubt is not None and doubt[0] in _DECIDING:
                raise InvalidInputError(doubt[0], **doubt[1])
            raise InvalidInputError("collect.not_confident", percent=int(proposal.confidence * 100))
        report.mapping = proposal.mapping
        return proposal.mapping

    def _begin(
        self, report: FileReport, reading: Reading, size: int, header: list[str] | None
    ) -> int:
        report.source = reading.source or self.source
        with self.database.write() as c:
            made = c.execute(
                sa.insert(FILE).values(
                    path=report.path,
                    kind=report.kind,
                    source=report.source or None,
                    received_at=self.clock.now(),
                    size=size,
                    mapping=report.mapping.to_toml() if report.mapping else None,
                    header=header,
                    zone=self.zone,
                )
            )
            key = made.inserted_primary_key
        assert key is not None
        return int(key[0])

    def _read(
        self,
        reading: Reading,
        report: FileReport,
        file_id: int,
        size: int,
        is_other: Callable[[], bool],
    ) -> None:
        seen = _Seen()
        # Logs of machines under one name come side by side: their periods say nothing.
        if reading.source and report.kind not in {"evtx", "syslog", "hostlog"}:
            seen.known, seen.edges = self._periods(reading.source, file_id)
        batch: list[Access] = []
        bad: list[Bad] = []
        failed: OSError | InvalidInputError | None = None
        with Ahead(
            self.recorder, lambda part, given: self._count(part, given, report, seen)
        ) as ahead:
            try:
                for item in reading.items():
                    if isinstance(item, Bad):
                        bad.append(item)
                        if len(bad) >= BATCH // 4:
                            self._keep(bad, report, file_id)
                            bad = []
                        continue
                    batch.append(item)
                    if len(batch) >= BATCH:
                        ahead.append(batch)
                        batch = []
                        self._tell(reading, report, size)
            except (OSError, InvalidInputError) as error:
                failed = error
            # What was read before a failure is recorded all the same.
            ahead.append(batch)
            ahead.settle()
        self._keep(bad, report, file_id)
        if is_other():
            reading.tally.doubts[CHANGED] = 1
        report.source = report.source or reading.source or None
        self._close(reading, report, seen)
        if failed is not None:
            raise failed
        self._tell(reading, report, size)

    def _count(
        self,
        batch: Sequence[Access],
        answers: Sequence[int | None],
        report: FileReport,
        seen: _Seen,
    ) -> None:
        """Count one batch that is durable."""
        now = self.clock.now()
        already = answers.count(None)
        times: defaultdict[str, list[dt.datetime]] = defaultdict(list)
        for access in batch:
            times[access.source].append(access.occurred_at)
        for source, moments in times.items():
            span = seen.spans.setdefault(source, Span())
            first, last = min(moments), max(moments)
            span.first = first if span.first is None else min(span.first, first)
            span.last = last if span.last is None else max(span.last, last)
            span.added += len(moments)
            if is_future(last, now):
                seen.future += sum(is_future(at, now) for at in moments)
        if already or seen.known:
            for access, index in zip(batch, answers, strict=True):
                at = access.occurred_at
                if index is None:
                    seen.spans[access.source].added -= 1
                    seen.edge += at in seen.edges
                else:
                    seen.overlap += any(first < at < last for first, last in seen.known)
        if report.kind == "csv":
            self._count_hours(batch, seen)
        report.read += len(batch)
        report.already += already
        report.added += len(batch) - already

    def _count_hours(self, batch: Sequence[Access], seen: _Seen) -> None:
        # By quarters: no zone's time differs from another's by less.
        exact = [one for one in batch if one.time_precision is not TimePrecision.DAY]
        quarters = Counter([int(one.occurred_at.timestamp()) // _QUARTER for one in exact])
        for quarter, count in quarters.items():
            hour = self._local(dt.datetime.fromtimestamp(quarter * _QUARTER, dt.UTC)) // 3600
            seen.hours[hour] += count
            seen.days.add(hour // 24)
        if len(exact) < len(batch):
            days = (one for one in batch if one.time_precision is TimePrecision.DAY)
            seen.days.update(self._local(one.occurred_at) // 86400 for one in days)

    def _local(self, at: dt.datetime) -> int:
        return int(at.timestamp()) + offset(self.zone, at)

    def _keep(self, bad: Sequence[Bad], report: FileReport, file_id: int) -> None:
        put(self.database, file_id, bad, self.clock)
        report.quarantined += len(bad)
        report.read += len(bad)

    def _periods(
        self, source: str, file_id: int
    ) -> tuple[list[tuple[dt.datetime, dt.datetime]], set[dt.datetime]]:
        """Return the periods this source was already received for, joined, and their ends."""
        with self.database.read() as c:
            rows = c.execute(
                sa.select(FILE.c.first_at, FILE.c.last_at)
                .where(FILE.c.source == source, FILE.c.id != file_id, FILE.c.first_at.is_not(None))
                .order_by(FILE.c.first_at)
            ).fetchall()
        joined: list[tuple[dt.datetime, dt.datetime]] = []
        for first, last in rows:
            if joined and first <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(joined[-1][1], last))
            else:
                joined.append((first, last))
        return joined, {at for row in rows for at in row}

    def _close(self, reading: Reading, report: FileReport, seen: _Seen) -> None:
        tally = reading.tally
        report.ignored = tally.ignored
        firsts = [span.first for span in seen.spans.values() if span.first]
        lasts = [span.last for span in seen.spans.values() if span.last]
        report.first_at, report.last_at = min(firsts, default=None), max(lasts, default=None)
        # Only rows at the seam of two exports are a doubt; a file that came again is not.
        edge = seen.edge if seen.edge == report.already and report.added else 0
        overlap = seen.overlap if report.already else 0
        counts = dict(tally.doubts)
        report.doubtful = counts.pop("collect.doubtful", 0) + overlap + edge
        if overlap:
            counts["collect.doubt_overlap_new"] = overlap
        if edge:
            counts["collect.doubt_edge"] = edge
        report.doubts = counts
        days = [dt.date(1970, 1, 1) + dt.timedelta(days=day) for day in sorted(seen.days)]
        report.findings = find(
            report,
            tally,
            days=days if report.kind == "csv" else (),
            hours=seen.hours if report.kind == "csv" else {},
            received=[(local_day(a, self.zone), local_day(b, self.zone)) for a, b in seen.known],
            future=seen.future,
            overlap=overlap,
            edge=edge,
        )
        if isinstance(reading, EvtxReading):
            report.findings += missing(self.database, reading.spans)
        note_sources(self.database, self.clock, report.kind, seen.spans)

    def _end(self, file_id: int | None, report: FileReport, digest: str | None) -> None:
        error, args = report.error or (None, None)
        values = {
            "source": report.source,
            "finished_at": self.clock.now(),
            "digest": digest,
            "read": report.read,
            "added": report.added,
            "already": report.already,
            "quarantined": report.quarantined,
            "doubtful": report.doubtful,
            "ignored": report.ignored,
            "first_at": report.first_at,
            "last_at": report.last_at,
            "doubts": report.doubts,
            "error": error,
            "error_args": dict(args) if args is not None else None,
        }
        with self.database.write() as c:
            if file_id is None:
                c.execute(
                    sa.insert(FILE).values(
                        path=report.path,
                        kind=report.kind,
                        received_at=self.clock.now(),
                        zone=self.zone,
                        size=0,
                        **values,
                    )
                )
            else:
                c.execute(sa.update(FILE).where(FILE.c.id == file_id).values(**values))

    def _tell(self, reading: Reading, report: FileReport, size: int) -> None:
        if self.progress is not None:
            done = reading.lines.done if isinstance(reading, CsvReading) else reading.tally.done
            self.progress(Progress(path=report.path, done=done, total=size, rows=report.read))


_DECIDING = {"collect.doubt_time_order", "collect.doubt_user_is_name", "collect.doubt_unreadable"}


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


def _unopened(error: OSError) -> InvalidInputError:
    return InvalidInputError("collect.cannot_open", why=error.strerror or "OS")


def _events(
    kind: str,
    file: BinaryIO,
    path: str,
    source: str | None,
    zone: str,
    year: int | None = None,
    digest: str | None = None,
) -> Reading:
    around = dt.datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, dt.UTC)
    return reader(
        kind, file, path=path, source=source, zone=zone, around=around, year=year, digest=digest
    )
