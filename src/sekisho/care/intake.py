"""Keeping what messages told: each once, and the rows of the patients it touches made anew.

One call of `take` is one transaction: after a kill the next load goes on behind it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from sekisho.care.events import Event
from sekisho.care.merges import Merges
from sekisho.care.movements import derive, keys_of
from sekisho.care.places import address_key
from sekisho.care.records import Kind
from sekisho.care.standing import ORDERS
from sekisho.care.tables import (
    APPOINTMENT,
    CODE,
    EVENT,
    LOAD,
    MARK,
    MERGE,
    ORDER,
    PATIENT,
    STAY,
    VISIT,
)
from sekisho.care.told import tell
from sekisho.storage import Database, insert_many
from sekisho.terms import Clock

_CHUNK = 5_000
_COLUMNS = tuple(column.name for column in EVENT.columns)
_VALUES = attrgetter(*_COLUMNS)
_DERIVED = {"visits": VISIT, "stays": STAY, "orders": ORDER, "appointments": APPOINTMENT}
_COUNTED = {"visits": Kind.VISITS, "stays": Kind.STAYS, "orders": Kind.ORDERS,
            "appointments": Kind.APPOINTMENTS, "patients": Kind.PATIENTS}  # fmt: skip
_MOVES = frozenset(
    {"visit", "admit", "transfer", "discharge", "leave", "return", "doctor", "update", "plan"}
)

Mark = tuple[str, str, str, int]
"""Key, patient, digest and row of a folder that was read."""
Renamed = tuple[str, str, str, int, str | None]
"""Patient, file name before, file name now, the flag in it, and when it was deleted, where that is known."""


@dataclass(slots=True)
class _Span:
    load_id: int | None = None
    rows: int = 0
    first: dt.date | None = None
    last: dt.date | None = None
    changed: bool = False

    def add(self, day: dt.date) -> None:
        self.first = day if self.first is None else min(self.first, day)
        self.last = day if self.last is None else max(self.last, day)
        self.changed = True


@dataclass(slots=True)
class Intake:
    """What one load, or one day of a live sender, keeps.

    Attributes:
        path: As it is shown among the lists.
        kind: ``ssmix2`` or ``hl7v2``.
        read: Messages that were taken.
        added: Events that were not known before.
        rows: List → rows made of them.
    """

    database: Database
    clock: Clock
    path: str
    kind: Kind
    zone: ZoneInfo
    load_id: int | None = None
    read: int = 0
    refused: int = 0
    added: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    _spans: dict[Kind, _Span] = field(default_factory=dict)

    def take(
        self,
        events: Sequence[Event],
        *,
        marks: Iterable[Mark] = (),
        renamed: Sequence[Renamed] = (),
        codes: Mapping[tuple[str, str], tuple[str, str]] | None = None,
        read: int = 0,
        refused: int = 0,
    ) -> int:
        """Keep `events` durably and return how many were new.

        Args:
            events: What was told; what is known already adds nothing.
            marks: Folders that are read with it.
            renamed: Files that are called otherwise now: their events get the new flag.
            codes: (kind, code) → (name, sent) that messages gave.
            read: Messages that these are.
            refused: Messages that could not be taken.
        """
        with self.database.write() as c:
            self.read += read
            self.refused += refused
            self._begin(c)
            before = _with_events(c, events)
            new = self._keep(c, events)
            if renamed:
                new += _rename(c, renamed, self._now())
            if new:
                self._make_anew(c, new, before)
            _learn(c, codes or {})
            self._mark(c, marks)
            self._count(c, new)
            self.added += len(new)
        return len(new)

    def _begin(self, c: sa.Connection) -> None:
        if self.load_id is None:
            self.load_id = self._load(c, self.kind)
        c.execute(
            sa.update(LOAD)
            .where(LOAD.c.id == self.load_id)
            .values(rows=self.read, refused=self.refused)
        )

    def _load(self, c: sa.Connection, kind: Kind) -> int:
        made = c.execute(
            sa.insert(LOAD).values(
                path=self.path, sheet=None, digest="", taken_for=kind, rows=0, refused=0,
                doubts=[], at=self.clock.now(),
            )
        )  # fmt: skip
        assert made.inserted_primary_key
        return int(made.inserted_primary_key[0])

    def _keep(self, c: sa.Connection, events: Sequence[Event]) -> list[Event]:
        """Insert what is new; return it, merges and newer words about persons too."""
        told = {e.key: e for e in events if e.act not in {"person", "merge"}}
        known: set[str] = set()
        for part in _parts(list(told)):
            known.update(c.scalars(sa.select(EVENT.c.key).where(EVENT.c.key.in_(part))))
        new = [e for key, e in told.items() if key not in known]
        for e in events:
            e.load_id = self.load_id or 0
            silent = (e.cancels or e.act == "gone") and e.sent < "1900"
            if e.retracted_at is None and (silent or e.flag == 0):
                e.retracted_at = self._now()
        merges = _keep_merges(c, [e for e in events if e.act == "merge"])
        persons = _keep_persons(c, [e for e in events if e.act == "person"])
        kept = [*new, *persons]
        insert_many(c, EVENT, _COLUMNS, map(_VALUES, kept))
        return [*kept, *merges]

    def _now(self) -> str:
        return self.clock.now().astimezone(self.zone).replace(tzinfo=None).isoformat()[:19]

    def _make_anew(self, c: sa.Connection, new: Sequence[Event], before: set[str]) -> None:
        """Make the rows of every patient that `new` touches from all that was told of them."""
        merges = Merges.read(c)
        whole: set[str] = set()
        moved: set[str] = set()
        numbers: dict[str, set[str | None]] = {}
        for e in new:
            patient = merges.now(e.patient_id)
            if e.act in {"merge", "gone"}:
                whole.add(patient)
            elif e.act in _MOVES:
                moved.add(patient)
            elif e.act != "person":
                numbers.setdefault(patient, set()).add(e.number)
        ids = {
            number: patient
            for patient in (whole | moved | numbers.keys())
            for number in merges.all_of(patient)
        }
        told: dict[str, list[Event]] = {patient: [] for patient in ids.values()}
        # What is told of these for the first time need not be read back.
        fresh_ids = {e.patient_id for e in new if e.act != "merge"} - before
        for e in new:
            if e.act not in {"merge", "person"} and e.patient_id in fresh_ids:
                told[ids[e.patient_id]].append(e)
        self._told(
            c, told, {n: p for n, p in ids.items() if n not in fresh_ids}, whole, moved, numbers
        )
        stale: dict[str, set[str]] = {name: set() for name in _DERIVED}
        fresh: dict[str, list[dict[str, Any]]] = {name: [] for name in _DERIVED}
        added = {e.key for e in new if e.act != "merge"}
        for patient, events in told.items():
            for e in events:
                if e.key not in added or e.flag not in (None, 1) or patient in whole:
                    for name in _lists_of(e):
                        stale[name].update(keys_of(e))
            rows = derive(patient, events)
            for name, found in fresh.items():
                found.extend(getattr(rows, name))
        for name, table in _DERIVED.items():
            for part in _parts(list(stale[name])):
                c.execute(sa.delete(table).where(table.c.key.in_(part)))
            if fresh[name]:
                columns = tuple(fresh[name][0])
                insert_many(c, table, columns, map(itemgetter(*columns), fresh[name]))
                tell(c, name, fresh[name])
                gone = stale[name]
                self.rows[name] = self.rows.get(name, 0) + sum(
                    row["key"] not in gone for row in fresh[name]
                )

    def _told(
        self,
        c: sa.Connection,
        told: dict[str, list[Event]],
        ids: Mapping[str, str],
        whole: set[str],
        moved: set[str],
        numbers: Mapping[str, set[str | None]],
    ) -> None:
        """Add to `told` what is kept of `ids`: all of `whole`, movements of `moved`, `numbers`."""
        wanted = [number for found in numbers.values() for number in found if number is not None]
        scope = sa.or_(
            EVENT.c.act.in_(_MOVES | {"gone"}), EVENT.c.number.is_(None), EVENT.c.number.in_(wanted)
        )
        for part in _parts(list(ids)):
            query = sa.select(EVENT).where(EVENT.c.patient_id.in_(part), EVENT.c.act != "person")
            if not whole and len(wanted) < _CHUNK:
                query = query.where(scope)
            for row in c.execute(query).mappings():
                e = Event(**row)
                patient = ids[e.patient_id]
                if (
                    patient in whole
                    or e.act == "gone"
                    or (e.act in _MOVES and patient in moved)
                    or (e.act not in _MOVES and e.number in numbers.get(patient, ()))
                ):
                    told[patient].append(e)

    def _mark(self, c: sa.Connection, marks: Iterable[Mark]) -> None:
        rows = [(key, self.load_id, row, patient, digest) for key, patient, digest, row in marks]
        for part in _parts([row[0] for row in rows]):
            c.execute(sa.delete(MARK).where(MARK.c.key.in_(part)))
        insert_many(c, MARK, ("key", "load_id", "row", "patient_id", "digest"), rows)

    def _count(self, c: sa.Connection, new: Iterable[Event]) -> None:
        """Keep which days each list covers now; a day to come is covered by no visit."""
        today = self.clock.now().astimezone(self.zone).date()
        for e in new:
            if e.act in {"person", "merge"}:
                self._span(Kind.PATIENTS).rows += e.act == "person"
                continue
            if e.at is None or e.cancels or e.flag not in (None, 1):
                continue
            day = dt.date.fromisoformat(e.at[:10])
            if e.act == "book":
                self._span(Kind.APPOINTMENTS).add(day)
            elif day > today:
                continue
            elif e.act in ORDERS:
                self._span(Kind.ORDERS).add(day)
            elif e.act != "plan":
                # What a hospital sends of its visits it sends of its stays: no admission
                # on a day is then no gap, it is the truth.
                self._span(Kind.VISITS).add(day)
                self._span(Kind.STAYS).add(day)
        for name, kind in _COUNTED.items():
            span = self._spans.get(kind)
            if span is None:
                continue
            rows = self.rows.get(name, span.rows)
            if span.load_id is None:
                span.load_id = self._load(c, kind)
            c.execute(
                sa.update(LOAD)
                .where(LOAD.c.id == span.load_id)
                .values(rows=rows, first=span.first, last=span.last)
            )

    def _span(self, kind: Kind) -> _Span:
        return self._spans.setdefault(kind, _Span())

    def span(self) -> tuple[dt.date | None, dt.date | None]:
        """Return the first and the last day that visits and stays, else orders, now cover."""
        for kind in (Kind.VISITS, Kind.ORDERS, Kind.APPOINTMENTS):
            if kind in self._spans:
                return self._spans[kind].first, self._spans[kind].last
        return None, None


def _rename(c: sa.Connection, renamed: Sequence[Renamed], now: str) -> list[Event]:
    """Give the events of each file the name and the flag that it has now; return them."""
    changed: list[Event] = []
    for patient, before, after, flag, deleted in renamed:
        mine = sa.and_(EVENT.c.patient_id == patient, EVENT.c.origin == before)
        when = (deleted or now) if flag == 0 else None
        c.execute(sa.update(EVENT).where(mine).values(origin=after, flag=flag, retracted_at=when))
        mine = sa.and_(EVENT.c.patient_id == patient, EVENT.c.origin == after)
        changed += [Event(**row) for row in c.execute(sa.select(EVENT).where(mine)).mappings()]
    return changed


def _with_events(c: sa.Connection, events: Sequence[Event]) -> set[str]:
    """Return the numbers of `events` of which something is kept already."""
    found: set[str] = set()
    for part in _parts(list({e.patient_id for e in events})):
        query = sa.select(EVENT.c.patient_id).distinct().where(EVENT.c.patient_id.in_(part))
        found.update(c.scalars(query))
    return found


def _lists_of(e: Event) -> tuple[str, ...]:
    if e.act in ORDERS:
        return ("orders",)
    if e.act in {"plan", "book"}:
        return ("appointments",)
    return ("visits", "stays")


def _keep_merges(c: sa.Connection, events: Sequence[Event]) -> list[Event]:
    """Keep the newest word on each number that went; return those that changed something."""
    kept = []
    for e in events:
        query = sa.select(MERGE.c.sent, MERGE.c.patient_id).where(MERGE.c.old_id == e.other_id)
        known = c.execute(query).first()
        if known is not None and (known.sent, known.patient_id) >= (e.sent, e.patient_id):
            continue
        values = {
            "load_id": e.load_id, "row": e.row, "origin": e.origin,
            "patient_id": e.patient_id, "sent": e.sent,
        }  # fmt: skip
        if known is None:
            c.execute(sa.insert(MERGE).values(old_id=e.other_id, **values))
        else:
            c.execute(sa.update(MERGE).where(MERGE.c.old_id == e.other_id).values(**values))
        kept.append(e)
        if known is not None:  # whom it went into before loses it
            kept.append(replace(e, patient_id=known.patient_id))
    return kept


def _keep_persons(c: sa.Connection, events: Sequence[Event]) -> list[Event]:
    """Return the newest word on each person where it is newer than what is kept; fill the list."""
    newest: dict[str, Event] = {}
    for e in events:
        before = newest.get(e.key)
        if before is None or (e.sent, str(e.more)) > (before.sent, str(before.more)):
            newest[e.key] = e
    known: dict[str, str] = {}
    for part in _parts(list(newest)):
        query = sa.select(EVENT.c.key, EVENT.c.sent).where(EVENT.c.key.in_(part))
        known.update(dict(c.execute(query).all()))
    new = [e for key, e in newest.items() if known.get(key, "") < e.sent or key not in known]
    replaced = [e.key for e in new if e.key in known]
    for part in _parts(replaced):
        c.execute(sa.delete(EVENT).where(EVENT.c.key.in_(part)))
    _fill_patients(c, new)
    return new


def _fill_patients(c: sa.Connection, events: Sequence[Event]) -> None:
    rows = {e.patient_id: _patient(e) for e in events if e.more}
    known: set[str] = set()
    for part in _parts(list(rows)):
        known.update(c.scalars(sa.select(PATIENT.c.key).where(PATIENT.c.key.in_(part))))
    added = [row for key, row in rows.items() if key not in known]
    if added:
        c.execute(sa.insert(PATIENT), added)
    for key in known:
        said = {name: value for name, value in rows[key].items() if value is not None}
        c.execute(sa.update(PATIENT).where(PATIENT.c.key == key).values(**said))


def _patient(e: Event) -> dict[str, Any]:
    more = e.more or {}
    days = {
        name: dt.date.fromisoformat(more[name]) if more.get(name) else None
        for name in ("born", "deceased_on")
    }
    return {
        "key": e.patient_id,
        "load_id": e.load_id,
        "row": e.row,
        "patient_id": e.patient_id,
        "name": more.get("name"),
        "kana": more.get("kana"),
        "address": more.get("address"),
        "address_key": address_key(more.get("address")),
        "phone": more.get("phone"),
        **days,
    }


def _learn(c: sa.Connection, codes: Mapping[tuple[str, str], tuple[str, str]]) -> None:
    for (kind, code), (name, sent) in codes.items():
        mine = sa.and_(CODE.c.kind == kind, CODE.c.code == code)
        known = c.execute(sa.select(CODE.c.name, CODE.c.sent).where(mine)).first()
        if known is None:
            c.execute(sa.insert(CODE).values(kind=kind, code=code, name=name, sent=sent))
        elif known.sent < sent and known.name != name:
            c.execute(sa.update(CODE).where(mine).values(name=name, sent=sent))


def _parts(keys: Sequence[str]) -> Iterable[Sequence[str]]:
    return (keys[at : at + _CHUNK] for at in range(0, len(keys), _CHUNK))


def hashed(*parts: str | Path) -> str:
    """Return a key made of `parts`."""
    text = "\x1f".join(str(part) for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]
