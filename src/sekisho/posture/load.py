"""Loading: each file, or sheet of it, is taken for one kind, with the reason, and kept once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from sekisho.care import Doubt
from sekisho.care.sheets import sheets
from sekisho.errors import InvalidInputError
from sekisho.posture.controls.keep import keep_controls
from sekisho.posture.disclosures import keep_disclosures
from sekisho.posture.disclosures import read as read_disclosure
from sekisho.posture.keep import keep_connections, keep_machines
from sekisho.posture.ledger.read import read_sheet
from sekisho.posture.records import Kind, Reading, Report
from sekisho.posture.sources import read_source
from sekisho.posture.tables import LOAD
from sekisho.posture.vendors import answers
from sekisho.posture.vendors.keep import keep_answers
from sekisho.storage import Database
from sekisho.terms import Clock

_KEEPERS = {
    Kind.CONNECTIONS: keep_connections,
    Kind.CONTROLS: keep_controls,
    Kind.VENDOR: keep_answers,
    Kind.DISCLOSURE: keep_disclosures,
}
_ORDER = {kind: place for place, kind in enumerate(Kind)}


@dataclass(slots=True)
class _Read:
    path: Path
    sheet: str | None
    digest: str
    reading: Reading


def load(
    paths: Sequence[Path],
    *,
    database: Database,
    clock: Clock,
    zone: str = "Asia/Tokyo",
    name: str | None = None,
) -> list[Report]:
    """Read every file of `paths`, folders too, and keep what it holds.

    Ledgers of machines are kept before what refers to them, in whatever order they are given.

    Args:
        paths: Files, or folders whose files are all read.
        database: Where it is kept.
        clock: Says when.
        zone: Of the times in the files.
        name: The file's name as the person knows it, where an upload has another.

    Returns:
        A report for each sheet that was taken and each file that was not. A file that cannot be
        read is a report with `error`, never an exception.
    """
    reports: list[Report] = []
    read: list[_Read] = []
    for path in _files(paths):
        shown = Path(name or path)
        try:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found = list(_read(path, shown, digest, zone, reports))
        except InvalidInputError as error:
            reports.append(_failed(shown, None, error))
        except OSError as error:
            unread = InvalidInputError("care.cannot_open", reason=error.strerror or "I/O")
            reports.append(_failed(shown, None, unread))
        else:
            read += found
    read.sort(key=lambda one: _ORDER[one.reading.kind])
    reports = [_keep(one, database, clock) for one in read] + reports
    if not reports:
        nothing = InvalidInputError("posture.nothing_found")
        reports = [_failed(path, None, nothing) for path in paths]
    return reports


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(
                one
                for one in path.rglob("*")
                if one.is_file() and not any(p.startswith(".") for p in one.parts)
            )
        else:
            yield path


def _read(
    path: Path, shown: Path, digest: str, zone: str, failures: list[Report]
) -> Iterator[_Read]:
    """Yield what the file holds; what a sheet is refused for goes to `failures`."""
    found = read_source(path, shown)
    if found is not None:
        yield _Read(shown, None, digest, found)
        return
    taken = 0
    wrong: list[Report] = []
    held = sheets(path)
    mark = answers.mark_of(held)
    for sheet in held:
        if not any(cell is not None for row in sheet.rows for cell in row):
            continue
        try:
            reading = (
                answers.read(sheet, mark)
                or read_disclosure(sheet)
                or read_sheet(sheet, shown.stem, zone=zone)
            )
        except InvalidInputError as error:
            wrong.append(_failed(shown, sheet.name, error))
            continue
        taken += 1
        yield _Read(shown, sheet.name, digest, reading)
    if not taken and not wrong:
        raise InvalidInputError("care.empty")
    # A sheet of remarks beside a ledger is no failure; a list that cannot be told is.
    failures += [
        one for one in wrong if not taken or (one.error and one.error[0] != "posture.no_header")
    ]


def _keep(one: _Read, database: Database, clock: Clock) -> Report:
    reading = one.reading
    report = Report(
        path=one.path,
        sheet=one.sheet,
        taken_for=reading.kind,
        source=reading.source,
        why=reading.why,
        refused=list(reading.refused),
        doubts=list(reading.doubts),
    )
    held = (reading.machines, reading.connections, reading.controls, reading.answers)
    if not any((*held, reading.disclosures, reading.refused)):
        report.error = ("posture.no_rows", {})
        return report
    with database.write() as c:
        known = sa.select(LOAD.c.id).where(
            LOAD.c.digest == one.digest,
            LOAD.c.taken_for == reading.kind,
            LOAD.c.sheet == one.sheet if one.sheet else LOAD.c.sheet.is_(None),
        )
        newest = c.execute(known.order_by(LOAD.c.id.desc()).limit(1)).scalar()
        if newest is not None:
            later = sa.select(LOAD.c.id).where(
                LOAD.c.id > newest,
                LOAD.c.taken_for == reading.kind,
                LOAD.c.source == reading.source,
                LOAD.c.path == str(one.path),
            )
            old = c.execute(later.limit(1)).first() is not None
            report.doubts.append(Doubt("posture.older_file" if old else "posture.same_file", {}))
            if old:
                report.rows = len(reading.machines) + len(reading.connections)
                report.rows += len(reading.controls)
                return report
        values = {
            "path": str(one.path),
            "sheet": one.sheet,
            "digest": one.digest,
            "taken_for": reading.kind,
            "source": reading.source,
            "rows": 0,
            "refused": 0,
            "as_of": reading.as_of,
            "at": clock.now(),
        }
        load_id = newest
        if load_id is None:
            made = c.execute(sa.insert(LOAD).values(values))
            assert made.inserted_primary_key
            load_id = int(made.inserted_primary_key[0])
        _KEEPERS.get(reading.kind, keep_machines)(c, reading, load_id, clock.now(), report)
        counted = {"rows": report.rows, "refused": len(report.refused)}
        c.execute(sa.update(LOAD).where(LOAD.c.id == load_id).values(counted))
    return report


def _failed(path: Path, sheet: str | None, error: InvalidInputError) -> Report:
    return Report(path=path, sheet=sheet, error=(error.message, error.values()))
