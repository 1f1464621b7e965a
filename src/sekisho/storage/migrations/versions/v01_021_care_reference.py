"""Tables: care_reference."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_021"
down_revision = "01_020"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "care_reference",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=128), nullable=True),
        sa.Column("number", sa.String(length=128), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_care_reference"),
    )
