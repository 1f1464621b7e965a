"""Service accounts: what is no person (a modality, a viewer, a script) shows a token.

An account belongs to a person of the staff list, is tied to one protected system and to
the networks it may come from. A token is shown once; only its SHA-256 is kept, and it
ends within a year.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import secrets
from dataclasses import dataclass, replace
from enum import StrEnum

import sqlalchemy as sa

from sekisho.errors import ConflictError, InvalidInputError
from sekisho.identity.sessions import token_hash
from sekisho.identity.tables import SERVICE, SERVICE_KEY
from sekisho.storage import Database
from sekisho.terms import Clock, Secret

BEFORE_ID = "service:"
"""Begins the user id of every service account, so that no record takes it for a person's."""
BEFORE_TOKEN = "sekisho_"  # noqa: S105 (how a token begins, so that it can be told from others)
LONGEST = 365
"""Days that a token may live."""
OVERLAP = 7
"""Days that an old token goes on beside a new one, so that a device can be changed in peace."""
TOUCH = dt.timedelta(minutes=15)
"""`used_at` is written at most so often."""
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")


class KeyKind(StrEnum):
    """What a service account shows."""

    TOKEN = "token"  # noqa: S105 (the name of a way in)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a new service account is to be.

    Attributes:
        owner: Staff id of the person who answers for it.
        duty: The duty group by which its requests are decided.
        route: Name of the one protected system that it may use.
        sources: Networks that it may come from; never empty.
        days: How long its first token lives.
    """

    name: str
    owner: str
    purpose: str
    duty: str
    route: str
    sources: tuple[str, ...]
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service account.

    Attributes:
        until: When the last of what it may show ends; None where it has nothing to show.
    """

    name: str
    owner: str
    purpose: str
    duty: str
    route: str
    sources: tuple[str, ...]
    made_at: dt.datetime
    made_by: str
    used_at: dt.datetime | None
    closed_at: dt.datetime | None
    until: dt.datetime | None

    @property
    def user_id(self) -> str:
        """Return how records name it."""
        return BEFORE_ID + self.name

    def comes_from(self, address: str | None) -> bool:
        """Return whether it may come from `address`."""
        try:
            known = ipaddress.ip_address((address or "").partition("%")[0])
        except ValueError:
            return False
        if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is not None:
            known = known.ipv4_mapped
        return any(known in ipaddress.ip_network(source) for source in self.sources)


def check_service(database: Database, wanted: Wanted) -> Wanted:
    """Return `wanted` with its networks in their one spelling.

    Raises:
        InvalidInputError: The name, the purpose, a network or the number of days is wrong.
        ConflictError: The name is or was taken.
    """
    if not _NAME.fullmatch(wanted.name):
        raise InvalidInputError("identity.service_name")
    purpose = " ".join(wanted.purpose.split())
    if not 1 <= len(purpose) <= 200 or not purpose.isprintable():
        raise InvalidInputError("identity.service_purpose")
    try:
        networks = tuple(str(ipaddress.ip_network(source)) for source in wanted.sources)
    except ValueError as error:
        raise InvalidInputError("identity.service_network") from error
    if not networks:
        raise InvalidInputError("identity.service_network")
    check_days(wanted.days)
    with database.read() as c:
        if c.scalar(sa.select(SERVICE.c.name).where(SERVICE.c.name == wanted.name)) is not None:
            raise ConflictError("identity.service_taken", name=wanted.name)
    return replace(wanted, purpose=purpose, sources=networks)


def check_days(days: int) -> None:
    """Refuse a life that is too long.

    Raises:
        InvalidInputError: It is.
    """
    if not 1 <= days <= LONGEST:
        raise InvalidInputError("identity.service_days", most=LONGEST)


def create_service(database: Database, clock: Clock, wanted: Wanted, *, by: str) -> Secret:
    """Make a service account and return its first token, which is not kept.

    Raises:
        InvalidInputError: Something of it is wrong; see `check_service`.
        ConflictError: The name is or was taken.
    """
    wanted = check_service(database, wanted)
    row = sa.insert(SERVICE).values(
        name=wanted.name,
        owner=wanted.owner,
        purpose=wanted.purpose,
        duty=wanted.duty,
        route=wanted.route,
        sources=list(wanted.sources),
        made_at=clock.now(),
        made_by=by,
    )
    try:
        with database.write() as c:
            c.execute(row)
            return _token(c, clock, wanted.name, wanted.days, by)
    except sa.exc.IntegrityError as error:
        raise ConflictError("identity.service_taken", name=wanted.name) from error


