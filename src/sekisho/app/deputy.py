"""Who may read a case: nobody their own; one about a reviewer or an administrator, the deputy.

The deputy is a named person outside the IT department, whom the safety officer sets. A case
about the deputy is read by the others who may see people.
"""

from __future__ import annotations

from dataclasses import dataclass

from sekisho import identity
from sekisho.app.installation import Installation
from sekisho.app.settings import set_setting, setting
from sekisho.care.places import id_key, same_id
from sekisho.errors import InvalidInputError
from sekisho.identity.records import Role

SETTING = "review.deputy"
WATCHED = frozenset({Role.REVIEWER, Role.SAFETY_OFFICER, Role.ADMINISTRATOR})
"""Whoever reviews or administers here does not judge, and is not judged by, the others of them."""
READS = frozenset({Role.REVIEWER, Role.SAFETY_OFFICER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """Who may read which case.

    Attributes:
        deputy: The user id of the deputy's account, None where nobody is named who still can.
        watched: `id_key` of each reviewer and administrator.
    """

    deputy: str | None
    watched: frozenset[str]

    def reserved(self, user_id: str) -> bool:
        """Return whether a case about `user_id` is not read by the usual reviewers."""
        return id_key(user_id) in self.watched

    def may(self, reader: str, user_id: str) -> bool:
        """Return whether the account `reader` may read and answer a case about `user_id`."""
        if same_id(reader, user_id):
            return False
        if not self.reserved(user_id) or (self.deputy and same_id(self.deputy, user_id)):
            return True
        return self.deputy is not None and same_id(reader, self.deputy)


def hands(installation: Installation) -> Hands:
    """Return who may read which case, as accounts and settings are now."""
    accounts = identity.accounts(installation.database)
    named = setting(installation.database, SETTING)
    able = any(account.user_id == named and _able(account.roles) for account in accounts)
    return Hands(
        deputy=named if able else None,
        watched=frozenset(id_key(a.user_id) for a in accounts if a.roles & WATCHED),
    )


def may_deputize(installation: Installation) -> list[identity.Account]:
    """Return the accounts that can be the deputy: who may see people and does not administer."""
    return [a for a in identity.accounts(installation.database) if _able(a.roles)]


def name_deputy(installation: Installation, user_id: str, *, by: str) -> None:
    """Name the deputy.

    Raises:
        InvalidInputError: No such account, it may not see people, or it administers.
    """
    if user_id not in {a.user_id for a in may_deputize(installation)}:
        raise InvalidInputError("app.deputy.not_able")
    now = installation.clock.now()
    set_setting(installation.database, SETTING, user_id, by=by, at=now)


def _able(roles: frozenset[Role]) -> bool:
    return bool(roles & READS) and Role.ADMINISTRATOR not in roles
