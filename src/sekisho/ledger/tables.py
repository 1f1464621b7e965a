"""The ledger's tables: the live tail, every key ever recorded, what is sealed, who owns it."""

from __future__ import annotations

import sqlalchemy as sa

from sekisho.storage import METADATA, Utc

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")

RECORD = sa.Table(
    "ledger_record",
    METADATA,
    sa.Column("index", _NUMBER, primary_key=True, autoincrement=False),
    sa.Column("recorded_at", Utc, nullable=False),
    sa.Column("canonical", sa.LargeBinary, nullable=False),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    comment="Recorded and not sealed yet; removed once its day is sealed.",
)

KEY = sa.Table(
    "ledger_key",
    METADATA,
    sa.Column("key", sa.LargeBinary, primary_key=True),
    sa.Column("index", _NUMBER, nullable=False),
    comment="Every key ever recorded, sealed or not: what is recorded once is not recorded twice.",
    sqlite_with_rowid=False,
)

SEGMENT = sa.Table(
    "ledger_segment",
    METADATA,
    sa.Column("first", _NUMBER, primary_key=True, autoincrement=False),
    sa.Column("last", _NUMBER, nullable=False),
    sa.Column("path", sa.String, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    comment="Sealed Parquet files; path is relative to ledger/sealed.",
)

OWNER = sa.Table(
    "ledger_owner",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("fence", _NUMBER, nullable=False),
    sa.Column("holder", sa.String, nullable=False),
    sa.Column("since", Utc, nullable=False),
    comment="One row: the fencing number of the recorder that may append.",
)

ERASURE = sa.Table(
    "ledger_erasure",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    # Indexes as text, `12,15-20`: nothing of what the records say.
    sa.Column("records", sa.Text, nullable=False),
    sa.Column("count", _NUMBER, nullable=False),
    sa.Column("first_at", Utc, nullable=False),
    sa.Column("last_at", Utc, nullable=False),
    sa.Column("sources", sa.JSON, nullable=False),
    # Rows of other rooms' tables that say the same, by table and primary key.
    sa.Column("also", sa.JSON, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("order", sa.Text, nullable=False),
    sa.Column("proposed_by", sa.String(64), nullable=False),
    sa.Column("proposed_at", Utc, nullable=False),
    sa.Column("confirmed_by", sa.String(64)),
    sa.Column("confirmed_at", Utc),
    sa.Column("withdrawn_by", sa.String(64)),
    sa.Column("withdrawn_at", Utc),
    sa.Column("entry", _NUMBER),
    sa.Column("done_at", Utc),
    comment="What is to be erased, by whose order, and the record that says so; never removed.",
)
