"""What the check station keeps: what was brought, what was said of it. Never what was in it."""

from __future__ import annotations

import sqlalchemy as sa

from sekisho.storage import METADATA, Utc

CHECK = sa.Table(
    "scan_check",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", Utc, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("brought_by", sa.Text),
    sa.Column("medium", sa.Text),
    sa.Column("door", sa.String(8), nullable=False),
    sa.Column("files", sa.Integer, nullable=False),
    sa.Column("found", sa.Integer, nullable=False),
    sa.Column("clean", sa.Integer, nullable=False),
    sa.Column("not_checked", sa.Integer, nullable=False),
    sa.Column("engine", sa.Text),
    sa.Column("signatures_at", Utc),
    sa.Column("rules", sa.Text),
    sa.Column("settled_by", sa.Text),
    sa.Column("settled_at", Utc),
    sa.Column("note", sa.Text),
    sa.Column("text", sa.Text, nullable=False),
)
"""One going of somebody to the station: a medium, or some files. `door` is ``console`` or
``cli``; `rules` says which rules were held against it; `text` is what a search looks in."""

FILE = sa.Table(
    "scan_file",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("check_id", sa.Integer, nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger),
    sa.Column("sha256", sa.String(64), index=True),
    sa.Column("verdict", sa.String(12), nullable=False),
    sa.Column("said", sa.Text),
    sa.Column("why", sa.String(32)),
    sa.Column("args", sa.JSON, nullable=False),
    sa.Column("members", sa.JSON, nullable=False),
)
"""One file of a check; `said` is the scanner's or the rule's name for what it found, `members`
what is in an archive, each with its own verdict."""
