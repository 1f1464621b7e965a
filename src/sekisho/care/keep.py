"""Keeping rows that have a key: the same row again adds nothing, a changed one takes the newest word."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from sekisho.care.records import Kind
from sekisho.care.tables import KEYS, TABLES

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


def keep_rows(c: sa.Connection, kind: Kind, load_id: int, rows: Rows, retracted: Rows = ()) -> int:
    """Keep `rows`, take back `retracted`, each at its place in the file; return how many are new.

    Of a patient only the columns that the rows have are touched.
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
            gone[key] = values
        else:
            gone.pop(key, None)
            # In place: of a month's orders every copy is felt.
            values.update(load_id=load_id, row=line)
            new[key] = values
    _take_back(c, kind, gone)
    if kind is Kind.APPOINTMENTS:
        _moved(c, new)
    known = _known(c, table, list(new))
    added = [key for key in new if key not in known]
    for at in range(0, len(added), _CHUNK):
        c.execute(sa.insert(table), [{"key": key, **new[key]} for key in added[at : at + _CHUNK]])
    if known and kind is not Kind.VISITS:  # a visit's key holds all of it
        _renew(c, table, {key: new[key] for key in sorted(known)})
    return len(added)


def _moved(c: sa.Connection, new: Mapping[str, Mapping[str, Any]]) -> None:
    """Take away where an appointment of `new` stood before it was moved to another day.

    One patient's number on two days of one list is none of an appointment but counted anew each
    day, as where a list does not reach the earlier day: then both stay.
    """
    days: dict[tuple[str, str], set[Any]] = {}
    for row in new.values():
        if row["number"] is not None:
            days.setdefault((row["patient_id"], row["number"]), set()).add(row["day"])
    every = [row["day"] for row in new.values()]
    moved = [
        {"p": patient, "n": number, "d": next(iter(on)), "first": min(every), "last": max(every)}
        for (patient, number), on in days.items()
        if len(on) == 1
    ]
    if moved:
        table = TABLES[Kind.APPOINTMENTS]
        c.execute(
            sa.delete(table)
            .where(table.c.patient_id == sa.bindparam("p"))
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


def _take_back(c: sa.Connection, kind: Kind, gone: Mapping[str, Mapping[str, Any]]) -> None:
    table = TABLES[kind]
    keys = list(gone)
    for at in range(0, len(keys), _CHUNK):
        c.execute(sa.delete(table).where(table.c.key.in_(keys[at : at + _CHUNK])))
    if kind in NUMBERED:
        _take_back_numbers(c, table, gone.values())


def _take_back_numbers(
    c: sa.Connection, table: sa.Table, rows: Iterable[Mapping[str, Any]]
) -> None:
    numbered = [
        {"p": row["patient_id"], "d": row["day"], "n": row["number"]}
        for row in rows
        if row["number"] is not None
    ]
    if numbered:
        c.execute(
            sa.delete(table)
            .where(table.c.patient_id == sa.bindparam("p"))
            .where(table.c.day == sa.bindparam("d"))
            .where(table.c.number == sa.bindparam("n")),
            numbered,
        )
