"""Reads what an authority handed out: PEM, DER or PFX, in whatever order it stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    pkcs12,
)

from sekisho.errors import InvalidInputError
from sekisho.terms import Secret

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A key with its certificates.

    Attributes:
        chain: What the server sends: its own certificate first, each followed by its issuer,
            without the root.
        root: The self-signed end of the chain, where it was among what was given.
    """

    key: PrivateKey
    chain: tuple[x509.Certificate, ...]
    root: x509.Certificate | None


def read_bundle(files: Sequence[Path], password: Secret | None = None) -> Bundle:
    """Return what `files` hold together: one key, its certificate and the chain, in order.

    Raises:
        InvalidInputError: A file is unreadable, the password is missing or wrong, there is
            no key or more than one, or no certificate belongs to the key.
    """
    keys: list[PrivateKey] = []
    certificates: list[x509.Certificate] = []
    for file in files:
        found_keys, found = _read(file, password)
        keys += found_keys
        certificates += found
    if not certificates:
        raise InvalidInputError("cert.no_certificate")
    if len({_public(key) for key in keys}) != 1:
        raise InvalidInputError("cert.not_one_key", keys=len(keys))
    own = [one for one in certificates if _public(one) == _public(keys[0])]
    if not own:
        raise InvalidInputError("cert.key_of_another")
    chain = _chain(max(own, key=lambda one: one.not_valid_after_utc), certificates)
    last = chain[-1]
    # A self-signed server certificate is left in place: the check refuses it by name.
    if len(chain) > 1 and _issued(last, last):
        return Bundle(key=keys[0], chain=tuple(chain[:-1]), root=last)
    return Bundle(key=keys[0], chain=tuple(chain), root=None)


def _read(file: Path, password: Secret | None) -> tuple[list[PrivateKey], list[x509.Certificate]]:
    try:
        with file.open("rb") as opened:
            raw = opened.read(_LARGEST)
    except OSError as error:
        raise InvalidInputError("cert.unreadable", file=str(file)) from error
    word = password.reveal().encode() if password else None
    if b"-----BEGIN " in raw:
        return _pem(file, raw, word)
    try:
        return [], [x509.load_der_x509_certificate(raw)]
    except ValueError:
        pass
    try:
        key, own, others = pkcs12.load_key_and_certificates(raw, word)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        # A wrong password and a broken file look alike in PKCS #12.
        raise InvalidInputError("cert.pfx_closed", file=file.name) from error
    return [_kind(key, file)] if key else [], [*([own] if own else []), *others]


def _pem(
    file: Path, raw: bytes, word: bytes | None
) -> tuple[list[PrivateKey], list[x509.Certificate]]:
    try:
        found = x509.load_pem_x509_certificates(raw) if b"BEGIN CERTIFICATE-----" in raw else []
    except ValueError as error:
        raise InvalidInputError("cert.unreadable", file=file.name) from error
    if b"PRIVATE KEY-----" not in raw:
        return [], found
    closed = b"ENCRYPTED" in raw
    start = raw.index(b"-----BEGIN ", _before(raw))
    try:
        key = load_pem_private_key(raw[start:], word if closed else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        message = "cert.pfx_closed" if closed else "cert.unreadable"
        raise InvalidInputError(message, file=file.name) from error
    return [_kind(key, file)], found


def _before(raw: bytes) -> int:
    """Return where the line that begins the private key stands."""
    return raw.rindex(b"-----BEGIN ", 0, raw.index(b"PRIVATE KEY-----"))


def _kind(key: object, file: Path) -> PrivateKey:
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise InvalidInputError("cert.kind_of_key", file=file.name)
    return key


def _public(of: PrivateKey | x509.Certificate) -> bytes:
    return of.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _chain(own: x509.Certificate, others: Iterable[x509.Certificate]) -> list[x509.Certificate]:
    chain = [own]
    left = [one for one in others if one != own]
    while True:
        following = next((one for one in left if _issued(one, chain[-1])), None)
        if following is None:
            return chain
        left.remove(following)
        chain.append(following)


def _issued(issuer: x509.Certificate, issued: x509.Certificate) -> bool:
    try:
        issued.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
