"""Tables: posture_disclosures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_039"
down_revision = "01_038"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "posture_disclosure",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("form", sa.String(length=8), nullable=False),
        sa.Column("maker", sa.Text(), nullable=True),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("dated", sa.Date(), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_posture_disclosure"),
        sa.UniqueConstraint("key", name="uq_posture_disclosure_key"),
    )
    op.add_column("posture_vendor_letter", sa.Column("before", sa.JSON(), nullable=True))
