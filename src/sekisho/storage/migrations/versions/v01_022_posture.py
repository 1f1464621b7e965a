"""Tables: posture."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_022"
down_revision = "01_021"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
    _assets()
    _seen()
    _beside()
    _loads()


def _assets() -> None:
    op.create_table(
        "posture_asset",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("number", sa.String(length=128), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("maker", sa.Text(), nullable=True),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("os", sa.Text(), nullable=True),
        sa.Column("serial", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("network", sa.Text(), nullable=True),
        sa.Column("clinical_use", sa.Text(), nullable=True),
        sa.Column("stops", sa.Text(), nullable=True),
        sa.Column("unplug", sa.String(length=8), nullable=True),
        sa.Column("maintained_by", sa.Text(), nullable=True),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("contract", sa.Text(), nullable=True),
        sa.Column("leased", sa.String(length=8), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("eol", sa.Date(), nullable=True),
        sa.Column("eos", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("may_touch", sa.String(length=8), nullable=False),
        sa.Column("touch_by", sa.Text(), nullable=True),
        sa.Column("touch_at", sa.String(24), nullable=True),
        sa.Column("touch_until", sa.Date(), nullable=True),
        sa.Column("first_seen", sa.String(24), nullable=False),
        sa.Column("last_seen", sa.String(24), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sort", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_posture_asset"),
    )
    op.create_index("ix_posture_asset_number", "posture_asset", ["number"], unique=False)
    op.create_index("posture_asset_order", "posture_asset", ["sort", "id"], unique=False)


def _seen() -> None:
    op.create_table(
        "posture_sighting",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.String(24), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_posture_sighting"),
        sa.UniqueConstraint("source", "key", name="posture_sighting_whose"),
    )
    op.create_index("ix_posture_sighting_asset_id", "posture_sighting", ["asset_id"], unique=False)
    op.create_table(
        "posture_software",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("sighting_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=True),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("purl", sa.Text(), nullable=True),
        sa.Column("distribution", sa.String(length=64), nullable=True),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("seen_at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_posture_software"),
    )
    op.create_index("ix_posture_software_asset_id", "posture_software", ["asset_id"], unique=False)
    op.create_index(
        "ix_posture_software_sighting_id", "posture_software", ["sighting_id"], unique=False
    )


def _beside() -> None:
    op.create_table(
        "posture_address",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("sighting_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_posture_address"),
    )
    op.create_index("ix_posture_address_asset_id", "posture_address", ["asset_id"], unique=False)
    op.create_index(
        "ix_posture_address_sighting_id", "posture_address", ["sighting_id"], unique=False
    )
    op.create_index("posture_address_value", "posture_address", ["kind", "value"], unique=False)
    op.create_table(
        "posture_connection",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=128), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("maker", sa.Text(), nullable=True),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("source_restriction", sa.String(length=8), nullable=False),
        sa.Column("second_factor", sa.String(length=8), nullable=False),
        sa.Column("always_on", sa.String(length=8), nullable=False),
        sa.Column("last_patch", sa.Date(), nullable=True),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("seen_at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_posture_connection"),
        sa.UniqueConstraint("key", name="uq_posture_connection_key"),
    )
    op.create_index("ix_posture_connection_number", "posture_connection", ["number"], unique=False)


def _loads() -> None:
    op.create_table(
        "posture_load",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("taken_for", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column("at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_posture_load"),
    )
    op.create_index("ix_posture_load_digest", "posture_load", ["digest"], unique=False)
    op.create_table(
        "posture_pair",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("one_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_posture_pair"),
        sa.UniqueConstraint("one_id", "other_id", name="posture_pair_whose"),
    )
    op.create_index("ix_posture_pair_state", "posture_pair", ["state"], unique=False)
