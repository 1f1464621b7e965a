"""An institution's authority as AD CS would be: root, intermediate, and what it issues."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sekisho.app.certificates.read import PrivateKey

HOST = "sekisho.byoin.example"
NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
AUTHORITY = ec.generate_private_key(ec.SECP256R1())
"""Of every authority here: what is tested is the chain, not the making of keys."""


def issue(
    name: str,
    issuer: x509.Certificate | None = None,
    *,
    key: Any = None,
    ca: bool = False,
    names: tuple[str, ...] = (HOST,),
    start: int = -1,
    days: int = 397,
    usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH,
    signer: Any = None,
) -> x509.Certificate:
    """Return a certificate for `name`, by `issuer` or by itself."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    key = key or AUTHORITY
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + dt.timedelta(days=start))
        .not_valid_after(NOW + dt.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if not ca:
        made = made.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if names:
            alternative = x509.SubjectAlternativeName([x509.DNSName(each) for each in names])
            made = made.add_extension(alternative, critical=False)
    return made.sign(signer or AUTHORITY, hashes.SHA256())


ROOT = issue("Byoin Root CA", ca=True, days=3650)
BETWEEN = issue("Byoin Issuing CA", ROOT, ca=True, days=1800)
SERVER = rsa.generate_private_key(65537, 2048)


def pem(*certificates: x509.Certificate) -> bytes:
    """Return `certificates` as PEM, in this order."""
    return b"".join(one.public_bytes(Encoding.PEM) for one in certificates)


def key_pem(key: PrivateKey, password: bytes | None = None) -> bytes:
    """Return `key` as PEM."""
    closing = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, closing)


def pfx(folder: Path, password: bytes) -> Path:
    """Return a PFX as AD CS exports it: key, certificate, issuers."""
    own = issue(HOST, BETWEEN, key=SERVER)
    file = folder / "server.pfx"
    file.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"server", SERVER, own, [ROOT, BETWEEN], BestAvailableEncryption(password)
        )
    )
    return file
