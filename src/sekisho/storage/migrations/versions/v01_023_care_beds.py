"""Tables: care_beds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_023"
down_revision = "01_022"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "care_beds",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("bedless", sa.Boolean(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_care_beds"),
    )
