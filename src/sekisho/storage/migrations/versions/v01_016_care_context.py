"""Tables: care_context."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_016"
down_revision = "01_015"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    _orders()
    _rosters()
    _lists()
    op.add_column("care_patient", sa.Column("deceased_on", sa.Date(), nullable=True))
    op.add_column("care_stay", sa.Column("origin", sa.Text(), nullable=True))
    op.add_column("care_visit", sa.Column("origin", sa.Text(), nullable=True))


def _orders() -> None:
    op.create_table(
        "care_appointment",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("patient_id", sa.String(length=128), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("time", sa.String(length=8), nullable=True),
        sa.Column("number", sa.String(length=64), nullable=True),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("doctor", sa.Text(), nullable=True),
        sa.Column("doctor_id", sa.String(length=128), nullable=True),
        sa.Column("booked_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_care_appointment"),
    )
    op.create_index("ix_care_appointment_day", "care_appointment", ["day"], unique=False)
    op.create_table(
        "care_maintenance",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("plan", sa.String(length=64), nullable=True),
        sa.Column("user_id", sa.String(length=128), nullable=False),
        sa.Column("system", sa.Text(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("start", sa.String(length=8), nullable=True),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("end", sa.String(length=8), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_care_maintenance"),
    )
    op.create_index("ix_care_maintenance_day", "care_maintenance", ["day"], unique=False)
    op.create_table(
        "care_order",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("patient_id", sa.String(length=128), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("time", sa.String(length=8), nullable=True),
        sa.Column("number", sa.String(length=64), nullable=True),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("ward", sa.Text(), nullable=True),
        sa.Column("doctor", sa.Text(), nullable=True),
        sa.Column("doctor_id", sa.String(length=128), nullable=True),
        sa.Column("entered_by", sa.String(length=128), nullable=True),
        sa.Column("executor", sa.Text(), nullable=True),
        sa.Column("executor_id", sa.String(length=128), nullable=True),
        sa.Column("executed_in", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_care_order"),
    )
    op.create_index("ix_care_order_day", "care_order", ["day"], unique=False)


def _rosters() -> None:
    op.create_table(
        "care_research",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("study", sa.String(length=128), nullable=False),
        sa.Column("user_id", sa.String(length=128), nullable=False),
        sa.Column("patient_id", sa.String(length=128), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_care_research"),
    )
    op.create_table(
        "care_roster",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("user_id", sa.String(length=128), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("shift", sa.String(length=16), nullable=False),
        sa.Column("start", sa.String(length=8), nullable=True),
        sa.Column("end", sa.String(length=8), nullable=True),
        sa.Column("duty", sa.String(length=16), nullable=False),
        sa.Column("actual", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_care_roster"),
    )
    op.create_index("ix_care_roster_day", "care_roster", ["day"], unique=False)
    op.create_table(
        "care_round",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("team", sa.String(length=128), nullable=False),
        sa.Column("patient_id", sa.String(length=128), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_care_round"),
    )
    op.create_index("ix_care_round_day", "care_round", ["day"], unique=False)


def _lists() -> None:
    op.create_table(
        "care_team",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("team", sa.String(length=128), nullable=False),
        sa.Column("user_id", sa.String(length=128), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_care_team"),
    )
    op.create_table(
        "care_terminal",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("terminal", sa.String(length=128), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_care_terminal"),
    )
    op.create_table(
        "care_vip",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.String(length=128), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_care_vip"),
    )
