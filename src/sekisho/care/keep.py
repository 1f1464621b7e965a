"""Keeping rows that have a key: the same row again adds nothing, a changed one takes the newest word."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from sekisho.care.records import Kind
from sekisho.care.tables import KEYS, TABLES, bare
from sekisho.care.told import tell

_CHUNK = 5_000
NUMBERED = frozenset({Kind.ORDERS, Kind.APPOINTMENTS})
"""Kinds whose cancelled rows are known again by number too."""

Rows = Sequence[tuple[int, dict[str, Any]]]


def row_key(kind: Kind, values: Mapping[str, Any]) -> str:
    """Return what makes a row of `kind` the same row in tomorrow's file."""
    if kind is Kind.PATIENTS:
        return str(values["patient_id"])
    text = "\x1f".join("" if values[name] is None else str(values[name]) for name in KEYS[kind])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def keep_rows(
    c: sa.Connection,
    kind: Kind,
    load_id: int,
    rows: Rows,
    retracted: Rows = (),
    *,
    at: dt.datetime,
) -> int:
    """Keep `rows`, take back `retracted`, each at its place in the file; return how many are new.

    Of a patient only the columns that the rows have are touched. A visit, stay, order or
    appointment that is taken back stays, with the local moment: its own ``retracted_at``, else
    `at`, that of the load. What of another kind is taken back goes.
    """
    table = TABLES[kind]
    new: dict[str, dict[str, Any]] = {}
    gone: dict[str, dict[str, Any]] = {}
    steps = [(line, 0, values) for line, values in rows]
    steps += [(line, 1, values) for line, values in retracted]
    for line, back, values in sorted(steps, key=lambda step: step[0]):
        key = row_key(kind, values)
        if back:
            new.pop(key, None)
            gone[key] = values | {"row": line}
        else:
            gone.pop(key, None)
            # In place: of a month's orders every copy is felt.
            values.update(load_id=load_id, row=line)
            new[key] = values
    stays = "retracted_at" in table.c
    if stays:
        _mark(c, kind, load_id, gone, at)
    else:
        _take_back(c, table, list(gone))
    if kind is Kind.APPOINTMENTS:
        _moved(c, new, at)
    tell(c, kind, new.values())
    known = _known(c, table, list(new))
    added = [key for key in new if key not in known]
    for n in range(0, len(added), _CHUNK):
        c.execute(sa.insert(table), [{"key": key, **new[key]} for key in added[n : n + _CHUNK]])
    if kind is Kind.VISITS:  # a visit's key holds all of it
        _stand_again(c, table, sorted(known))
    elif known:
        again = {"retracted_at": None} if stays else {}
        _renew(c, table, {key: new[key] | again for key in sorted(known)})
    return len(added)


def _moved(c: sa.Connection, new: Mapping[str, Mapping[str, Any]], at: dt.datetime) -> None:
    """Take back where an appointment of `new` stood before it was moved to another day.

    One patient's number on two days of one list is none of an appointment but counted anew each
    day, as where a list does not reach the earlier day: then both stay.
    """
    days: dict[tuple[str, str], set[Any]] = {}
    for row in new.values():
        if row["number"] is not None:
            days.setdefault((row["patient_id"], row["number"]), set()).add(row["day"])
    every = {row["day"] for row in new.values()}
    first, last = min(every, default=None), max(every, default=None)
    moved = [
        {"p": patient, "n": number, "d": next(iter(on)), "first": first, "last": last}
        for (patient, number), on in days.items()
        if len(on) == 1
    ]
    if moved:
        table = TABLES[Kind.APPOINTMENTS]
        c.execute(
            sa.update(table)
            .values(retracted_at=at)
            .where(_of_patient(table), table.c.retracted_at.is_(None))
            .where(table.c.number == sa.bindparam("n"))
            .where(table.c.day != sa.bindparam("d"), table.c.key.not_like("m%"))
            .where(table.c.day.between(sa.bindparam("first"), sa.bindparam("last"))),
            moved,
        )


