"""Loading FHIR: first who and where, from all files, then visits, stays, orders and the others.

Each resource is kept by its type and id: sent again it replaces its own rows, and a state
that takes it back (cancelled, entered-in-error …) takes its rows back. People and places are
remembered, so that tomorrow's encounters may point to today's patients.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from sekisho.care.fhir.files import Resource, resources
from sekisho.care.fhir.names import KNOWN, Named, Names, short
from sekisho.care.fhir.rows import HELD, TYPES, Reader
from sekisho.care.keep import Rows, keep_rows
from sekisho.care.records import Doubt, Kind, LoadReport
from sekisho.care.staff_list import store_staff
from sekisho.care.tables import LOAD, REFERENCE, STAFF, TABLES
from sekisho.care.told import tell
from sekisho.errors import InvalidInputError, Value
from sekisho.storage import Database
from sekisho.terms import Clock

BATCH = 2_000
MOST = 9_999
"""Rows of one resource that are kept."""
Progress = Callable[[int, int], None]

KINDS = {
    "Encounter": (Kind.VISITS, Kind.STAYS, Kind.APPOINTMENTS),
    "Appointment": (Kind.APPOINTMENTS,),
    "ServiceRequest": (Kind.ORDERS,),
    "MedicationRequest": (Kind.ORDERS,),
    "CareTeam": (Kind.TEAMS, Kind.ROUNDS),
    "EpisodeOfCare": (Kind.TEAMS, Kind.ROUNDS),
}
"""Type of resource → the lists in which its rows stand."""
DATED = frozenset({Kind.VISITS, Kind.STAYS, Kind.APPOINTMENTS, Kind.ORDERS})
"""Lists whose days are the period of a file; a team without an end lasts until today."""


@dataclass(slots=True)
class _File:
    path: Path
    report: LoadReport
    digest: str
    types: Counter[str] = field(default_factory=Counter)
    staff: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    load_id: int = 0


def load_fhir(
    files: Sequence[Path],
    *,
    database: Database,
    clock: Clock,
    zone: ZoneInfo,
    name: str | None = None,
    progress: Progress | None = None,
) -> list[LoadReport]:
    """Read every FHIR resource of `files`, which may point to each other, and keep what is care.

    Returns:
        A report for each file; what could not be read is named in it.
    """
    earlier = _Earlier(database)
    names = Names(earlier=earlier)
    taken: list[_File] = []
    reports: list[LoadReport] = []
    roles: list[tuple[_File, int, str | None, Resource]] = []
    for path in files:
        file = _File(path, LoadReport(path=Path(name or path), taken_for=Kind.FHIR), "")
        reports.append(file.report)
        try:
            with path.open("rb") as raw:
                file.digest = hashlib.file_digest(raw, "sha256").hexdigest()
            _open(file, names, roles, database, clock)
        except InvalidInputError as error:
            _fail(file.report, error)
        except OSError as error:
            unread = InvalidInputError("care.cannot_open", reason=error.strerror or "I/O")
            _fail(file.report, unread)
        else:
            if file.load_id:
                taken.append(file)
    earlier.look_up(resource for *_, resource in roles)
    _learn(database, names, roles)
    now = clock.now().astimezone(zone).replace(tzinfo=None, microsecond=0)
    reader = Reader(names, zone, now.date(), now)
    read = 0
    for number, file in enumerate(taken, start=1):
        names.unresolved.clear()
        read += _take(file, reader, earlier, database)
        if names.unresolved:
            told: dict[str, Value] = {"references": len(names.unresolved)}
            file.report.doubts.append(Doubt("care.fhir.unresolved", told))
        if progress is not None:
            progress(number, read)
    _keep_staff(taken, database)
    for file in taken:
        _finish(file, database)
    return reports


def _fail(report: LoadReport, error: InvalidInputError) -> None:
    report.taken_for, report.error = None, (error.message, error.values())


class _Earlier:
    """What earlier loads knew of references, asked a batch of resources at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked: set[str] = set()
        self._known: dict[str, Named] = {}

    def __call__(self, form: str) -> Named | None:
        return self._known.get(_form_key(form))

    def look_up(self, resources: Iterable[Resource]) -> None:
        """Look up every reference in `resources` that was not looked up before."""
        forms = {form for one in resources for form in _pointed(one)}
        keys = sorted({_form_key(form) for form in forms} - self._asked)
        self._asked.update(keys)
        with self._database.read() as c:
            for at in range(0, len(keys), BATCH):
                some = keys[at : at + BATCH]
                for row in c.execute(sa.select(REFERENCE).where(REFERENCE.c.key.in_(some))):
                    number = row.patient_id or row.number
                    self._known[row.key] = Named(row.type, number, row.name, row.place)


