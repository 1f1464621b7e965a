"""Tables: care_told, and the lists of visits, stays, orders and appointments by patient."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_043"
down_revision = "01_042"

_LISTS = ("care_visit", "care_stay", "care_order", "care_appointment")
_WORDS = (
    *((table, "department", "department") for table in _LISTS),
    ("care_stay", "ward", "ward"),
    ("care_order", "ward", "ward"),
    ("care_order", "executed_in", "ward"),
    ("care_order", "what", "order"),
)


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "care_told",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_care_told"),
    )
    every = " UNION ALL ".join(
        f"SELECT '{what}' AS what, {column} AS word, min(day) AS first, max(day) AS last"  # noqa: S608 (names written here)
        f" FROM {table} WHERE {column} <> '' AND retracted_at IS NULL GROUP BY {column}"
        for table, column, what in _WORDS
    )
    op.execute(
        "INSERT INTO care_told (what, word, first, last)"  # noqa: S608 (names written here)
        f" SELECT what, word, min(first), max(last) FROM ({every}) AS told GROUP BY what, word"
    )
    for table in _LISTS:
        op.create_index(f"{table}_patient", table, [sa.text("ltrim(patient_id, '0')")])
        if op.get_bind().dialect.name == "postgresql":
            # It counts what an index of an expression holds when it counts the table.
            op.execute(f"ANALYZE {table}")