def _renew(c: sa.Connection, table: sa.Table, rows: Mapping[str, Mapping[str, Any]]) -> None:
    """Give each row that was known before its newest word."""
    names = [name for name in next(iter(rows.values())) if name != "patient_id"]
    renew = (
        sa.update(table)
        .where(table.c.key == sa.bindparam("this_key"))
        .values({name: sa.bindparam(f"new_{name}") for name in names})
    )
    keys = list(rows)
    for at in range(0, len(keys), _CHUNK):
        c.execute(
            renew,
            [
                {"this_key": key, **{f"new_{name}": rows[key][name] for name in names}}
                for key in keys[at : at + _CHUNK]
            ],
        )


def _known(c: sa.Connection, table: sa.Table, keys: Sequence[str]) -> set[str]:
    known: set[str] = set()
    for at in range(0, len(keys), _CHUNK):
        known.update(
            c.scalars(sa.select(table.c.key).where(table.c.key.in_(keys[at : at + _CHUNK])))
        )
    return known


def _take_back(c: sa.Connection, table: sa.Table, keys: Sequence[str]) -> None:
    for n in range(0, len(keys), _CHUNK):
        c.execute(sa.delete(table).where(table.c.key.in_(keys[n : n + _CHUNK])))


def _stand_again(c: sa.Connection, table: sa.Table, keys: Sequence[str]) -> None:
    for at in range(0, len(keys), _CHUNK):
        c.execute(
            sa.update(table)
            .values(retracted_at=None)
            .where(table.c.key.in_(keys[at : at + _CHUNK]), table.c.retracted_at.is_not(None))
        )


def _mark(
    c: sa.Connection,
    kind: Kind,
    load_id: int,
    gone: Mapping[str, dict[str, Any]],
    at: dt.datetime,
) -> None:
    """Say of the rows of `gone` from when they no longer hold; keep those that were never seen.

    What was taken back before keeps its first moment.
    """
    if not gone:
        return
    table = TABLES[kind]
    known = _known(c, table, list(gone))
    steps = [{"k": key, "t": gone[key].get("retracted_at") or at} for key in sorted(known)]
    if steps:
        c.execute(_retract(table).where(table.c.key == sa.bindparam("k")), steps)
    if kind in NUMBERED:
        _mark_numbers(c, table, gone.values(), at)
    unseen = [
        {**row, "key": key, "load_id": load_id,
         "retracted_at": row.get("retracted_at") or at}
        for key, row in gone.items() if key not in known
    ]  # fmt: skip
    for n in range(0, len(unseen), _CHUNK):
        c.execute(sa.insert(table), unseen[n : n + _CHUNK])


def _mark_numbers(
    c: sa.Connection,
    table: sa.Table,
    rows: Iterable[Mapping[str, Any]],
    at: dt.datetime,
) -> None:
    numbered = [
        {"p": row["patient_id"], "d": row["day"], "n": row["number"],
         "t": row.get("retracted_at") or at}
        for row in rows if row["number"] is not None
    ]  # fmt: skip
    if numbered:
        c.execute(
            _retract(table)
            .where(_of_patient(table))
            .where(table.c.day == sa.bindparam("d"))
            .where(table.c.number == sa.bindparam("n")),
            numbered,
        )


def _of_patient(table: sa.Table) -> sa.ColumnElement[bool]:
    """Return that a row is of the patient "p", as it is written, found by the index."""
    patient = sa.bindparam("p", type_=sa.Text)
    return sa.and_(bare(table.c.patient_id) == bare(patient), table.c.patient_id == patient)


def _retract(table: sa.Table) -> sa.Update:
    return (
        sa.update(table)
        .values(retracted_at=sa.bindparam("t"))
        .where(table.c.retracted_at.is_(None))
    )
