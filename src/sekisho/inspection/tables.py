"""Answers of the sheet: a new one is a new row, and none is ever changed."""

from __future__ import annotations

import sqlalchemy as sa

from sekisho.storage import METADATA, Utc

ANSWER = sa.Table(
    "inspection_answer",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("catalogue", sa.String(40), nullable=False),
    sa.Column("item", sa.String(60), nullable=False),
    sa.Column("turn", sa.Integer, nullable=False),
    sa.Column("value", sa.String(16)),
    sa.Column("checked_on", sa.Date),
    sa.Column("target_on", sa.Date),
    sa.Column("reason", sa.Text),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("proofs", sa.JSON, nullable=False),
    sa.Column("carried_from", sa.String(60)),
    # Who answers without having seen the newest answer takes its turn a second time.
    sa.UniqueConstraint("catalogue", "item", "turn"),
)
