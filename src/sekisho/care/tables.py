"""What this room keeps."""

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
    sa.Column("patient_id", sa.String(128), nullable=False),
    sa.Column("day", sa.Date, nullable=False, index=True),
    sa.Column("time", sa.String(8)),
    sa.Column("department", sa.Text),
    sa.Column("doctor", sa.Text),
    sa.Column("doctor_id", sa.String(128)),
)

STAY = sa.Table(
    "care_stay",
    METADATA,
    sa.Column("key", sa.String(32), primary_key=True),
    sa.Column("load_id", sa.Integer, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("patient_id", sa.String(128), nullable=False),
    sa.Column("day", sa.Date, nullable=False, index=True),
    sa.Column("until", sa.Date),
    sa.Column("department", sa.Text),
    sa.Column("ward", sa.Text),
    sa.Column("doctor", sa.Text),
    sa.Column("doctor_id", sa.String(128)),
)
"""One stay, or one part of it in one ward; `until` None while it is open."""

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
)

TABLES = {"visits": VISIT, "stays": STAY, "patients": PATIENT}
"""The kinds whose rows have a key each."""
