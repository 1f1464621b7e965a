"""Tables: posture_known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_024"
down_revision = "01_023"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    _said()
    _beside()


def _said() -> None:
    op.create_table(
        "posture_advisory",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("number", sa.String(length=128), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("revised", sa.String(24), nullable=True),
        sa.Column("published", sa.String(24), nullable=True),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("single", sa.Boolean(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("cves", sa.JSON(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("remedy", sa.String(length=64), nullable=False),
        sa.Column("first_at", sa.String(24), nullable=False),
        sa.Column("remedied_at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_posture_advisory"),
        sa.UniqueConstraint("source", "number", name="posture_advisory_number"),
    )
    op.create_table(
        "posture_feed",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.String(24), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_posture_feed"),
    )
    op.create_index("ix_posture_feed_kind", "posture_feed", ["kind"], unique=False)
    op.create_table(
        "posture_statement",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("advisory_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_posture_statement"),
    )
    op.create_index(
        "ix_posture_statement_advisory_id", "posture_statement", ["advisory_id"], unique=False
    )
    op.create_index("ix_posture_statement_head", "posture_statement", ["head"], unique=False)
    op.create_index("ix_posture_statement_key", "posture_statement", ["key"], unique=False)


def _beside() -> None:
    op.create_table(
        "posture_fact",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name="pk_posture_fact"),
    )
    op.create_table(
        "posture_maker_answer",
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("maker", sa.String(length=64), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("text", name="pk_posture_maker_answer"),
    )
    op.create_table(
        "posture_treatment",
        sa.Column("asset", sa.String(length=128), nullable=False),
        sa.Column("number", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("remedy", sa.String(length=64), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("asset", "number", name="pk_posture_treatment"),
    )
