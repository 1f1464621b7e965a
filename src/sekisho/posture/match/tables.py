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
    sa.Column("maker_says", sa.String(16)),
    sa.Column("held_until", sa.Date),
)
"""An asset and an advisory that concerns it, or may. Made anew as a whole; what a person said of it
is in ``posture_treatment``. `asset_id` is None for a line to the outside; `sort` is the order of
deadlines. `maker_says` is ``asked`` or the answer in force; `held_until` until when something
stands in place of a patch that does not come."""

INQUIRY = sa.Table(
    "posture_inquiry",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("letter", sa.Integer, nullable=False, index=True),
    sa.Column("asset", sa.String(128), nullable=False),
    sa.Column("number", sa.String(128), nullable=False, index=True),
    sa.Column("addressee", sa.Text, nullable=False),
    sa.Column("duty", sa.String(16), nullable=False),
    sa.Column("due", sa.Date, nullable=False),
    sa.Column("remedy", sa.String(64), nullable=False),
    sa.Column("told", sa.JSON, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("withdrawn_by", sa.Text),
    sa.Column("withdrawn_at", Utc),
)
"""What was asked about one device and one advisory. Those of one `letter` went out together; `duty`
is what the addressee is to the device: ``maker``, ``maintainer`` or ``owner``. `told` is what the
letter says, as it was that day; `remedy` which remedy was asked about."""

REPLY = sa.Table(
    "posture_inquiry_reply",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("inquiry_id", sa.Integer, nullable=False, index=True),
    sa.Column("answer", sa.String(16), nullable=False),
    sa.Column("fixed_in", sa.Text),
    sa.Column("instead", sa.Text),
    sa.Column("until", sa.Date),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("on", sa.Date, nullable=False),
    sa.Column("note", sa.Text),
    sa.Column("before", sa.JSON),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("undone_by", sa.Text),
    sa.Column("undone_at", Utc),
)
"""What was answered, as a person wrote it down; the newest that is not undone is in force. `before`
is what had been said of the weakness till then."""
