"""Tables: posture_protection."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_027"
down_revision = "01_026"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    _controls()
    _protection()
    _scan()


def _controls() -> None:
    op.create_table(
        "posture_control",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=True),
        sa.Column("connection_id", sa.Integer(), nullable=True),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("ordered", sa.String(length=8), nullable=False),
        sa.Column("ordered_by", sa.Text(), nullable=True),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("instead", sa.Text(), nullable=True),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=True),
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(length=32), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_posture_control"),
        sa.UniqueConstraint("key", name="uq_posture_control_key"),
    )
    op.create_index("ix_posture_control_asset_id", "posture_control", ["asset_id"], unique=False)
    op.create_index(
        "ix_posture_control_connection_id", "posture_control", ["connection_id"], unique=False
    )
    op.create_index("ix_posture_control_state", "posture_control", ["state"], unique=False)
    op.create_index("ix_posture_control_what", "posture_control", ["what"], unique=False)
    op.create_table(
        "posture_control_change",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("control_id", sa.Integer(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_posture_control_change"),
    )
    op.create_index(
        "ix_posture_control_change_control_id",
        "posture_control_change",
        ["control_id"],
        unique=False,
    )


def _protection() -> None:
    op.create_table(
        "posture_protection",
        sa.Column("asset_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("pattern", sa.Text(), nullable=True),
        sa.Column("pattern_at", sa.String(24), nullable=True),
        sa.Column("loaded", sa.Text(), nullable=True),
        sa.Column("on_disk", sa.Text(), nullable=True),
        sa.Column("scan_at", sa.String(24), nullable=True),
        sa.Column("present", sa.String(length=8), nullable=False),
        sa.Column("running", sa.String(length=8), nullable=False),
        sa.Column("realtime", sa.String(length=8), nullable=False),
        sa.Column("fresh", sa.String(length=8), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=True),
        sa.Column("seen_at", sa.String(24), nullable=True),
        sa.Column("since", sa.String(24), nullable=True),
        sa.Column("patch_at", sa.String(24), nullable=True),
        sa.Column("needed", sa.Integer(), nullable=True),
        sa.Column("failed", sa.Integer(), nullable=True),
        sa.Column("patch_verdict", sa.String(length=8), nullable=True),
        sa.Column("patch_reasons", sa.JSON(), nullable=False),
        sa.Column("patch_source", sa.String(length=32), nullable=True),
        sa.Column("patch_seen_at", sa.String(24), nullable=True),
        sa.Column("patch_since", sa.String(24), nullable=True),
        sa.Column("firewall", sa.String(length=8), nullable=False),
        sa.Column("firewall_source", sa.String(length=32), nullable=True),
        sa.Column("firewall_seen_at", sa.String(24), nullable=True),
        sa.PrimaryKeyConstraint("asset_id", name="pk_posture_protection"),
    )
    op.create_table(
        "posture_protection_seen",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("of", sa.String(length=8), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("first_at", sa.String(24), nullable=False),
        sa.Column("last_at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_posture_protection_seen"),
    )
    op.create_index(
        "ix_posture_protection_seen_asset_id", "posture_protection_seen", ["asset_id"], unique=False
    )


def _scan() -> None:
    op.create_table(
        "scan_check",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("brought_by", sa.Text(), nullable=True),
        sa.Column("medium", sa.Text(), nullable=True),
        sa.Column("door", sa.String(length=8), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("clean", sa.Integer(), nullable=False),
        sa.Column("not_checked", sa.Integer(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=True),
        sa.Column("signatures_at", sa.String(24), nullable=True),
        sa.Column("rules", sa.Text(), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.String(24), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_scan_check"),
    )
    op.create_table(
        "scan_file",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("check_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("why", sa.String(length=32), nullable=True),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("members", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_scan_file"),
    )
    op.create_index("ix_scan_file_check_id", "scan_file", ["check_id"], unique=False)
    op.create_index("ix_scan_file_sha256", "scan_file", ["sha256"], unique=False)
