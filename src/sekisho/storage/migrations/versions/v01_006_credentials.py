"""Tables: credentials."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_006"
down_revision = "01_005"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "gate_credential",
        sa.Column("route", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("upstream", sa.String(length=400), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("set_at", sa.String(24), nullable=False),
        sa.Column("set_by", sa.String(length=64), nullable=False),
        sa.Column("refused_at", sa.String(24), nullable=True),
        sa.PrimaryKeyConstraint("route", name="pk_gate_credential"),
    )
