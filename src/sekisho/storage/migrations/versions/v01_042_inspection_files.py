"""Tables: inspection_files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_042"
down_revision = "01_041"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.add_column("register_file", sa.Column("scanned_at", sa.String(24), nullable=True))
    op.add_column("register_file", sa.Column("patterns", sa.String(length=80), nullable=True))
