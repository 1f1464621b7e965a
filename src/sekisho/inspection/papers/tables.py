"""Tables of what came out of the sheet: folders that were made, and the counts of each day."""

from __future__ import annotations

import sqlalchemy as sa

from sekisho.storage import METADATA, Utc

FOLDER = sa.Table(
    "inspection_folder",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", Utc, nullable=False),
    sa.Column("by", sa.String(100), nullable=False),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("files", sa.Integer, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("missing", sa.JSON, nullable=False),
    sa.Column("sums", sa.String(64), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("record", sa.BigInteger, nullable=False),
)

COUNT = sa.Table(
    "inspection_count",
    METADATA,
    sa.Column("catalogue", sa.String(40), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("at", Utc, nullable=False),
    sa.Column("counts", sa.JSON, nullable=False),
)
