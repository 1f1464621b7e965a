"""What was looked at, and what was seen."""

from __future__ import annotations

import sqlalchemy as sa

from sekisho.storage import METADATA, Utc

LOOK = sa.Table(
    "posture_look",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("run", sa.String(32), nullable=False, index=True),
    sa.Column("asset_id", sa.Integer, index=True),
    sa.Column("number", sa.String(128), nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("port", sa.Integer),
    sa.Column("wanted", sa.Boolean, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("message", sa.String(64), nullable=False),
    sa.Column("args", sa.JSON, nullable=False),
    sa.Column("departures", sa.JSON, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
)
"""One port, one TLS or one DICOM look of one run. `kind` is ``tcp``, ``tls``, ``dicom``, or ``asset``
where the whole asset was not looked at; `state` one of `State`; `wanted` whether it should be open.
Earlier runs stay."""
