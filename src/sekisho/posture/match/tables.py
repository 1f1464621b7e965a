"""What was found when what is published was last held against what stands here."""

from __future__ import annotations

import sqlalchemy as sa

from sekisho.storage import METADATA, Utc

FOUND = sa.Table(
    "posture_found",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("asset", sa.String(128), nullable=False, index=True),
    sa.Column("asset_id", sa.Integer),
    sa.Column("component", sa.Text, nullable=False),
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("number", sa.String(128), nullable=False, index=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("url", sa.Text),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("method", sa.String(16), nullable=False),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("fixed_in", sa.Text),
    sa.Column("message", sa.String(64), nullable=False),
    sa.Column("args", sa.JSON, nullable=False),
    sa.Column("deadline", sa.Date, index=True),
    sa.Column("timeline", sa.String(8)),
    sa.Column("as_of", Utc, nullable=False),
    sa.Column("stale", sa.Boolean, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("fresh", sa.Boolean, nullable=False),
    sa.Column("sort", sa.String(200), nullable=False, index=True),
)
"""An asset and an advisory that concerns it, or may. Made anew as a whole; what a person said of it
is in ``posture_treatment``. `asset_id` is None for a line to the outside; `sort` is the order of
deadlines."""
