"""What is kept of the sources of knowledge."""

from __future__ import annotations

import sqlalchemy as sa

from sekisho.storage import METADATA, Utc

FEED = sa.Table(
    "posture_feed",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False, index=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("records", sa.Integer, nullable=False),
    sa.Column("as_of", Utc, nullable=False),
    sa.Column("at", Utc, nullable=False),
)
"""One file that was read. `as_of` is the time the source gives for the whole file, that of the
bundle it came in, else when it was loaded: how old what it says is."""

ADVISORY = sa.Table(
    "posture_advisory",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("number", sa.String(128), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("revised", Utc),
    sa.Column("published", Utc),
    sa.Column("version", sa.String(64), nullable=False),
    sa.Column("score", sa.Float),
    sa.Column("withdrawn", sa.Boolean, nullable=False),
    sa.Column("single", sa.Boolean, nullable=False),
    sa.Column("url", sa.Text),
    sa.Column("cves", sa.JSON, nullable=False),
    sa.Column("marks", sa.JSON, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("remedy", sa.String(64), nullable=False),
    sa.Column("first_at", Utc, nullable=False),
    sa.Column("remedied_at", Utc, nullable=False),
    sa.UniqueConstraint("source", "number", name="posture_advisory_number"),
)
"""`remedy` is the digest of what is to be done about what; `remedied_at` when it last changed:
a revision that leaves it alone is no reason to look again."""

STATEMENT = sa.Table(
    "posture_statement",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("advisory_id", sa.Integer, nullable=False, index=True),
    sa.Column("key", sa.String(200), nullable=False, index=True),
    sa.Column("head", sa.String(64), index=True),
    sa.Column("body", sa.Text, nullable=False),
)
"""`key` is a package URL without version, or ``maker:`` and the maker's key; `head` the first word
of the product's name, by which a component without a maker is looked for."""

FACT = sa.Table(
    "posture_fact",
    METADATA,
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("at", Utc, nullable=False),
)
"""What is known of a CVE (KEV, EPSS) or of a product's release (endoflife)."""

TREATMENT = sa.Table(
    "posture_treatment",
    METADATA,
    sa.Column("asset", sa.String(128), primary_key=True),
    sa.Column("number", sa.String(128), primary_key=True),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("remedy", sa.String(64), nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("note", sa.Text),
    sa.Column("at", Utc, nullable=False),
)
"""What a person said of one advisory on one asset: ``todo``, ``doing`` or ``done``, and for which remedy."""

ANSWER = sa.Table(
    "posture_maker_answer",
    METADATA,
    sa.Column("text", sa.String(200), primary_key=True),
    sa.Column("maker", sa.String(64), nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
)
"""Which maker a name in the ledger is, as a person answered once."""
