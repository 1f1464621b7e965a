"""Tables: inspection."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_034"
down_revision = "01_033"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "inspection_answer",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("catalogue", sa.String(length=40), nullable=False),
        sa.Column("item", sa.String(length=60), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("value", sa.String(length=16), nullable=True),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("target_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("proofs", sa.JSON(), nullable=False),
        sa.Column("carried_from", sa.String(length=60), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_inspection_answer"),
        sa.UniqueConstraint(
            "catalogue", "item", "turn", name="uq_inspection_answer_catalogue_item_turn"
        ),
    )
