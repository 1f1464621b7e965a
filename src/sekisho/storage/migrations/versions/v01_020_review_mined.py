"""Tables: review_mined."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_020"
down_revision = "01_019"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "review_mined",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("template", sa.String(length=64), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_review_mined"),
    )
    op.add_column("review_case", sa.Column("parts", sa.JSON(), nullable=True))
    op.add_column("review_case", sa.Column("owner", sa.Text(), nullable=True))
