"""What this room keeps."""

from __future__ import annotations

import sqlalchemy as sa

from sekisho.storage import METADATA, Utc

CHANGE = sa.Table(
    "access_change",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("files", sa.JSON, nullable=False),
    sa.Column("base", sa.Integer),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", Utc),
    sa.Column("reason", sa.Text, nullable=False),
)
"""One book that was proposed, and what became of it; never erased. `base` was in force then."""

FORCE = sa.Table(
    "access_force",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("at", Utc, nullable=False),
)
"""Which change came into force; the last row is in force now."""

LOOK = sa.Table(
    "access_look",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)
"""That somebody looked the matrix in force through and left it as it is; never erased."""
