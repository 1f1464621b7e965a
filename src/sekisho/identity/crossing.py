"""A session at other hosts: a one-time code crosses over, a pass of that host stays.

The sign-in host keeps the session; every protected system has a host of its own and
gets a pass, which lives and ends with the session. A code is good for half a minute,
for one host and for the browser that asked for it, and once.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from sekisho.identity.records import SHIPPED, Method, Session, Settings
from sekisho.identity.sessions import alive, new_token, open_session, token_hash
from sekisho.identity.tables import CROSSING, PASS, SESSION
from sekisho.storage import Database
from sekisho.terms import Clock, Secret

LIFE = dt.timedelta(seconds=30)


def issue_crossing(
    database: Database, clock: Clock, session_id: str, *, origin: str, state: str
) -> Secret:
    """Return a code that opens a pass of the session at `origin` for who holds `state`.

    Args:
        database: Where it is kept, as a hash.
        clock: The present.
        session_id: The session that crosses.
        origin: Scheme, host and port of the other host.
        state: What that host gave the browser in a cookie, hashed (`token_hash`).
    """
    code, now = new_token(), clock.now()
    with database.write() as c:
        c.execute(sa.delete(CROSSING).where(CROSSING.c.until < now))
        c.execute(
            sa.insert(CROSSING).values(
                code=token_hash(code.reveal()),
                session_id=session_id,
                origin=origin,
                state=state,
                until=now + LIFE,
            )
        )
    return code


def redeem_crossing(
    database: Database, clock: Clock, code: str, *, origin: str, state: str
) -> Secret | None:
    """Return the token of a new pass, None where the code opens nothing (any more).

    Args:
        database: Where codes and passes are kept.
        clock: The present.
        code: As the browser brought it; it is spent whatever comes of it.
        origin: The host that asks.
        state: What stands in the browser's cookie, not hashed.
    """
    now = clock.now()
    token = new_token()
    with database.write() as c:
        found = c.execute(
            sa.delete(CROSSING)
            .where(CROSSING.c.code == token_hash(code))
            .returning(CROSSING.c.session_id, CROSSING.c.origin, CROSSING.c.state, CROSSING.c.until)
        ).one_or_none()
        if (
            found is None
            or found.until < now
            or found.origin != origin
            or found.state != token_hash(state)
        ):
            return None
        c.execute(sa.delete(PASS).where(PASS.c.session_id.not_in(sa.select(SESSION.c.id))))
        c.execute(
            sa.insert(PASS).values(
                token=token_hash(token.reveal()),
                session_id=found.session_id,
                origin=origin,
                opened=now,
            )
        )
    return token


def open_pass(
    database: Database,
    clock: Clock,
    account_id: str,
    *,
    origin: str,
    method: Method,
    address: str | None,
    browser: str | None,
    settings: Settings = SHIPPED,
) -> Secret:
    """Open a session that lives at `origin` alone, and return its pass there.

    Nobody gets the session's own token: it opens neither the console nor another system.
    """
    own = open_session(
        database, clock, account_id,
        method=method, address=address, browser=browser, settings=settings,
    )  # fmt: skip
    token = new_token()
    with database.write() as c:
        mine = sa.select(SESSION.c.id).where(SESSION.c.token == token_hash(own.reveal()))
        c.execute(
            sa.insert(PASS).values(
                token=token_hash(token.reveal()),
                session_id=c.scalar(mine),
                origin=origin,
                opened=clock.now(),
            )
        )
    return token


def session_by_pass(
    database: Database,
    token: str,
    clock: Clock,
    *,
    origin: str,
    settings: Settings = SHIPPED,
    touch: bool = True,
) -> Session | None:
    """Return the session that a pass of `origin` belongs to, None when that has ended."""
    mine = sa.select(PASS.c.session_id).where(
        PASS.c.token == token_hash(token), PASS.c.origin == origin
    )
    return alive(database, SESSION.c.id.in_(mine), clock, settings=settings, touch=touch)
