"""Tables: posture_found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_026"
down_revision = "01_025"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "posture_found",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("asset", sa.String(length=128), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=True),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("number", sa.String(length=128), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("fixed_in", sa.Text(), nullable=True),
        sa.Column("message", sa.String(length=64), nullable=False),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("timeline", sa.String(length=8), nullable=True),
        sa.Column("as_of", sa.String(24), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("fresh", sa.Boolean(), nullable=False),
        sa.Column("sort", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_posture_found"),
    )
    op.create_index("ix_posture_found_asset", "posture_found", ["asset"], unique=False)
    op.create_index("ix_posture_found_deadline", "posture_found", ["deadline"], unique=False)
    op.create_index("ix_posture_found_number", "posture_found", ["number"], unique=False)
    op.create_index("ix_posture_found_sort", "posture_found", ["sort"], unique=False)
