"""What makers disclose of a product's security, as they wrote it."""

from __future__ import annotations

import sqlalchemy as sa

from sekisho.storage import METADATA, Utc

DISCLOSURE = sa.Table(
    "posture_disclosure",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.String(64), nullable=False, unique=True),
    sa.Column("form", sa.String(8), nullable=False),
    sa.Column("maker", sa.Text),
    sa.Column("product", sa.Text),
    sa.Column("version", sa.Text),
    sa.Column("dated", sa.Date),
    sa.Column("answers", sa.JSON, nullable=False),
    sa.Column("notes", sa.JSON, nullable=False),
    sa.Column("load_id", sa.Integer, nullable=False),
    sa.Column("at", Utc, nullable=False),
)
"""One for each form, maker, product and version; a newer file of the same takes its place.
`answers` are (number, question, answer, what is written, note), `notes` the numbered remarks."""
