"""Tables: words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_028"
down_revision = "01_027"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "posture_word",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("question", sa.String(length=32), nullable=False),
        sa.Column("said", sa.String(length=8), nullable=False),
        sa.Column("shown_by", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_posture_word"),
    )
    op.create_index("ix_posture_word_question", "posture_word", ["question"], unique=False)
