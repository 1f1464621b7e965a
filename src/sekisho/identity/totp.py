"""Codes from a telephone or a small key (RFC 6238), each of which works once."""

from __future__ import annotations

import hmac
import io
import re
import secrets

import pyotp
import sqlalchemy as sa

from sekisho.errors import InvalidInputError
from sekisho.identity.register import account
from sekisho.identity.tables import TOTP
from sekisho.storage import Database
from sekisho.terms import Clock, Secret

STEP = 30
WINDOW = 1
"""Steps before and after the present that are taken too: clocks differ."""
ISSUER = "Sekisho"


def begin_totp(database: Database, clock: Clock, account_id: str) -> Secret:
    """Make a new secret that counts only once `confirm_totp` has seen a code of it."""
    secret = pyotp.random_base32()
    with database.write() as c:
        c.execute(
            sa.delete(TOTP).where(TOTP.c.account_id == account_id, TOTP.c.confirmed_at.is_(None))
        )
        c.execute(
            sa.insert(TOTP).values(
                id=secrets.token_hex(16),
                account_id=account_id,
                secret=secret,
                last_step=-1,
                added_at=clock.now(),
            )
        )
    return Secret(secret)


def waiting_totp(database: Database, account_id: str) -> Secret | None:
    """Return the secret that waits for its first code."""
    query = sa.select(TOTP.c.secret).where(
        TOTP.c.account_id == account_id, TOTP.c.confirmed_at.is_(None)
    )
    with database.read() as c:
        secret = c.scalar(query)
    return None if secret is None else Secret(secret)


def qr_svg(secret: Secret, user_id: str) -> str:
    """Return the picture to scan, as SVG to stand in a page."""
    import segno  # noqa: PLC0415 (slow to import, and every command loads this room)

    address = pyotp.TOTP(secret.reveal()).provisioning_uri(name=user_id, issuer_name=ISSUER)
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", scale=5, border=4, xmldecl=False, svgns=True, light="#fff", dark="#000"
    )
    return out.getvalue().decode()


def check_totp(database: Database, clock: Clock, account_id: str, code: str) -> None:
    """Refuse a first code that is wrong.

    Raises:
        InvalidInputError: No secret waits, or this is not its code.
    """
    waiting = waiting_totp(database, account_id)
    if waiting is None:
        raise InvalidInputError("identity.totp_begin")
    if _step_of(waiting.reveal(), code, clock) is None:
        raise InvalidInputError("identity.totp_wrong")


def confirm_totp(database: Database, clock: Clock, account_id: str, code: str) -> None:
    """Take the waiting secret into use in place of an older one.

    Raises:
        InvalidInputError: As `check_totp`.
    """
    waiting = waiting_totp(database, account_id)
    step = None if waiting is None else _step_of(waiting.reveal(), code, clock)
    if waiting is None or step is None:
        raise InvalidInputError("identity.totp_wrong")
    here = TOTP.c.account_id == account_id
    with database.write() as c:
        c.execute(sa.delete(TOTP).where(here, TOTP.c.confirmed_at.is_not(None)))
        c.execute(
            sa.update(TOTP)
            .where(here, TOTP.c.secret == waiting.reveal())
            .values(confirmed_at=clock.now(), last_step=step)
        )


def verify_totp(database: Database, clock: Clock, account_id: str, code: str) -> bool:
    """Return whether `code` is right and has not been used; using it up is one step."""
    query = sa.select(TOTP).where(TOTP.c.account_id == account_id, TOTP.c.confirmed_at.is_not(None))
    with database.read() as c:
        row = c.execute(query).one_or_none()
    step = None if row is None else _step_of(row.secret, code, clock)
    if row is None or step is None:
        return False
    with database.write() as c:
        used = c.execute(
            sa.update(TOTP)
            .where(TOTP.c.id == row.id, TOTP.c.last_step < step)
            .values(last_step=step, used_at=clock.now())
        )
    return bool(used.rowcount)


def check_remove_totp(database: Database, account_id: str) -> None:
    """Refuse to leave a short password alone.

    Raises:
        InvalidInputError: The password is under 13 characters.
    """
    if account(database, account_id).password_short:
        raise InvalidInputError("identity.totp_needed")


def remove_totp(database: Database, account_id: str) -> None:
    """Remove the factor.

    Raises:
        InvalidInputError: As `check_remove_totp`.
    """
    check_remove_totp(database, account_id)
    with database.write() as c:
        c.execute(sa.delete(TOTP).where(TOTP.c.account_id == account_id))


def _step_of(secret: str, code: str, clock: Clock) -> int | None:
    """Return the step whose code this is, None when it is none of those taken."""
    digits = re.sub(r"[\s-]", "", code)
    now = int(clock.now().timestamp()) // STEP
    found = None
    for step in range(now - WINDOW, now + WINDOW + 1):
        right = pyotp.TOTP(secret).at(step * STEP)
        if hmac.compare_digest(right.encode(), digits.encode("utf-8", "replace")):
            found = step
    return found
