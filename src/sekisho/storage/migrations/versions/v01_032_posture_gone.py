"""Tables: posture_gone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_032"
down_revision = "01_031"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "posture_gone",
        sa.Column("sighting_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("since", sa.String(24), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("at", sa.String(24), nullable=True),
        sa.PrimaryKeyConstraint("sighting_id", name="pk_posture_gone"),
    )
    op.create_index("ix_posture_gone_state", "posture_gone", ["state"], unique=False)
