"""What the gate shows a protected system to be let in: kept sealed, shown to nobody.

Each is sealed with AES-256-GCM by a key of its own beside the state (``gate/credentials.key``,
0600), bound to its system and to that system's address: neither a copied row nor a changed
address makes it go elsewhere. What the state's file or server alone holds opens nothing.
"""

from __future__ import annotations

import base64
import datetime as dt
import logging
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa

from sekisho.errors import InvalidInputError
from sekisho.gate.config import Route
from sekisho.gate.tables import CREDENTIAL
from sekisho.storage import Database, write_durably
from sekisho.terms import Clock, Finding, Gravity, Secret

_LOG = logging.getLogger(__name__)
KEY_FILE = "gate/credentials.key"
REFUSED_EVERY = dt.timedelta(minutes=5)
"""That an upstream refused us is noted at most so often."""
REFUSED = dt.timedelta(days=1)
"""So long after the last time it is a finding; what is kept anew begins anew."""
_NONCE, _KEY = 12, 32
"""Bytes, for AES-256-GCM."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
# What frames a request, or is the gate's own to say.
_NEVER = re.compile(
    r"host$|connection|keep-alive|te$|trailer|transfer-|upgrade|content-|expect|cookie|date$"
    r"|accept|range$|if-|origin$|referer$|sekisho-|proxy-|http2-|sec-",
    re.IGNORECASE,
)


class Kind(StrEnum):
    """How a system wants to be shown it."""

    BASIC = "basic"
    BEARER = "bearer"
    HEADER = "header"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """That there is one, never what it is.

    Attributes:
        upstream: The address it was given for; it goes nowhere else.
        refused_at: When the system last did not take it.
    """

    route: str
    kind: Kind
    upstream: str
    set_at: dt.datetime
    set_by: str
    refused_at: dt.datetime | None


def field_of(kind: Kind, secret: Secret, name: str | None) -> tuple[str, str]:
    """Return name and value of the header field that shows `secret`.

    Args:
        kind: How the system wants it.
        secret: The password, token or value.
        name: The user of HTTP Basic (RFC 7617), or the field's own name; none for a token.

    Raises:
        InvalidInputError: Something is missing, or cannot stand in a header field.
    """
    value = secret.reveal()
    if not value or len(value) > 4096 or not value.isprintable():
        raise InvalidInputError("gate.credential.secret")
    if kind is Kind.BASIC:
        if not name or ":" in name or not name.isprintable() or len(name) > 128:
            raise InvalidInputError("gate.credential.user")
        return "Authorization", f"Basic {base64.b64encode(f'{name}:{value}'.encode()).decode()}"
    if not value.isascii() or value != value.strip():
        raise InvalidInputError("gate.credential.secret")
    if kind is Kind.BEARER:
        return "Authorization", f"Bearer {value}"
    if not name or not _NAME.fullmatch(name) or _NEVER.match(name):
        raise InvalidInputError("gate.credential.field")
    return name, value


def set_credential(
    data: Path,
    database: Database,
    clock: Clock,
    route: Route,
    kind: Kind,
    field: tuple[str, str],
    *,
    by: str,
) -> None:
    """Keep `field` (from `field_of`) for a system, instead of the one before; durable at return."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 (see `_opened`)

    key = _key(data, make=True)
    nonce = secrets.token_bytes(_NONCE)
    plain = "\n".join(field).encode()
    sealed = AESGCM(key).encrypt(nonce, plain, _bound(route.name, route.upstream))
    with database.write() as c:
        c.execute(sa.delete(CREDENTIAL).where(CREDENTIAL.c.route == route.name))
        c.execute(
            sa.insert(CREDENTIAL).values(
                route=route.name,
                kind=kind.value,
                upstream=route.upstream,
                sealed=base64.b64encode(nonce + sealed).decode(),
                set_at=clock.now(),
                set_by=by,
            )
        )


def remove_credential(database: Database, route: str) -> None:
    """Forget a system's credential.

    Raises:
        InvalidInputError: It has none.
    """
    with database.write() as c:
        gone = c.execute(sa.delete(CREDENTIAL).where(CREDENTIAL.c.route == route)).rowcount
    if not gone:
        raise InvalidInputError("gate.credential.none_set", route=route[:32])


def credentials(database: Database) -> list[Credential]:
    """Return which systems have one, by name."""
    with database.read() as c:
        rows = c.execute(sa.select(CREDENTIAL).order_by(CREDENTIAL.c.route)).all()
    return [
        Credential(
            route=row.route,
            kind=Kind(row.kind),
            upstream=row.upstream,
            set_at=row.set_at,
            set_by=row.set_by,
            refused_at=row.refused_at,
        )
        for row in rows
    ]


