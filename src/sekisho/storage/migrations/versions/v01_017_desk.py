"""Tables: desk."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_017"
down_revision = "01_016"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "review_ask",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_key", sa.String(length=32), nullable=False),
        sa.Column("to", sa.String(length=8), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("replied_on", sa.Date(), nullable=True),
        sa.Column("entered_by", sa.Text(), nullable=True),
        sa.Column("entered_at", sa.String(24), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_review_ask"),
    )
    op.create_index("ix_review_ask_case_key", "review_ask", ["case_key"], unique=False)
    op.create_table(
        "review_decision",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("case_key", sa.String(length=32), nullable=True),
        sa.Column("start", sa.Date(), nullable=True),
        sa.Column("end", sa.Date(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.Column("confirmed_at", sa.String(24), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", sa.String(24), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_review_decision"),
    )
    op.create_index("ix_review_decision_case_key", "review_decision", ["case_key"], unique=False)
    op.add_column("review_case", sa.Column("accesses", sa.Integer(), nullable=True))
    op.add_column("review_case", sa.Column("forgotten_at", sa.String(24), nullable=True))
    # One person's word is no committee's decision: what was called a problem goes before it.
    op.execute("UPDATE review_answer SET answer = 'refer' WHERE answer = 'problem'")
