"""Sessions: an opaque id in the browser, only its hash here, read at every request.

Nothing is cached: a session that was ended, or whose account was closed or got other
rights, is gone at the next request of any process.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import secrets

import sqlalchemy as sa

from sekisho.identity.records import SHIPPED, Method, Role, Session, Settings
from sekisho.identity.tables import ACCOUNT, SESSION
from sekisho.identity.terminals import terminal_at
from sekisho.storage import Database
from sekisho.terms import Clock, Secret

COOKIE = "__Host-sekisho"
TOUCH = dt.timedelta(seconds=15)
"""`seen` is written at most so often; a request that only reads costs no fsync."""
SKEW = dt.timedelta(minutes=1)


def new_token() -> Secret:
    """Return 32 random bytes as base64url."""
    return Secret(secrets.token_urlsafe(32))


def token_hash(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def csrf_token(token: str) -> str:
    """Return the form token that belongs to the cookie `token`; nothing is stored."""
    key = token.encode("utf-8", "surrogatepass")
    return (
        base64.urlsafe_b64encode(hmac.digest(key, b"sekisho csrf", "sha256")).decode().rstrip("=")
    )


def open_session(
    database: Database,
    clock: Clock,
    account_id: str,
    *,
    method: Method,
    address: str | None = None,
    browser: str | None = None,
    settings: Settings = SHIPPED,
) -> Secret:
    """Open a session for the account and return its token, which is not kept.

    Sessions of anybody that have ended meanwhile are cleared away.
    """
    token, now = new_token(), clock.now()
    with database.write() as c:
        c.execute(
            sa.delete(SESSION).where(
                sa.or_(
                    SESSION.c.seen < now - settings.idle, SESSION.c.opened < now - settings.absolute
                )
            )
        )
        c.execute(
            sa.insert(SESSION).values(
                id=secrets.token_hex(16),
                token=token_hash(token.reveal()),
                account_id=account_id,
                opened=now,
                seen=now,
                proved=now,
                method=method.value,
                address=address,
                browser=None if browser is None else browser[:200],
            )
        )
        c.execute(sa.update(ACCOUNT).where(ACCOUNT.c.id == account_id).values(used_at=now))
    return token


def session(
    database: Database,
    token: str,
    clock: Clock,
    *,
    settings: Settings = SHIPPED,
    touch: bool = True,
) -> Session | None:
    """Return the session that `token` opens, None when it has ended or never was.

    Args:
        database: Where sessions are.
        token: As the browser sent it.
        clock: The present.
        settings: Idle and absolute end.
        touch: Whether this counts as an act of the person; a page that polls does not.
    """
    return alive(
        database, SESSION.c.token == token_hash(token), clock, settings=settings, touch=touch
    )


def alive(
    database: Database,
    which: sa.ColumnElement[bool],
    clock: Clock,
    *,
    settings: Settings,
    touch: bool,
) -> Session | None:
    """Return the one session that `which` names while it lives; see `session`."""
    now = clock.now()
    with database.read() as c:
        found = c.execute(_query().where(which, ACCOUNT.c.closed_at.is_(None))).one_or_none()
    if found is None:
        return None
    known = _session(found)
    if not _lives(known, now, settings, idle_of(database, known, settings)):
        close_session(database, known.id)  # also a clock set back does not wake it
        return None
    if touch and now - known.seen >= TOUCH:
        with database.write() as c:
            c.execute(sa.update(SESSION).where(SESSION.c.id == known.id).values(seen=now))
    return known


def prove_again(database: Database, clock: Clock, session_id: str) -> None:
    """Remember that the person has just shown again who they are."""
    with database.write() as c:
        c.execute(sa.update(SESSION).where(SESSION.c.id == session_id).values(proved=clock.now()))


def fresh(known: Session, clock: Clock, settings: Settings = SHIPPED) -> bool:
    """Return whether the person showed who they are within the last five minutes."""
    age = clock.now() - known.proved
    return -SKEW <= age <= settings.fresh


def list_sessions(
    database: Database,
    clock: Clock,
    account_id: str | None = None,
    *,
    settings: Settings = SHIPPED,
) -> list[Session]:
    """Return the living sessions, of one account or of all, newest first."""
    query = _query().where(ACCOUNT.c.closed_at.is_(None)).order_by(SESSION.c.opened.desc())
    if account_id is not None:
        query = query.where(SESSION.c.account_id == account_id)
    with database.read() as c:
        known = [_session(row) for row in c.execute(query)]
    now = clock.now()
    return [
        each for each in known if _lives(each, now, settings, idle_of(database, each, settings))
    ]


def close_session(database: Database, session_id: str) -> bool:
    """End one session; returns whether there was one."""
    with database.write() as c:
        return bool(c.execute(sa.delete(SESSION).where(SESSION.c.id == session_id)).rowcount)


def close_all(database: Database, account_id: str, *, but: str | None = None) -> int:
    """End every session of an account, except the one with id `but`; returns how many."""
    with database.write() as c:
        return close_all_in(c, account_id, but=but)


def close_all_in(c: sa.Connection, account_id: str, *, but: str | None = None) -> int:
    """Do the same inside a change that is under way."""
    query = sa.delete(SESSION).where(SESSION.c.account_id == account_id)
    if but is not None:
        query = query.where(SESSION.c.id != but)
    return c.execute(query).rowcount


def _query() -> sa.Select[tuple[object, ...]]:
    return sa.select(
        SESSION, ACCOUNT.c.user_id, ACCOUNT.c.name, ACCOUNT.c.roles, ACCOUNT.c.language
    ).join(ACCOUNT, ACCOUNT.c.id == SESSION.c.account_id)


def _session(row: sa.Row[tuple[object, ...]]) -> Session:
    return Session(
        id=row.id,
        account_id=row.account_id,
        user_id=row.user_id,
        name=row.name,
        roles=frozenset(Role(role) for role in row.roles),
        language=row.language,
        opened=row.opened,
        seen=row.seen,
        proved=row.proved,
        method=Method(row.method),
        address=row.address,
        browser=row.browser,
    )


def idle_of(database: Database, known: Session, settings: Settings = SHIPPED) -> dt.timedelta:
    """Return after how long without a request `known` ends: the strictest of what applies."""
    here = terminal_at(database, known.address)
    return settings.idle if here is None else min(settings.idle, here.idle)


def _lives(known: Session, now: dt.datetime, settings: Settings, idle: dt.timedelta) -> bool:
    """Return whether it goes on; one from the future (the clock went back) has ended."""
    if known.opened > now + SKEW or known.seen > now + SKEW:
        return False
    return now - known.seen <= idle and now - known.opened <= settings.absolute
