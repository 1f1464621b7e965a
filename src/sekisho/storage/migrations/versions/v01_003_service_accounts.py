"""Tables: service_accounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_003"
down_revision = "01_002"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "identity_service",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("duty", sa.String(length=64), nullable=False),
        sa.Column("route", sa.String(length=32), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.String(24), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.String(24), nullable=True),
        sa.Column("closed_at", sa.String(24), nullable=True),
        sa.Column("closed_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_identity_service"),
    )
    op.create_table(
        "identity_service_key",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.String(24), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("until", sa.String(24), nullable=False),
        sa.ForeignKeyConstraint(
            ["service"], ["identity_service.name"], name="fk_identity_service_key_service"
        ),
        sa.PrimaryKeyConstraint("kind", "digest", name="pk_identity_service_key"),
    )
    op.create_index(
        "ix_identity_service_key_service", "identity_service_key", ["service"], unique=False
    )
