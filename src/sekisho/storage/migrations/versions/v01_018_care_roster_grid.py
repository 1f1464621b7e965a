"""Tables: care_roster_grid."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_018"
down_revision = "01_017"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "care_roster_grid",
        sa.Column("load_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("place_key", sa.String(length=64), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("grid", sa.JSON(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("letters", sa.JSON(), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("load_id", name="pk_care_roster_grid"),
    )
    op.create_index(
        "ix_care_roster_grid_place_key", "care_roster_grid", ["place_key"], unique=False
    )
    op.create_table(
        "care_roster_letter",
        sa.Column("place_key", sa.String(length=64), nullable=False),
        sa.Column("letter", sa.String(length=16), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("place_key", "letter", name="pk_care_roster_letter"),
    )
    op.create_table(
        "care_roster_name",
        sa.Column("place_key", sa.String(length=64), nullable=False),
        sa.Column("written", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=128), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("place_key", "written", name="pk_care_roster_name"),
    )
