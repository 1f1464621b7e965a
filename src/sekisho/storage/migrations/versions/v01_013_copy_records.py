"""Tables: copy_records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_013"
down_revision = "01_012"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.add_column("review_copy", sa.Column("records", sa.JSON(), nullable=True))
