"""What this room keeps."""

from __future__ import annotations

import sqlalchemy as sa

from sekisho.storage import METADATA, Utc

APPROVAL = sa.Table(
    "review_approval",
    METADATA,
    sa.Column("explanation", sa.String(64), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
)
"""An explanation works while its digest is the one that was approved; a withdrawal empties it."""

MINED = sa.Table(
    "review_mined",
    METADATA,
    sa.Column("id", sa.String(255), primary_key=True),
    sa.Column("template", sa.String(64), nullable=False),
    sa.Column("values", sa.JSON, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
)
"""A proposal from the data that a person approved: a template with its values; `digest` as above."""

APPROVAL_WORD = sa.Table(
    "review_approval_word",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("explanation", sa.String(255), nullable=False),
    sa.Column("approves", sa.Boolean, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
)
"""Who approved an explanation and who withdrew that, in order: no row is changed or goes."""

RUN = sa.Table(
    "review_run",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("start", sa.Date, nullable=False),
    sa.Column("end", sa.Date, nullable=False),
    sa.Column("trial", sa.Boolean, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("summary", sa.JSON, nullable=False),
)

CASE = sa.Table(
    "review_case",
    METADATA,
    sa.Column("run_id", sa.Integer, primary_key=True),
    sa.Column("rank", sa.Integer, primary_key=True),
    sa.Column("key", sa.String(32), nullable=False, index=True),
    sa.Column("raised", sa.Boolean, nullable=False),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("rule", sa.String(64), nullable=False),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("user_kind", sa.String(16), nullable=False),
    sa.Column("patient_ids", sa.JSON, nullable=False),
    sa.Column("records", sa.JSON, nullable=False),
    sa.Column("first_at", Utc, nullable=False),
    sa.Column("last_at", Utc, nullable=False),
    sa.Column("signs", sa.JSON, nullable=False),
    sa.Column("why", sa.JSON, nullable=False),
    sa.Column("parts", sa.JSON),
    sa.Column("owner", sa.Text),
    sa.Column("accesses", sa.Integer),
    sa.Column("forgotten_at", Utc),
    # The few that were raised, of all years: the count beside every page asks for them.
    sa.Index("review_case_raised", "raised", "run_id", "rank", "key"),
)
"""`key` is the same when the same matter is found again: answers stay with it.

Once the name is taken away (`forgotten_at`), neither ids nor records nor sentences stand here;
`accesses` is how many there were.
"""

ANSWER = sa.Table(
    "review_answer",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("case_key", sa.String(32), nullable=False, index=True),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("answer", sa.String(16), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
)

SIGNATURE = sa.Table(
    "review_signature",
    METADATA,
    sa.Column("run_id", sa.Integer, primary_key=True),
    sa.Column("role", sa.String(32), primary_key=True),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("unread", sa.Integer, nullable=False),
)
"""`unread` raised cases stood open when it was signed, and the page says so."""

PROOF = sa.Table(
    "review_proof",
    METADATA,
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("at", Utc, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("withdrawn_by", sa.Text),
    sa.Column("withdrawn_at", Utc),
    sa.Column("withdrawn_why", sa.Text),
)
"""The dated proofs without which names stay masked; the newest of a kind that nobody withdrew stands."""

COPY = sa.Table(
    "review_copy",
    METADATA,
    sa.Column("year", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("form", sa.String(10), nullable=False),  # reviewer, patient
    sa.Column("kind", sa.String(4), nullable=False),  # pdf, json
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("patient_id", sa.Text, nullable=False),
    sa.Column("start", sa.Date, nullable=False),
    sa.Column("end", sa.Date, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("names_by", sa.Text),  # who released the staff's names, if anybody did
    sa.Column("at", Utc, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),  # begun, made, void, erased
    sa.Column("accesses", sa.Integer),
    sa.Column("digest", sa.String(64)),
    sa.Column("record", sa.BigInteger),
    sa.Column("records", sa.JSON),  # indexes of what stands in it: an erasure finds it by them
)
"""Answers to patients and reviewers, numbered within the year; a number is never given twice."""

NAMES_RULE = sa.Table(
    "review_names_rule",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("allows", sa.Boolean, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
)
"""Whether the institution's rule lets a patient be told the staff's names; the newest stands."""

ASK = sa.Table(
    "review_ask",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("case_key", sa.String(32), nullable=False, index=True),
    sa.Column("to", sa.String(8), nullable=False),  # person, head, owner
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("due", sa.Date, nullable=False),
    sa.Column("reply", sa.Text),
    sa.Column("replied_on", sa.Date),
    sa.Column("entered_by", sa.Text),
    sa.Column("entered_at", Utc),
)
"""A question put to somebody; without `reply` nothing was said, and that is all it means."""

DECISION = sa.Table(
    "review_decision",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String(16), nullable=False),  # violation, cleared, unasked, by_name
    sa.Column("case_key", sa.String(32), index=True),
    sa.Column("start", sa.Date),
    sa.Column("end", sa.Date),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("confirmed_by", sa.Text),
    sa.Column("confirmed_at", Utc),
    sa.Column("withdrawn_by", sa.Text),
    sa.Column("withdrawn_at", Utc),
)
"""What a committee decided or ordered: in force only when a second person has confirmed it."""
