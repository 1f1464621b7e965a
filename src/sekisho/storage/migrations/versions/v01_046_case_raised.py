"""Tables: case_raised."""

from __future__ import annotations

from alembic import op

revision = "01_046"
down_revision = "01_045"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_index(
        "review_case_raised", "review_case", ["raised", "run_id", "rank", "key"], unique=False
    )
