"""One-time codes: set-up, invitation, recovery, and the sealed one in the safe.

A code is shown once and only its hash is kept. It works once; the sealed code has
no end, the others end after 24 hours.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable

import sqlalchemy as sa

from sekisho.errors import ConflictError, InvalidInputError
from sekisho.identity import passwords
from sekisho.identity.records import SHIPPED, Account, CodeKind, Role, Settings
from sekisho.identity.register import (
    account,
    account_of,
    check_account,
    create_in,
    drop_factors,
    find_account,
    refuse_weak,
    set_password_in,
)
from sekisho.identity.sessions import close_all_in
from sekisho.identity.tables import ACCOUNT, CODE, SETTING
from sekisho.storage import Database
from sekisho.terms import Clock, Secret

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No I, L, O, U: a code is read from paper and typed."""
LENGTH = 20
SEALED_LENGTH = 30
GROUP = 5
IDENTIFIED = (4, 400)


def new_code(length: int = LENGTH) -> Secret:
    """Return a fresh code in groups of five; five bits a letter."""
    letters = "".join(secrets.choice(LETTERS) for _ in range(length))
    return Secret("-".join(letters[at : at + GROUP] for at in range(0, length, GROUP)))


def code_hash(code: str) -> str:
    """Return what is kept of a code, however it is typed."""
    plain = re.sub(r"[^0-9A-Z]", "", passwords.normal(code).upper())
    plain = plain.replace("O", "0").replace("I", "1").replace("L", "1")
    return hashlib.sha256(plain.encode()).hexdigest()


def needs_set_up(database: Database) -> bool:
    """Return whether nobody has an account yet."""
    with database.read() as c:
        return c.scalar(sa.select(ACCOUNT.c.id).limit(1)) is None


def set_up(database: Database, clock: Clock, settings: Settings = SHIPPED) -> Secret | None:
    """Make the code that opens the first account; an earlier one stops working.

    Password hashing is calibrated to this machine the first time.

    Returns:
        The code, to be shown once; None when somebody has an account already.
    """
    if not needs_set_up(database):
        return None
    with database.read() as c:
        calibrated = c.scalar(sa.select(SETTING.c.name).where(SETTING.c.name == "argon2"))
    if calibrated is None:
        passwords.calibrate(database)
    return _issue(database, clock, CodeKind.SET_UP, None, "sekisho", None, settings)


def issue_code(
    database: Database,
    clock: Clock,
    account_id: str,
    *,
    by: str,
    identified: str,
    settings: Settings = SHIPPED,
) -> Secret:
    """Make the code with which a person chooses a password; earlier ones stop working.

    Args:
        database: Where codes are.
        clock: The present.
        account_id: Whose account.
        by: The administrator's staff id.
        identified: How the person was identified, in words.
        settings: How long the code lives.

    Raises:
        InvalidInputError: No such open account, or nothing was written down.
    """
    known = check_issue(database, account_id, identified)
    kind = CodeKind.RECOVERY if known.has_password else CodeKind.INVITATION
    return _issue(database, clock, kind, account_id, by, identified.strip(), settings)


def check_issue(database: Database, account_id: str, identified: str) -> Account:
    """Refuse what `issue_code` would refuse."""
    known = account(database, account_id)
    if known.closed_at is not None:
        raise InvalidInputError("identity.no_account")
    _check_identified(identified)
    return known


def _check_identified(text: str) -> None:
    least, most = IDENTIFIED
    plain = " ".join(text.split())  # the wide space is a space
    if not least <= len(plain) <= most or not plain.isprintable():
        raise InvalidInputError("identity.identified_needed")


def seal(database: Database, clock: Clock, *, by: str) -> Secret:
    """Make the recovery code for the sealed envelope; the one before stops working."""
    return _issue(database, clock, CodeKind.SEALED, None, by, None, SHIPPED)


