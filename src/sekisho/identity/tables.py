"""The tables of this room. Nothing in them opens a door by itself.

Passwords, session ids and one-time codes are kept as hashes. KNOWN: the secret of
a TOTP factor must be readable to be checked; it is as safe as the data directory.
"""

from __future__ import annotations

import sqlalchemy as sa

from sekisho.storage import METADATA, Utc

ACCOUNT = sa.Table(
    "identity_account",
    METADATA,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("user_id", sa.String(64), nullable=False, unique=True),
    # What is typed at sign-in is compared with this form of the id (NFKC, no case).
    sa.Column("sign_in", sa.String(128), nullable=False, unique=True),
    sa.Column("name", sa.String(128), nullable=False),
    sa.Column("roles", sa.JSON, nullable=False),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("password", sa.String(256)),
    sa.Column("password_short", sa.Boolean, nullable=False),
    sa.Column("password_at", Utc),
    sa.Column("opened_at", Utc, nullable=False),
    sa.Column("opened_by", sa.String(64), nullable=False),
    sa.Column("closed_at", Utc),
    sa.Column("closed_by", sa.String(64)),
    sa.Column("used_at", Utc),
)

TOTP = sa.Table(
    "identity_totp",
    METADATA,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("account_id", sa.String(32), sa.ForeignKey("identity_account.id"), nullable=False),
    sa.Column("secret", sa.String(64), nullable=False),
    sa.Column("last_step", sa.BigInteger, nullable=False),
    sa.Column("added_at", Utc, nullable=False),
    sa.Column("confirmed_at", Utc),
    sa.Column("used_at", Utc),
)

PASSKEY = sa.Table(
    "identity_passkey",
    METADATA,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("account_id", sa.String(32), sa.ForeignKey("identity_account.id"), nullable=False),
    # base64url of at most 1,023 bytes (WebAuthn 4).
    sa.Column("credential", sa.String(1400), nullable=False, unique=True),
    sa.Column("public_key", sa.LargeBinary, nullable=False),
    sa.Column("sign_count", sa.BigInteger, nullable=False),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("added_at", Utc, nullable=False),
    sa.Column("used_at", Utc),
)

CHALLENGE = sa.Table(
    "identity_challenge",
    METADATA,
    # SHA-256 of the browser's cookie and the purpose: one open challenge each.
    sa.Column("holder", sa.String(64), primary_key=True),
    sa.Column("challenge", sa.LargeBinary, nullable=False),
    sa.Column("until", Utc, nullable=False),
)

ATTEMPT = sa.Table(
    "identity_attempt",
    METADATA,
    # SHA-256: what people type as a name may be a password.
    sa.Column("subject", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last_at", Utc, nullable=False),
    sa.Column("until", Utc),
)

TRY = sa.Table(
    "identity_try",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    # The same hash as in identity_attempt.
    sa.Column("account", sa.String(64), nullable=False, index=True),
    # One customer's network (/32, /64), and the one around it (/24, /48).
    sa.Column("network", sa.String(64), nullable=False, index=True),
    sa.Column("wide", sa.String(64), nullable=False, index=True),
    # Who got in counts as well: a ward behind one address is told from an attacker by it.
    sa.Column("passed", sa.Boolean, nullable=False),
    sa.Column("at", Utc, nullable=False, index=True),
)
"""Tries of the last day: which account from where; for `attacks`."""

BAN = sa.Table(
    "identity_ban",
    METADATA,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("network", sa.String(64), nullable=False, index=True),
    sa.Column("rule", sa.String(32), nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("until", Utc, nullable=False, index=True),
    # False: the network is the institution's own; it is shown, not shut out.
    sa.Column("stops", sa.Boolean, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("lifted_at", Utc),
    sa.Column("lifted_by", sa.String(64)),
    sa.Column("reason", sa.String(400)),
)

SESSION = sa.Table(
    "identity_session",
    METADATA,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("token", sa.String(64), nullable=False, unique=True),
    sa.Column(
        "account_id",
        sa.String(32),
        sa.ForeignKey("identity_account.id"),
        nullable=False,
        index=True,
    ),
    sa.Column("opened", Utc, nullable=False),
    sa.Column("seen", Utc, nullable=False),
    sa.Column("proved", Utc, nullable=False),
    sa.Column("method", sa.String(16), nullable=False),
    sa.Column("address", sa.String(64)),
    sa.Column("browser", sa.String(200)),
)

PASS = sa.Table(
    "identity_pass",
    METADATA,
    sa.Column("token", sa.String(64), primary_key=True),
    sa.Column("session_id", sa.String(32), nullable=False, index=True),
    sa.Column("origin", sa.String(300), nullable=False),
    sa.Column("opened", Utc, nullable=False),
)
"""A session at another host; it opens nothing once the session is gone."""

CROSSING = sa.Table(
    "identity_crossing",
    METADATA,
    sa.Column("code", sa.String(64), primary_key=True),
    sa.Column("session_id", sa.String(32), nullable=False),
    sa.Column("origin", sa.String(300), nullable=False),
    sa.Column("state", sa.String(64), nullable=False),
    sa.Column("until", Utc, nullable=False),
)

CODE = sa.Table(
    "identity_code",
    METADATA,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("code", sa.String(64), nullable=False, unique=True),
    sa.Column("account_id", sa.String(32), sa.ForeignKey("identity_account.id")),
    sa.Column("made_at", Utc, nullable=False),
    sa.Column("made_by", sa.String(64), nullable=False),
    sa.Column("until", Utc),
    # How the person was identified before the code was handed over.
    sa.Column("identified", sa.String(400)),
    sa.Column("used_at", Utc),
    sa.Column("used_by", sa.String(64)),
    sa.Column("withdrawn_at", Utc),
)

SERVICE = sa.Table(
    "identity_service",
    METADATA,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("owner", sa.String(64), nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("duty", sa.String(64), nullable=False),
    sa.Column("route", sa.String(32), nullable=False),
    sa.Column("sources", sa.JSON, nullable=False),
    sa.Column("made_at", Utc, nullable=False),
    sa.Column("made_by", sa.String(64), nullable=False),
    sa.Column("used_at", Utc),
    sa.Column("closed_at", Utc),
    sa.Column("closed_by", sa.String(64)),
)
"""An account that is nobody's: a modality, a viewer, a script. A name is never given anew."""

SERVICE_KEY = sa.Table(
    "identity_service_key",
    METADATA,
    # What is shown is one of: the SHA-256 of a token, of a certificate, of a certificate's names.
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column(
        "service",
        sa.String(32),
        sa.ForeignKey("identity_service.name"),
        nullable=False,
        index=True,
    ),
    sa.Column("made_at", Utc, nullable=False),
    sa.Column("made_by", sa.String(64), nullable=False),
    sa.Column("until", Utc, nullable=False),
)

TERMINAL = sa.Table(
    "identity_terminal",
    METADATA,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("networks", sa.JSON, nullable=False),
    # Seconds.
    sa.Column("idle", sa.Integer, nullable=False),
    sa.Column("keep_page", sa.Boolean, nullable=False),
    # SHA-256 of what its agent shows.
    sa.Column("token", sa.String(64)),
    sa.Column("signalled_at", Utc),
    sa.Column("made_at", Utc, nullable=False),
    sa.Column("made_by", sa.String(64), nullable=False),
)
"""A shared terminal: how long it may stand idle, and who may end its sessions from beside it."""

SETTING = sa.Table(
    "identity_setting",
    METADATA,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("value", sa.JSON, nullable=False),
)
