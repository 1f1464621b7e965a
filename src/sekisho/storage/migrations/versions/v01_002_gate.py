"""Tables: gate."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_002"
down_revision = "01_001"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    _access()
    _gate()
    _identity()


def _access() -> None:
    op.create_table(
        "access_change",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.String(24), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_access_change"),
    )
    op.create_table(
        "access_force",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_access_force"),
    )


def _gate() -> None:
    op.create_table(
        "gate_emergency",
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("route", sa.String(length=32), nullable=False),
        sa.Column("opened", sa.String(24), nullable=False),
        sa.Column("until", sa.String(24), nullable=False),
        sa.Column("terminal", sa.String(length=64), nullable=True),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.String(24), nullable=True),
        sa.Column("closed_by", sa.String(length=64), nullable=True),
        sa.Column("note", sa.String(length=400), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_gate_emergency"),
    )
    op.create_table(
        "gate_glass",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("route", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("patient_id", sa.String(length=128), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("opened", sa.String(24), nullable=False),
        sa.Column("until", sa.String(24), nullable=False),
        sa.Column("closed_at", sa.String(24), nullable=True),
        sa.Column("looked_by", sa.String(length=64), nullable=True),
        sa.Column("looked_at", sa.String(24), nullable=True),
        sa.Column("verdict", sa.String(length=16), nullable=True),
        sa.Column("note", sa.String(length=400), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_gate_glass"),
    )
    op.create_index("ix_gate_glass_user_id", "gate_glass", ["user_id"], unique=False)
    op.create_table(
        "gate_mode",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("route", sa.String(length=32), nullable=False),
        sa.Column("class", sa.String(length=64), nullable=False),
        sa.Column("enforced", sa.Boolean(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("until", sa.String(24), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_gate_mode"),
    )
    op.create_index("ix_gate_mode_route", "gate_mode", ["route"], unique=False)
    op.create_table(
        "gate_protected",
        sa.Column("patient_id", sa.String(length=128), nullable=False),
        sa.Column("class", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("patient_id", "class", name="pk_gate_protected"),
    )


def _identity() -> None:
    op.create_table(
        "identity_crossing",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("origin", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("until", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_identity_crossing"),
    )
    op.create_table(
        "identity_pass",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("origin", sa.String(length=300), nullable=False),
        sa.Column("opened", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_identity_pass"),
    )
    op.create_index("ix_identity_pass_session_id", "identity_pass", ["session_id"], unique=False)
