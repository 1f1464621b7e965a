"""Visits, stays, orders, rosters and the other lists of the levels L1 to L3 as Arrow tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from sekisho.care.departments import Departments
from sekisho.care.doctors import Doctors
from sekisho.care.level import Span
from sekisho.care.mapped import mapped, mapped_pair
from sekisho.care.places import place_key
from sekisho.care.tables import TABLES, bare
from sekisho.care.told import told
from sekisho.storage import as_it_lies, is_one_of, read_columns

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS: Mapping[str, str] = {
    "visits": "patient_id day time department department_key doctor_id retracted_at",
    "stays": """patient_id day until open department department_key ward ward_key doctor_id
        retracted_at""",
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
OF_PATIENTS = ("visits", "stays", "orders", "appointments")
"""The long lists, of which those of some patients can be asked for alone."""
TURNS = dt.timedelta(days=14)
"""So far around a period turns are read: the review reads a week before it, and nights reach over."""

_DAYS = {"day", "until", "booked_on", "valid_from", "valid_to"}


@dataclass(frozen=True, slots=True)
class Words:
    """What the words of a list mean.

    Attributes:
        paths: Load → the file that it read.
        doctors: Names and numbers → ids.
        departments: Codes → names.
        last: The last day of which a list of stays speaks.
    """

    paths: Mapping[int, str]
    doctors: Doctors
    departments: Departments
    last: dt.date | None


def context(
    c: sa.Connection, words: Words, period: Span | None, patients: Collection[str] | None
) -> dict[str, pa.Table]:
    """Return one Arrow table for each list of `COLUMNS`, as it stands.

    ``…_key`` is the place as `place_key` writes it. An order without `until` lasts its
    day; an open stay the last day of which a list speaks. Of a roster the actual turns of a person
    and day stand, where there are any. Who is written by a name is an id where one id alone bears
    it; else the row is left out, for no name leaves this room.

    Whoever the patients are, ``places`` (place) holds the key of each place at which care was given,
    and ``asked`` (what, first, last) of which days there are orders of a kind, as `care.told` has it.

    Args:
        c: Where they are read.
        words: What their words mean.
        period: Only turns of about these days; None: all.
        patients: Numbers without their leading zeros: of `OF_PATIENTS` only rows about them; None: all.
    """
    found = {name: _list(c, name, words, period, patients) for name in COLUMNS}
    said = told(c)
    return {**found, "places": _places(said, words), "asked": _asked(said)}


def kind_of(column: str) -> pa.DataType:
    """Return what the values of a column of `COLUMNS` are: local days, a local moment, or text."""
    import pyarrow as pa  # noqa: PLC0415 (20 MB: the gate, which asks for ties, needs none)

    if column == "open":
        return pa.bool_()
    if column == "retracted_at":
        return pa.timestamp("us")
    return pa.date32() if column in _DAYS else pa.string()


def _list(
    c: sa.Connection,
    name: str,
    words: Words,
    period: Span | None,
    patients: Collection[str] | None,
) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 (see `kind_of`)
    import pyarrow.compute as pc  # noqa: PLC0415 (see `kind_of`)

    table = TABLES[name]
    query = sa.select(*(column for column in table.c if column.name != "key"))
    if name == "rosters" and period is not None:
        query = query.where(table.c.day.between(period[0] - TURNS, period[1] + TURNS))
    if name in OF_PATIENTS and patients is not None:
        query = as_it_lies(c, query.where(is_one_of(c, bare(table.c.patient_id), patients)))
    rows = read_columns(c, query)
    columns = COLUMNS[name].split()
    if "user_id" in columns:
        place = rows.column_names.index("user_id")
        rows = rows.set_column(place, "user_id", mapped(rows["user_id"], words.doctors.person))
        rows = rows.filter(pc.is_valid(rows["user_id"]))
    if name == "rosters":
        rows = _actual(rows)
    found = {column: _column(column, name, rows, words) for column in columns}
    path = mapped(rows["load_id"], words.paths.get)
    found["file"] = pc.coalesce(rows["origin"], path) if "origin" in rows.column_names else path
    found["row"] = rows["row"]
    kinds = {column: kind_of(column) for column in columns}
    kinds |= {"file": pa.string(), "row": pa.int64()}
    return pa.table(found, schema=pa.schema(list(kinds.items())))


def _places(said: Iterable[tuple[str, str]], words: Words) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 (see `kind_of`)

    places = ((what, word) for what, word in said if what != "order")
    keys = {place_key(words.departments.name_of(word, what)) or "" for what, word in places}
    return pa.table({"place": pa.array(sorted(keys - {""}), pa.string())})


def _asked(said: Mapping[tuple[str, str], Span]) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 (see `kind_of`)

    rows = sorted((word, *days) for (what, word), days in said.items() if what == "order")
    what, first, last = list(zip(*rows, strict=True)) or [(), (), ()]
    columns = {"what": pa.array(what, pa.string())}
    days_of = {"first": pa.array(first, pa.date32()), "last": pa.array(last, pa.date32())}
    return pa.table(columns | days_of)


def _actual(rows: pa.Table) -> pa.Table:
    """Return the turns without those planned of a person and day of which actual ones are told."""
    import pyarrow as pa  # noqa: PLC0415 (see `kind_of`)
    import pyarrow.compute as pc  # noqa: PLC0415 (see `kind_of`)

    if pc.all(rows["actual"]).as_py() is not False:
        return rows
    turns = pc.binary_join_element_wise(rows["user_id"], rows["day"].cast(pa.string()), " ")
    worked = turns.filter(rows["actual"]).combine_chunks()
    return rows.filter(pc.or_(rows["actual"], pc.invert(pc.is_in(turns, value_set=worked))))


def _column(column: str, name: str, rows: pa.Table, words: Words) -> pa.ChunkedArray:
    import pyarrow.compute as pc  # noqa: PLC0415 (see `kind_of`)

    doctors, departments = words.doctors, words.departments
    if column.endswith("_key"):
        return mapped(_column(column.removesuffix("_key"), name, rows, words), place_key)
    match column:
        case "department":
            return mapped(rows[column], departments.name_of)
        case "ward" | "executed_in":
            return mapped(rows[column], lambda text: departments.name_of(text, "ward"))
        case "doctor_id":
            return mapped_pair(rows["doctor"], rows[column], doctors.id_of)
        case "executor_id":
            return mapped_pair(rows["executor"], rows[column], doctors.id_of)
        case "entered_by":
            return mapped(rows[column], lambda text: doctors.id_of(text, None))
        case "open":
            return pc.is_null(rows["until"])
        case "until" if name == "stays" and words.last is not None:
            return pc.coalesce(rows[column], pc.max_element_wise(rows["day"], words.last))
        case "until":
            return pc.coalesce(rows[column], rows["day"])
        case _:
            return rows[column]
