"""Tables: live."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_005"
down_revision = "01_004"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "collect_heard",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("hour", sa.String(24), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("quarantined", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "hour", name="pk_collect_heard"),
    )
