"""The yearly letter to each vendor, and what came back."""

from __future__ import annotations

import sqlalchemy as sa

from sekisho.storage import METADATA, Utc

VENDOR_LETTER = sa.Table(
    "posture_vendor_letter",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("vendor", sa.String(200), nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("token", sa.String(8), nullable=False),
    sa.Column("due", sa.Date, nullable=False),
    sa.Column("rows", sa.JSON, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("answers", sa.JSON, nullable=False),
    sa.Column("answered_at", Utc),
    sa.Column("path", sa.Text),
    sa.Column("before", sa.JSON),
    sa.Column("withdrawn_by", sa.Text),
    sa.Column("withdrawn_at", Utc),
)
"""`vendor` is the name as names are compared, `name` as it is written; `rows` what was asked about
and what stood here that day; `token` with the id is the mark by which the answer sheet is known.
`before` is what stood here before the answer was kept, by which it can be taken back as a whole.
`answers` are the company's own, and how many devices, lines and controls were answered."""