def _pointed(value: Any) -> Iterator[str]:
    """Yield the references that stand anywhere in `value`, in the forms that are remembered."""
    if isinstance(value, list):
        for one in value:
            yield from _pointed(one)
    elif isinstance(value, dict):
        text = value.get("reference")
        if isinstance(text, str):
            yield from (text, short(text))
        for one in value.values():
            if isinstance(one, dict | list):
                yield from _pointed(one)


def _open(
    file: _File,
    names: Names,
    roles: list[tuple[_File, int, str | None, Resource]],
    database: Database,
    clock: Clock,
) -> None:
    """Count what a file holds and remember the people and places in it.

    Raises:
        InvalidInputError: Nothing in it is care.
    """
    learnt: list[tuple[int, str, Named]] = []
    for number, address, resource in resources(file.path):
        kind = str(resource["resourceType"])
        file.types[kind] += 1
        if kind == "PractitionerRole":
            roles.append((file, number, address, resource))
        elif kind in KNOWN:
            learnt += [(number, form, named) for form, named in names.learn(address, resource)]
    if not file.types.keys() & (TYPES | KNOWN):
        if "AuditEvent" in file.types:
            raise InvalidInputError("care.fhir.is_a_log")
        raise InvalidInputError("care.fhir.nothing", types=sorted(file.types)[:12])
    told: dict[str, Value] = {
        "types": [
            f"{kind} {count:,}"
            for kind, count in sorted(file.types.items())
            if kind in TYPES | KNOWN
        ]
    }
    file.report.why = ("care.taken_for.fhir", told)
    others = sorted(file.types.keys() - TYPES - KNOWN)
    if others:
        file.report.doubts.append(Doubt("care.fhir.others", {"types": others[:12]}))
    with database.write() as c:
        again = c.execute(
            sa.select(LOAD.c.digest)
            .where(LOAD.c.taken_for == Kind.FHIR, LOAD.c.path == str(file.report.path))
            .order_by(LOAD.c.id.desc())
        ).first()
        if again and again.digest == file.digest:
            file.report.doubts.append(Doubt("care.same_file", {}))
            return
        answer = c.execute(
            sa.insert(LOAD).values(
                path=str(file.report.path), digest=file.digest, taken_for=Kind.FHIR, rows=0,
                refused=0, doubts=[], at=clock.now(),
            )
        )  # fmt: skip
        assert answer.inserted_primary_key
        file.load_id = int(answer.inserted_primary_key[0])
        _remember(c, file.load_id, learnt)


def _learn(
    database: Database, names: Names, roles: Sequence[tuple[_File, int, str | None, Resource]]
) -> None:
    """Remember the roles, when every person and place of all files is known."""
    learnt: dict[int, list[tuple[int, str, Named]]] = {}
    for file, number, address, resource in roles:
        learnt.setdefault(file.load_id, []).extend(
            (number, form, named) for form, named in names.learn(address, resource)
        )
    with database.write() as c:
        for load_id, found in learnt.items():
            if load_id:
                _remember(c, load_id, found)


