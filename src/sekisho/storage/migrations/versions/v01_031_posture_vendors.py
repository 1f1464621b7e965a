"""Tables: posture_vendors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_031"
down_revision = "01_030"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "posture_vendor_letter",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("vendor", sa.String(length=200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token", sa.String(length=8), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("answered_at", sa.String(24), nullable=True),
        sa.Column("path", sa.Text(), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", sa.String(24), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_posture_vendor_letter"),
    )
    op.create_index(
        "ix_posture_vendor_letter_vendor", "posture_vendor_letter", ["vendor"], unique=False
    )
    op.add_column("posture_connection", sa.Column("said", sa.JSON(), nullable=True))
