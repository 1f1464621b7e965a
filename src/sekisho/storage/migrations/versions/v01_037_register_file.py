"""Tables: register_file."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_037"
down_revision = "01_036"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.add_column("register_file", sa.Column("args", sa.JSON(), nullable=True))
