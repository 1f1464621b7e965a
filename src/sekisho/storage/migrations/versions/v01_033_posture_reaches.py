"""Tables: posture_reaches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_033"
down_revision = "01_032"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.add_column("posture_connection", sa.Column("reaches", sa.Text(), nullable=True))
