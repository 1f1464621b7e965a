"""Tables: copies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_012"
down_revision = "01_011"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "review_copy",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("names_by", sa.Text(), nullable=True),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("accesses", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("record", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("year", "number", name="pk_review_copy"),
    )
    op.create_table(
        "review_names_rule",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("allows", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_review_names_rule"),
    )
