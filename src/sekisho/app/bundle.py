"""The signed file that carries a version to a machine without a network.

A tar whose first members are ``SHA256SUMS`` (as ``sha256sum -c`` reads it) and
``SHA256SUMS.sig`` (Ed25519 over its bytes, raw). Every other member stands in it,
``manifest.json`` among them. ``install.sh`` checks the same with openssl and
sha256sum alone, where no Sekisho is yet.
"""

from __future__ import annotations

import hashlib
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from sekisho.errors import InvalidInputError, TamperError

FORMAT = "sekisho-bundle-1"
SUMS = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.sig"
MANIFEST = "manifest.json"
_LINE = re.compile(r"^([0-9a-f]{64})  ([\w.+~-][\w.+~/-]*)$")
_MOST = 4 * 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a bundle is for.

    Attributes:
        version: Version of Sekisho in it.
        system: The system it is made for, ``debian12``.
        arch: ``amd64``, ``arm64``…
        python: Version of Python its wheels are for, ``3.11``.
        made_at: RFC 3339.
    """

    version: str
    system: str
    arch: str
    python: str
    made_at: str


def unpack(file: Path, public_key: bytes, into: Path) -> Manifest:
    """Check the bundle `file` and write its members below `into`.

    Nothing but the list and its signature is looked at before the signature is
    checked, and no member is written that the list does not name.

    Args:
        file: The bundle.
        public_key: PEM of the release key, from this machine, never from the bundle.
        into: An empty folder.

    Raises:
        InvalidInputError: It is no bundle, or cut.
        TamperError: The signature is not by this key, or a member is not what was signed.
    """
    take_signed(file, public_key, into)
    return _manifest(into / MANIFEST, file)


def take_signed(file: Path, public_key: bytes, into: Path) -> None:
    """Check a signed tar and write its members below `into`, whatever it is for.

    Args:
        file: The tar.
        public_key: PEM of the key it must be signed by.
        into: An empty folder.

    Raises:
        InvalidInputError: It is no signed tar, or cut.
        TamperError: The signature is not by this key, or a member is not what was signed.
    """
    try:
        with tarfile.open(file, mode="r:") as tar:
            sums = _small(tar.next(), tar, SUMS, file)
            signature = _small(tar.next(), tar, SIGNATURE, file)
            _check(public_key, signature, sums, file)
            wanted = _sums(sums, file)
            while (member := tar.next()) is not None:
                _take(tar, member, wanted, into, file)
    except (tarfile.TarError, OSError) as error:
        raise InvalidInputError("bundle.unreadable", file=file.name) from error
    if wanted:
        raise TamperError("bundle.missing", file=file.name, member=min(wanted))


def _small(member: tarfile.TarInfo | None, tar: tarfile.TarFile, name: str, file: Path) -> bytes:
    content = None if member is None else tar.extractfile(member) if member.isreg() else None
    if member is None or content is None or member.name != name or member.size > 1 << 20:
        raise InvalidInputError("bundle.unreadable", file=file.name)
    return content.read()


def _check(public_key: bytes, signature: bytes, sums: bytes, file: Path) -> None:
    try:
        key = load_pem_public_key(public_key)
    except ValueError as error:
        raise InvalidInputError("bundle.bad_key") from error
    if not isinstance(key, Ed25519PublicKey):
        raise InvalidInputError("bundle.bad_key")
    try:
        key.verify(signature, sums)
    except InvalidSignature as error:
        raise TamperError("bundle.not_signed", file=file.name) from error


def _sums(sums: bytes, file: Path) -> dict[str, str]:
    wanted: dict[str, str] = {}
    for line in sums.decode("ascii", "replace").splitlines():
        found = _LINE.match(line)
        if found is None or ".." in found[2].split("/"):
            raise InvalidInputError("bundle.unreadable", file=file.name)
        wanted[found[2]] = found[1]
    return wanted


def _take(
    tar: tarfile.TarFile,
    member: tarfile.TarInfo,
    wanted: dict[str, str],
    into: Path,
    file: Path,
) -> None:
    digest = wanted.pop(member.name, None)
    content = tar.extractfile(member) if member.isreg() and member.size < _MOST else None
    if digest is None or content is None:
        raise TamperError("bundle.not_listed", file=file.name, member=member.name)
    path = into / member.name
    path.parent.mkdir(parents=True, exist_ok=True)
    seen = hashlib.sha256()
    with path.open("xb") as out:
        while block := content.read(1 << 20):
            seen.update(block)
            out.write(block)
    if seen.hexdigest() != digest:
        path.unlink()
        raise TamperError("bundle.changed", file=file.name, member=member.name)


def _manifest(path: Path, file: Path) -> Manifest:
    try:
        tree = orjson.loads(path.read_bytes())
        if tree.pop("format") != FORMAT:
            raise InvalidInputError("bundle.other_form", file=file.name)
        return Manifest(**tree)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InvalidInputError("bundle.unreadable", file=file.name) from error
