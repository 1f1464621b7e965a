"""保守の作業計画: when and from where a maintenance vendor may come through the gate.

Who is a vendor is said by the staff list. A vendor passes only against a plan of its own id
for this system that a second person approved, inside its time, from its addresses, and
signed in with a second factor. Everything else of the gate (rights, records) holds as well.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from sekisho.errors import ConflictError, InvalidInputError, RefusedError
from sekisho.gate.tables import PLAN
from sekisho.identity import Method
from sekisho.identity.addresses import within
from sekisho.storage import Database
from sekisho.terms import Clock, Finding, Gravity

LONGEST = dt.timedelta(days=31)
"""A plan is for one piece of work; a year's contract is not one."""
SHORTEST = 4
"""Characters that say what is done."""
MOST = 20
"""Networks of one plan."""
WIDEST = {4: 24, 6: 48}
"""A vendor's own line, not a provider's whole range."""
SECOND = frozenset({Method.PASSWORD_TOTP, Method.PASSKEY})
SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One piece of work of a vendor at one system.

    Attributes:
        user_id: The vendor's id in the staff list.
        sources: Networks that it may come from, in their one spelling.
        approved_by: Who approved it, never who proposed it; None while it waits.
        ended_at: When it was ended before its time, or declined.
    """

    id: str
    user_id: str
    route: str
    sources: tuple[str, ...]
    begins: dt.datetime
    ends: dt.datetime
    work: str
    proposed_by: str
    proposed_at: dt.datetime
    approved_by: str | None = None
    approved_at: dt.datetime | None = None
    ended_by: str | None = None
    ended_at: dt.datetime | None = None

    def stands(self, now: dt.datetime) -> bool:
        """Return whether it is approved and neither ended nor over, though it may not have begun."""
        return self.approved_at is not None and self.ended_at is None and now < self.ends

    def waits(self, now: dt.datetime) -> bool:
        """Return whether somebody has still to decide about it."""
        return self.approved_at is None and self.ended_at is None and now < self.ends


def barred(
    plans: Sequence[Plan], *, method: Method, address: str | None, now: dt.datetime
) -> str | None:
    """Return the id of the sentence that says why a vendor may not pass; None where it may.

    Args:
        plans: Of this vendor at this system; those that do not stand are not counted.
        method: How the vendor signed in.
        address: Where the request comes from.
        now: The present.
    """
    stand = [plan for plan in plans if plan.stands(now)]
    if not stand:
        return "gate.refused.no_plan"
    open_now = [plan for plan in stand if plan.begins <= now]
    if not open_now:
        return "gate.refused.plan_later"
    if not any(within(address, _networks(plan.sources)) for plan in open_now):
        return "gate.refused.plan_elsewhere"
    if method not in SECOND:
        return "gate.refused.plan_second"
    return None


def propose(
    clock: Clock,
    *,
    user_id: str,
    route: str,
    sources: Sequence[str],
    begins: dt.datetime,
    ends: dt.datetime,
    work: str,
    by: str,
) -> Plan:
    """Return a new plan, to be kept by `keep` once it is on record; it opens nothing yet.

    Raises:
        InvalidInputError: The networks, the time or the words are not enough, or too much.
    """
    now, text = clock.now(), " ".join(work.split())
    if not SHORTEST <= len(text) <= 400 or not text.isprintable():
        raise InvalidInputError("gate.plan.work_needed", shortest=SHORTEST)
    try:
        networks = [ipaddress.ip_network(source.strip()) for source in sources if source.strip()]
    except ValueError as error:
        raise InvalidInputError("gate.plan.network") from error
    if not 1 <= len(networks) <= MOST or any(
        network.prefixlen < WIDEST[network.version] for network in networks
    ):
        raise InvalidInputError("gate.plan.networks", most=MOST, widest=WIDEST[4])
    if not begins < ends or ends <= now or ends - begins > LONGEST:
        raise InvalidInputError("gate.plan.time", days=LONGEST.days)
    return Plan(
        id=secrets.token_hex(16),
        user_id=user_id,
        route=route,
        sources=tuple(str(network) for network in networks),
        begins=begins,
        ends=ends,
        work=text,
        proposed_by=by,
        proposed_at=now,
    )


def keep(database: Database, plan: Plan) -> None:
    """Keep a plan that `propose` made; the caller has recorded it."""
    values = {name: getattr(plan, name) for name in Plan.__dataclass_fields__}
    with database.write() as c:
        c.execute(sa.insert(PLAN).values({**values, "sources": list(plan.sources)}))


def check_approval(database: Database, clock: Clock, number: str, *, by: str) -> Plan:
    """Return the plan that `by` may approve now.

    Raises:
        InvalidInputError: There is no such plan.
        RefusedError: `by` proposed it, or is the vendor.
        ConflictError: It is approved, ended or over already.
    """
    with database.read() as c:
        row = c.execute(sa.select(PLAN).where(PLAN.c.id == number)).mappings().one_or_none()
    if row is None:
        raise InvalidInputError("gate.plan.none")
    plan = _plan(row)
    if by in {plan.proposed_by, plan.user_id}:
        raise RefusedError("gate.plan.own")
    if not plan.waits(clock.now()):
        raise ConflictError("gate.plan.decided")
    return plan


def approve(database: Database, clock: Clock, number: str, *, by: str) -> None:
    """Put a plan in force in somebody's name; the caller has recorded it.

    Raises:
        Error: As `check_approval`.
    """
    check_approval(database, clock, number, by=by)
    with database.write() as c:
        done = c.execute(
            sa.update(PLAN)
            .where(PLAN.c.id == number, PLAN.c.approved_at.is_(None), PLAN.c.ended_at.is_(None))
            .values(approved_by=by, approved_at=clock.now())
        )
    if done.rowcount != 1:
        raise ConflictError("gate.plan.decided")


def end(database: Database, clock: Clock, number: str, *, by: str) -> None:
    """End a plan before its time, or decline it; anybody who may see it may stop it.

    Raises:
        ConflictError: There is nothing to end.
    """
    now = clock.now()
    with database.write() as c:
        done = c.execute(
            sa.update(PLAN)
            .where(PLAN.c.id == number, PLAN.c.ended_at.is_(None), PLAN.c.ends > now)
            .values(ended_by=by, ended_at=now)
        )
    if done.rowcount != 1:
        raise ConflictError("gate.plan.decided")


def plans(database: Database) -> list[Plan]:
    """Return the plans, the latest to begin first."""
    query = sa.select(PLAN).order_by(PLAN.c.begins.desc(), PLAN.c.id).limit(SHOWN)
    with database.read() as c:
        return [_plan(row) for row in c.execute(query).mappings()]


def standing(database: Database, clock: Clock) -> Mapping[tuple[str, str], tuple[Plan, ...]]:
    """Return the plans that stand by vendor and system; what a worker keeps in memory."""
    query = sa.select(PLAN).where(
        PLAN.c.approved_at.is_not(None), PLAN.c.ended_at.is_(None), PLAN.c.ends > clock.now()
    )
    found: dict[tuple[str, str], tuple[Plan, ...]] = {}
    with database.read() as c:
        for plan in map(_plan, c.execute(query).mappings()):
            key = (plan.user_id, plan.route)
            found[key] = (*found.get(key, ()), plan)
    return found


def findings(database: Database, clock: Clock) -> list[Finding]:
    """Return one finding while plans wait for a second person."""
    now = clock.now()
    waiting = [plan for plan in plans(database) if plan.waits(now)]
    if not waiting:
        return []
    return [
        Finding(
            key="gate.plan_waiting",
            room="gate",
            gravity=Gravity.TODAY,
            duty="1-5",
            message="gate.finding.plan_waiting",
            args={"count": len(waiting)},
            where="/gate/plans",
            action="gate.action.plan_waiting",
        )
    ]


def _plan(row: sa.RowMapping) -> Plan:
    values = {str(name): value for name, value in row.items()}
    sources = values.pop("sources")
    assert isinstance(sources, list), "kept as a list"
    return Plan(**values, sources=tuple(sources))


def _networks(
    sources: Sequence[str],
) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(source) for source in sources)
