"""Accounts: opened, given duties, closed; never reused and never deleted."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterable

import sqlalchemy as sa

from sekisho.errors import ConflictError, InvalidInputError, RefusedError
from sekisho.identity import passwords
from sekisho.identity.records import Account, Role
from sekisho.identity.services import BEFORE_ID
from sekisho.identity.sessions import close_all_in
from sekisho.identity.tables import ACCOUNT, CODE, PASSKEY, SETTING, TOTP
from sekisho.storage import Database
from sekisho.terms import Clock, Secret


def sign_in_form(user_id: str) -> str:
    """Return `user_id` as it is compared at sign-in: width and case do not matter."""
    return printable(unicodedata.normalize("NFKC", user_id)).strip().casefold()


def printable(text: str) -> str:
    """Return `text` without what no database keeps: controls, NUL, halves of letters."""
    return "".join(letter for letter in text if letter.isprintable())


def create_account(
    database: Database, clock: Clock, *, user_id: str, name: str, roles: Iterable[Role], by: str
) -> Account:
    """Open an account for one staff id; it has no password yet.

    Raises:
        InvalidInputError: The id, the name or the duties are missing or too long.
        ConflictError: The id has or had an account; an id is never given anew.
    """
    with database.write() as c:
        return create_in(c, clock, user_id=user_id, name=name, roles=roles, by=by)


def check_account(
    database: Database, *, user_id: str, name: str, roles: Iterable[Role]
) -> tuple[str, str, list[str]]:
    """Return id, name and duties in the form kept.

    Raises:
        InvalidInputError: As `create_account`.
        ConflictError: As `create_account`.
    """
    with database.read() as c:
        return _checked(c, user_id, name, roles)


def create_in(
    c: sa.Connection, clock: Clock, *, user_id: str, name: str, roles: Iterable[Role], by: str
) -> Account:
    """Do what `create_account` does inside a change that is under way."""
    user_id, name, duties = _checked(c, user_id, name, roles)
    values = {
        "id": secrets.token_hex(16),
        "user_id": user_id,
        "sign_in": sign_in_form(user_id),
        "name": name,
        "roles": duties,
        "language": "ja",
        "password_short": False,
        "opened_at": clock.now(),
        "opened_by": by,
    }
    c.execute(sa.insert(ACCOUNT).values(**values))
    return account_of(c.execute(sa.select(ACCOUNT).where(ACCOUNT.c.id == values["id"])).one())


def _checked(
    c: sa.Connection, user_id: str, name: str, roles: Iterable[Role]
) -> tuple[str, str, list[str]]:
    user_id, name = unicodedata.normalize("NFKC", user_id).strip(), " ".join(name.split())
    duties = sorted(Role(role).value for role in roles)
    if not user_id or len(user_id) > 64 or not user_id.isprintable():
        raise InvalidInputError("identity.user_id_needed")
    if sign_in_form(user_id).startswith(BEFORE_ID):
        raise InvalidInputError("identity.user_id_of_service")
    if not name or len(name) > 128 or not name.isprintable():
        raise InvalidInputError("identity.name_needed")
    if not duties:
        raise InvalidInputError("identity.role_needed")
    taken = sa.select(ACCOUNT.c.id).where(ACCOUNT.c.sign_in == sign_in_form(user_id))
    if c.scalar(taken) is not None:
        raise ConflictError("identity.user_id_taken", user_id=user_id)
    return user_id, name, duties


def account_of(row: sa.Row[tuple[object, ...]]) -> Account:
    """Return the account that a row of its table holds."""
    return Account(
        id=row.id,
        user_id=row.user_id,
        name=row.name,
        roles=frozenset(Role(role) for role in row.roles),
        language=row.language,
        opened_at=row.opened_at,
        opened_by=row.opened_by,
        closed_at=row.closed_at,
        used_at=row.used_at,
        has_password=row.password is not None,
        password_short=row.password_short,
    )


def accounts(database: Database, *, closed: bool = False) -> list[Account]:
    """Return the open accounts by staff id; with `closed` the closed ones too."""
    query = sa.select(ACCOUNT).order_by(ACCOUNT.c.user_id)
    if not closed:
        query = query.where(ACCOUNT.c.closed_at.is_(None))
    with database.read() as c:
        return [account_of(row) for row in c.execute(query)]


def account(database: Database, account_id: str) -> Account:
    """Return one account.

    Raises:
        InvalidInputError: There is none with this id.
    """
    with database.read() as c:
        row = c.execute(sa.select(ACCOUNT).where(ACCOUNT.c.id == account_id)).one_or_none()
    if row is None:
        raise InvalidInputError("identity.no_account")
    return account_of(row)


def find_account(database: Database, user_id: str) -> Account | None:
    """Return the account of a staff id, closed or not, as it may be typed."""
    query = sa.select(ACCOUNT).where(ACCOUNT.c.sign_in == sign_in_form(user_id))
    with database.read() as c:
        row = c.execute(query).one_or_none()
    return None if row is None else account_of(row)


def _not_the_last(c: sa.Connection, account_id: str) -> None:
    """Refuse where no other open account could administer.

    Every open row is locked, so that two administrators cannot remove each other.
    """
    query = sa.select(ACCOUNT.c.id, ACCOUNT.c.roles).where(ACCOUNT.c.closed_at.is_(None))
    rows = c.execute(query.order_by(ACCOUNT.c.id).with_for_update()).all()
    keepers = {row.id for row in rows if Role.ADMINISTRATOR.value in row.roles}
    if keepers == {account_id}:
        raise ConflictError("identity.last_administrator")


def check_change(database: Database, account_id: str, *, by: str) -> Account:
    """Return the account another administrator may change.

    Raises:
        InvalidInputError: There is no such open account.
        RefusedError: It is one's own: duties and closing need a second person.
    """
    known = account(database, account_id)
    if known.closed_at is not None:
        raise InvalidInputError("identity.no_account")
    if known.user_id == by:
        raise RefusedError("identity.own_account")
    return known


def set_roles(database: Database, account_id: str, roles: Iterable[Role], *, by: str) -> None:
    """Give an account these duties and end its sessions.

    Raises:
        InvalidInputError: No duty is left, or no such account.
        RefusedError: One's own.
        ConflictError: Nobody would be left to administer.
    """
    duties = sorted(Role(role).value for role in roles)
    if not duties:
        raise InvalidInputError("identity.role_needed")
    check_change(database, account_id, by=by)
    with database.write() as c:
        if Role.ADMINISTRATOR.value not in duties:
            _not_the_last(c, account_id)
        c.execute(sa.update(ACCOUNT).where(ACCOUNT.c.id == account_id).values(roles=duties))
        close_all_in(c, account_id)


def close_account(database: Database, clock: Clock, account_id: str, *, by: str) -> None:
    """Close an account for good: sessions end, factors and codes are gone; the id stays taken.

    Raises:
        InvalidInputError: There is no such open account.
        RefusedError: One's own.
        ConflictError: Nobody would be left to administer.
    """
    check_change(database, account_id, by=by)
    with database.write() as c:
        _not_the_last(c, account_id)
        c.execute(
            sa.update(ACCOUNT)
            .where(ACCOUNT.c.id == account_id)
            .values(closed_at=clock.now(), closed_by=by, password=None)
        )
        close_all_in(c, account_id)
        drop_factors(c, account_id)
        c.execute(
            sa.update(CODE)
            .where(CODE.c.account_id == account_id, CODE.c.used_at.is_(None))
            .values(withdrawn_at=clock.now())
        )


def drop_factors(c: sa.Connection, account_id: str) -> None:
    """Remove every second factor and passkey of an account."""
    c.execute(sa.delete(TOTP).where(TOTP.c.account_id == account_id))
    c.execute(sa.delete(PASSKEY).where(PASSKEY.c.account_id == account_id))


def set_language(database: Database, account_id: str, language: str) -> None:
    """Show pages to this person in ``ja`` or ``en``."""
    if language not in {"ja", "en"}:
        raise InvalidInputError("identity.no_language")
    with database.write() as c:
        c.execute(sa.update(ACCOUNT).where(ACCOUNT.c.id == account_id).values(language=language))


def has_totp(database: Database, account_id: str) -> bool:
    """Return whether a code is asked for beside this account's password."""
    query = sa.select(TOTP.c.id).where(
        TOTP.c.account_id == account_id, TOTP.c.confirmed_at.is_not(None)
    )
    with database.read() as c:
        return c.scalar(query) is not None


