"""The devices' authorities and their lists of revoked certificates.

TLS itself asks for a certificate of the institution's authorities that is on no list
(``VERIFY_CRL_CHECK_LEAF``). Each request is compared with the list once more, because a
connection may be older than the list, and a TLS 1.2 session may be resumed without either.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import ssl
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sekisho.errors import InvalidInputError
from sekisho.gate.clients import Shown
from sekisho.gate.config import Clients
from sekisho.terms import Clock, Finding, Gravity

SOON = dt.timedelta(days=1)
"""So long before a list ends it is a finding: authorities issue the next one before that."""
_PEM = re.compile(rb"-----BEGIN X509 CRL-----.+?-----END X509 CRL-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Revoked:
    """The lists as they were read.

    Attributes:
        pem: The checked lists, for OpenSSL.
        until: When the first of them ends; from then on nobody is let in.
        serials: Issuer's name (DER) and serial number.
    """

    pem: bytes
    until: dt.datetime
    serials: frozenset[tuple[bytes, int]]


@lru_cache(maxsize=1024)
def shown(der: bytes) -> Shown:
    """Return what a certificate says of itself.

    Raises:
        ValueError: It is none.
    """
    read = x509.load_der_x509_certificate(der)
    issuer, subject = read.issuer.public_bytes(), read.subject.public_bytes()
    names = hashlib.sha256(len(issuer).to_bytes(4, "big") + issuer + subject).hexdigest()
    return Shown(hashlib.sha256(der).hexdigest(), names, issuer, read.serial_number)


def read_authorities(config: Clients) -> list[x509.Certificate]:
    """Return the authorities that issue the devices' certificates.

    Raises:
        InvalidInputError: The file cannot be read, or holds no authority.
    """
    try:
        found = x509.load_pem_x509_certificates(config.authorities.read_bytes())
        every = [each.extensions.get_extension_for_class(x509.BasicConstraints) for each in found]
    except (OSError, ValueError, x509.ExtensionNotFound) as error:
        raise InvalidInputError("gate.config.mend_authorities") from error
    if not all(each.value.ca for each in every):
        raise InvalidInputError("gate.config.mend_authorities")
    return found


def read_revoked(config: Clients, now: dt.datetime) -> Revoked:
    """Return the lists of revoked certificates, if they can be relied on.

    Raises:
        InvalidInputError: A list cannot be read, is no authority's of ours, is not valid yet
            or any more, or an authority has none. The message says what to do.
    """
    authorities = read_authorities(config)
    lists = _lists(config.revoked)
    serials: set[tuple[bytes, int]] = set()
    for each in lists:
        if not any(_signed(each, authority) for authority in authorities):
            raise InvalidInputError("gate.config.mend_list_foreign")
        if each.next_update_utc is None or each.next_update_utc <= now:
            raise InvalidInputError("gate.config.mend_list_old")
        if each.last_update_utc > now:
            raise InvalidInputError("gate.config.mend_list_early")
        issuer = each.issuer.public_bytes()
        serials.update((issuer, entry.serial_number) for entry in each)
    listed = {each.issuer for each in lists}
    # A root whose every certificate here is an authority itself issues to no device.
    above = {each.issuer for each in authorities if each.issuer != each.subject}
    if any(each.subject not in listed | above for each in authorities):
        raise InvalidInputError("gate.config.mend_list_missing")
    return Revoked(
        pem=b"".join(each.public_bytes(Encoding.PEM) for each in lists),
        until=min(each.next_update_utc for each in lists if each.next_update_utc),
        serials=frozenset(serials),
    )


def _lists(path: Path) -> list[x509.CertificateRevocationList]:
    try:
        raw = path.read_bytes()
        pieces = _PEM.findall(raw)
        found = (
            [x509.load_pem_x509_crl(piece) for piece in pieces]
            if pieces
            else [x509.load_der_x509_crl(raw)]
        )
        odd = [
            each.oid
            for one in found
            for each in one.extensions
            if each.critical and not isinstance(each.value, x509.IssuingDistributionPoint)
        ]
    except (OSError, ValueError) as error:
        raise InvalidInputError("gate.config.mend_list_unreadable") from error
    if odd:
        # A list of changes only (delta), or another thing that must be understood and is not.
        raise InvalidInputError("gate.config.mend_list_unreadable")
    return found


def _signed(one: x509.CertificateRevocationList, authority: x509.Certificate) -> bool:
    if one.issuer != authority.subject:
        return False
    try:
        return one.is_signature_valid(authority.public_key())  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False


def demand(made: ssl.SSLContext, config: Clients, revoked: Revoked) -> None:
    """Let a server's context take only who shows a certificate that is on no list.

    Raises:
        ssl.SSLError: OpenSSL does not take the authorities or the lists.
    """
    made.verify_mode = ssl.CERT_REQUIRED
    made.load_verify_locations(cafile=config.authorities)
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(revoked.pem)
        file.flush()
        made.load_verify_locations(cafile=file.name)
    # What stands in the file is trusted, also where it is no root.
    made.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF | ssl.VERIFY_X509_PARTIAL_CHAIN
    # A resumed session would be let in without being looked at.
    made.options |= ssl.OP_NO_TICKET
    made.num_tickets = 0


class Lists:
    """The lists of one worker, read again when their file changes."""

    def __init__(self, config: Clients, clock: Clock) -> None:
        """Read them.

        Raises:
            InvalidInputError: They cannot be relied on; then the gate does not start.
        """
        self.config = config
        self._clock = clock
        self._stamp = self._look()
        self.revoked = read_revoked(config, clock.now())

    def reload(self) -> bool:
        """Read the lists again if their file changed; return whether others are now in force.

        Raises:
            InvalidInputError: The new ones cannot be relied on; those before stay until
                they end.
        """
        stamp = self._look()
        if stamp == self._stamp:
            return False
        self.revoked = read_revoked(self.config, self._clock.now())
        self._stamp = stamp
        return True

    def shown(self, certificate: bytes) -> Shown:
        """Return what a certificate (DER) says of itself."""
        return shown(certificate)

    def refusal(self, known: Shown) -> str | None:
        """Return the message id of why a certificate is not let in, None where it is."""
        if self.revoked.until <= self._clock.now():
            return "gate.refused.list_old"
        if (known.issuer, known.serial) in self.revoked.serials:
            return "gate.refused.certificate_revoked"
        return None

    def _look(self) -> tuple[tuple[int, int, int], ...]:
        found = []
        for path in (self.config.authorities, self.config.revoked):
            try:
                state = path.stat()
            except OSError:
                found.append((0, 0, 0))
            else:
                found.append((state.st_mtime_ns, state.st_size, state.st_ino))
        return tuple(found)


def findings(config: Clients | None, now: dt.datetime) -> list[Finding]:
    """Return what is wrong with the lists, or soon will be; nothing without such a listener."""
    if config is None:
        return []
    try:
        ends = read_revoked(config, now).until
    except InvalidInputError:
        return [_finding("list_refused", Gravity.URGENT, 0)]
    hours = int((ends - now).total_seconds() // 3600)
    return [_finding("list_ends", Gravity.TODAY, hours)] if ends - now <= SOON else []


def _finding(matter: str, gravity: Gravity, hours: int) -> Finding:
    return Finding(
        key=f"gate.{matter}",
        room="gate",
        gravity=gravity,
        duty="1-1",
        message=f"gate.finding.{matter}",
        args={"hours": hours},
        where="/gate",
        action="gate.action.lists",
    )
