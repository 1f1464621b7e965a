"""Lock-out with a growing delay, for each account and each address.

A try is counted before the password is looked at and given back when it was right,
so that a hundred tries at once are a hundred tries, and a locked account costs no
hashing. Names without an account are counted like any other. A passkey is not
locked by wrong passwords: an attacker cannot keep its owner out.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from sekisho.identity.records import SHIPPED, Settings
from sekisho.identity.tables import ATTEMPT
from sekisho.storage import Database
from sekisho.terms import Clock


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose tries are counted: ``account`` (what was typed) or ``address``."""

    kind: str
    value: str

    @property
    def key(self) -> str:
        """Return what is kept of it."""
        return hashlib.sha256(f"{self.kind}\0{self.value}".encode()).hexdigest()

    def tries(self, settings: Settings) -> int:
        """Return how many failures lock it."""
        return settings.account_tries if self.kind == "account" else settings.address_tries


def admit(
    database: Database, clock: Clock, subjects: Sequence[Subject], settings: Settings = SHIPPED
) -> dt.timedelta | None:
    """Count one try of every subject, or return how long one of them must wait.

    Nothing is counted while one of them is locked. The last free try already sets
    the lock that `succeeded` takes back.
    """
    now = clock.now()
    with database.write() as c:
        rows = [_row(c, subject, now) for subject in sorted(subjects, key=lambda s: s.key)]
        waits: list[dt.timedelta] = [row.until - now for row in rows if (row.until or now) > now]
        if waits:
            return max(waits)
        for subject in subjects:
            _count(c, subject, now, settings)
        return None


def succeeded(database: Database, account: Subject, address: Subject, mended: int = 0) -> None:
    """Forget the account's failures and give the address its try back.

    The address is also given back the `mended` failures of this account from there. It
    keeps those of others: one right password among many wrong ones is what password
    spray looks like.
    """
    with database.write() as c:
        c.execute(sa.delete(ATTEMPT).where(ATTEMPT.c.subject == account.key))
        _give_back(c, address, 1 + mended)


def succeeded_address(database: Database, address: Subject) -> None:
    """Give the address its try back."""
    with database.write() as c:
        _give_back(c, address)


def _give_back(c: sa.Connection, address: Subject, tries: int = 1) -> None:
    left = sa.case((ATTEMPT.c.failures > tries, ATTEMPT.c.failures - tries), else_=0)
    c.execute(
        sa.update(ATTEMPT).where(ATTEMPT.c.subject == address.key).values(failures=left, until=None)
    )


def unlock(database: Database, account: Subject) -> None:
    """Let `account` try again now."""
    with database.write() as c:
        c.execute(sa.delete(ATTEMPT).where(ATTEMPT.c.subject == account.key))


def locked_until(database: Database, clock: Clock, subject: Subject) -> dt.datetime | None:
    """Return until when `subject` is locked, None when it is not."""
    with database.read() as c:
        until: dt.datetime | None = c.scalar(
            sa.select(ATTEMPT.c.until).where(ATTEMPT.c.subject == subject.key)
        )
    return until if until is not None and until > clock.now() else None


def _row(c: sa.Connection, subject: Subject, now: dt.datetime) -> sa.Row[tuple[object, ...]]:
    """Return the locked row of `subject`, mended where the clock went backwards."""
    query = sa.select(ATTEMPT).where(ATTEMPT.c.subject == subject.key).with_for_update()
    row = c.execute(query).one_or_none()
    if row is None:
        insert = postgresql.insert if c.dialect.name == "postgresql" else sqlite.insert
        blank = insert(ATTEMPT).values(
            subject=subject.key, kind=subject.kind, failures=0, last_at=now
        )
        c.execute(blank.on_conflict_do_nothing())  # another process may be first
        row = c.execute(query).one()
    if row.last_at > now:
        until = None if row.until is None else now + (row.until - row.last_at)
        here = ATTEMPT.c.subject == subject.key
        c.execute(sa.update(ATTEMPT).where(here).values(last_at=now, until=until))
        row = c.execute(query).one()
    return row


def _count(c: sa.Connection, subject: Subject, now: dt.datetime, settings: Settings) -> None:
    row = c.execute(sa.select(ATTEMPT).where(ATTEMPT.c.subject == subject.key)).one()
    before, last_at = row.failures, now
    if now - row.last_at > settings.forget:
        before = 0
    elif subject.kind == "address":
        forgiven = (now - row.last_at) // settings.address_rest
        if forgiven < before:
            # What is left of the last rest counts on.
            last_at = row.last_at + forgiven * settings.address_rest
        before = max(0, before - forgiven)
    failures = before + 1
    beyond = failures - subject.tries(settings)
    until = None
    if beyond >= 0:
        until = now + min(settings.first_lock * 2 ** min(beyond, 30), settings.longest_lock)
    c.execute(
        sa.update(ATTEMPT)
        .where(ATTEMPT.c.subject == subject.key)
        .values(failures=failures, last_at=last_at, until=until)
    )


def prune(database: Database, clock: Clock, settings: Settings = SHIPPED) -> int:
    """Drop what is forgotten; returns how many subjects."""
    with database.write() as c:
        old = sa.delete(ATTEMPT).where(ATTEMPT.c.last_at < clock.now() - settings.forget)
        return c.execute(old).rowcount
