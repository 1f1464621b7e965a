"""What the accounts prove: whose they are, how they are opened, and that those of leavers are shut.

Counts, never names. All of it is about the accounts here, with which people enter Sekisho and
the systems behind its gate; accounts inside other systems are proved by those systems.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from functools import partial

import sqlalchemy as sa

from sekisho.errors import Value
from sekisho.identity.findings import ended_accounts, unused_accounts, unused_services
from sekisho.identity.passwords import ALONE, WITH_FACTOR
from sekisho.identity.records import SHIPPED, Account, Role, Settings
from sekisho.identity.register import accounts, sign_in_form
from sekisho.identity.tables import PASSKEY, TOTP
from sekisho.pages.words import LANGUAGES, listed, say
from sekisho.storage import Database
from sekisho.terms import Clock, Evidence, Result, proof
from sekisho.terms.evidence import GOOD

_proof = partial(proof, "identity")

OLD = dt.timedelta(days=92)
"""After this a staff list says nothing of who is here now."""


def evidence(
    database: Database,
    clock: Clock,
    *,
    persons: Collection[str],
    ended: Collection[str] = (),
    listed_at: dt.datetime | None,
    settings: Settings = SHIPPED,
) -> Iterator[Evidence]:
    """Give one Evidence for each ``identity.…`` subject.

    Args:
        database: Where accounts are.
        clock: The present.
        persons: Ids that the staff list knows as a person's (`care`), as `sign_in_form` gives them.
        ended: Staff ids whose row in the staff list has ended.
        listed_at: When the staff list was last loaded; None where there is none.
        settings: What is in force at the door.
    """
    people, now = accounts(database), clock.now()
    second = _second(database)
    if listed_at is None:
        yield _proof("named", now, Result.NOT_CHECKED, "no_list")
        yield _proof("leavers", now, Result.NOT_CHECKED, "no_list")
    else:
        yield _named(people, persons, now)
        yield _leavers(people, ended_accounts(database, ended), listed_at, now)
    yield _second_factor(people, second, now)
    yield _unused(database, clock, people, settings)
    yield _passwords(people, second, now)
    yield _lockout(people, settings, now)


def _named(people: Collection[Account], persons: Collection[str], now: dt.datetime) -> Evidence:
    if not people:
        return _proof("named", now, Result.NOT_CHECKED, "no_accounts")
    strange = sum(sign_in_form(known.user_id) not in persons for known in people)
    told: dict[str, Value] = {"total": len(people), "count": strange}
    return _proof("named", now, _no_if(strange), _of("named", strange), told)


def _leavers(
    people: Collection[Account], left: Collection[Account], at: dt.datetime, now: dt.datetime
) -> Evidence:
    told: dict[str, Value] = {"total": len(people), "day": at.date().isoformat()}
    if left:
        told["count"] = len(left)
        return _proof("leavers", now, Result.NO, "leavers_no", told)
    if now - at > OLD:
        return _proof("leavers", now, Result.NOT_CHECKED, "leavers_old", told)
    return _proof("leavers", now, Result.YES, "leavers", told, min(now + GOOD, at + OLD))


def _second_factor(
    people: Collection[Account], second: Collection[str], now: dt.datetime
) -> Evidence:
    """Return how many of those who can sign in need two things for it, and whose duties lack it."""
    able = [known for known in people if known.has_password or known.id in second]
    if not able:
        return _proof("second_factor", now, Result.NOT_CHECKED, "no_accounts")
    alone = [known for known in able if known.id not in second]
    told: dict[str, Value] = {
        "total": len(able),
        "with_two": len(able) - len(alone),
        "percent": 100 * (len(able) - len(alone)) // len(able),
    }
    if not alone:
        return _proof("second_factor", now, Result.YES, "second_factor", told)
    told["duties"] = _duties(Counter(role for known in alone for role in known.roles))
    return _proof("second_factor", now, Result.NO, "second_factor_no", told)


def _unused(
    database: Database, clock: Clock, people: Collection[Account], settings: Settings
) -> Evidence:
    now = clock.now()
    if not people:
        return _proof("unused", now, Result.NOT_CHECKED, "no_accounts")
    idle = len(unused_accounts(database, clock, settings))
    services = len(unused_services(database, clock, settings))
    told: dict[str, Value] = {
        "days": settings.unused.days, "total": len(people), "count": idle, "services": services,
    }  # fmt: skip
    return _proof("unused", now, _no_if(idle + services), _of("unused", idle + services), told)


def _passwords(people: Collection[Account], second: Collection[str], now: dt.datetime) -> Evidence:
    """Return whether every password is one that the rule in force allows.

    Guideline 7.0 システム運用編 14.1.1, as it is cited: 13 characters alone, 8 beside a second factor.
    """
    if not people:
        return _proof("passwords", now, Result.NOT_CHECKED, "no_accounts")
    short = sum(known.password_short and known.id not in second for known in people)
    told: dict[str, Value] = {"alone": ALONE, "beside": WITH_FACTOR, "count": short}
    return _proof("passwords", now, _no_if(short), _of("passwords", short), told)


def _lockout(people: Collection[Account], settings: Settings, now: dt.datetime) -> Evidence:
    if not people:
        return _proof("lockout", now, Result.NOT_CHECKED, "no_accounts")
    told: dict[str, Value] = {
        "tries": settings.account_tries,
        "first": settings.first_lock // dt.timedelta(minutes=1),
        "longest": settings.longest_lock // dt.timedelta(minutes=1),
    }
    return _proof("lockout", now, Result.YES, "lockout", told)


def _second(database: Database) -> frozenset[str]:
    """Return the accounts that have a second factor, or a passkey, which is two in one."""
    with database.read() as c:
        codes = sa.select(TOTP.c.account_id).where(TOTP.c.confirmed_at.is_not(None))
        return frozenset(c.scalars(codes)) | frozenset(c.scalars(sa.select(PASSKEY.c.account_id)))


def _duties(counted: Mapping[Role, int]) -> dict[str, str]:
    """Return which duties lack it, in both languages, in the order in which duties are listed."""
    return {
        language: listed(
            language,
            (
                say(
                    language,
                    "identity.evidence.duty",
                    duty=say(language, f"console.role.{role.value}"),
                    count=counted[role],
                )
                for role in Role
                if role in counted
            ),
        )
        for language in LANGUAGES
    }


def _no_if(count: int) -> Result:
    return Result.NO if count else Result.YES


def _of(subject: str, count: int) -> str:
    return f"{subject}_no" if count else subject
