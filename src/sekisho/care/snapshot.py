"""The lists as Arrow tables, ready to be joined; no name leaves with them."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from sekisho.care.context import context
from sekisho.care.departments import Departments
from sekisho.care.doctors import Doctors
from sekisho.care.duties import as_user_kind, duty_group
from sekisho.care.level import MIXED, Span
from sekisho.care.merges import Merges
from sekisho.care.places import place_key, places, plain
from sekisho.care.tables import KIND, LOAD, PATIENT, STAFF, STAY, SYSTEM_ID, VISIT
from sekisho.care.unrostered import unrostered_days
from sekisho.storage import Database

if TYPE_CHECKING:
    import pyarrow as pa


def snapshot(database: Database, period: Span | None = None) -> dict[str, pa.Table]:
    """Return ``staff``, ``visits``, ``stays``, ``patients``, ``ids``, ``system_ids``, ``merges``, ``unrostered`` and those of `context`.

    A staff row is a post; its own patient number comes from the list, and its
    address from there or from that patient's row. An open stay ends, for a
    reader, on the last day that a list of stays covers. What was taken back is there too, with
    ``retracted_at``, the local moment; of what stands it is None. A doctor written as a
    name is an id only where exactly one id of the staff list bears that name:
    two 佐藤 are never guessed; of a patient, ``name_key`` is what two of one reading share, of
    this snapshot alone. A code of a department is called as `Departments` says. ``merges``
    holds each number of a patient that went into another. ``ids`` holds each known id once, also one that a
    person marked and that no list names. ``unrostered`` holds the wards and days of `period` without a
    roster (`care.unrostered`); without a period none is looked for.
    """
    with database.read() as c:
        owned = _owned(c)
        paths = dict(c.execute(sa.select(LOAD.c.id, LOAD.c.path)).all())
        said = dict(c.execute(sa.select(KIND.c.user_id, KIND.c.kind)).all())
        posts = c.execute(
            sa.select(STAFF).where(STAFF.c.superseded_by.is_(None)).order_by(STAFF.c.id)
        ).all()
        homes = _homes(c)
        visits = c.execute(
            sa.select(
                VISIT.c.patient_id, VISIT.c.day, VISIT.c.time, VISIT.c.department,
                VISIT.c.doctor, VISIT.c.doctor_id, VISIT.c.load_id, VISIT.c.row, VISIT.c.origin,
                VISIT.c.retracted_at,
            )
        ).all()  # fmt: skip
        stays = c.execute(
            sa.select(
                STAY.c.patient_id, STAY.c.day, STAY.c.until, STAY.c.department, STAY.c.ward,
                STAY.c.doctor, STAY.c.doctor_id, STAY.c.load_id, STAY.c.row, STAY.c.origin,
                STAY.c.retracted_at,
            )
        ).all()  # fmt: skip
        last = _last_of_stays(c)
        doctors = Doctors(posts)
        departments = Departments.read(c, posts)
        merges = Merges.read(c)
        others = context(c, paths, doctors, departments)
        gaps = unrostered_days(c, *period) if period else []
    home = {patient_id: key for patient_id, key, *_ in homes}
    return {
        "staff": _table("staff", (_post(post, said, paths, home) for post in posts)),
        "visits": _table(
            "visits",
            (
                (
                    pid, day, time, dep, place_key(dep), doctors.id_of(doc, did),
                    back, origin or paths.get(load), row,
                )
                for pid, day, time, said, doc, did, load, row, origin, back in visits
                for dep in (departments.name_of(said),)
            ),
        ),
        "stays": _table(
            "stays",
            (
                (
                    pid, day, until or (max(day, last) if last else day), until is None, dep,
                    place_key(dep), ward, place_key(ward), doctors.id_of(doc, did), back,
                    origin or paths.get(load), row,
                )
                for pid, day, until, said, there, doc, did, load, row, origin, back in stays
                for dep, ward in ((departments.name_of(said), departments.name_of(there, "ward")),)
            ),
        ),
        "patients": _table(
            "patients",
            ((pid, key, gone, name, paths.get(load), row) for pid, key, load, row, gone, name in homes),
        ),
        "ids": _table("ids", _ids(posts, said)),
        "system_ids": owned,
        "merges": _table("merges", sorted(merges.current.items())),
        "unrostered": _table("unrostered", gaps),
        **others,
    }  # fmt: skip


def owned_ids(database: Database) -> pa.Table:
    """Return ``system_ids`` of `snapshot` alone: whose each id of a system is."""
    with database.read() as c:
        return _owned(c)


def _owned(c: sa.Connection) -> pa.Table:
    rows = c.execute(
        sa.select(
            SYSTEM_ID.c.system_key, SYSTEM_ID.c.user_id, SYSTEM_ID.c.staff_id,
            SYSTEM_ID.c.valid_from, SYSTEM_ID.c.valid_to,
        ).where(SYSTEM_ID.c.superseded_by.is_(None))
    )  # fmt: skip
    return _table("system_ids", map(tuple, rows))


def _homes(c: sa.Connection) -> list[tuple[Any, ...]]:
    """Return each patient's number, address, load, row, day of death and reading of the name."""
    columns = (
        PATIENT.c.patient_id, PATIENT.c.address_key, PATIENT.c.load_id, PATIENT.c.row,
        PATIENT.c.deceased_on, PATIENT.c.kana, PATIENT.c.name,
    )  # fmt: skip
    rows = c.execute(sa.select(*columns).order_by(PATIENT.c.patient_id))
    once = secrets.token_bytes(16)
    return [(*row[:5], _alike(row.kana or row.name, once)) for row in rows]


