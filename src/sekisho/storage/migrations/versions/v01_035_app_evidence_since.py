"""Tables: app_evidence_since."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_035"
down_revision = "01_034"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.add_column("app_evidence", sa.Column("since", sa.String(24), nullable=True))
