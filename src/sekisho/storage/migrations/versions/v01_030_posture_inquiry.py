"""Tables: posture_inquiry."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_030"
down_revision = "01_029"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "posture_inquiry",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("letter", sa.Integer(), nullable=False),
        sa.Column("asset", sa.String(length=128), nullable=False),
        sa.Column("number", sa.String(length=128), nullable=False),
        sa.Column("addressee", sa.Text(), nullable=False),
        sa.Column("duty", sa.String(length=16), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("remedy", sa.String(length=64), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", sa.String(24), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_posture_inquiry"),
    )
    op.create_index("ix_posture_inquiry_letter", "posture_inquiry", ["letter"], unique=False)
    op.create_index("ix_posture_inquiry_number", "posture_inquiry", ["number"], unique=False)
    op.create_table(
        "posture_inquiry_reply",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("inquiry_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.Column("fixed_in", sa.Text(), nullable=True),
        sa.Column("instead", sa.Text(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("undone_at", sa.String(24), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_posture_inquiry_reply"),
    )
    op.create_index(
        "ix_posture_inquiry_reply_inquiry_id", "posture_inquiry_reply", ["inquiry_id"], unique=False
    )
    op.add_column("posture_found", sa.Column("maker_says", sa.String(length=16), nullable=True))
    op.add_column("posture_found", sa.Column("held_until", sa.Date(), nullable=True))
