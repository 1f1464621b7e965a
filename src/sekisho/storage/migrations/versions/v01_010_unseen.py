"""Tables: unseen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_010"
down_revision = "01_009"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "collect_unseen",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("line", sa.String(length=20), nullable=False),
        sa.Column("result", sa.String(length=12), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_collect_unseen"),
    )
    op.create_index("ix_collect_unseen_source", "collect_unseen", ["source"], unique=False)
