"""Tables: review_withdrawn."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_045"
down_revision = "01_044"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "review_approval_word",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("explanation", sa.String(length=255), nullable=False),
        sa.Column("approves", sa.Boolean(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_review_approval_word"),
    )
    op.add_column("review_proof", sa.Column("withdrawn_by", sa.Text(), nullable=True))
    op.add_column("review_proof", sa.Column("withdrawn_at", sa.String(24), nullable=True))
    op.add_column("review_proof", sa.Column("withdrawn_why", sa.Text(), nullable=True))
    for table, name in (("review_approval", "explanation"), ("review_mined", "id")):
        op.execute(
            'INSERT INTO review_approval_word (explanation, approves, "by", at)'  # noqa: S608 (names written here)
            f' SELECT {name}, TRUE, "by", at FROM {table} ORDER BY at, {name}'
        )