def _issue(
    database: Database,
    clock: Clock,
    kind: CodeKind,
    account_id: str | None,
    by: str,
    identified: str | None,
    settings: Settings,
) -> Secret:
    sealed = kind is CodeKind.SEALED
    code = new_code(SEALED_LENGTH if sealed else LENGTH)
    now = clock.now()
    older: list[sa.ColumnElement[bool]] = [CODE.c.used_at.is_(None), CODE.c.withdrawn_at.is_(None)]
    if account_id is None:
        older.append(CODE.c.kind == kind.value)
    else:
        older.append(CODE.c.account_id == account_id)
    with database.write() as c:
        c.execute(sa.update(CODE).where(*older).values(withdrawn_at=now))
        c.execute(
            sa.insert(CODE).values(
                id=secrets.token_hex(16),
                kind=kind.value,
                code=code_hash(code.reveal()),
                account_id=account_id,
                made_at=now,
                made_by=by,
                until=None if sealed else now + settings.code_life,
                identified=identified,
            )
        )
    return code


def _living(
    c: sa.Connection, clock: Clock, code: str, kinds: Iterable[CodeKind]
) -> sa.Row[tuple[object, ...]]:
    row = c.execute(
        sa.select(CODE)
        .where(
            CODE.c.code == code_hash(code),
            CODE.c.kind.in_([kind.value for kind in kinds]),
            CODE.c.used_at.is_(None),
            CODE.c.withdrawn_at.is_(None),
        )
        .with_for_update()
    ).one_or_none()
    if row is None or (row.until is not None and row.until < clock.now()):
        raise InvalidInputError("identity.code_wrong")
    return row


def _use_up(c: sa.Connection, clock: Clock, code_id: str, by: str) -> None:
    """Mark a code used; of two that come at once, one wins."""
    used = c.execute(
        sa.update(CODE)
        .where(CODE.c.id == code_id, CODE.c.used_at.is_(None))
        .values(used_at=clock.now(), used_by=by)
    )
    if not used.rowcount:
        raise ConflictError("identity.code_wrong")


def check_code(database: Database, clock: Clock, code: str, *kinds: CodeKind) -> None:
    """Refuse a code that opens nothing (any more).

    Raises:
        InvalidInputError: It is wrong, used, withdrawn or too old; which is not said.
    """
    with database.read() as c:
        _living(c, clock, code, kinds)


def check_first(
    database: Database,
    clock: Clock,
    code: str,
    *,
    user_id: str,
    name: str,
    roles: Iterable[Role],
    password: Secret,
    institution: str = "",
) -> str:
    """Refuse what `redeem` would refuse; returns the staff id in the form kept.

    Raises:
        InvalidInputError: The code or a field is wrong.
        ConflictError: Somebody has an account already.
    """
    if not needs_set_up(database):
        raise ConflictError("identity.set_up_done")
    check_code(database, clock, code, CodeKind.SET_UP)
    kept, _, _ = check_account(database, user_id=user_id, name=name, roles=roles)
    refuse_weak(password, second_factor=False, about=(user_id, name, institution))
    return kept


def redeem(
    database: Database,
    clock: Clock,
    code: str,
    *,
    user_id: str,
    name: str,
    roles: Iterable[Role],
    password: Secret,
    institution: str = "",
) -> Account:
    """Open the first administrator's account with the set-up code, once.

    Raises:
        InvalidInputError: The code or a field is wrong.
        ConflictError: Somebody was faster.
    """
    duties = {*roles, Role.ADMINISTRATOR}
    check_first(
        database,
        clock,
        code,
        user_id=user_id,
        name=name,
        roles=duties,
        password=password,
        institution=institution,
    )
    kept = passwords.hash_password(database, password)
    with database.write() as c:
        row = _living(c, clock, code, [CodeKind.SET_UP])
        if c.scalar(sa.select(ACCOUNT.c.id).limit(1)) is not None:
            raise ConflictError("identity.set_up_done")
        first = create_in(c, clock, user_id=user_id, name=name, roles=duties, by="set-up code")
        set_password_in(c, clock, first.id, kept, password)
        _use_up(c, clock, row.id, first.user_id)
    return account(database, first.id)


