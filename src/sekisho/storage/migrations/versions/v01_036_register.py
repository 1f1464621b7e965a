"""Tables: register."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_036"
down_revision = "01_035"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    op.create_table(
        "register_line",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("part", sa.String(length=16), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("stands", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_register_line"),
    )
    op.create_index("ix_register_line_part", "register_line", ["part"], unique=False)
    op.create_table(
        "register_change",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=12), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.ForeignKeyConstraint(
            ["line_id"], ["register_line.id"], name="fk_register_change_line_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_register_change"),
        sa.UniqueConstraint("line_id", "turn", name="uq_register_change_line_id_turn"),
    )
    op.create_index("ix_register_change_line_id", "register_change", ["line_id"], unique=False)
    op.create_table(
        "register_file",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("gone_by", sa.Text(), nullable=True),
        sa.Column("gone_at", sa.String(24), nullable=True),
        sa.ForeignKeyConstraint(["line_id"], ["register_line.id"], name="fk_register_file_line_id"),
        sa.PrimaryKeyConstraint("id", name="pk_register_file"),
    )
    op.create_index("ix_register_file_line_id", "register_file", ["line_id"], unique=False)