def _alike(name: str | None, once: bytes) -> str | None:
    """Return what two of one reading share, and what nobody can turn back: no name leaves this room."""
    written = plain(name or "")
    return (
        hashlib.blake2b(written.encode(), digest_size=8, key=once).hexdigest() if written else None
    )


def _last_of_stays(c: sa.Connection) -> dt.date | None:
    """Return the last day of which lists, messages or FHIR speak: an open stay is known so far."""
    last: dt.date | None = c.scalar(
        sa.select(sa.func.max(LOAD.c.last)).where(LOAD.c.taken_for.in_(("stays", *MIXED)))
    )
    return last


def _ids(posts: Iterable[Any], said: dict[str, str]) -> list[tuple[str, str, bool]]:
    proposed: dict[str, str] = {}
    for post in posts:
        kind = as_user_kind(post.proposed)
        if kind or post.user_id not in proposed:
            proposed[post.user_id] = kind.value if kind else "person"
    return [
        (user_id, said.get(user_id) or proposed[user_id], user_id in proposed)
        for user_id in sorted(proposed.keys() | said.keys())
    ]


def _post(
    post: Any, said: dict[str, str], paths: dict[int, str], home: dict[str, str | None]
) -> tuple[Any, ...]:
    proposed = as_user_kind(post.proposed)
    return (
        post.user_id,
        said.get(post.user_id) or (proposed.value if proposed else "person"),
        post.duty,
        duty_group(post.duty, post.department),
        post.department,
        post.ward,
        places(post.department, post.ward),
        post.valid_from,
        post.valid_to,
        post.left_on,
        post.patient_id,
        post.address_key or home.get(post.patient_id or ""),
        paths.get(post.load_id),
        post.row,
    )


def _schemas() -> dict[str, pa.Schema]:
    """Return the columns that explanations and signs may name."""
    import pyarrow as pa  # noqa: PLC0415 (20 MB: the gate, which asks for ties, needs none)

    text, day, moment = pa.string(), pa.date32(), pa.timestamp("us")
    origin = [("file", text), ("row", pa.int64())]
    return {
        "staff": pa.schema(
            [
                ("user_id", text), ("kind", text), ("duty", text), ("duty_group", text),
                ("department", text), ("ward", text), ("places", pa.list_(text)),
                ("valid_from", day), ("valid_to", day), ("left_on", day),
                ("patient_id", text), ("address_key", text), *origin,
            ]
        ),
        "visits": pa.schema(
            [
                ("patient_id", text), ("day", day), ("time", text), ("department", text),
                ("department_key", text), ("doctor_id", text), ("retracted_at", moment), *origin,
            ]
        ),
        "stays": pa.schema(
            [
                ("patient_id", text), ("day", day), ("until", day), ("open", pa.bool_()),
                ("department", text), ("department_key", text), ("ward", text), ("ward_key", text),
                ("doctor_id", text), ("retracted_at", moment), *origin,
            ]
        ),
        "patients": pa.schema(
            [
                ("patient_id", text), ("address_key", text), ("deceased_on", day),
                ("name_key", text), *origin,
            ]
        ),
        "system_ids": pa.schema(
            [
                ("system", text), ("user_id", text), ("staff_id", text),
                ("valid_from", day), ("valid_to", day),
            ]
        ),
        "merges": pa.schema([("old_id", text), ("patient_id", text)]),
        "unrostered": pa.schema([("place_key", text), ("day", day)]),
        "ids": pa.schema([("user_id", text), ("kind", text), ("listed", pa.bool_())]),
    }  # fmt: skip


def _table(name: str, rows: Iterable[tuple[Any, ...]]) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 (see `_schemas`)

    schema = _schemas()[name]
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.table(
        [pa.array(column, type=field.type) for column, field in zip(columns, schema, strict=True)],
        schema=schema,
    )
