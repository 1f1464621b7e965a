"""Loading lists: each sheet is taken for one kind, with the reason, and stored without doubling.

Who has the last word (docs/formats/care.md):
- staff list: a dated whole. For an id that the newest list names, its rows
  replace earlier rows whose periods overlap; earlier posts that had ended stay;
  an id that the newest list no longer names keeps its rows: it is not "left".
- ids of other systems: for an id of a system that the newest list names, its rows
  replace earlier ones whose periods overlap.
- visits, stays, patients: a row has a key. The same row again adds nothing; a
  stay or a patient that changed (discharged since, moved) takes the newest word.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from sekisho.care.fhir.load import load_fhir
from sekisho.care.find import find
from sekisho.care.hl7.files import load_files
from sekisho.care.keep import keep_rows
from sekisho.care.read import Reading, read_sheet
from sekisho.care.records import Doubt, Kind, LoadReport
from sekisho.care.roster import load as rosters
from sekisho.care.roster.store import settle_open
from sekisho.care.sheets import sheets
from sekisho.care.ssmix2.load import load_storage
from sekisho.care.staff_list import store_staff
from sekisho.care.system_ids import doubt_owners, store_system_ids
from sekisho.care.tables import LOAD
from sekisho.errors import InvalidInputError, Value
from sekisho.storage import Database
from sekisho.terms import Clock, Finding, Gravity

ENDINGS = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls"})
WHERE = "/people/lists"
TOLD = {Kind.ROSTERS: "roster_list"}
"""Kinds whose sentence has another name: a month grid is told apart from a list."""


def load(
    paths: Sequence[Path],
    *,
    database: Database,
    clock: Clock,
    format: str = "auto",  # noqa: A002 (the promised name of the option)
    zone: str = "Asia/Tokyo",
    name: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[LoadReport]:
    """Read every file of `paths`, folders too, and keep what it holds.

    Args:
        paths: Files, or folders whose lists, messages, FHIR resources and
            SS-MIX2 storages are all read.
        database: Where the rows are kept.
        clock: Says when they were loaded.
        format: ``auto``, or ``csv``, ``xlsx``, ``ssmix2``, ``hl7v2`` or ``fhir`` to insist on
            that.
        zone: Of the local days and times of lists and messages.
        name: The file's name as the person knows it, where an upload has another.
        progress: Called with the files walked and those read of a storage or of messages.

    Returns:
        A report for each storage, for all messages of a folder together, and for each other
        file, or each sheet of it that holds a list. A file
        that cannot be read is a report with `error`, never an exception.
    """
    here = ZoneInfo(zone)
    found = find(paths, ENDINGS, format)
    reports = [
        load_storage(root, database=database, clock=clock, zone=here, progress=progress)
        for root in found.storages
    ]
    reports += [
        load_files(
            files, given, database=database, clock=clock, zone=here, name=name, progress=progress
        )
        for given, files in found.messages.items()
    ]
    grids: list[rosters.Taken] = []
    for path in found.lists:
        reports.extend(_load_file(path, Path(name or path), database, clock, format, grids, here))
    if any(report.taken_for is Kind.STAFF for report in reports):
        with database.write() as c:
            settle_open(c)
    doubt_owners(database, reports)
    # Rosters name people: they are stored when every staff list of this call is known.
    reports += rosters.store(grids, database, clock)
    # A staff list has the last word over practitioners: FHIR comes after it.
    reports += load_fhir(
        found.fhir, database=database, clock=clock, zone=here, name=name, progress=progress
    )
    reports += [
        _failed(path, None, InvalidInputError(message, files=count))
        for (message, path), count in found.refused.items()
    ]
    reports += [_failed(path, None, InvalidInputError("care.not_care")) for path in found.others]
    if not reports:
        nothing = (
            InvalidInputError("care.folder_empty")
            if format == "auto"
            else InvalidInputError("care.nothing_found", format=format)
        )
        reports = [_failed(path, None, nothing) for path in paths]
    return reports


def _load_file(
    path: Path,
    shown: Path,
    database: Database,
    clock: Clock,
    form: str,
    grids: list[rosters.Taken],
    zone: ZoneInfo,
) -> list[LoadReport]:
    try:
        read = sheets(path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except InvalidInputError as error:
        return [_failed(shown, None, error)]
    except OSError as error:
        unread = InvalidInputError("care.cannot_open", reason=error.strerror or "I/O")
        return [_failed(shown, None, unread)]
    if form != "auto" and form != ("csv" if read and read[0].name is None else "xlsx"):
        return [_failed(shown, None, InvalidInputError("care.other_format", format=form))]
    reports: list[LoadReport] = []
    failures: list[LoadReport] = []
    batch: list[int] = []
    taken = rosters.take(read, shown, digest, clock.now().astimezone().date())
    grids.append(taken)
    for place, sheet in enumerate(read):
        if place in taken.sheets or not any(cell is not None for row in sheet.rows for cell in row):
            continue
        try:
            reading = read_sheet(sheet, shown.stem)
        except InvalidInputError as error:
            failures.append(_failed(shown, sheet.name, error))
            continue
        reports.append(_store(shown, sheet.name, reading, digest, batch, database, clock, zone))
    if reports or taken.sheets:
        # A sheet of remarks beside a list is no failure; a list that cannot be told is.
        return reports + [f for f in failures if f.error and f.error[0] != "care.no_header"]
    return failures or [_failed(shown, None, InvalidInputError("care.empty"))]


def _failed(path: Path, sheet: str | None, error: InvalidInputError) -> LoadReport:
    return LoadReport(path=path, sheet=sheet, error=(error.message, error.values()))


def _store(
    path: Path,
    sheet: str | None,
    reading: Reading,
    digest: str,
    batch: list[int],
    database: Database,
    clock: Clock,
    zone: ZoneInfo,
) -> LoadReport:
    kind = reading.kind
    at = clock.now().astimezone(zone).replace(tzinfo=None, microsecond=0)
    first, last = _period([values for _, values in reading.rows])
    report = LoadReport(
        path=path,
        sheet=sheet,
        taken_for=kind,
        why=(f"care.taken_for.{TOLD.get(kind, kind)}", {"columns": list(reading.why)}),
        rows=len(reading.rows),
        refused=[(r.row, r.message, r.args) for r in reading.refused],
        doubts=list(reading.doubts),
        first=first,
        last=last,
    )
    if not reading.rows and not reading.refused:
        report.error = ("care.no_rows", {"columns": reading.header.found[:12]})
        return report
    with database.write() as c:
        again = c.execute(
            sa.select(LOAD.c.id, LOAD.c.digest, LOAD.c.sheet)
            .where(LOAD.c.taken_for == kind)
            .order_by(LOAD.c.id.desc())
            .limit(1)
        ).first()
        if again and again.digest == digest and again.sheet == sheet:
            report.doubts.append(Doubt("care.same_file", {}))
            return _finished(report)
        answer = c.execute(
            sa.insert(LOAD).values(
                path=str(path),
                sheet=sheet,
                digest=digest,
                taken_for=kind,
                rows=report.rows,
                refused=len(report.refused),
                first=first,
                last=last,
                doubts=[],
                at=clock.now(),
            )
        )
        assert answer.inserted_primary_key
        report.load_id = load_id = int(answer.inserted_primary_key[0])
        batch.append(load_id)
        if kind is Kind.SYSTEM_IDS:
            report.added = store_system_ids(c, load_id, reading.rows, report)
        elif kind is Kind.STAFF:
            report.added = store_staff(c, load_id, batch, reading.rows, report)
        else:
            report.added = keep_rows(c, kind, load_id, reading.rows, reading.retracted, at=at)
        _store_others(c, load_id, reading, report, at)
        c.execute(
            sa.update(LOAD)
            .where(LOAD.c.id == load_id)
            .values(doubts=[[d.message, dict(d.args)] for d in report.doubts])
        )
    return _finished(report)


def _store_others(
    c: sa.Connection, load_id: int, reading: Reading, report: LoadReport, at: dt.datetime
) -> None:
    """Keep what a list holds beside its own rows, and say so."""
    for kind, rows in reading.others.items():
        if kind is Kind.SYSTEM_IDS:
            store_system_ids(c, load_id, rows, report)
            systems = list(dict.fromkeys(one["system"] for _, one in rows))
            told: dict[str, Value] = {"systems": systems, "ids": len(rows)}
            report.doubts.append(Doubt("care.with_system_ids", told))
        else:
            keep_rows(c, kind, load_id, rows, at=at)
            report.doubts.append(Doubt(f"care.with_{kind}", {"rows": len(rows)}))


def _period(rows: Sequence[Mapping[str, Any]]) -> tuple[dt.date | None, dt.date | None]:
    days = [values["day"] for values in rows if values.get("day")]
    if not days:
        return None, None
    ends = [values["until"] for values in rows if values.get("until")]
    return min(days), max(days + ends)


def _finished(report: LoadReport) -> LoadReport:
    if report.refused:
        report.findings.append(
            Finding(
                key=f"care.refused:{report.path.name}:{report.sheet or ''}",
                room="care",
                gravity=Gravity.WEEK,
                duty="1-3",
                message="care.rows_refused",
                where=WHERE,
                action="care.action.look_at_list",
                args={"file": report.path.name, "rows": len(report.refused)},
            )
        )
    return report
