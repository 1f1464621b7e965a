"""Shared terminals: how long each may stand idle before its session ends.

A terminal is known by its networks. What is not listed keeps the idle time that is shipped.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from sekisho.errors import InvalidInputError
from sekisho.identity.tables import TERMINAL
from sekisho.storage import Database
from sekisho.terms import Clock

IDLE = dt.timedelta(minutes=5)
"""Of a listed terminal, unless the institution says otherwise."""
SHORTEST = dt.timedelta(minutes=1)
LONGEST = dt.timedelta(minutes=15)
"""Nobody may be laxer than what is shipped (`sekisho.identity.records.Settings`)."""
FRESH = 0.5
"""Seconds for which the list is kept: a change is in force within one."""
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_KEPT: WeakKeyDictionary[Database, tuple[float, list[Terminal]]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """One terminal, or many of one kind.

    Attributes:
        networks: Where it stands; the narrowest that fits an address counts.
        idle: A session ends when nothing was asked for so long.
        keep_page: The next person comes to the page where the last one was, if their own
            rights let them.
        agent: It has a token with which its sessions are ended.
    """

    name: str
    networks: tuple[Network, ...]
    idle: dt.timedelta
    keep_page: bool
    agent: bool
    made_at: dt.datetime
    made_by: str
    signalled_at: dt.datetime | None


def terminals(database: Database) -> list[Terminal]:
    """Return every terminal by its name, at most half a second old."""
    kept = _KEPT.get(database)
    if kept is not None and time.monotonic() - kept[0] < FRESH:
        return kept[1]
    with database.read() as c:
        rows = c.execute(sa.select(TERMINAL).order_by(TERMINAL.c.name)).all()
    found = [
        Terminal(
            name=row.name,
            networks=tuple(ipaddress.ip_network(one) for one in row.networks),
            idle=dt.timedelta(seconds=row.idle),
            keep_page=row.keep_page,
            agent=row.token is not None,
            made_at=row.made_at,
            made_by=row.made_by,
            signalled_at=row.signalled_at,
        )
        for row in rows
    ]
    _KEPT[database] = (time.monotonic(), found)
    return found


def terminal_at(database: Database, address: str | None) -> Terminal | None:
    """Return the terminal at `address`, None where none is listed."""
    known = plain(address)
    if known is None:
        return None
    fits = [
        (network.prefixlen, one)
        for one in terminals(database)
        for network in one.networks
        if network.version == known.version and known in network
    ]
    return max(fits, key=lambda fit: fit[0])[1] if fits else None


def set_terminal(
    database: Database,
    clock: Clock,
    name: str,
    *,
    networks: Sequence[str],
    idle: dt.timedelta = IDLE,
    keep_page: bool = True,
    by: str,
) -> None:
    """List a terminal, or change one that is listed; its token stays.

    Raises:
        InvalidInputError: The name, a network or the time is wrong.
    """
    values = {
        "networks": check_terminal(name, networks, idle),
        "idle": int(idle.total_seconds()),
        "keep_page": keep_page,
        "made_at": clock.now(),
        "made_by": by,
    }
    with database.write() as c:
        if not c.execute(
            sa.update(TERMINAL).where(TERMINAL.c.name == name).values(**values)
        ).rowcount:
            c.execute(sa.insert(TERMINAL).values(name=name, **values))
    unread(database)


def check_terminal(name: str, networks: Sequence[str], idle: dt.timedelta) -> list[str]:
    """Return the networks in their one spelling.

    Raises:
        InvalidInputError: The name, a network or the time is wrong.
    """
    if not _NAME.fullmatch(name):
        raise InvalidInputError("identity.terminal_name")
    if not SHORTEST <= idle <= LONGEST:
        raise InvalidInputError(
            "identity.terminal_idle",
            least=int(SHORTEST.total_seconds() // 60), most=int(LONGEST.total_seconds() // 60),
        )  # fmt: skip
    try:
        found = sorted({str(ipaddress.ip_network(one.strip())) for one in networks})
    except ValueError as error:
        raise InvalidInputError("identity.terminal_network") from error
    if not found:
        raise InvalidInputError("identity.terminal_network")
    return found


def forget_terminal(database: Database, name: str) -> None:
    """Take a terminal off the list, and its token with it.

    Raises:
        InvalidInputError: There is none of that name.
    """
    with database.write() as c:
        if not c.execute(sa.delete(TERMINAL).where(TERMINAL.c.name == name)).rowcount:
            raise InvalidInputError("identity.no_terminal", name=name[:40])
    unread(database)


def unread(database: Database) -> None:
    """Read the list anew at the next question: it was just changed here."""
    _KEPT.pop(database, None)


def plain(address: str | None) -> Address | None:
    """Return an address as it is compared; None where there is none."""
    try:
        known = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return None
    mapped = known.ipv4_mapped if isinstance(known, ipaddress.IPv6Address) else None
    return mapped or known
