"""Tables: attack."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_004"
down_revision = "01_003"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "identity_ban",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("network", sa.String(length=64), nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("until", sa.String(24), nullable=False),
        sa.Column("stops", sa.Boolean(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("lifted_at", sa.String(24), nullable=True),
        sa.Column("lifted_by", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_identity_ban"),
    )
    op.create_index("ix_identity_ban_network", "identity_ban", ["network"], unique=False)
    op.create_index("ix_identity_ban_until", "identity_ban", ["until"], unique=False)
    op.create_table(
        "identity_try",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("network", sa.String(length=64), nullable=False),
        sa.Column("wide", sa.String(length=64), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_identity_try"),
    )
    op.create_index("ix_identity_try_account", "identity_try", ["account"], unique=False)
    op.create_index("ix_identity_try_at", "identity_try", ["at"], unique=False)
    op.create_index("ix_identity_try_network", "identity_try", ["network"], unique=False)
    op.create_index("ix_identity_try_wide", "identity_try", ["wide"], unique=False)
