"""Small authorities of the institution's own, that can vouch for its host names alone.

One is for browsers, one for Sekisho's own machines among each other: what a PC trusts lets no
machine hand records over, and the other way round.

RFC 5280: basicConstraints CA with path length 0 (4.2.1.9), critical nameConstraints
(4.2.1.10): the host names and what lies under them are permitted, every address is
excluded. Its key is written to a medium, closed by a password, and to nowhere else.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sekisho.app.certificates.read import Bundle, read_bundle
from sekisho.errors import ConflictError, InvalidInputError, UnavailableError
from sekisho.storage import fsync_folder
from sekisho.terms import Secret

FILE = "sekisho-authority.pem"
"""On the medium: the authority's certificate and its closed key."""
MACHINES = "sekisho-machines.pem"
"""The same, of the authority for Sekisho's own machines."""
_YEARS = 10
_DAYS = 397
"""Browsers refuse more than 398 days (CA/Browser Forum BR 6.3.2)."""
_EARLIER = dt.timedelta(hours=1)
"""For PCs whose clocks are a little behind."""
_SHORTEST = 12
_HOST = re.compile(
    r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """An authority with its key, in memory only for as long as it is needed."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def issue(self, hosts: Sequence[str], now: dt.datetime) -> Bundle:
        """Return a new key with a certificate for `hosts`, good for 397 days.

        Raises:
            InvalidInputError: A host is no name, or lies outside what the authority may vouch for.
        """
        permitted, usage = self.hosts, self._usage
        for host in hosts:
            _check_host(host)
            if not any(host == name or host.endswith(f".{name}") for name in permitted):
                raise InvalidInputError("cert.outside", host=host, names=", ".join(permitted))
        key = ec.generate_private_key(ec.SECP256R1())
        end = now + dt.timedelta(days=_DAYS)
        certificate = (
            _builder(hosts[0], self.certificate.subject, now, end)
            .public_key(key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(_names(hosts), critical=False)
            .add_extension(usage, critical=False)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(_identifier(self.key), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return Bundle(key=key, chain=(certificate,), root=self.certificate)

    @property
    def hosts(self) -> list[str]:
        """Return the names under which it may vouch."""
        found = self.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
        return [str(each.value) for each in found.permitted_subtrees or ()]

    @property
    def _usage(self) -> x509.ExtendedKeyUsage:
        """What it issues for: servers, or machines that are both."""
        return self.certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value


def make_authority(
    medium: Path,
    hosts: Sequence[str],
    password: Secret,
    now: dt.datetime,
    *,
    data: Path,
    machines: bool = False,
) -> Authority:
    """Make an authority for `hosts`, write it to `medium` (0600, closed) and return it.

    Args:
        medium: A folder outside `data`; nothing in it is overwritten.
        hosts: Names for which, and under which, it may vouch.
        password: Closes the key; at least 12 characters.
        now: Begins its ten years.
        data: The data directory.
        machines: For Sekisho's own machines, not for browsers.

    Raises:
        InvalidInputError: The medium lies in the data directory, the password is short, or
            a host is no name.
        ConflictError: There is an authority on the medium.
        UnavailableError: The medium cannot be written.
    """
    if medium.resolve().is_relative_to(data.resolve()):
        raise InvalidInputError("cert.medium_inside")
    if len(password.reveal()) < _SHORTEST:
        raise InvalidInputError("cert.short_password", least=_SHORTEST)
    for host in hosts:
        _check_host(host)
    key = ec.generate_private_key(ec.SECP256R1())
    kind = "Sekisho machines" if machines else "Sekisho CA"
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, f"{kind} {now:%Y-%m} {hosts[0]}"[:64])]
    )
    usage = [ExtendedKeyUsageOID.SERVER_AUTH]
    if machines:
        usage.append(ExtendedKeyUsageOID.CLIENT_AUTH)
    certificate = (
        _builder(None, name, now, now + dt.timedelta(days=365 * _YEARS))
        .subject_name(name)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(
            x509.NameConstraints(
                permitted_subtrees=[x509.DNSName(host) for host in hosts],
                excluded_subtrees=[
                    x509.IPAddress(ipaddress.ip_network("0.0.0.0/0")),
                    x509.IPAddress(ipaddress.ip_network("::/0")),
                ],
            ),
            critical=True,
        )
        .add_extension(x509.ExtendedKeyUsage(usage), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    closed = key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password.reveal().encode())
    )
    _write_new(
        medium / (MACHINES if machines else FILE), certificate.public_bytes(Encoding.PEM) + closed
    )
    return Authority(certificate=certificate, key=key)


def open_authority(medium: Path, password: Secret, *, machines: bool = False) -> Authority | None:
    """Return the authority on `medium`, None where there is none.

    Raises:
        InvalidInputError: The password is wrong, or the file is broken.
    """
    file = medium / (MACHINES if machines else FILE)
    if not file.is_file():
        return None
    bundle = read_bundle([file], password)
    if not isinstance(bundle.key, ec.EllipticCurvePrivateKey):
        raise InvalidInputError("cert.unreadable", file=str(file))
    return Authority(certificate=bundle.chain[0], key=bundle.key)


def _check_host(host: str) -> None:
    if not _HOST.fullmatch(host) or re.fullmatch(r"[\d.]+", host):
        raise InvalidInputError("cert.no_host", host=host)


def _builder(
    host: str | None, issuer: x509.Name, now: dt.datetime, end: dt.datetime
) -> x509.CertificateBuilder:
    made = (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(end)
    )
    if host is None:
        return made
    return made.subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64])]))


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _names(hosts: Sequence[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])


def _identifier(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _write_new(path: Path, content: bytes) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise ConflictError("cert.authority_there", file=str(path)) from error
    except OSError as error:
        raise UnavailableError("cert.medium_closed", folder=str(path.parent)) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    fsync_folder(path.parent)
