"""Tables: plan."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_008"
down_revision = "01_007"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "gate_plan",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("route", sa.String(length=32), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("begins", sa.String(24), nullable=False),
        sa.Column("ends", sa.String(24), nullable=False),
        sa.Column("work", sa.String(length=400), nullable=False),
        sa.Column("proposed_by", sa.String(length=64), nullable=False),
        sa.Column("proposed_at", sa.String(24), nullable=False),
        sa.Column("approved_by", sa.String(length=64), nullable=True),
        sa.Column("approved_at", sa.String(24), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.Column("ended_at", sa.String(24), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_gate_plan"),
    )
    op.create_index("ix_gate_plan_ends", "gate_plan", ["ends"], unique=False)
