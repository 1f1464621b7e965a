"""Accounts that nobody needs are closed, and one can be opened again for the same person.

Whose row in the staff list has ended is closed, whatever duties they have here; who has
not come for 90 days, where they only pass the gate. Somebody with a duty here who has not
come stays a line of 今日やること: a deputy may be needed once in a year.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

import sqlalchemy as sa

from sekisho.errors import ConflictError, InvalidInputError
from sekisho.identity.findings import ended_accounts, too_many, unused_accounts
from sekisho.identity.records import SHIPPED, Account, Role, Settings
from sekisho.identity.register import account, accounts, close_account
from sekisho.identity.tables import ACCOUNT
from sekisho.storage import Database
from sekisho.terms import Clock

ITSELF = "sekisho"
"""Who closed an account that nobody's hand closed."""


class Why(StrEnum):
    """Why an account is not needed."""

    ENDED = "ended"
    UNUSED = "unused"


def unneeded(
    database: Database,
    clock: Clock,
    ended_user_ids: Collection[str],
    settings: Settings = SHIPPED,
) -> list[tuple[Account, Why]]:
    """Return the accounts to close now, and why.

    Raises:
        ConflictError: The staff list ends too many at once: somebody looks at it first.
    """
    everybody = accounts(database)
    ended = ended_accounts(database, ended_user_ids)
    if too_many(len(ended), len(everybody)):
        raise ConflictError("identity.too_many_ended", count=len(ended), all=len(everybody))
    known = {one.id for one in ended}
    unused = [
        one
        for one in unused_accounts(database, clock, settings)
        if one.roles <= {Role.STAFF} and one.id not in known
    ]
    keepers = {one.id for one in everybody if Role.ADMINISTRATOR in one.roles}
    if keepers and keepers <= known:
        # Somebody must be left to administer: the last of them stays a finding.
        last = max((one for one in ended if one.id in keepers), key=lambda one: one.opened_at)
        ended.remove(last)
    return [*((one, Why.ENDED) for one in ended), *((one, Why.UNUSED) for one in unused)]


def close_unneeded(database: Database, clock: Clock, known: Account) -> None:
    """Close one of them, in Sekisho's own name; raises as `close_account` does."""
    close_account(database, clock, known.id, by=ITSELF)


def check_reopen(database: Database, account_id: str, ended_user_ids: Collection[str]) -> Account:
    """Return the closed account that may be opened again.

    Raises:
        InvalidInputError: It is open.
        ConflictError: The staff list says that the person has left.
    """
    known = account(database, account_id)
    if known.closed_at is None:
        raise InvalidInputError("identity.not_closed")
    if known.user_id in ended_user_ids:
        raise ConflictError("identity.still_ended")
    return known


def reopen_account(database: Database, clock: Clock, account_id: str, *, by: str) -> None:
    """Open a closed account again, for the same person and with the least duty.

    It has no password and no factor: the person comes in by an invitation.
    """
    with database.write() as c:
        c.execute(
            sa.update(ACCOUNT)
            .where(ACCOUNT.c.id == account_id, ACCOUNT.c.closed_at.is_not(None))
            .values(
                closed_at=None, closed_by=None, roles=[Role.STAFF.value],
                opened_at=clock.now(), opened_by=by, used_at=None,
            )
        )  # fmt: skip
