"""Tables: care_retracted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_025"
down_revision = "01_024"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.add_column("care_appointment", sa.Column("retracted_at", sa.DateTime(), nullable=True))
    op.add_column("care_event", sa.Column("retracted_at", sa.String(length=19), nullable=True))
    op.add_column("care_order", sa.Column("retracted_at", sa.DateTime(), nullable=True))
    op.add_column("care_stay", sa.Column("retracted_at", sa.DateTime(), nullable=True))
    op.add_column("care_visit", sa.Column("retracted_at", sa.DateTime(), nullable=True))
