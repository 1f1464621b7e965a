"""The tables of the first version, as they are: written out, so that nothing later changes them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "01_001"
down_revision = None

_TIME = sa.String(24)  # storage.schema.Utc
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make every table."""
    _ledger()
    _accounts()
    _factors_and_sessions()
    _people()
    _visits_and_stays()
    _collect()
    _cases()
    _signatures()
    _findings_and_jobs()
    _settings_and_pages()


def _ledger() -> None:
    op.create_table(
        "ledger_key",
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("index", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_ledger_key"),
        comment="Every key ever recorded, sealed or not: what is recorded once is not recorded twice.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ledger_owner",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("fence", _NUMBER, nullable=False),
        sa.Column("holder", sa.String, nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_owner"),
        comment="One row: the fencing number of the recorder that may append.",
    )
    op.create_table(
        "ledger_record",
        sa.Column("index", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("recorded_at", _TIME, nullable=False),
        sa.Column("canonical", sa.LargeBinary, nullable=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("index", name="pk_ledger_record"),
        comment="Recorded and not sealed yet; removed once its day is sealed.",
    )
    op.create_table(
        "ledger_segment",
        sa.Column("first", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("last", _NUMBER, nullable=False),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("first", name="pk_ledger_segment"),
        comment="Sealed Parquet files; path is relative to ledger/sealed.",
    )


def _accounts() -> None:
    op.create_table(
        "identity_account",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("sign_in", sa.String(128), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("roles", sa.JSON, nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("password", sa.String(256)),
        sa.Column("password_short", sa.Boolean, nullable=False),
        sa.Column("password_at", _TIME),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("opened_by", sa.String(64), nullable=False),
        sa.Column("closed_at", _TIME),
        sa.Column("closed_by", sa.String(64)),
        sa.Column("used_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_identity_account"),
        sa.UniqueConstraint("sign_in", name="uq_identity_account_sign_in"),
        sa.UniqueConstraint("user_id", name="uq_identity_account_user_id"),
    )
    op.create_table(
        "identity_attempt",
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_at", _TIME, nullable=False),
        sa.Column("until", _TIME),
        sa.PrimaryKeyConstraint("subject", name="pk_identity_attempt"),
    )
    op.create_table(
        "identity_challenge",
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("challenge", sa.LargeBinary, nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("holder", name="pk_identity_challenge"),
    )
    op.create_table(
        "identity_setting",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("value", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_identity_setting"),
    )
    op.create_table(
        "identity_code",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(32)),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("until", _TIME),
        sa.Column("identified", sa.String(400)),
        sa.Column("used_at", _TIME),
        sa.Column("used_by", sa.String(64)),
        sa.Column("withdrawn_at", _TIME),
        sa.ForeignKeyConstraint(
            ["account_id"], ["identity_account.id"], name="fk_identity_code_account_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_identity_code"),
        sa.UniqueConstraint("code", name="uq_identity_code_code"),
    )


def _factors_and_sessions() -> None:
    op.create_table(
        "identity_passkey",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("credential", sa.String(1400), nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("added_at", _TIME, nullable=False),
        sa.Column("used_at", _TIME),
        sa.ForeignKeyConstraint(
            ["account_id"], ["identity_account.id"], name="fk_identity_passkey_account_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_identity_passkey"),
        sa.UniqueConstraint("credential", name="uq_identity_passkey_credential"),
    )
    op.create_table(
        "identity_session",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("opened", _TIME, nullable=False),
        sa.Column("seen", _TIME, nullable=False),
        sa.Column("proved", _TIME, nullable=False),
        sa.Column("method", sa.String(16), nullable=False),
        sa.Column("address", sa.String(64)),
        sa.Column("browser", sa.String(200)),
        sa.ForeignKeyConstraint(
            ["account_id"], ["identity_account.id"], name="fk_identity_session_account_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_identity_session"),
        sa.UniqueConstraint("token", name="uq_identity_session_token"),
    )
    op.create_index("ix_identity_session_account_id", "identity_session", ["account_id"])
    op.create_table(
        "identity_totp",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("secret", sa.String(64), nullable=False),
        sa.Column("last_step", sa.BigInteger, nullable=False),
        sa.Column("added_at", _TIME, nullable=False),
        sa.Column("confirmed_at", _TIME),
        sa.Column("used_at", _TIME),
        sa.ForeignKeyConstraint(
            ["account_id"], ["identity_account.id"], name="fk_identity_totp_account_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_identity_totp"),
    )


def _people() -> None:
    op.create_table(
        "care_kind",
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_care_kind"),
    )
    op.create_table(
        "care_load",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("sheet", sa.Text),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("taken_for", sa.String(16), nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("refused", sa.Integer, nullable=False),
        sa.Column("first", sa.Date),
        sa.Column("last", sa.Date),
        sa.Column("doubts", sa.JSON, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_care_load"),
    )
    op.create_table(
        "care_patient",
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("load_id", sa.Integer, nullable=False),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("patient_id", sa.String(128), nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("kana", sa.Text),
        sa.Column("born", sa.Date),
        sa.Column("address", sa.Text),
        sa.Column("address_key", sa.Text),
        sa.Column("phone", sa.Text),
        sa.PrimaryKeyConstraint("key", name="pk_care_patient"),
    )
    op.create_table(
        "care_staff",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("load_id", sa.Integer, nullable=False),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("kana", sa.Text),
        sa.Column("duty", sa.Text),
        sa.Column("department", sa.Text),
        sa.Column("ward", sa.Text),
        sa.Column("employment", sa.Text),
        sa.Column("valid_from", sa.Date),
        sa.Column("valid_to", sa.Date),
        sa.Column("left_on", sa.Date),
        sa.Column("concurrent", sa.Boolean, nullable=False),
        sa.Column("patient_id", sa.String(128)),
        sa.Column("address_key", sa.Text),
        sa.Column("kind", sa.String(16)),
        sa.Column("proposed", sa.String(16)),
        sa.Column("superseded_by", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_care_staff"),
    )
    op.create_index("ix_care_staff_user_id", "care_staff", ["user_id"])


def _visits_and_stays() -> None:
    op.create_table(
        "care_stay",
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("load_id", sa.Integer, nullable=False),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("patient_id", sa.String(128), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("until", sa.Date),
        sa.Column("department", sa.Text),
        sa.Column("ward", sa.Text),
        sa.Column("doctor", sa.Text),
        sa.Column("doctor_id", sa.String(128)),
        sa.PrimaryKeyConstraint("key", name="pk_care_stay"),
    )
    op.create_index("ix_care_stay_day", "care_stay", ["day"])
    op.create_table(
        "care_visit",
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("load_id", sa.Integer, nullable=False),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("patient_id", sa.String(128), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("time", sa.String(8)),
        sa.Column("department", sa.Text),
        sa.Column("doctor", sa.Text),
        sa.Column("doctor_id", sa.String(128)),
        sa.PrimaryKeyConstraint("key", name="pk_care_visit"),
    )
    op.create_index("ix_care_visit_day", "care_visit", ["day"])


def _collect() -> None:
    op.create_table(
        "collect_file",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("kind", sa.String(20)),
        sa.Column("source", sa.Text),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("finished_at", _TIME),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.String(64)),
        sa.Column("read", sa.BigInteger, nullable=False),
        sa.Column("added", sa.BigInteger, nullable=False),
        sa.Column("already", sa.BigInteger, nullable=False),
        sa.Column("quarantined", sa.BigInteger, nullable=False),
        sa.Column("doubtful", sa.BigInteger, nullable=False),
        sa.Column("ignored", sa.BigInteger, nullable=False),
        sa.Column("first_at", _TIME),
        sa.Column("last_at", _TIME),
        sa.Column("mapping", sa.Text),
        sa.Column("header", sa.JSON),
        sa.Column("zone", sa.String(60)),
        sa.Column("doubts", sa.JSON),
        sa.Column("error", sa.String(80)),
        sa.Column("error_args", sa.JSON),
        sa.PrimaryKeyConstraint("id", name="pk_collect_file"),
    )
    op.create_index("ix_collect_file_source", "collect_file", ["source"])
    op.create_table(
        "collect_source",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("files", sa.BigInteger, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("first_at", _TIME),
        sa.Column("last_at", _TIME),
        sa.Column("last_heard", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_collect_source"),
    )
    op.create_table(
        "collect_quarantine",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("file_id", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("row", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.String(80), nullable=False),
        sa.Column("args", sa.JSON, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("raw", sa.LargeBinary),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("recorded_at", _TIME),
        sa.ForeignKeyConstraint(
            ["file_id"], ["collect_file.id"], name="fk_collect_quarantine_file_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_collect_quarantine"),
        sa.UniqueConstraint("key", name="uq_collect_quarantine_key"),
    )
    op.create_index("ix_collect_quarantine_file_id", "collect_quarantine", ["file_id"])
    op.create_index("ix_collect_quarantine_state", "collect_quarantine", ["state"])


def _cases() -> None:
    op.create_table(
        "review_answer",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("case_key", sa.String(32), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("answer", sa.String(16), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_review_answer"),
    )
    op.create_index("ix_review_answer_case_key", "review_answer", ["case_key"])
    op.create_table(
        "review_approval",
        sa.Column("explanation", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("explanation", name="pk_review_approval"),
    )
    op.create_table(
        "review_case",
        sa.Column("run_id", sa.Integer, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("raised", sa.Boolean, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("user_kind", sa.String(16), nullable=False),
        sa.Column("patient_ids", sa.JSON, nullable=False),
        sa.Column("records", sa.JSON, nullable=False),
        sa.Column("first_at", _TIME, nullable=False),
        sa.Column("last_at", _TIME, nullable=False),
        sa.Column("signs", sa.JSON, nullable=False),
        sa.Column("why", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "rank", name="pk_review_case"),
    )
    op.create_index("ix_review_case_key", "review_case", ["key"])
    op.create_table(
        "review_proof",
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("kind", "at", name="pk_review_proof"),
    )
    op.create_table(
        "review_run",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("start", sa.Date, nullable=False),
        sa.Column("end", sa.Date, nullable=False),
        sa.Column("trial", sa.Boolean, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("summary", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_review_run"),
    )


def _signatures() -> None:
    op.create_table(
        "review_signature",
        sa.Column("run_id", sa.Integer, nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("unread", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "role", name="pk_review_signature"),
    )


def _findings_and_jobs() -> None:
    op.create_table(
        "app_evidence",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("checked_at", _TIME, nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("result", sa.String(12), nullable=False),
        sa.Column("message", sa.String(100), nullable=False),
        sa.Column("args", sa.JSON, nullable=False),
        sa.Column("valid_until", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_app_evidence"),
    )
    op.create_index("ix_app_evidence_subject", "app_evidence", ["subject"])
    op.create_table(
        "app_finding",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("room", sa.String(200), nullable=False),
        sa.Column("gravity", sa.String(10), nullable=False),
        sa.Column("duty", sa.String(10), nullable=False),
        sa.Column("message", sa.String(100), nullable=False),
        sa.Column("args", sa.JSON, nullable=False),
        sa.Column("where", sa.String(300), nullable=False),
        sa.Column("action", sa.String(100), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("first_at", _TIME, nullable=False),
        sa.Column("last_at", _TIME, nullable=False),
        sa.Column("changed_by", sa.String(100)),
        sa.Column("changed_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_app_finding"),
        sa.UniqueConstraint("key", name="uq_app_finding_key"),
    )
    op.create_table(
        "app_import",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("done", sa.BigInteger, nullable=False),
        sa.Column("total", sa.BigInteger, nullable=False),
        sa.Column("message", sa.String(100), nullable=False),
        sa.Column("args", sa.JSON, nullable=False),
        sa.Column("result", sa.JSON),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_app_import"),
    )
    op.create_table(
        "app_job",
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("last_started", _TIME),
        sa.Column("last_done", _TIME),
        sa.Column("next_at", _TIME),
        sa.PrimaryKeyConstraint("name", name="pk_app_job"),
    )


def _settings_and_pages() -> None:
    op.create_table(
        "app_setting",
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_app_setting"),
    )
    op.create_table(
        "app_signed_page",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("record", sa.BigInteger, nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_app_signed_page"),
    )
    op.create_index("ix_app_signed_page_run", "app_signed_page", ["run"])
