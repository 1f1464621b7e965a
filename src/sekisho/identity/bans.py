"""締め出し: networks from which nothing is taken for a time.

A ban ends by itself, grows for who comes again, and can be lifted by an administrator.
This machine's own addresses and the networks that the institution lists as its own are
never shut out: there the same attack is only shown to people.
"""

from __future__ import annotations

import datetime as dt
import math
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from sekisho.identity.addresses import Network, networks_of, touches
from sekisho.identity.attacks import rules
from sekisho.identity.records import Attack
from sekisho.identity.tables import BAN, TRY
from sekisho.storage import Database
from sekisho.terms import Clock, Finding, Gravity

SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Ban:
    """One attack that was found, and what became of it.

    Attributes:
        network: As it is written: ``192.0.2.7/32``.
        rule: Of `attacks.toml`.
        stops: Whether it shuts out; False where the network is the institution's own.
        count: Accounts or addresses, whichever the rule counts.
        times: The which ban of this network it is.
    """

    id: str
    network: str
    rule: str
    at: dt.datetime
    until: dt.datetime
    stops: bool
    count: int
    times: int
    lifted_at: dt.datetime | None
    lifted_by: str | None
    reason: str | None

    def minutes(self, now: dt.datetime) -> int:
        """Return how long it still lasts, in whole minutes, at least one."""
        return max(1, math.ceil((self.until - now).total_seconds() / 60))


def plan(
    database: Database, clock: Clock, attack: Attack, own: Sequence[Network] = ()
) -> Ban | None:
    """Return the ban that follows from an attack, not in force yet: the caller records it first.

    None where one of this network stands already.
    """
    now, known = clock.now(), rules()
    here = BAN.c.network == attack.network
    with database.read() as c:
        standing = c.scalar(
            sa.select(sa.func.count())
            .select_from(BAN)
            .where(here, BAN.c.lifted_at.is_(None), BAN.c.until > now)
        )
        before = c.scalar(
            sa.select(sa.func.count())
            .select_from(BAN)
            .where(here, BAN.c.lifted_at.is_(None), BAN.c.at > now - known.remember)
        )
    if standing:
        return None
    return Ban(
        id=secrets.token_hex(16),
        network=attack.network,
        rule=attack.rule,
        at=now,
        until=now + known.length(before or 0),
        stops=not touches(attack.network, own),
        count=attack.count,
        times=(before or 0) + 1,
        lifted_at=None,
        lifted_by=None,
        reason=None,
    )


def put_in_force(database: Database, ban: Ban) -> None:
    """Keep a ban, and use up the tries that led to it."""
    with database.write() as c:
        c.execute(
            sa.insert(BAN).values({name: getattr(ban, name) for name in Ban.__dataclass_fields__})
        )
        c.execute(
            sa.delete(TRY).where(sa.or_(TRY.c.network == ban.network, TRY.c.wide == ban.network))
        )


def lift(database: Database, clock: Clock, number: str, *, by: str, reason: str) -> bool:
    """End a ban now, in somebody's name; returns whether it stood. The caller has recorded it."""
    now = clock.now()
    with database.write() as c:
        done = c.execute(
            sa.update(BAN)
            .where(BAN.c.id == number, BAN.c.lifted_at.is_(None), BAN.c.until > now)
            .values(lifted_at=now, lifted_by=by, reason=reason[:400] or None)
        )
        return done.rowcount == 1


def bans(database: Database, *, standing_at: dt.datetime | None = None) -> list[Ban]:
    """Return what was found, newest first; with `standing_at` only what was not over then."""
    query = sa.select(BAN).order_by(BAN.c.at.desc(), BAN.c.id).limit(SHOWN)
    if standing_at is not None:
        query = query.where(BAN.c.lifted_at.is_(None), BAN.c.until > standing_at)
    with database.read() as c:
        return [Ban(**row) for row in c.execute(query).mappings()]


def standing(database: Database, clock: Clock) -> Mapping[str, Ban]:
    """Return every ban that shuts out now, by its network; what a process keeps in memory."""
    query = sa.select(BAN).where(BAN.c.stops, BAN.c.lifted_at.is_(None), BAN.c.until > clock.now())
    with database.read() as c:
        return {row["network"]: Ban(**row) for row in c.execute(query).mappings()}


def shut_out(held: Mapping[str, Ban], address: str | None, now: dt.datetime) -> Ban | None:
    """Return the ban of `held` that shuts `address` out at `now`; asks nothing but memory."""
    if not held:
        return None
    for network in networks_of(address) or ():
        ban = held.get(network)
        if ban is not None and ban.until > now:
            return ban
    return None


def ban_findings(database: Database, clock: Clock) -> list[Finding]:
    """Return one line for what is shut out, and an urgent one for what comes from within."""
    now = clock.now()
    stand = bans(database, standing_at=now)
    outside = sum(ban.stops for ban in stand)
    found = []
    if outside < len(stand):
        found.append(_finding("attack_inside", Gravity.URGENT, len(stand) - outside))
    if outside:
        found.append(_finding("banned", Gravity.TODAY, outside))
    return found


def _finding(matter: str, gravity: Gravity, count: int) -> Finding:
    return Finding(
        key=f"identity.{matter}",
        room="identity",
        gravity=gravity,
        duty="1-5",
        message=f"identity.found_{matter}",
        args={"count": count},
        where="/gate/bans",
        action=f"identity.do_{matter}",
    )
