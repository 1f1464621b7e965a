"""The signal of a terminal's agent, beside a card reader for instance: it ends sessions.

An agent holds the terminal's token. It can end what is open at its own address and
nothing else: it opens nothing and reads nothing.
"""

from __future__ import annotations

import hmac

import sqlalchemy as sa

from sekisho.errors import InvalidInputError
from sekisho.identity.records import Session
from sekisho.identity.sessions import list_sessions, new_token, token_hash
from sekisho.identity.tables import TERMINAL
from sekisho.identity.terminals import Terminal, plain, terminal_at, unread
from sekisho.storage import Database
from sekisho.terms import Clock, Secret

BEFORE_TOKEN = "sekisho_terminal_"  # noqa: S105 (how a token begins)


def issue_terminal_token(database: Database, name: str) -> Secret:
    """Return a new token for the agent of a terminal; the one before ends, only a hash is kept.

    Raises:
        InvalidInputError: There is none of that name.
    """
    token = Secret(BEFORE_TOKEN + new_token().reveal())
    with database.write() as c:
        done = c.execute(
            sa.update(TERMINAL)
            .where(TERMINAL.c.name == name)
            .values(token=token_hash(token.reveal()))
        )
        if not done.rowcount:
            raise InvalidInputError("identity.no_terminal", name=name[:40])
    unread(database)
    return token


def sessions_signalled(
    database: Database, clock: Clock, token: str, address: str | None
) -> tuple[Terminal, list[Session]] | None:
    """Return whose sessions the agent at `address` may end; None where its token is nobody's.

    Only sessions of the agent's own address are its own: one token for a whole ward ends
    what is open on that one terminal.
    """
    here = terminal_at(database, address)
    known = plain(address)
    if here is None or known is None:
        return None
    with database.write() as c:
        kept = c.scalar(sa.select(TERMINAL.c.token).where(TERMINAL.c.name == here.name))
        if kept is None or not hmac.compare_digest(kept, token_hash(token)):
            return None
        c.execute(
            sa.update(TERMINAL).where(TERMINAL.c.name == here.name).values(signalled_at=clock.now())
        )
    return here, sessions_at(database, clock, address)


def sessions_at(database: Database, clock: Clock, address: str | None) -> list[Session]:
    """Return the sessions that were opened at `address`."""
    known = plain(address)
    return [
        one
        for one in list_sessions(database, clock)
        if known is not None and plain(one.address) == known
    ]
