"""Tables of `app`: findings' life, evidence, jobs and the institution's settings."""

from __future__ import annotations

import sqlalchemy as sa

from sekisho.storage import METADATA, Utc

FINDING = sa.Table(
    "app_finding",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.String(200), nullable=False, unique=True),
    sa.Column("room", sa.String(200), nullable=False),
    sa.Column("gravity", sa.String(10), nullable=False),
    sa.Column("duty", sa.String(10), nullable=False),
    sa.Column("message", sa.String(100), nullable=False),
    sa.Column("args", sa.JSON, nullable=False),
    sa.Column("where", sa.String(300), nullable=False),
    sa.Column("action", sa.String(100), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("first_at", Utc, nullable=False),
    sa.Column("last_at", Utc, nullable=False),
    sa.Column("changed_by", sa.String(100)),
    sa.Column("changed_at", Utc),
)

EVIDENCE = sa.Table(
    "app_evidence",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("subject", sa.String(100), nullable=False, index=True),
    sa.Column("checked_at", Utc, nullable=False),
    sa.Column("by", sa.String(100), nullable=False),
    sa.Column("result", sa.String(12), nullable=False),
    sa.Column("message", sa.String(100), nullable=False),
    sa.Column("args", sa.JSON, nullable=False),
    sa.Column("valid_until", Utc),
    # Since when the same was found again and again; `checked_at` is when it was found last.
    sa.Column("since", Utc),
)

JOB = sa.Table(
    "app_job",
    METADATA,
    sa.Column("name", sa.String(50), primary_key=True),
    sa.Column("last_started", Utc),
    sa.Column("last_done", Utc),
    sa.Column("next_at", Utc),
)

IMPORT = sa.Table(
    "app_import",
    METADATA,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("what", sa.String(20), nullable=False),
    sa.Column("by", sa.String(100), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("done", sa.BigInteger, nullable=False),
    sa.Column("total", sa.BigInteger, nullable=False),
    sa.Column("message", sa.String(100), nullable=False),
    sa.Column("args", sa.JSON, nullable=False),
    sa.Column("result", sa.JSON),
    sa.Column("started_at", Utc, nullable=False),
    sa.Column("ended_at", Utc),
)

SETTING = sa.Table(
    "app_setting",
    METADATA,
    sa.Column("name", sa.String(50), primary_key=True),
    sa.Column("value", sa.JSON, nullable=False),
    sa.Column("by", sa.String(100), nullable=False),
    sa.Column("at", Utc, nullable=False),
)

SIGNED_PAGE = sa.Table(
    "app_signed_page",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("run", sa.Integer, nullable=False, index=True),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("record", sa.BigInteger, nullable=False),
    sa.Column("by", sa.String(100), nullable=False),
    sa.Column("at", Utc, nullable=False),
)
