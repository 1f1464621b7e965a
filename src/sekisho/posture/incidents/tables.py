"""What a person said where no ledger and no machine can."""

from __future__ import annotations

import sqlalchemy as sa

from sekisho.storage import METADATA, Utc

WORD = sa.Table(
    "posture_word",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("question", sa.String(32), nullable=False, index=True),
    sa.Column("said", sa.String(8), nullable=False),
    sa.Column("shown_by", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("until", sa.Date, nullable=False),
)
"""One answer to a question of ``data/questions.toml``: ``yes`` or ``no``, which paper shows it, and
the last day on which it counts. Earlier answers stay; the newest is in force."""