def check_accept(
    database: Database, clock: Clock, code: str, *, user_id: str, password: Secret, institution: str
) -> Account:
    """Refuse what `accept` would refuse; returns whose code it is.

    Raises:
        InvalidInputError: The code is not this person's, or the password is weak.
    """
    known = find_account(database, user_id)
    with database.read() as c:
        row = _living(c, clock, code, [CodeKind.INVITATION, CodeKind.RECOVERY])
    if known is None or known.closed_at is not None or row.account_id != known.id:
        raise InvalidInputError("identity.code_wrong")
    refuse_weak(password, second_factor=False, about=(known.user_id, known.name, institution))
    return known


def accept(
    database: Database,
    clock: Clock,
    code: str,
    *,
    user_id: str,
    password: Secret,
    institution: str = "",
) -> Account:
    """Let the person with an invitation or recovery code choose a password.

    Older factors and sessions of the account are gone: they may be in other hands.

    Raises:
        InvalidInputError: The code is not this person's, or the password is weak.
        ConflictError: The code was used at the same moment.
    """
    known = check_accept(
        database, clock, code, user_id=user_id, password=password, institution=institution
    )
    kept = passwords.hash_password(database, password)
    with database.write() as c:
        row = _living(c, clock, code, [CodeKind.INVITATION, CodeKind.RECOVERY])
        _use_up(c, clock, row.id, known.user_id)
        _start_again(c, clock, known.id, kept, password)
    return account(database, known.id)


def check_unseal(
    database: Database,
    clock: Clock,
    code: str,
    *,
    user_id: str,
    name: str,
    password: Secret,
    identified: str,
    institution: str,
) -> str:
    """Refuse what `unseal` would refuse; returns the staff id in the form kept.

    Raises:
        InvalidInputError: The code or a field is wrong.
    """
    check_code(database, clock, code, CodeKind.SEALED)
    _check_identified(identified)
    known = find_account(database, user_id)
    if known is None:
        duties = [Role.ADMINISTRATOR]
        kept, _, _ = check_account(database, user_id=user_id, name=name, roles=duties)
    elif known.closed_at is not None:
        raise InvalidInputError("identity.no_account")
    else:
        kept, name = known.user_id, known.name
    refuse_weak(password, second_factor=False, about=(kept, name, institution))
    return kept


def unseal(
    database: Database,
    clock: Clock,
    code: str,
    *,
    user_id: str,
    name: str,
    password: Secret,
    identified: str,
    institution: str = "",
) -> Account:
    """Make a person administrator with the sealed code, when no administrator is left.

    The use stays a finding until a new code is sealed.

    Raises:
        InvalidInputError: The code or a field is wrong.
        ConflictError: The code was used at the same moment.
    """
    check_unseal(
        database,
        clock,
        code,
        user_id=user_id,
        name=name,
        password=password,
        identified=identified,
        institution=institution,
    )
    kept = passwords.hash_password(database, password)
    known = find_account(database, user_id)
    with database.write() as c:
        row = _living(c, clock, code, [CodeKind.SEALED])
        if known is None:
            known = create_in(
                c, clock, user_id=user_id, name=name, roles=[Role.ADMINISTRATOR], by="sealed code"
            )
        _use_up(c, clock, row.id, known.user_id)
        here = CODE.c.id == row.id
        c.execute(sa.update(CODE).where(here).values(identified=identified.strip()))
        duties = sorted({*known.roles, Role.ADMINISTRATOR})
        c.execute(sa.update(ACCOUNT).where(ACCOUNT.c.id == known.id).values(roles=duties))
        _start_again(c, clock, known.id, kept, password)
        return account_of(c.execute(sa.select(ACCOUNT).where(ACCOUNT.c.id == known.id)).one())


def _start_again(
    c: sa.Connection, clock: Clock, account_id: str, kept: str, password: Secret
) -> None:
    drop_factors(c, account_id)
    set_password_in(c, clock, account_id, kept, password)
    close_all_in(c, account_id)
