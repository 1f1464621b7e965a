"""The tables of this room."""

from __future__ import annotations

import sqlalchemy as sa

from sekisho.storage import METADATA, Utc

MODE = sa.Table(
    "gate_mode",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("route", sa.String(32), nullable=False, index=True),
    # An information class, or "*" for every class of the route.
    sa.Column("class", sa.String(64), nullable=False),
    sa.Column("enforced", sa.Boolean, nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("at", Utc, nullable=False),
    # Until when observing was thought to last; only where it is not enforced.
    sa.Column("until", Utc),
    sa.Column("reason", sa.String(400)),
)
"""Every choice that was made; the newest of a route and class stands."""

GLASS = sa.Table(
    "gate_glass",
    METADATA,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("route", sa.String(32), nullable=False),
    sa.Column("user_id", sa.String(64), nullable=False, index=True),
    # None: the request named no patient; then it opens what names none, too.
    sa.Column("patient_id", sa.String(128)),
    sa.Column("reason", sa.String(400), nullable=False),
    sa.Column("opened", Utc, nullable=False),
    sa.Column("until", Utc, nullable=False),
    sa.Column("closed_at", Utc),
    sa.Column("looked_by", sa.String(64)),
    sa.Column("looked_at", Utc),
    sa.Column("verdict", sa.String(16)),
    sa.Column("note", sa.String(400)),
)
"""Glass that was broken, and the second look at it."""

PROTECTED = sa.Table(
    "gate_protected",
    METADATA,
    sa.Column("patient_id", sa.String(128), primary_key=True),
    sa.Column("class", sa.String(64), primary_key=True),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("reason", sa.String(400), nullable=False),
)
"""Patients whose whole record is of a class (VIP), as a named person decided."""

LAUNCH = sa.Table(
    "gate_launch",
    METADATA,
    # SHA-256 of the EMR's name and the ticket's nonce.
    sa.Column("nonce", sa.String(64), primary_key=True),
    sa.Column("until", Utc, nullable=False, index=True),
)
"""Tickets of the EMR that were used, until long after none of them could be good any more."""

PLAN = sa.Table(
    "gate_plan",
    METADATA,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("user_id", sa.String(64), nullable=False),
    sa.Column("route", sa.String(32), nullable=False),
    sa.Column("sources", sa.JSON, nullable=False),
    sa.Column("begins", Utc, nullable=False),
    sa.Column("ends", Utc, nullable=False, index=True),
    sa.Column("work", sa.String(400), nullable=False),
    sa.Column("proposed_by", sa.String(64), nullable=False),
    sa.Column("proposed_at", Utc, nullable=False),
    sa.Column("approved_by", sa.String(64)),
    sa.Column("approved_at", Utc),
    sa.Column("ended_by", sa.String(64)),
    sa.Column("ended_at", Utc),
)
"""保守の作業計画: when and from where a vendor may come; two people for each."""

EMERGENCY = sa.Table(
    "gate_emergency",
    METADATA,
    sa.Column("number", sa.String(64), primary_key=True),
    sa.Column("route", sa.String(32), nullable=False),
    sa.Column("opened", Utc, nullable=False),
    sa.Column("until", Utc, nullable=False),
    sa.Column("terminal", sa.String(64)),
    sa.Column("late", sa.Integer, nullable=False),
    sa.Column("lost", sa.Integer, nullable=False),
    sa.Column("closed_at", Utc),
    sa.Column("closed_by", sa.String(64)),
    sa.Column("note", sa.String(400)),
)
"""Emergency operation: an envelope that was opened; how many records came late, or not at all."""

CREDENTIAL = sa.Table(
    "gate_credential",
    METADATA,
    sa.Column("route", sa.String(32), primary_key=True),
    sa.Column("kind", sa.String(8), nullable=False),
    # The address that it is for; bound into what is sealed.
    sa.Column("upstream", sa.String(400), nullable=False),
    # Nonce and AES-256-GCM of field name and value, base64; the key is a file beside the state.
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column("set_at", Utc, nullable=False),
    sa.Column("set_by", sa.String(64), nullable=False),
    sa.Column("refused_at", Utc),
)
"""What the gate shows an upstream to be let in."""