def _form_key(form: str) -> str:
    return hashlib.sha256(form.encode()).hexdigest()[:32]


def _remember(c: sa.Connection, load_id: int, learnt: Sequence[tuple[int, str, Named]]) -> None:
    rows = {
        _form_key(form): {
            "load_id": load_id, "row": number, "type": named.type,
            "patient_id": named.number if named.type == "Patient" else None,
            "number": None if named.type == "Patient" else named.number,
            "name": None if named.type == "Patient" else named.name,
            "place": named.place,
        }
        for number, form, named in learnt
    }  # fmt: skip
    keys = list(rows)
    for at in range(0, len(keys), BATCH):
        some = keys[at : at + BATCH]
        c.execute(sa.delete(REFERENCE).where(REFERENCE.c.key.in_(some)))
        c.execute(sa.insert(REFERENCE), [{"key": key, **rows[key]} for key in some])


def _take(file: _File, reader: Reader, earlier: _Earlier, database: Database) -> int:
    """Keep what the resources of a file say; return how many resources there were."""
    seen = 0
    useful = (one for one in resources(file.path) if one[2]["resourceType"] in TYPES)
    while some := list(itertools.islice(useful, BATCH)):
        earlier.look_up(resource for *_, resource in some)
        batch: list[tuple[int, Resource, list[tuple[Kind, dict[str, Any]]]]] = []
        for number, address, resource in some:
            seen = number
            try:
                rows = reader.rows(resource)
            except InvalidInputError as error:
                name = f"{resource['resourceType']}/{resource.get('id') or address or number}"
                told: dict[str, Value] = {**error.values(), "resource": name[:80]}
                file.report.refused.append((number, error.message, told))
                continue
            resource.setdefault("id", address or f"{file.digest[:16]}:{number}")
            batch.append((number, resource, rows))
        _keep(file, batch, reader, database)
    return seen


def _keep(
    file: _File,
    batch: Sequence[tuple[int, Resource, list[tuple[Kind, dict[str, Any]]]]],
    reader: Reader,
    database: Database,
) -> None:
    asked: dict[Kind, set[str]] = {}
    new: dict[Kind, dict[str, list[dict[str, Any]]]] = {}
    patients: list[tuple[int, dict[str, Any]]] = []
    back: dict[str, dt.datetime | None] = {}
    for number, resource, rows in batch:
        base = _base(resource)
        back[base] = reader.back(resource)
        for kind in KINDS.get(str(resource["resourceType"]), ()):
            asked.setdefault(kind, set()).add(base)
            new.setdefault(kind, {}).pop(base, None)  # the last word of a file stands
        origin = f"{file.report.path}#{resource['resourceType']}/{resource['id']}"
        about = {"load_id": file.load_id, "row": number, "origin": origin}
        for kind, values in rows:
            if kind is Kind.STAFF:
                file.staff.append((number, values))
            elif kind is Kind.PATIENTS:
                patients.append((number, values))
            else:
                new[kind].setdefault(base, []).append({**values, **about})
    with database.write() as c:
        for kind, bases in asked.items():
            _replace(c, kind, bases, new[kind], file.report, back)
        if patients:
            file.report.added += keep_rows(c, Kind.PATIENTS, file.load_id, patients, at=reader.now)
            file.report.rows += len(patients)


