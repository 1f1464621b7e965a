"""Lines of the register, each change of them, and the files that lie beside them."""

from __future__ import annotations

import sqlalchemy as sa

from sekisho.storage import METADATA, Utc

LINE = sa.Table(
    "register_line",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("part", sa.String(16), nullable=False, index=True),
    sa.Column("told", sa.JSON, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("stands", sa.Boolean, nullable=False),
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("file", sa.Text),
    sa.Column("row", sa.Integer),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
)
"""`told` is field → value as the list declares them (`held`); `text` is all of it as it is
searched. A line that does not stand was taken back; it stays, with its history."""

CHANGE = sa.Table(
    "register_change",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("line_id", sa.Integer, sa.ForeignKey("register_line.id"), nullable=False, index=True),
    sa.Column("turn", sa.Integer, nullable=False),
    sa.Column("act", sa.String(12), nullable=False),
    sa.Column("before", sa.JSON),
    sa.Column("undone", sa.Boolean, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    # Who changes a line without having seen its newest change takes that turn a second time.
    sa.UniqueConstraint("line_id", "turn"),
)
"""`before` is ``told`` and ``stands`` of the line until then; none where it was added."""

FILE = sa.Table(
    "register_file",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("line_id", sa.Integer, sa.ForeignKey("register_line.id"), nullable=False, index=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("verdict", sa.String(16), nullable=False),
    sa.Column("said", sa.Text),
    sa.Column("args", sa.JSON),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("gone_by", sa.Text),
    sa.Column("gone_at", Utc),
    sa.Column("scanned_at", Utc),
    sa.Column("patterns", sa.String(80)),
)
"""The bytes lie in the data directory under their SHA-256; `said` is the
scanner's name for what it found, or why it was not checked, with its `args`. Of a find when it
came nothing lies there. `patterns` are those that it was held against at `scanned_at`."""
