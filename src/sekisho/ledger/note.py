"""Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint) with Ed25519."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sekisho.errors import InvalidInputError, TamperError
from sekisho.terms import Secret

_ED25519 = b"\x01"
_NAME = re.compile(r"[^\s+]+\Z")
_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\Z")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of the tree that was signed.

    Attributes:
        text: The whole signed note, as kept in the file.
    """

    origin: str
    size: int
    root: bytes
    text: str


def generate(origin: str) -> tuple[Secret, str]:
    """Return a new signer key and its verifier key, both in C2SP text form.

    Raises:
        InvalidInputError: `origin` is empty or holds a space or a plus sign.
    """
    if not _NAME.match(origin):
        raise InvalidInputError("ledger.bad_origin_name", origin=origin)
    private = Ed25519PrivateKey.generate()
    public = _ED25519 + private.public_key().public_bytes_raw()
    sign = _ED25519 + private.private_bytes_raw()
    label = f"{origin}+{_key_id(origin, public).hex()}"
    return Secret(f"PRIVATE+KEY+{label}+{_b64(sign)}"), f"{label}+{_b64(public)}"


class Signer:
    """Signs notes with the ledger's key."""

    def __init__(self, key: Secret) -> None:
        parts = key.reveal().strip().split("+", 4)
        try:
            _, _, self.origin, key_id, body = parts
            seed = _unb64(body)
            private = Ed25519PrivateKey.from_private_bytes(seed[1:])
        except ValueError as error:
            raise InvalidInputError("ledger.bad_private_key") from error
        public = _ED25519 + private.public_key().public_bytes_raw()
        self._id = _key_id(self.origin, public)
        if parts[:2] != ["PRIVATE", "KEY"] or seed[:1] != _ED25519 or self._id.hex() != key_id:
            raise InvalidInputError("ledger.bad_private_key")
        self._private = private
        self.verifier = f"{self.origin}+{key_id}+{_b64(public)}"

    def checkpoint(self, size: int, root: bytes) -> Checkpoint:
        """Return the signed checkpoint of a tree."""
        body = f"{self.origin}\n{size}\n{_b64(root)}\n"
        signature = self._id + self._private.sign(body.encode())
        text = f"{body}\n— {self.origin} {_b64(signature)}\n"
        return Checkpoint(self.origin, size, root, text)


def open_checkpoint(text: str, verifier: str) -> Checkpoint:
    """Return the checkpoint in `text` once its signature by `verifier` holds.

    Raises:
        TamperError: It is not a checkpoint, or not signed by that key.
    """
    name, key_id, key = _verifier(verifier)
    body, separator, tail = text.rpartition("\n\n")
    if not separator or not tail.endswith("\n"):
        raise TamperError("ledger.checkpoint_unreadable")
    body += "\n"
    for line in tail[:-1].split("\n"):
        parts = line.split(" ")
        if len(parts) == 3 and parts[0] == "—" and parts[1] == name:
            try:
                signature = _unb64(parts[2])
                if signature[:4] != key_id:
                    continue
                key.verify(signature[4:], body.encode())
            except (ValueError, InvalidSignature) as error:
                raise TamperError("ledger.checkpoint_signature") from error
            return _read(body, name, text)
    raise TamperError("ledger.checkpoint_signer", origin=name)


def _read(body: str, name: str, text: str) -> Checkpoint:
    lines = body.split("\n")
    if len(lines) < 4 or lines[0] != name or not _SIZE.match(lines[1]):
        raise TamperError("ledger.checkpoint_unreadable")
    try:
        root = _unb64(lines[2])
    except ValueError as error:
        raise TamperError("ledger.checkpoint_unreadable") from error
    return Checkpoint(name, int(lines[1]), root, text)


def _verifier(text: str) -> tuple[str, bytes, Ed25519PublicKey]:
    parts = text.strip().split("+", 2)
    try:
        name, key_id, body = parts
        raw = _unb64(body)
        key = Ed25519PublicKey.from_public_bytes(raw[1:])
    except ValueError as error:
        raise InvalidInputError("ledger.bad_public_key") from error
    if raw[:1] != _ED25519 or _key_id(name, raw).hex() != key_id:
        raise InvalidInputError("ledger.bad_public_key")
    return name, bytes.fromhex(key_id), key


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _unb64(text: str) -> bytes:
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("base64") from error
    if _b64(data) != text:
        raise ValueError("base64")
    return data
