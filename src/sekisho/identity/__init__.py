"""Who is this? Accounts tied to staff, factors, lock-out, sessions.

Duty: ① 識別と認証 (docs/duties.md). The doors use `sekisho.identity.web`; commands
and tests use the functions here, which never make a sentence or an answer page.
"""

from sekisho.identity.authenticate import authenticate
from sekisho.identity.codes import accept, issue_code, needs_set_up, redeem, seal, set_up, unseal
from sekisho.identity.findings import ended_accounts, findings, unused_accounts
from sekisho.identity.passkeys import Place, fix_place, passkeys, place_of
from sekisho.identity.passwords import calibrate
from sekisho.identity.records import (
    SHIPPED,
    Account,
    CodeKind,
    Method,
    Refused,
    Role,
    Session,
    Settings,
    SignedIn,
)
from sekisho.identity.register import (
    account,
    accounts,
    check_new_password,
    close_account,
    create_account,
    create_demo_account,
    find_account,
    set_language,
    set_password,
    set_roles,
)
from sekisho.identity.sessions import (
    COOKIE,
    close_all,
    close_session,
    csrf_token,
    fresh,
    idle_of,
    list_sessions,
    open_session,
    session,
)
from sekisho.identity.terminals import terminal_at

__all__ = [
    "COOKIE",
    "SHIPPED",
    "Account",
    "CodeKind",
    "Method",
    "Place",
    "Refused",
    "Role",
    "Session",
    "Settings",
    "SignedIn",
    "accept",
    "account",
    "accounts",
    "authenticate",
    "calibrate",
    "check_new_password",
    "close_account",
    "close_all",
    "close_session",
    "create_account",
    "create_demo_account",
    "csrf_token",
    "ended_accounts",
    "find_account",
    "findings",
    "fix_place",
    "fresh",
    "idle_of",
    "issue_code",
    "list_sessions",
    "needs_set_up",
    "open_session",
    "passkeys",
    "place_of",
    "redeem",
    "seal",
    "session",
    "set_language",
    "set_password",
    "set_roles",
    "set_up",
    "terminal_at",
    "unseal",
    "unused_accounts",
]
