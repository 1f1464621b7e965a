"""Orders, appointments, rosters, teams and the other lists of level L2 and L3 as Arrow tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from sekisho.care.departments import Departments
from sekisho.care.doctors import Doctors
from sekisho.care.places import place_key
from sekisho.care.tables import TABLES

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS: Mapping[str, str] = {
    "orders": """patient_id day until time number what department department_key ward ward_key
        doctor_id entered_by executor_id executed_in executed_in_key retracted_at""",
    "appointments": "patient_id day time number department department_key doctor_id booked_on retracted_at",
    "rosters": "user_id day place place_key shift start end duty",
    "teams": "team user_id valid_from valid_to",
    "rounds": "team patient_id day until",
    "research": "study user_id patient_id valid_from valid_to",
    "maintenance": "plan user_id system day start until end",
    "vips": "patient_id valid_from valid_to",
    "terminals": "terminal address place place_key",
}
"""List → the columns that explanations and signs may name, besides `file` and `row`."""

_DAYS = {"day", "until", "booked_on", "valid_from", "valid_to"}


def context(
    c: sa.Connection, paths: Mapping[int, str], doctors: Doctors, departments: Departments
) -> dict[str, pa.Table]:
    """Return one Arrow table for each list of `COLUMNS`, as it stands.

    ``…_key`` is the place as `place_key` writes it. An order without `until` lasts its
    day. Of a roster the actual turns of a person and day stand, where there are any. Who is
    written by a name is an id where one id alone bears it; else the row is left out, for no
    name leaves this room.
    """
    return {name: _list(c, name, paths, doctors, departments) for name in COLUMNS}


def kind_of(column: str) -> pa.DataType:
    """Return what the values of a column of `COLUMNS` are: local days, a local moment, or text."""
    import pyarrow as pa  # noqa: PLC0415 (20 MB: the gate, which asks for ties, needs none)

    if column == "retracted_at":
        return pa.timestamp("us")
    return pa.date32() if column in _DAYS else pa.string()


def _list(
    c: sa.Connection,
    name: str,
    paths: Mapping[int, str],
    doctors: Doctors,
    departments: Departments,
) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 (20 MB: the gate, which asks for ties, needs none)

    columns = COLUMNS[name].split()
    rows = c.execute(sa.select(TABLES[name])).all()
    if "user_id" in columns:
        who = {written: doctors.person(written) for written in {row.user_id for row in rows}}
        rows = [row for row in rows if who[row.user_id] is not None]
    if name == "rosters":
        told = {(who[row.user_id], row.day) for row in rows if row.actual}
        rows = [row for row in rows if row.actual or (who[row.user_id], row.day) not in told]
    found: dict[str, list[Any]] = {
        column: [_value(column, row, doctors, departments) for row in rows] for column in columns
    }
    found["file"] = [getattr(row, "origin", None) or paths.get(row.load_id) for row in rows]
    found["row"] = [row.row for row in rows]
    kinds = {column: kind_of(column) for column in columns}
    kinds |= {"file": pa.string(), "row": pa.int64()}
    return pa.table({column: pa.array(found[column], kind) for column, kind in kinds.items()})


def _value(column: str, row: Any, doctors: Doctors, departments: Departments) -> Any:
    if column.endswith("_key"):
        return place_key(_value(column.removesuffix("_key"), row, doctors, departments))
    if column in {"department", "ward"}:
        return departments.name_of(getattr(row, column), column)
    if column == "executed_in":
        return departments.name_of(row.executed_in, "ward")
    if column == "doctor_id":
        return doctors.id_of(row.doctor, row.doctor_id)
    if column == "user_id":
        return doctors.person(row.user_id)
    if column == "entered_by":
        return doctors.id_of(row.entered_by, None)
    if column == "executor_id":
        return doctors.id_of(row.executor, row.executor_id)
    if column == "until":
        return row.until or row.day
    return getattr(row, column)
