"""What an administrator should see about accounts; counts, never names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import sqlalchemy as sa

from sekisho.identity.bans import ban_findings
from sekisho.identity.records import SHIPPED, Account, CodeKind, Role, Settings
from sekisho.identity.register import accounts
from sekisho.identity.services import Service, services
from sekisho.identity.tables import ATTEMPT, CODE, PASSKEY, TOTP
from sekisho.storage import Database
from sekisho.terms import Clock, Finding, Gravity

MANY_FAILURES = 10
AT_ONCE, SHARE = 5, 5
"""A list that ends more than five accounts and a fifth of all at once is not believed."""
ENDING = dt.timedelta(days=30)
"""So long before its end a service account is shown: a device takes time to change."""
RECOVERED = dt.timedelta(days=7)
"""So long a recovery by an administrator is shown to everybody: it could be somebody else."""


def too_many(ended: int, everybody: int) -> bool:
    """Return whether a staff list ends so many accounts at once that it may be mistaken."""
    return ended > AT_ONCE and ended * SHARE > everybody


def ended_accounts(database: Database, ended_user_ids: Collection[str]) -> list[Account]:
    """Return the open accounts whose staff row has ended."""
    return [known for known in accounts(database) if known.user_id in ended_user_ids]


def unused_accounts(
    database: Database, clock: Clock, settings: Settings = SHIPPED
) -> list[Account]:
    """Return the open accounts nobody used for 90 days."""
    since = clock.now() - settings.unused
    return [known for known in accounts(database) if (known.used_at or known.opened_at) < since]


def findings(
    database: Database,
    clock: Clock,
    ended_user_ids: Collection[str] = (),
    settings: Settings = SHIPPED,
) -> list[Finding]:
    """Return what is open now.

    Args:
        database: Where accounts are.
        clock: The present.
        ended_user_ids: Staff ids whose row in the staff list has ended, from `care`.
        settings: After how long an account is unused.
    """
    people = accounts(database)
    if not people:
        return service_findings(database, clock, ended_user_ids, settings)
    keepers = [known for known in people if Role.ADMINISTRATOR in known.roles]
    joined = [known for known in keepers if Role.REVIEWER in known.roles]
    with database.read() as c:
        confirmed = sa.select(TOTP.c.account_id).where(TOTP.c.confirmed_at.is_not(None))
        second = set(c.scalars(confirmed)) | set(c.scalars(sa.select(PASSKEY.c.account_id)))
        sealed = sa.select(CODE.c.used_at).where(
            CODE.c.kind == CodeKind.SEALED.value, CODE.c.withdrawn_at.is_(None)
        )
        used = list(c.scalars(sealed))
        attacked = c.scalar(
            sa.select(sa.func.count())
            .select_from(ATTEMPT)
            .where(
                ATTEMPT.c.failures >= MANY_FAILURES,
                ATTEMPT.c.last_at > clock.now() - settings.forget,
            )
        )
        since = CODE.c.used_at > clock.now() - RECOVERED
        recovered = c.scalar(
            sa.select(sa.func.count())
            .select_from(CODE)
            .where(CODE.c.kind == CodeKind.RECOVERY.value, since)
        )
    found = ban_findings(database, clock)
    found += service_findings(database, clock, ended_user_ids, settings)
    if used and None not in used:
        found.append(_finding("sealed_used", Gravity.URGENT, "/set-up/sealed"))
    ended = ended_accounts(database, ended_user_ids)
    if too_many(len(ended), len(people)):
        found.append(_finding("ended_many", Gravity.URGENT, "/accounts?show=ended", len(ended)))
    elif ended:
        found.append(_finding("ended", Gravity.URGENT, "/accounts?show=ended", len(ended)))
    if attacked:
        found.append(_finding("many_failures", Gravity.TODAY, "/accounts", attacked))
    if recovered:
        found.append(_finding("recovered", Gravity.TODAY, "/accounts", recovered))
    if len(keepers) == 1:
        found.append(_finding("one_administrator", Gravity.TODAY, "/set-up/second"))
    if not used:
        found.append(_finding("no_sealed_code", Gravity.TODAY, "/set-up/sealed"))
    unused = unused_accounts(database, clock, settings)
    if unused:
        found.append(_finding("unused", Gravity.WEEK, "/accounts?show=unused", len(unused)))
    alone = [known for known in people if known.has_password and known.id not in second]
    if alone:
        found.append(_finding("no_second_factor", Gravity.WEEK, "/accounts", len(alone)))
    if joined:
        found.append(_finding("roles_joined", Gravity.WEEK, "/accounts", len(joined)))
    return found


def unused_services(
    database: Database, clock: Clock, settings: Settings = SHIPPED
) -> list[Service]:
    """Return the open service accounts nobody used for 90 days."""
    since = clock.now() - settings.unused
    return [known for known in services(database) if (known.used_at or known.made_at) < since]


def service_findings(
    database: Database,
    clock: Clock,
    ended_user_ids: Collection[str] = (),
    settings: Settings = SHIPPED,
) -> list[Finding]:
    """Return what is open about service accounts; arguments as of `findings`."""
    known, now = services(database), clock.now()
    ends = [(each.until or now, each) for each in known]
    counts = (
        ("service_alone", Gravity.TODAY, [each for each in known if each.owner in ended_user_ids]),
        ("service_ended", Gravity.TODAY, [each for at, each in ends if at <= now]),
        ("service_ending", Gravity.WEEK, [each for at, each in ends if now < at <= now + ENDING]),
        ("service_unused", Gravity.WEEK, unused_services(database, clock, settings)),
    )
    return [
        _finding(matter, gravity, "/gate/services", len(those))
        for matter, gravity, those in counts
        if those
    ]


def _finding(matter: str, gravity: Gravity, where: str, count: int = 1) -> Finding:
    return Finding(
        key=f"identity.{matter}",
        room="identity",
        gravity=gravity,
        duty="1-1",
        message=f"identity.found_{matter}",
        args={"count": count},
        where=where,
        action=f"identity.do_{matter}",
    )