def renew_service(
    database: Database, clock: Clock, name: str, *, days: int, by: str, overlap: int = OVERLAP
) -> Secret:
    """Return a new token; the tokens before it end `overlap` days from now, if not sooner.

    Raises:
        InvalidInputError: There is no such open account, or a number of days is wrong.
    """
    check_renewal(database, name, days=days, overlap=overlap)
    end = clock.now() + dt.timedelta(days=overlap)
    with database.write() as c:
        _open(c, name)
        c.execute(
            sa.update(SERVICE_KEY)
            .where(
                SERVICE_KEY.c.service == name,
                SERVICE_KEY.c.kind == KeyKind.TOKEN.value,
                SERVICE_KEY.c.until > end,
            )
            .values(until=end)
        )
        return _token(c, clock, name, days, by)


def check_renewal(database: Database, name: str, *, days: int, overlap: int = OVERLAP) -> None:
    """Refuse what `renew_service` would refuse.

    Raises:
        InvalidInputError: There is no such open account, or a number of days is wrong.
    """
    check_open(database, name)
    check_days(days)
    if not 0 <= overlap <= 30:
        raise InvalidInputError("identity.service_overlap")


def end_service(database: Database, clock: Clock, name: str, *, by: str) -> None:
    """End an account for good: what it showed opens nothing, its name stays taken.

    Raises:
        InvalidInputError: There is no such open account.
    """
    with database.write() as c:
        _open(c, name)
        c.execute(
            sa.update(SERVICE)
            .where(SERVICE.c.name == name)
            .values(closed_at=clock.now(), closed_by=by)
        )
        c.execute(sa.delete(SERVICE_KEY).where(SERVICE_KEY.c.service == name))


def check_open(database: Database, name: str) -> Service:
    """Return an open account.

    Raises:
        InvalidInputError: There is none of this name.
    """
    for known in services(database):
        if known.name == name:
            return known
    raise InvalidInputError("identity.no_service", name=name[:32])


def services(database: Database, *, closed: bool = False) -> list[Service]:
    """Return the open service accounts by name; with `closed` the closed ones too."""
    last = (
        sa.select(sa.func.max(SERVICE_KEY.c.until, type_=SERVICE_KEY.c.until.type))
        .where(SERVICE_KEY.c.service == SERVICE.c.name)
        .scalar_subquery()
    )
    query = sa.select(SERVICE, last.label("until")).order_by(SERVICE.c.name)
    if not closed:
        query = query.where(SERVICE.c.closed_at.is_(None))
    with database.read() as c:
        return [_service(row) for row in c.execute(query)]


def service_by_token(database: Database, clock: Clock, token: str) -> Service | None:
    """Return the open account whose token this is, None where nobody's is.

    The token may have ended: ``until`` is its own end. That it was used is kept.
    """
    return _by_key(database, clock, KeyKind.TOKEN, token_hash(token))


def _by_key(database: Database, clock: Clock, kind: KeyKind, digest: str) -> Service | None:
    now = clock.now()
    query = (
        sa.select(SERVICE, SERVICE_KEY.c.until)
        .join(SERVICE_KEY, SERVICE_KEY.c.service == SERVICE.c.name)
        .where(
            SERVICE_KEY.c.kind == kind.value,
            SERVICE_KEY.c.digest == digest,
            SERVICE.c.closed_at.is_(None),
        )
    )
    with database.read() as c:
        row = c.execute(query).one_or_none()
    if row is None:
        return None
    known = _service(row)
    if now < row.until and (known.used_at is None or now - known.used_at >= TOUCH):
        with database.write() as c:
            c.execute(sa.update(SERVICE).where(SERVICE.c.name == known.name).values(used_at=now))
    return known


def _token(c: sa.Connection, clock: Clock, name: str, days: int, by: str) -> Secret:
    token = Secret(BEFORE_TOKEN + secrets.token_urlsafe(32))
    now = clock.now()
    c.execute(
        sa.insert(SERVICE_KEY).values(
            kind=KeyKind.TOKEN.value,
            digest=token_hash(token.reveal()),
            service=name,
            made_at=now,
            made_by=by,
            until=now + dt.timedelta(days=days),
        )
    )
    return token


def _open(c: sa.Connection, name: str) -> None:
    query = sa.select(SERVICE.c.name).where(SERVICE.c.name == name, SERVICE.c.closed_at.is_(None))
    if c.scalar(query.with_for_update()) is None:
        raise InvalidInputError("identity.no_service", name=name[:32])


def _service(row: sa.Row[tuple[object, ...]]) -> Service:
    return Service(
        name=row.name,
        owner=row.owner,
        purpose=row.purpose,
        duty=row.duty,
        route=row.route,
        sources=tuple(row.sources),
        made_at=row.made_at,
        made_by=row.made_by,
        used_at=row.used_at,
        closed_at=row.closed_at,
        until=row.until,
    )