def check_new_password(
    database: Database, known: Account, password: Secret, *, institution: str = ""
) -> None:
    """Refuse a password that the rules do not allow for this account, or its present one.

    Raises:
        InvalidInputError: It breaks a rule; the message says which.
    """
    refuse_weak(
        password,
        second_factor=has_totp(database, known.id),
        about=(known.user_id, known.name, institution),
    )
    with database.read() as c:
        kept = c.scalar(sa.select(ACCOUNT.c.password).where(ACCOUNT.c.id == known.id))
    if kept is not None and passwords.verify_password(database, kept, password)[0]:
        raise InvalidInputError("identity.password_same")


def refuse_weak(password: Secret, *, second_factor: bool, about: tuple[str, ...]) -> None:
    """Refuse a password that breaks a rule.

    Raises:
        InvalidInputError: The message says which.
    """
    broken = passwords.check_password(password, second_factor=second_factor, about=about)
    if broken is not None:
        raise InvalidInputError(broken[0], **broken[1])


def set_password(
    database: Database, clock: Clock, account_id: str, password: Secret, *, but: str | None = None
) -> None:
    """Keep a password that `check_new_password` let through; ends the other sessions.

    Args:
        database: Where accounts are.
        clock: The present.
        account_id: Whose.
        password: As typed.
        but: Session that goes on.
    """
    kept = passwords.hash_password(database, password)
    with database.write() as c:
        set_password_in(c, clock, account_id, kept, password)
        close_all_in(c, account_id, but=but)


def set_password_in(
    c: sa.Connection, clock: Clock, account_id: str, kept: str, password: Secret
) -> None:
    """Keep the hash `kept` of `password` inside a change that is under way."""
    short = len(passwords.normal(password.reveal())) < passwords.ALONE
    c.execute(
        sa.update(ACCOUNT)
        .where(ACCOUNT.c.id == account_id)
        .values(password=kept, password_short=short, password_at=clock.now())
    )


def create_demo_account(
    database: Database,
    clock: Clock,
    *,
    user_id: str,
    name: str,
    roles: Iterable[Role],
    password: Secret,
) -> Account:
    """Open an account of the demonstration with a password made for it.

    The password is random and shown once in the terminal; it is not looked at by the rules.
    """
    known = create_account(
        database, clock, user_id=user_id, name=name, roles=roles, by="demonstration"
    )
    with database.read() as c:
        calibrated = c.scalar(sa.select(SETTING.c.name).where(SETTING.c.name == "argon2"))
    if calibrated is None:
        passwords.keep(database, passwords.Parameters())
    set_password(database, clock, known.id, password)
    return account(database, known.id)
