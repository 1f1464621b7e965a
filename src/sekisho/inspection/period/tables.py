"""Notices of heightened periods, what people confirmed in them, and what stood at their moments."""

from __future__ import annotations

import sqlalchemy as sa

from sekisho.storage import METADATA, Utc

NOTICE = sa.Table(
    "inspection_notice",
    METADATA,
    # Given as the next one: of two people who enter at once, one is told.
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    # The id of the first notice of its period.
    sa.Column("period", sa.Integer, nullable=False, index=True),
    sa.Column("sender", sa.String(200), nullable=False),
    sa.Column("letter", sa.String(200), nullable=False),
    sa.Column("lettered_on", sa.Date),
    sa.Column("begin", sa.Date, nullable=False),
    sa.Column("end", sa.Date, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("ended_on", sa.Date),
    sa.Column("ended_by", sa.String(64)),
    sa.Column("ended_at", Utc),
    sa.Column("ended_why", sa.Text),
    sa.Column("withdrawn_by", sa.String(64)),
    sa.Column("withdrawn_at", Utc),
    sa.Column("withdrawn_why", sa.Text),
)

WORD = sa.Table(
    "inspection_word",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("period", sa.Integer, nullable=False, index=True),
    sa.Column("ask", sa.String(32), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("withdrawn_by", sa.String(64)),
    sa.Column("withdrawn_at", Utc),
)

MOMENT = sa.Table(
    "inspection_moment",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("period", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("at", Utc, nullable=False),
    # Counts and states alone: nobody is named in it.
    sa.Column("content", sa.JSON, nullable=False),
    sa.UniqueConstraint("period", "kind", "day"),
)
