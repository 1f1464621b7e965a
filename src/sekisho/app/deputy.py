"""Who may read a case: nobody their own; one about a reviewer or an administrator, the deputy.

The deputy is a named person outside the IT department, whom the safety officer sets: the staff
list, where it knows the person, says who is outside. A case about the deputy is read by the others
who may see people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sekisho import care, identity
from sekisho.app.installation import Installation
from sekisho.app.settings import set_setting, setting
from sekisho.care.duties import duty_group
from sekisho.care.places import id_key, same_id
from sekisho.errors import InvalidInputError
from sekisho.identity.records import Role

SETTING = "review.deputy"
WATCHED = frozenset({Role.REVIEWER, Role.SAFETY_OFFICER, Role.ADMINISTRATOR})
"""Whoever reviews or administers here does not judge, and is not judged by, the others of them."""
READS = frozenset({Role.REVIEWER, Role.SAFETY_OFFICER})
SYSTEMS = "systems"
"""The duty group of the IT department (`sekisho.care.duties`)."""


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
    able = [account for account in accounts if account.user_id == named and _may_see(account)]
    return Hands(
        deputy=named if able and not _of_systems(installation, able) else None,
        watched=frozenset(id_key(a.user_id) for a in accounts if a.roles & WATCHED),
    )


def may_deputize(installation: Installation) -> list[identity.Account]:
    """Return the accounts that can be the deputy: who may see people, does not administer, is not of IT."""
    able = [a for a in identity.accounts(installation.database) if _may_see(a)]
    systems = _of_systems(installation, able)
    return [a for a in able if id_key(a.user_id) not in systems]


def name_deputy(installation: Installation, user_id: str, *, by: str) -> None:
    """Name the deputy.

    Raises:
        InvalidInputError: No such account, it may not see people, it administers, or by the staff
            list the person works in the IT department.
    """
    accounts = identity.accounts(installation.database)
    account = next((a for a in accounts if a.user_id == user_id and _may_see(a)), None)
    if account is None:
        raise InvalidInputError("app.deputy.not_able")
    for place in _of_systems(installation, [account]).values():
        raise InvalidInputError("app.deputy.systems", place=place)
    now = installation.clock.now()
    set_setting(installation.database, SETTING, user_id, by=by, at=now)


def _may_see(account: identity.Account) -> bool:
    return bool(account.roles & READS) and Role.ADMINISTRATOR not in account.roles


def _of_systems(installation: Installation, accounts: Sequence[identity.Account]) -> dict[str, str]:
    """Return `id_key` → the post of today by which one of `accounts` is of the IT department.

    The staff list may write an account's id without its zeros; a doctor of that department is of
    it too, whatever their calling.
    """
    today = installation.clock.now().astimezone(ZoneInfo(installation.config.zone)).date()
    ids = [account.user_id for account in accounts]
    return {
        id_key(person.user_id): " ".join(filter(None, (post.department, post.duty)))
        for person in care.people_like(installation.database, ids, today)
        for post in person.posts
        if (post.valid_from or today) <= today <= (post.valid_to or today)
        and SYSTEMS in {duty_group(post.duty, post.department), duty_group(None, post.department)}
    }
