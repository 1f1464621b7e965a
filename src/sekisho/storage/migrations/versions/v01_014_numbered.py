"""Tables: numbered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_014"
down_revision = "01_013"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "collect_numbered",
        sa.Column("computer", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("computer", "channel", name="pk_collect_numbered"),
    )
