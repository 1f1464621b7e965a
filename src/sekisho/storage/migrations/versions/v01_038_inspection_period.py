"""Tables: inspection_period."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_038"
down_revision = "01_037"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "inspection_moment",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inspection_moment"),
        sa.UniqueConstraint("period", "kind", "day", name="uq_inspection_moment_period_kind_day"),
    )
    op.create_table(
        "inspection_notice",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("sender", sa.String(length=200), nullable=False),
        sa.Column("letter", sa.String(length=200), nullable=False),
        sa.Column("lettered_on", sa.Date(), nullable=True),
        sa.Column("begin", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.Column("ended_at", sa.String(24), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=64), nullable=True),
        sa.Column("withdrawn_at", sa.String(24), nullable=True),
        sa.Column("withdrawn_why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_inspection_notice"),
    )
    op.create_index("ix_inspection_notice_period", "inspection_notice", ["period"], unique=False)
    op.create_table(
        "inspection_word",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("ask", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("withdrawn_by", sa.String(length=64), nullable=True),
        sa.Column("withdrawn_at", sa.String(24), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_inspection_word"),
    )
    op.create_index("ix_inspection_word_period", "inspection_word", ["period"], unique=False)
