"""Tables: system_ids."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_015"
down_revision = "01_014"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "care_system_id",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("system", sa.String(length=100), nullable=False),
        sa.Column("system_key", sa.String(length=100), nullable=False),
        sa.Column("user_id", sa.String(length=128), nullable=False),
        sa.Column("staff_id", sa.String(length=128), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_care_system_id"),
    )
    op.create_index(
        "care_system_id_whose", "care_system_id", ["system_key", "user_id"], unique=False
    )
    op.create_index("ix_care_system_id_staff_id", "care_system_id", ["staff_id"], unique=False)
