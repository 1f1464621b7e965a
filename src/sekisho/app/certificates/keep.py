"""Where the certificates lie in the data directory: 0600, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sekisho.app.certificates.read import Bundle
from sekisho.storage import write_durably

FOLDER = "tls"
CHAIN = "certificate.pem"
KEY = "key.pem"
AUTHORITY = "ca.cer"
"""The root that PCs must trust, public, in DER as Windows takes it; where it is known."""


def keep(data: Path, bundle: Bundle) -> Path:
    """Write `bundle` into the data directory and return its folder; the old one is replaced."""
    folder = data / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    key = bundle.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_durably(folder / KEY, key)
    chain = b"".join(one.public_bytes(Encoding.PEM) for one in bundle.chain)
    write_durably(folder / CHAIN, chain)
    if bundle.root is None:
        (folder / AUTHORITY).unlink(missing_ok=True)
    else:
        write_durably(folder / AUTHORITY, bundle.root.public_bytes(Encoding.DER))
    return folder


def keep_machine(folder: Path, name: str, bundle: Bundle) -> tuple[Path, Path, Path]:
    """Write what a machine called `name` is given; its certificate, its key, the authority's.

    The folder is made (0700), each file 0600; what was there under these names is replaced.
    """
    assert bundle.root is not None, "it comes from the authority itself"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = bundle.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    made = folder / f"{name}.pem", folder / f"{name}.key", folder / "machines.crt"
    chain = b"".join(one.public_bytes(Encoding.PEM) for one in bundle.chain)
    for path, content in zip(
        made, (chain, key, bundle.root.public_bytes(Encoding.PEM)), strict=True
    ):
        write_durably(path, content)
    return made
