"""Tables: messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_019"
down_revision = "01_018"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "care_code",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sent", sa.String(length=17), nullable=False),
        sa.PrimaryKeyConstraint("kind", "code", name="pk_care_code"),
    )
    op.create_table(
        "care_event",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("patient_id", sa.String(length=128), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("cancels", sa.Boolean(), nullable=False),
        sa.Column("flag", sa.SmallInteger(), nullable=True),
        sa.Column("sent", sa.String(length=17), nullable=False),
        sa.Column("at", sa.String(length=19), nullable=True),
        sa.Column("admitted", sa.String(length=19), nullable=True),
        sa.Column("until", sa.String(length=19), nullable=True),
        sa.Column("number", sa.String(length=64), nullable=True),
        sa.Column("what", sa.String(length=16), nullable=True),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("ward", sa.Text(), nullable=True),
        sa.Column("doctor", sa.Text(), nullable=True),
        sa.Column("doctor_id", sa.String(length=128), nullable=True),
        sa.Column("entered_by", sa.String(length=128), nullable=True),
        sa.Column("executor", sa.Text(), nullable=True),
        sa.Column("executor_id", sa.String(length=128), nullable=True),
        sa.Column("executed_in", sa.Text(), nullable=True),
        sa.Column("more", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_care_event"),
    )
    op.create_index("ix_care_event_patient_id", "care_event", ["patient_id"], unique=False)
    op.create_table(
        "care_mark",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.String(length=128), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_care_mark"),
    )
    op.create_table(
        "care_merge",
        sa.Column("old_id", sa.String(length=128), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("patient_id", sa.String(length=128), nullable=False),
        sa.Column("sent", sa.String(length=17), nullable=False),
        sa.PrimaryKeyConstraint("old_id", name="pk_care_merge"),
    )
