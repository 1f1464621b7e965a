"""Indexes: patients by number, by address, and the homes of a block."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_044"
down_revision = "01_043"

_LESS = "rtrim(address_key, '0123456789')"
_HOME = (
    f"address_key <> {_LESS} AND substr({_LESS}, length({_LESS}) - 1)"
    " IN ('0-', '1-', '2-', '3-', '4-', '5-', '6-', '7-', '8-', '9-')"
)


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    made = {
        "care_patient_patient": "ltrim(patient_id, '0')",
        "care_patient_address": "substr(address_key, 1, 200)",
    }
    for name, told in made.items():
        op.create_index(name, "care_patient", [sa.text(told)])
    op.create_index(
        "care_patient_block",
        "care_patient",
        [sa.text(f"substr({_LESS}, 1, 200)")],
        sqlite_where=sa.text(_HOME),
        postgresql_where=sa.text(_HOME),
    )
    if op.get_bind().dialect.name == "postgresql":
        # It counts what an index of an expression holds when it counts the table.
        op.execute("ANALYZE care_patient")
