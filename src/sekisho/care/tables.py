"""What this room keeps.

A visit, stay, order or appointment that was taken back stays, with `retracted_at`: the local
moment from which it no longer held. What people did before that moment, they did because of it.
"""

from __future__ import annotations

import sqlalchemy as sa

from sekisho.storage import METADATA, Utc

LOAD = sa.Table(
    "care_load",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("sheet", sa.Text),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("taken_for", sa.String(16), nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("refused", sa.Integer, nullable=False),
    sa.Column("first", sa.Date),
    sa.Column("last", sa.Date),
    sa.Column("doubts", sa.JSON, nullable=False),
    sa.Column("at", Utc, nullable=False),
)
"""One sheet that was read. `id` gives the order: the newest has the last word."""

STAFF = sa.Table(
    "care_staff",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("load_id", sa.Integer, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("user_id", sa.String(128), nullable=False, index=True),
    sa.Column("name", sa.Text),
    sa.Column("kana", sa.Text),
    sa.Column("duty", sa.Text),
    sa.Column("department", sa.Text),
    sa.Column("ward", sa.Text),
    sa.Column("employment", sa.Text),
    sa.Column("valid_from", sa.Date),
    sa.Column("valid_to", sa.Date),
    sa.Column("left_on", sa.Date),
    sa.Column("concurrent", sa.Boolean, nullable=False),
    sa.Column("patient_id", sa.String(128)),
    sa.Column("address_key", sa.Text),
    sa.Column("kind", sa.String(16)),
    sa.Column("proposed", sa.String(16)),
    sa.Column("superseded_by", sa.Integer),
)
"""One dated post. `superseded_by` is the load whose word replaced it; it is never erased."""

KIND = sa.Table(
    "care_kind",
    METADATA,
    sa.Column("user_id", sa.String(128), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
)
"""Whose id it is, as a person confirmed."""

BEDS = sa.Table(
    "care_beds",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("bedless", sa.Boolean, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
)
"""Whether there are beds here, as a person said; the newest has the last word, none is erased."""

SYSTEM_ID = sa.Table(
    "care_system_id",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("load_id", sa.Integer, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("system", sa.String(100), nullable=False),
    sa.Column("system_key", sa.String(100), nullable=False),
    sa.Column("user_id", sa.String(128), nullable=False),
    sa.Column("staff_id", sa.String(128), nullable=False, index=True),
    sa.Column("valid_from", sa.Date),
    sa.Column("valid_to", sa.Date),
    sa.Column("superseded_by", sa.Integer),
    sa.Index("care_system_id_whose", "system_key", "user_id"),
)
"""Whose an id of another system is; `staff_id` is the id of the staff list."""

VISIT = sa.Table(
    "care_visit",
    METADATA,
    sa.Column("key", sa.String(32), primary_key=True),
    sa.Column("load_id", sa.Integer, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("origin", sa.Text),
    sa.Column("patient_id", sa.String(128), nullable=False),
    sa.Column("day", sa.Date, nullable=False, index=True),
    sa.Column("time", sa.String(8)),
    sa.Column("department", sa.Text),
    sa.Column("doctor", sa.Text),
    sa.Column("doctor_id", sa.String(128)),
    sa.Column("retracted_at", sa.DateTime),
)

STAY = sa.Table(
    "care_stay",
    METADATA,
    sa.Column("key", sa.String(32), primary_key=True),
    sa.Column("load_id", sa.Integer, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("origin", sa.Text),
    sa.Column("patient_id", sa.String(128), nullable=False),
    sa.Column("day", sa.Date, nullable=False, index=True),
    sa.Column("until", sa.Date),
    sa.Column("department", sa.Text),
    sa.Column("ward", sa.Text),
    sa.Column("doctor", sa.Text),
    sa.Column("doctor_id", sa.String(128)),
    sa.Column("retracted_at", sa.DateTime),
)
"""One stay, or one part of it in one ward; `until` None while it is open."""

ADDRESS = "substr(address_key, 1, 200)"
"""SQL: an address as it is indexed. PostgreSQL refuses longer rows, and no list may fail over a
cell that somebody filled wrongly."""
_LESS = "rtrim(address_key, '0123456789')"
BLOCK = f"substr({_LESS}, 1, 200)"
"""SQL: the address without its last number, which the homes of one block share; as it is indexed."""
HOME = (
    f"address_key <> {_LESS} AND substr({_LESS}, length({_LESS}) - 1)"
    " IN ('0-', '1-', '2-', '3-', '4-', '5-', '6-', '7-', '8-', '9-')"
)
"""SQL: whether an address ends in two numbers, as that of a home in a block does. SQLite takes an
index only for the very words that it was made with."""

PATIENT = sa.Table(
    "care_patient",
    METADATA,
    sa.Column("key", sa.String(128), primary_key=True),
    sa.Column("load_id", sa.Integer, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("patient_id", sa.String(128), nullable=False),
    sa.Column("name", sa.Text),
    sa.Column("kana", sa.Text),
    sa.Column("born", sa.Date),
    sa.Column("address", sa.Text),
    sa.Column("address_key", sa.Text),
    sa.Column("phone", sa.Text),
    sa.Column("deceased_on", sa.Date),
    sa.Index("care_patient_address", sa.text(ADDRESS)),
    sa.Index(
        "care_patient_block", sa.text(BLOCK),
        sqlite_where=sa.text(HOME), postgresql_where=sa.text(HOME),
    ),
)  # fmt: skip

ORDER = sa.Table(
    "care_order",
    METADATA,
    sa.Column("key", sa.String(32), primary_key=True),
    sa.Column("load_id", sa.Integer, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("origin", sa.Text),
    sa.Column("patient_id", sa.String(128), nullable=False),
    sa.Column("day", sa.Date, nullable=False, index=True),
    sa.Column("until", sa.Date),
    sa.Column("time", sa.String(8)),
    sa.Column("number", sa.String(64)),
    sa.Column("what", sa.String(16), nullable=False),
    sa.Column("department", sa.Text),
    sa.Column("ward", sa.Text),
    sa.Column("doctor", sa.Text),
    sa.Column("doctor_id", sa.String(128)),
    sa.Column("entered_by", sa.String(128)),
    sa.Column("executor", sa.Text),
    sa.Column("executor_id", sa.String(128)),
    sa.Column("executed_in", sa.Text),
    sa.Column("retracted_at", sa.DateTime),
)
"""An order or what was done on it, `day` to `until`; `what` is one of `care.records.What`."""

APPOINTMENT = sa.Table(
    "care_appointment",
    METADATA,
    sa.Column("key", sa.String(32), primary_key=True),
    sa.Column("load_id", sa.Integer, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("origin", sa.Text),
    sa.Column("patient_id", sa.String(128), nullable=False),
    sa.Column("day", sa.Date, nullable=False, index=True),
    sa.Column("time", sa.String(8)),
    sa.Column("number", sa.String(64)),
    sa.Column("department", sa.Text),
    sa.Column("doctor", sa.Text),
    sa.Column("doctor_id", sa.String(128)),
    sa.Column("booked_on", sa.Date),
    sa.Column("retracted_at", sa.DateTime),
)


def bare(patient_id: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """Return a patient's number without its leading zeros, as the lists are indexed by it.

    The zero is a literal: SQLite takes an index only for the very expression that it holds.
    """
    return sa.func.ltrim(patient_id, sa.literal_column("'0'"), type_=sa.Text)


for _table in (VISIT, STAY, PATIENT, ORDER, APPOINTMENT):
    sa.Index(f"{_table.name}_patient", bare(_table.c.patient_id))

TOLD = sa.Table(
    "care_told",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("what", sa.String(16), nullable=False),
    sa.Column("word", sa.Text, nullable=False),
    sa.Column("first", sa.Date, nullable=False),
    sa.Column("last", sa.Date, nullable=False),
)
"""Where care was given, and what was ordered, of which days (`care.told`). `what` is ``department``,
``ward`` or ``order``. Two loads at once may each have kept a row of one word."""

ROSTER = sa.Table(
    "care_roster",
    METADATA,
    sa.Column("key", sa.String(32), primary_key=True),
    sa.Column("load_id", sa.Integer, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("origin", sa.Text),
    sa.Column("user_id", sa.String(128), nullable=False),
    sa.Column("day", sa.Date, nullable=False, index=True),
    sa.Column("place", sa.Text),
    sa.Column("shift", sa.String(16), nullable=False),
    sa.Column("start", sa.String(8)),
    sa.Column("end", sa.String(8)),
    sa.Column("duty", sa.String(16), nullable=False),
    sa.Column("actual", sa.Boolean, nullable=False),
)
"""One person's turn of one day; `end` before `start` is on the next day.

`duty` is ``work``, ``on_call`` (当直・待機), ``support`` (応援 to `place`) or ``off``; a row with
`actual` has the last word over the plan's. `origin` names the cell where it was read.
"""

ROSTER_GRID = sa.Table(
    "care_roster_grid",
    METADATA,
    sa.Column("load_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("place", sa.Text),
    sa.Column("place_key", sa.String(64), nullable=False, index=True),
    sa.Column("first", sa.Date, nullable=False),
    sa.Column("last", sa.Date, nullable=False),
    sa.Column("grid", sa.JSON, nullable=False),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("turns", sa.Integer, nullable=False),
    sa.Column("letters", sa.JSON, nullable=False),
    sa.Column("names", sa.JSON, nullable=False),
    sa.Column("superseded_by", sa.Integer),
)
"""One roster of one place as written (`sekisho.care.roster.grid`), to be looked up anew when a
letter or a name is answered. `letters` and `names` are what is asked; `place_key` "" is nowhere."""

ROSTER_LETTER = sa.Table(
    "care_roster_letter",
    METADATA,
    sa.Column("place_key", sa.String(64), primary_key=True),
    sa.Column("letter", sa.String(16), primary_key=True),
    sa.Column("said", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
)
"""What a letter means on a ward, as a person said it; `place_key` ``*`` is every ward."""

ROSTER_NAME = sa.Table(
    "care_roster_name",
    METADATA,
    sa.Column("place_key", sa.String(64), primary_key=True),
    sa.Column("written", sa.String(64), primary_key=True),
    sa.Column("user_id", sa.String(128), nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
)
"""Whose a name is that a ward's roster writes, as a person said it."""

TEAM = sa.Table(
    "care_team",
    METADATA,
    sa.Column("key", sa.String(32), primary_key=True),
    sa.Column("load_id", sa.Integer, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("origin", sa.Text),
    sa.Column("team", sa.String(128), nullable=False),
    sa.Column("user_id", sa.String(128), nullable=False),
    sa.Column("valid_from", sa.Date),
    sa.Column("valid_to", sa.Date),
)

ROUND = sa.Table(
    "care_round",
    METADATA,
    sa.Column("key", sa.String(32), primary_key=True),
    sa.Column("load_id", sa.Integer, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("origin", sa.Text),
    sa.Column("team", sa.String(128), nullable=False),
    sa.Column("patient_id", sa.String(128), nullable=False),
    sa.Column("day", sa.Date, nullable=False, index=True),
    sa.Column("until", sa.Date),
)
"""A patient whom a team (ICT, NST, 褥瘡 …) looks after, from `day` to `until`."""

RESEARCH = sa.Table(
    "care_research",
    METADATA,
    sa.Column("key", sa.String(32), primary_key=True),
    sa.Column("load_id", sa.Integer, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("study", sa.String(128), nullable=False),
    sa.Column("user_id", sa.String(128), nullable=False),
    sa.Column("patient_id", sa.String(128)),
    sa.Column("valid_from", sa.Date),
    sa.Column("valid_to", sa.Date),
)
"""Who may read whom for an approved study; `patient_id` None says that the list names none."""

MAINTENANCE = sa.Table(
    "care_maintenance",
    METADATA,
    sa.Column("key", sa.String(32), primary_key=True),
    sa.Column("load_id", sa.Integer, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("plan", sa.String(64)),
    sa.Column("user_id", sa.String(128), nullable=False),
    sa.Column("system", sa.Text),
    sa.Column("day", sa.Date, nullable=False, index=True),
    sa.Column("start", sa.String(8)),
    sa.Column("until", sa.Date, nullable=False),
    sa.Column("end", sa.String(8)),
)
"""A maintenance plan: who, from `day` `start` to `until` `end`, local."""

VIP = sa.Table(
    "care_vip",
    METADATA,
    sa.Column("key", sa.String(32), primary_key=True),
    sa.Column("load_id", sa.Integer, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("patient_id", sa.String(128), nullable=False),
    sa.Column("valid_from", sa.Date),
    sa.Column("valid_to", sa.Date),
)

TERMINAL = sa.Table(
    "care_terminal",
    METADATA,
    sa.Column("key", sa.String(32), primary_key=True),
    sa.Column("load_id", sa.Integer, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("terminal", sa.String(128), nullable=False),
    sa.Column("address", sa.String(64)),
    sa.Column("place", sa.Text),
)

EVENT = sa.Table(
    "care_event",
    METADATA,
    sa.Column("key", sa.String(32), primary_key=True),
    sa.Column("load_id", sa.Integer, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("patient_id", sa.String(128), nullable=False, index=True),
    sa.Column("act", sa.String(16), nullable=False),
    sa.Column("cancels", sa.Boolean, nullable=False),
    sa.Column("flag", sa.SmallInteger),
    sa.Column("sent", sa.String(17), nullable=False),
    sa.Column("at", sa.String(19)),
    sa.Column("admitted", sa.String(19)),
    sa.Column("until", sa.String(19)),
    sa.Column("number", sa.String(64)),
    sa.Column("what", sa.String(16)),
    sa.Column("department", sa.Text),
    sa.Column("ward", sa.Text),
    sa.Column("doctor", sa.Text),
    sa.Column("doctor_id", sa.String(128)),
    sa.Column("entered_by", sa.String(128)),
    sa.Column("executor", sa.Text),
    sa.Column("executor_id", sa.String(128)),
    sa.Column("executed_in", sa.Text),
    sa.Column("more", sa.JSON(none_as_null=True)),
    sa.Column("retracted_at", sa.String(19)),
)
"""What a message said happened (`care.events.Event`); visits, stays, orders and appointments of
a patient are made anew from all of them, so that it does not matter in which order they came."""

MERGE = sa.Table(
    "care_merge",
    METADATA,
    sa.Column("old_id", sa.String(128), primary_key=True),
    sa.Column("load_id", sa.Integer, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("patient_id", sa.String(128), nullable=False),
    sa.Column("sent", sa.String(17), nullable=False),
)
"""A number of a patient that went into another (MRG); the newest word stands."""

MARK = sa.Table(
    "care_mark",
    METADATA,
    sa.Column("key", sa.String(32), primary_key=True),
    sa.Column("load_id", sa.Integer, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("patient_id", sa.String(128), nullable=False),
    sa.Column("digest", sa.String(32), nullable=False),
)
"""A patient's folder of a storage as it was read: the digest of the names of all its files."""

CODE = sa.Table(
    "care_code",
    METADATA,
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("code", sa.String(64), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("sent", sa.String(17), nullable=False),
)
"""Names that messages give to codes of departments and wards; the newest word stands."""

REFERENCE = sa.Table(
    "care_reference",
    METADATA,
    sa.Column("key", sa.String(32), primary_key=True),
    sa.Column("load_id", sa.Integer, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("type", sa.String(32), nullable=False),
    sa.Column("patient_id", sa.String(128)),
    sa.Column("number", sa.String(128)),
    sa.Column("name", sa.Text),
    sa.Column("place", sa.Text),
)
"""What a FHIR reference points to; `key` is the hash of the reference. No patient's name."""

TABLES = {
    "visits": VISIT,
    "stays": STAY,
    "patients": PATIENT,
    "orders": ORDER,
    "appointments": APPOINTMENT,
    "rosters": ROSTER,
    "teams": TEAM,
    "rounds": ROUND,
    "research": RESEARCH,
    "maintenance": MAINTENANCE,
    "vips": VIP,
    "terminals": TERMINAL,
}
"""The kinds whose rows have a key each."""

KEYS = {
    "visits": ("patient_id", "day", "time", "department", "doctor", "doctor_id"),
    "stays": ("patient_id", "day", "department", "ward"),
    "orders": ("patient_id", "day", "what", "number", "department", "doctor", "doctor_id"),
    "appointments": ("patient_id", "day", "time", "department", "doctor", "doctor_id"),
    "rosters": ("user_id", "day", "place", "shift", "duty", "actual"),
    "teams": ("team", "user_id", "valid_from"),
    "rounds": ("team", "patient_id", "day"),
    "research": ("study", "user_id", "patient_id", "valid_from"),
    "maintenance": ("plan", "user_id", "day", "start"),
    "vips": ("patient_id", "valid_from"),
    "terminals": ("terminal",),
}
"""What makes a row the same row in tomorrow's file; of `patients` the number alone."""
