"""Tables: terminals_and_launch."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_007"
down_revision = "01_006"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "gate_launch",
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("until", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("nonce", name="pk_gate_launch"),
    )
    op.create_index("ix_gate_launch_until", "gate_launch", ["until"], unique=False)
    op.create_table(
        "identity_terminal",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("networks", sa.JSON(), nullable=False),
        sa.Column("idle", sa.Integer(), nullable=False),
        sa.Column("keep_page", sa.Boolean(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=True),
        sa.Column("signalled_at", sa.String(24), nullable=True),
        sa.Column("made_at", sa.String(24), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_identity_terminal"),
    )