def findings(database: Database, clock: Clock, routes: Iterable[str]) -> list[Finding]:
    """Return a finding for each system that did not take its credential in the last day."""
    served, since = set(routes), clock.now() - REFUSED
    return [
        Finding(
            key=f"gate.credential_refused.{known.route}",
            room="gate",
            gravity=Gravity.TODAY,
            duty="1-1",
            message="gate.finding.credential_refused",
            args={"route": known.route},
            where="/gate",
            action="gate.action.credential",
        )
        for known in credentials(database)
        if known.refused_at is not None and known.refused_at > since and known.route in served
    ]


class Credentials:
    """The credentials of one worker, opened in memory; `refresh` takes what was changed."""

    def __init__(
        self, data: Path, database: Database, clock: Clock, routes: Iterable[Route]
    ) -> None:
        """Open them all.

        Raises:
            InvalidInputError: One cannot be opened, or was given for another address.
        """
        self._data = data
        self._database = database
        self._clock = clock
        self._routes = {route.name: route for route in routes}
        self._sealed: Mapping[str, str] = {}
        self._fields: Mapping[str, tuple[str, str]] = {}
        self._take(self._read())

    def field(self, route: str) -> tuple[str, str] | None:
        """Return name and value of the field that a system is shown, None where it has none."""
        return self._fields.get(route)

    def refresh(self) -> None:
        """Take what was set or removed since; what cannot be opened does not replace what could."""
        rows = self._read()
        if {name: row.sealed for name, row in rows.items()} == self._sealed:
            return
        try:
            self._take(rows)
        except InvalidInputError as error:
            _LOG.warning("a credential cannot be opened: %s", error.message)

    def refused(self, route: str, field: tuple[str, str]) -> None:
        """Note that a system did not take `field`, unless another was given meanwhile."""
        if self._fields.get(route) is not field:
            return
        now, sealed = self._clock.now(), self._sealed[route]
        late = sa.or_(
            CREDENTIAL.c.refused_at.is_(None), CREDENTIAL.c.refused_at < now - REFUSED_EVERY
        )
        with self._database.write() as c:
            c.execute(
                sa.update(CREDENTIAL)
                .where(CREDENTIAL.c.route == route, CREDENTIAL.c.sealed == sealed, late)
                .values(refused_at=now)
            )

    def _read(self) -> dict[str, sa.Row[tuple[object, ...]]]:
        with self._database.read() as c:
            rows = c.execute(sa.select(CREDENTIAL)).all()
        return {row.route: row for row in rows if row.route in self._routes}

    def _take(self, rows: Mapping[str, sa.Row[tuple[object, ...]]]) -> None:
        key = _key(self._data, make=False) if rows else b""
        self._fields = {name: _opened(key, self._routes[name], row) for name, row in rows.items()}
        self._sealed = {name: row.sealed for name, row in rows.items()}


def _opened(key: bytes, route: Route, row: sa.Row[tuple[object, ...]]) -> tuple[str, str]:
    # Loaded only where something is kept: it is large, and most gates keep nothing.
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 (see above)
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 (same)

    if row.upstream != route.upstream:
        raise InvalidInputError("gate.credential.other_upstream", route=route.name)
    try:
        whole = base64.b64decode(row.sealed, validate=True)
        plain = AESGCM(key).decrypt(
            whole[:_NONCE], whole[_NONCE:], _bound(route.name, route.upstream)
        )
    except (InvalidTag, ValueError) as error:
        raise InvalidInputError("gate.credential.unreadable", route=route.name) from error
    name, _, value = plain.decode().partition("\n")
    return name, value


def _bound(route: str, upstream: str) -> bytes:
    return f"sekisho upstream credential\n{route}\n{upstream}".encode()


def _key(data: Path, *, make: bool) -> bytes:
    """Return the key that seals, made at first use (0600).

    Raises:
        InvalidInputError: It is gone, or is none.
    """
    path = data / KEY_FILE
    if not path.exists() and make:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_durably(path, secrets.token_bytes(_KEY))
    try:
        key = path.read_bytes()
    except OSError as error:
        raise InvalidInputError("gate.credential.no_key", file=KEY_FILE) from error
    if len(key) != _KEY:
        raise InvalidInputError("gate.credential.no_key", file=KEY_FILE)
    return key
