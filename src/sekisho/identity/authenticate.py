"""Who is this? Password with or without a code; passkeys stand in `passkeys`.

The answer for an account that does not exist takes the same steps as for a wrong
password: counted, hashed, refused with the same words.
"""

from __future__ import annotations

import math

import sqlalchemy as sa

from sekisho.identity import attacks, passwords
from sekisho.identity.addresses import networks_of
from sekisho.identity.limits import Subject, admit, succeeded
from sekisho.identity.records import SHIPPED, Method, Refused, Settings, SignedIn
from sekisho.identity.register import account_of, has_totp, sign_in_form
from sekisho.identity.tables import ACCOUNT
from sekisho.identity.totp import verify_totp
from sekisho.storage import Database
from sekisho.terms import Clock, Secret

UNKNOWN_ADDRESS = "unknown"


def authenticate(
    database: Database,
    clock: Clock,
    *,
    user_id: str,
    password: Secret,
    code: str = "",
    address: str | None = None,
    settings: Settings = SHIPPED,
) -> SignedIn | Refused:
    """Return who signed in, or that nobody did; opens no session.

    Args:
        database: Where accounts are.
        clock: The present.
        user_id: As typed.
        password: As typed.
        code: Of the second factor; empty where there is none.
        address: Of the browser.
        settings: How many tries.
    """
    subjects = account_subject(user_id), address_subject(address)
    typed = sign_in_form(user_id)
    with database.read() as c:
        row = c.execute(
            sa.select(ACCOUNT).where(ACCOUNT.c.sign_in == typed, ACCOUNT.c.closed_at.is_(None))
        ).one_or_none()
    known = None if row is None else account_of(row)
    kept = None if row is None else row.password
    wait = admit(database, clock, subjects, settings)
    if wait is not None:
        return Refused(
            message="identity.sign_in_locked",
            args={"minutes": max(1, math.ceil(wait.total_seconds() / 60))},
            user_id=None if known is None else known.user_id,
            locked=True,
        )
    right, stale = passwords.verify_password(database, kept, password)
    second = has_totp(database, "" if known is None else known.id)
    if second and right and known is not None:
        right = verify_totp(database, clock, known.id, code)
    if not right or known is None:
        return Refused(
            message="identity.sign_in_wrong",
            user_id=None if known is None else known.user_id,
            attacks=tuple(
                attacks.failed(
                    database,
                    clock,
                    subjects[0],
                    address,
                    attacks.rules().stricter(settings.attacks),
                )
            ),
        )
    mended = attacks.succeeded(database, clock, subjects[0], address)
    succeeded(database, *subjects, mended=mended)
    if stale:
        fresh_hash = passwords.hash_password(database, password)
        with database.write() as c:
            here = (ACCOUNT.c.id == known.id, ACCOUNT.c.password == kept)
            c.execute(sa.update(ACCOUNT).where(*here).values(password=fresh_hash))
    return SignedIn(account=known, method=Method.PASSWORD_TOTP if second else Method.PASSWORD)


def account_subject(user_id: str) -> Subject:
    """Return whose tries are counted for a typed id."""
    return Subject("account", sign_in_form(user_id))


def address_subject(address: str | None) -> Subject:
    """Return whose tries are counted for an address: all of one customer's."""
    networks = networks_of(address)
    return Subject("address", address or UNKNOWN_ADDRESS if networks is None else networks[0])