def _replace(
    c: sa.Connection,
    kind: Kind,
    bases: set[str],
    new: dict[str, list[dict[str, Any]]],
    report: LoadReport,
    back: Mapping[str, dt.datetime | None],
) -> None:
    """Keep `new` in place of what earlier loads kept of the resources `bases`.

    Of one that is taken back what was kept stays, with the moment.
    """
    table = TABLES[kind]
    known = list(
        c.scalars(sa.select(table.c.key).where(table.c.key.in_([f"{b}0000" for b in bases])))
    )
    if kind in HELD:
        new = {base: [{"retracted_at": None} | row for row in rows] for base, rows in new.items()}
        held = {key for key in known if back.get(key[:-4])}
        _retract(c, table, {key[:-4]: back[key[:-4]] for key in held})
        new = {base: rows for base, rows in new.items() if f"{base}0000" not in held}
        known = [key for key in known if key not in held]
    gone = 0
    if known:
        ranges = [{"low": key[:-4], "high": f"{key[:-4]}~"} for key in known]
        old = sa.delete(table).where(
            table.c.key >= sa.bindparam("low"), table.c.key < sa.bindparam("high")
        )
        gone = max(0, c.execute(old, ranges).rowcount)
    rows = [
        {"key": f"{base}{place:04d}", **row}
        for base, found in new.items()
        for place, row in enumerate(found[:MOST])
    ]
    report.rows += len(rows)
    report.added += max(0, len(rows) - gone)
    if not rows:
        return
    c.execute(sa.insert(table), rows)
    tell(c, kind, rows)
    if kind in DATED:
        days = [row["day"] for row in rows]
        ends = [row["until"] for row in rows if row.get("until")]
        report.first = min([*days, *([report.first] if report.first else [])])
        report.last = max([*days, *ends, *([report.last] if report.last else [])])


def _retract(c: sa.Connection, table: sa.Table, back: Mapping[str, dt.datetime | None]) -> None:
    """Say of what was kept of the resources `back` from when it no longer holds."""
    if back:
        c.execute(
            sa.update(table)
            .values(retracted_at=sa.bindparam("t"))
            .where(table.c.retracted_at.is_(None))
            .where(table.c.key >= sa.bindparam("low"), table.c.key < sa.bindparam("high")),
            [{"low": base, "high": f"{base}~", "t": back[base]} for base in sorted(back)],
        )


def _base(resource: Resource) -> str:
    """Return what makes a resource the same one tomorrow: its type and id."""
    text = f"fhir\x1f{resource['resourceType']}\x1f{resource['id']}"
    return hashlib.sha256(text.encode()).hexdigest()[:28]


def _keep_staff(taken: Sequence[_File], database: Database) -> None:
    """Keep the practitioners that no staff list names: a list has the last word on its own."""
    with database.write() as c:
        listed = set(
            c.scalars(
                sa.select(STAFF.c.user_id)
                .outerjoin(LOAD, LOAD.c.id == STAFF.c.load_id)
                .where(STAFF.c.superseded_by.is_(None))
                .where(sa.func.coalesce(LOAD.c.taken_for, "staff") != Kind.FHIR)
            )
        )
        everyone = [row for file in taken for row in file.staff]
        posted = {
            values["user_id"] for _, values in everyone if values["department"] or values["ward"]
        }
        for file in taken:
            rows = list(_posts(file.staff, listed, posted))
            if rows:
                file.report.added += store_staff(
                    c,
                    file.load_id,
                    [one.load_id for one in taken],
                    rows,
                    LoadReport(path=file.path),
                )
            file.report.rows += len(rows)


def _posts(rows: Rows, listed: set[str], posted: set[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    seen: set[str] = set()
    for number, values in rows:
        user_id = values["user_id"]
        bare = not values["department"] and not values["ward"]
        if user_id in listed or (bare and (user_id in posted or user_id in seen)):
            continue
        yield number, {
            **values, "kana": None, "employment": None, "left_on": None, "patient_id": None,
            "address_key": None, "proposed": None, "concurrent": user_id in seen,
        }  # fmt: skip
        seen.add(user_id)


def _finish(file: _File, database: Database) -> None:
    report = file.report
    with database.write() as c:
        c.execute(
            sa.update(LOAD)
            .where(LOAD.c.id == file.load_id)
            .values(
                rows=report.rows, refused=len(report.refused), first=report.first, last=report.last,
                doubts=[[doubt.message, dict(doubt.args)] for doubt in report.doubts],
            )
        )  # fmt: skip
