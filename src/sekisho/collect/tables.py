"""Tables of `collect`: files received, sources, and what could not be read."""

from __future__ import annotations

import sqlalchemy as sa

from sekisho.storage import METADATA, Utc

FILE = sa.Table(
    "collect_file",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("kind", sa.String(20)),
    sa.Column("source", sa.Text, index=True),
    sa.Column("received_at", Utc, nullable=False),
    sa.Column("finished_at", Utc),  # none: the reading was interrupted
    sa.Column("size", sa.BigInteger, nullable=False, default=0),
    sa.Column("digest", sa.String(64)),
    sa.Column("read", sa.BigInteger, nullable=False, default=0),
    sa.Column("added", sa.BigInteger, nullable=False, default=0),
    sa.Column("already", sa.BigInteger, nullable=False, default=0),
    sa.Column("quarantined", sa.BigInteger, nullable=False, default=0),
    sa.Column("doubtful", sa.BigInteger, nullable=False, default=0),
    sa.Column("ignored", sa.BigInteger, nullable=False, default=0),
    sa.Column("first_at", Utc),
    sa.Column("last_at", Utc),
    sa.Column("mapping", sa.Text),  # the TOML it was read with
    sa.Column("header", sa.JSON),
    sa.Column("zone", sa.String(60)),
    sa.Column("doubts", sa.JSON),
    sa.Column("error", sa.String(80)),
    sa.Column("error_args", sa.JSON),
)

SOURCE = sa.Table(
    "collect_source",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("files", sa.BigInteger, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("first_at", Utc),
    sa.Column("last_at", Utc),
    sa.Column("last_heard", Utc, nullable=False),
)

QUARANTINE = sa.Table(
    "collect_quarantine",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.String(32), nullable=False, unique=True),
    sa.Column("file_id", sa.Integer, sa.ForeignKey("collect_file.id"), nullable=False, index=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("row", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.String(80), nullable=False),
    sa.Column("args", sa.JSON, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("raw", sa.LargeBinary),  # may name people; dropped once the record is in the ledger
    sa.Column("state", sa.String(20), nullable=False, index=True),  # open, recorded
    sa.Column("since", Utc, nullable=False),
    sa.Column("recorded_at", Utc),
)

HEARD = sa.Table(
    "collect_heard",  # what came by itself, hour by hour: silence is seen by it
    METADATA,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("hour", Utc, primary_key=True),
    sa.Column("records", sa.BigInteger, nullable=False),
    sa.Column("quarantined", sa.BigInteger, nullable=False),
)

PLACE = sa.Table(
    "collect_place",  # how far each growing log was read; kept after its records are durable
    METADATA,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("inode", sa.BigInteger, nullable=False),
    sa.Column("head", sa.String(64), nullable=False),
    sa.Column("head_size", sa.Integer, nullable=False),
    sa.Column("reached", sa.BigInteger, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("at", Utc, nullable=False),
)

NUMBERED = sa.Table(
    "collect_numbered",  # how far the events came that a computer numbers itself: holes are seen
    METADATA,
    sa.Column("computer", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("last", sa.BigInteger, nullable=False),
    sa.Column("last_at", Utc, nullable=False),
)

UNSEEN = sa.Table(
    "collect_unseen",  # what a source's log cannot show, as named people confirmed it
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("source", sa.Text, nullable=False, index=True),
    sa.Column("line", sa.String(20), nullable=False),
    sa.Column("result", sa.String(12), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("records", sa.BigInteger, nullable=False),  # what had arrived then
    sa.Column("days", sa.Integer, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
)
