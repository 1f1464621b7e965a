"""Everything for which a browser would turn away from a certificate, found before it does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from sekisho.app.certificates.read import Bundle
from sekisho.errors import InvalidInputError

T = TypeVar("T", bound=x509.ExtensionType)
_RSA = 2048
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


def check(bundle: Bundle, hosts: Iterable[str], now: dt.datetime) -> None:
    """Return nothing where `bundle` can serve `hosts` at `now`.

    Raises:
        InvalidInputError: With the first thing that browsers would not take.
    """
    own = bundle.chain[0]
    if own.issuer == own.subject:
        raise InvalidInputError("cert.self_signed")
    for one in bundle.chain:
        _dates(one, now)
        _strength(one)
    for issuer in bundle.chain[1:]:
        if not _authority(issuer):
            raise InvalidInputError("cert.no_authority", subject=_name(issuer))
    if _authority(own):
        raise InvalidInputError("cert.is_authority")
    usage = _extension(own, x509.ExtendedKeyUsage)
    if usage is not None and ExtendedKeyUsageOID.SERVER_AUTH not in usage:
        raise InvalidInputError("cert.not_for_servers")
    names = names_of(own)
    missing = [host for host in hosts if not any(_covers(name, host) for name in names)]
    if missing:
        raise InvalidInputError(
            "cert.names", missing=", ".join(missing), names=", ".join(names) or "—"
        )


def names_of(certificate: x509.Certificate) -> list[str]:
    """Return the host names that `certificate` is for; browsers look at nothing else."""
    found = _extension(certificate, x509.SubjectAlternativeName)
    return [name.lower() for name in found.get_values_for_type(x509.DNSName)] if found else []


def _covers(name: str, host: str) -> bool:
    """Whether `name` is `host`, or stands for it by one star (RFC 6125 6.4.3)."""
    host = host.lower()
    return name == host or (name.startswith("*.") and host.partition(".")[2] == name[2:])


def _dates(one: x509.Certificate, now: dt.datetime) -> None:
    if one.not_valid_before_utc > now:
        day = f"{one.not_valid_before_utc:%Y-%m-%d}"
        raise InvalidInputError("cert.too_early", subject=_name(one), day=day)
    if one.not_valid_after_utc <= now:
        day = f"{one.not_valid_after_utc:%Y-%m-%d}"
        raise InvalidInputError("cert.ended", subject=_name(one), day=day)


def _strength(one: x509.Certificate) -> None:
    key = one.public_key()
    strong = (isinstance(key, rsa.RSAPublicKey) and key.key_size >= _RSA) or (
        isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _CURVES)
    )
    if not strong:
        raise InvalidInputError("cert.weak_key", subject=_name(one))
    if not isinstance(one.signature_hash_algorithm, _HASHES):
        raise InvalidInputError("cert.weak_hash", subject=_name(one))


def _authority(one: x509.Certificate) -> bool:
    basic = _extension(one, x509.BasicConstraints)
    return basic is not None and basic.ca


def _extension(one: x509.Certificate, kind: type[T]) -> T | None:
    try:
        return one.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
    except ValueError as error:
        raise InvalidInputError("cert.malformed", subject=_name(one)) from error


def _name(one: x509.Certificate) -> str:
    return one.subject.rfc4514_string() or "—"
