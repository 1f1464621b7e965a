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
    CERTIFICATE = "certificate"
    """One certificate, by its SHA-256."""
    NAMES = "names"
    """Every certificate of the same issuer for the same subject, so that it may be renewed."""


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
class Certificate:
    """A certificate by which an account is to be known.

    Attributes:
        digest: SHA-256 of it, or (`by_names`) of who issued it for whom; hex.
        ends: When it ends; its own end is the last that this way in can have.
    """

    digest: str
    by_names: bool
    ends: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service account.

    Attributes:
        until: When the last of what it may show ends; None where it has nothing to show.
        shows: What it may show.
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
    shows: frozenset[KeyKind] = frozenset()

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
        networks = tuple(_spelt(ipaddress.ip_network(source)) for source in wanted.sources)
    except ValueError as error:
        raise InvalidInputError("identity.service_network") from error
    if not networks:
        raise InvalidInputError("identity.service_network")
    check_days(wanted.days)
    with database.read() as c:
        if c.scalar(sa.select(SERVICE.c.name).where(SERVICE.c.name == wanted.name)) is not None:
            raise ConflictError("identity.service_taken", name=wanted.name)
    return replace(wanted, purpose=purpose, sources=networks)


def _spelt(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> str:
    """Return a network as people write it: a single address without its length."""
    return str(network.network_address if network.num_addresses == 1 else network)


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
    try:
        with database.write() as c:
            c.execute(_row(clock, wanted, by))
            return _token(c, clock, wanted.name, wanted.days, by)
    except sa.exc.IntegrityError as error:
        raise ConflictError("identity.service_taken", name=wanted.name) from error


def create_service_by(
    database: Database, clock: Clock, wanted: Wanted, certificate: Certificate, *, by: str
) -> None:
    """Make a service account that shows a certificate and has no token.

    Raises:
        InvalidInputError: Something of it is wrong; see `check_service`.
        ConflictError: The name is or was taken, or the certificate is another account's.
    """
    wanted = check_service(database, wanted)
    try:
        with database.write() as c:
            c.execute(_row(clock, wanted, by))
            _certificate(c, clock, wanted.name, certificate, wanted.days, by)
    except sa.exc.IntegrityError as error:
        raise ConflictError("identity.service_taken", name=wanted.name) from error


def add_certificate(
    database: Database, clock: Clock, name: str, certificate: Certificate, *, days: int, by: str
) -> None:
    """Let an account show one more certificate; those before it go on until their end.

    Raises:
        InvalidInputError: There is no such open account, or the number of days is wrong.
        ConflictError: The certificate is another account's.
    """
    check_renewal(database, name, days=days)
    with database.write() as c:
        _open(c, name)
        _certificate(c, clock, name, certificate, days, by)


def check_certificate(database: Database, certificate: Certificate) -> None:
    """Refuse a certificate that is another account's.

    Raises:
        ConflictError: It is, or its names are.
    """
    with database.read() as c:
        _free(c, certificate, None)


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
        shows: dict[str, set[KeyKind]] = {}
        for kind, name in c.execute(sa.select(SERVICE_KEY.c.kind, SERVICE_KEY.c.service)):
            shows.setdefault(name, set()).add(KeyKind(kind))
        return [
            replace(_service(row), shows=frozenset(shows.get(row.name, ())))
            for row in c.execute(query)
        ]


def service_by_token(database: Database, clock: Clock, token: str) -> Service | None:
    """Return the open account whose token this is, None where nobody's is.

    The token may have ended: ``until`` is its own end. That it was used is kept.
    """
    return _by_key(database, clock, KeyKind.TOKEN, token_hash(token))


def service_by_certificate(
    database: Database, clock: Clock, *, fingerprint: str, names: str
) -> Service | None:
    """Return the open account that shows this certificate, None where none does.

    Args:
        database: Where accounts are.
        clock: The present.
        fingerprint: SHA-256 of the certificate, hex.
        names: SHA-256 of who issued it for whom, hex; asked where the certificate itself
            is nobody's.
    """
    return _by_key(database, clock, KeyKind.CERTIFICATE, fingerprint) or _by_key(
        database, clock, KeyKind.NAMES, names
    )


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


def _row(clock: Clock, wanted: Wanted, by: str) -> sa.Insert:
    return sa.insert(SERVICE).values(
        name=wanted.name,
        owner=wanted.owner,
        purpose=wanted.purpose,
        duty=wanted.duty,
        route=wanted.route,
        sources=list(wanted.sources),
        made_at=clock.now(),
        made_by=by,
    )


def _certificate(
    c: sa.Connection, clock: Clock, name: str, certificate: Certificate, days: int, by: str
) -> None:
    now = clock.now()
    kind = KeyKind.NAMES if certificate.by_names else KeyKind.CERTIFICATE
    _free(c, certificate, name)
    key = (SERVICE_KEY.c.kind == kind.value, SERVICE_KEY.c.digest == certificate.digest)
    end = now + dt.timedelta(days=days)
    c.execute(sa.delete(SERVICE_KEY).where(*key))
    c.execute(
        sa.insert(SERVICE_KEY).values(
            kind=kind.value,
            digest=certificate.digest,
            service=name,
            made_at=now,
            made_by=by,
            # A renewed one with the same names ends later than the one that was shown here.
            until=end if certificate.by_names else min(end, certificate.ends),
        )
    )


def _free(c: sa.Connection, certificate: Certificate, name: str | None) -> None:
    """Refuse a certificate that belongs to another account than `name`."""
    kind = KeyKind.NAMES if certificate.by_names else KeyKind.CERTIFICATE
    whose = c.scalar(
        sa.select(SERVICE_KEY.c.service).where(
            SERVICE_KEY.c.kind == kind.value, SERVICE_KEY.c.digest == certificate.digest
        )
    )
    if whose not in {None, name}:
        raise ConflictError("identity.certificate_taken", name=whose)


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
