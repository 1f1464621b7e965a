"""One recorder for several machines: how it listens, and how the others reach it.

Only TLS 1.3, and only with a certificate of the configured authority on both sides.
"""

from __future__ import annotations

import datetime as dt
import logging
import ssl
import threading
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography import x509
from sqlalchemy.exc import SQLAlchemyError

from sekisho.app import tls
from sekisho.app.certificates import DAYS, names_of
from sekisho.app.findings import keep
from sekisho.app.recorder_config import RecorderConfig
from sekisho.errors import Error, InvalidInputError
from sekisho.gate.config import Clients
from sekisho.ledger.remote import Listen, Remote
from sekisho.terms import Clock, Finding, Gravity

if TYPE_CHECKING:
    from sekisho.gate.revoked import Lists
    from sekisho.storage import Database

ROOM = "ledger.remote"
"""Under which refused machines are kept as a finding; a person calls it done."""
_AGAIN = 60.0
"""Seconds in which the same machine is told of once."""
_MOST = 1000
_LOG = logging.getLogger(__name__)


def remote_of(config: RecorderConfig | None) -> Remote | None:
    """Return where the recorder listens, None where it is on this machine.

    Raises:
        InvalidInputError: A file is no certificate, no key, or not the other's.
    """
    if config is None or not config.elsewhere:
        return None
    try:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.load_cert_chain(config.certificate, config.private_key)
        _trust(made, config)
    except OSError as error:
        raise _bad(config) from error
    return Remote(host=config.host, port=config.port, name=config.name, context=made)


def listen_of(config: RecorderConfig | None, database: Database, clock: Clock) -> Listen | None:
    """Return how the recorder listens for other machines, None where it does not.

    Raises:
        InvalidInputError: A file is no certificate, no key, or not the other's.
    """
    if config is None or config.elsewhere:
        return None
    try:
        made = tls.context(config.certificate, config.private_key)
        made.verify_mode = ssl.CERT_REQUIRED
        # A resumed connection would be let in without showing a certificate again.
        made.options |= ssl.OP_NO_TICKET
        made.num_tickets = 0
        _trust(made, config)
    except OSError as error:
        raise _bad(config) from error
    guard = Guard(config, database, clock)
    return Listen(
        host=config.host,
        port=config.port,
        context=made,
        refusal=guard.refusal,
        refused=guard.refused,
        taken=guard.taken,
    )


def _trust(made: ssl.SSLContext, config: RecorderConfig) -> None:
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.load_verify_locations(config.authority)
    # What stands in the file is trusted, also where it is no root.
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN


def _bad(config: RecorderConfig) -> InvalidInputError:
    return InvalidInputError("app.remote.bad_tls", file=config.certificate.name)


class Guard:
    """Who may hand records over; keeps as a finding whoever tried and may not."""

    def __init__(self, config: RecorderConfig, database: Database, clock: Clock) -> None:
        self._config = config
        self._database = database
        self._clock = clock
        self._lists: Lists | None = None
        self._told: dict[tuple[str, str], float] = {}
        self._ends: dict[str, dt.datetime] = {}
        self._turn = threading.Lock()
        # Two refused at once would both open the one finding, and the later would be lost.
        self._keeping = threading.Lock()

    def refusal(self, certificate: bytes) -> str | None:
        """Return the message id of why a certificate (DER) is not taken now, None where it is."""
        read = _read(certificate)
        if not read.not_valid_before_utc <= self._clock.now() < read.not_valid_after_utc:
            return "ledger.remote.ended"
        if self._config.names.isdisjoint(names_of(read)):
            return "ledger.remote.stranger"
        return None if self._config.revoked is None else self._revoked(certificate)

    def refused(self, address: str, why: str, certificate: bytes | None) -> None:
        """Keep as a finding that a machine was refused."""
        now = self._clock.now()
        with self._turn:
            known = self._told.get((address, why), float("-inf"))
            if 0 <= now.timestamp() - known < _AGAIN:
                return
            if len(self._told) >= _MOST:
                self._told.clear()
            self._told[address, why] = now.timestamp()
        names = "" if certificate is None else ", ".join(names_of(_read(certificate)))
        finding = Finding(
            key=f"{ROOM}.refused",
            room="ledger",
            gravity=Gravity.TODAY,
            duty="1-3",
            message="app.finding.machine_refused",
            args={
                "address": address,
                "name": names or "—",
                "why": {"message": why},
                "at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            },
            where="/health",
            action="app.action.look",
        )
        self._keep(ROOM, [finding])

    def taken(self, certificate: bytes) -> None:
        """Keep as a finding that the certificate of a machine ends soon; a newer one ends it."""
        read = _read(certificate)
        end = read.not_valid_after_utc
        days = (end - self._clock.now()).days
        (name, *_) = sorted(self._config.names.intersection(names_of(read)))
        with self._turn:
            if self._ends.get(name) == end:
                return
            self._ends[name] = end
        finding = Finding(
            key=f"{ROOM}.ends:{name}"[:200],
            room="ledger",
            gravity=Gravity.WEEK,
            duty="1-3",
            message="app.finding.machine_ends",
            args={"name": name, "days": days, "day": f"{end:%Y-%m-%d}"},
            where="/health",
            action="app.action.look",
        )
        self._keep(f"{ROOM}:{name}"[:200], [finding] if days < DAYS else [])

    def _keep(self, room: str, findings: list[Finding]) -> None:
        try:
            with self._keeping:
                keep(self._database, room, findings, self._clock)
        except (Error, OSError, SQLAlchemyError) as error:
            _LOG.warning("a finding of other machines was not kept: %s", type(error).__name__)

    def _revoked(self, certificate: bytes) -> str | None:
        from sekisho.gate.revoked import Lists, shown  # noqa: PLC0415 (only where there are lists)

        try:
            if self._lists is None:
                self._lists = Lists(self._clients(), self._clock)
            else:
                self._lists.reload()
        except InvalidInputError as error:
            # Those before stay in force until they end; then nobody is let in.
            _LOG.warning("the lists of revoked certificates: %s", error.message)
            if self._lists is None:
                return "ledger.remote.list"
        wrong = self._lists.refusal(shown(certificate))
        if wrong is None:
            return None
        revoked = wrong == "gate.refused.certificate_revoked"
        return "ledger.remote.revoked" if revoked else "ledger.remote.list"

    def _clients(self) -> Clients:
        assert self._config.revoked is not None, "asked only then"
        return Clients(
            host=self._config.host,
            port=self._config.port,
            authorities=self._config.authority,
            revoked=self._config.revoked,
        )


@lru_cache(maxsize=256)
def _read(certificate: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(certificate)
