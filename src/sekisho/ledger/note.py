"""Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint) with Ed25519."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sekisho.errors import InvalidInputError, TamperError
from sekisho.terms import Secret

LOG = b"\x01"
"""Signature type of a log's key (C2SP signed-note)."""
WITNESS = b"\x04"
"""Signature type of a witness's key (C2SP tlog-cosignature)."""
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


def generate(name: str, kind: bytes = LOG) -> tuple[Secret, str]:
    """Return a new signer key and its verifier key, both in C2SP text form.

    Raises:
        InvalidInputError: `name` is empty or holds a space or a plus sign.
    """
    if not _NAME.match(name):
        raise InvalidInputError("ledger.bad_origin_name", origin=name)
    private = Ed25519PrivateKey.generate()
    public = kind + private.public_key().public_bytes_raw()
    sign = kind + private.private_bytes_raw()
    label = f"{name}+{_key_id(name, public).hex()}"
    return Secret(f"PRIVATE+KEY+{label}+{b64(sign)}"), f"{label}+{b64(public)}"


class Signer:
    """Signs notes with one key, the ledger's or a witness's."""

    def __init__(self, key: Secret, kind: bytes = LOG) -> None:
        parts = key.reveal().strip().split("+", 4)
        try:
            _, _, self.origin, key_id, body = parts
            seed = unb64(body)
            private = Ed25519PrivateKey.from_private_bytes(seed[1:])
        except ValueError as error:
            raise InvalidInputError("ledger.bad_private_key") from error
        public = kind + private.public_key().public_bytes_raw()
        self._id = _key_id(self.origin, public)
        if parts[:2] != ["PRIVATE", "KEY"] or seed[:1] != kind or self._id.hex() != key_id:
            raise InvalidInputError("ledger.bad_private_key")
        self._private = private
        self.verifier = f"{self.origin}+{key_id}+{b64(public)}"

    def line(self, message: bytes, before: bytes = b"") -> str:
        """Return the signature line of `message`; `before` goes between key id and signature."""
        signature = self._id + before + self._private.sign(message)
        return f"— {self.origin} {b64(signature)}"

    def signed(self, text: str) -> bool:
        """Return whether this key signed the checkpoint in `text`."""
        try:
            open_checkpoint(text, self.verifier)
        except TamperError:
            return False
        return True

    def checkpoint(self, size: int, root: bytes) -> Checkpoint:
        """Return the signed checkpoint of a tree."""
        body = f"{self.origin}\n{size}\n{b64(root)}\n"
        return Checkpoint(self.origin, size, root, f"{body}\n{self.line(body.encode())}\n")


def open_note(text: str, verifier: str) -> str:
    """Return the signed part of a note once its signature by `verifier` holds.

    Raises:
        TamperError: It is no note, or not signed by that key.
    """
    name, key_id, key = open_verifier(verifier)
    body, lines = _parts(text)
    for signer, signature in lines:
        if signer != name or signature[:4] != key_id:
            continue
        try:
            key.verify(signature[4:], body.encode())
        except InvalidSignature as error:
            raise TamperError("ledger.checkpoint_signature") from error
        return body
    raise TamperError("ledger.checkpoint_signer", origin=name)


def open_checkpoint(text: str, verifier: str) -> Checkpoint:
    """Return the checkpoint in `text` once its signature by `verifier` holds.

    Raises:
        TamperError: It is not a checkpoint, or not signed by that key.
    """
    body = open_note(text, verifier)
    return _read(body, open_verifier(verifier)[0], text)


def open_cosignature(text: str, witness: str) -> tuple[str, dt.datetime]:
    """Return the line by which `witness` cosigned the checkpoint in `text`, and when (UTC).

    Raises:
        TamperError: It did not, or its signature does not hold.
    """
    name, key_id, key = open_verifier(witness, WITNESS)
    body, lines = _parts(text)
    for signer, signature in lines:
        if signer != name or signature[:4] != key_id:
            continue
        at = int.from_bytes(signature[4:12], "big")
        try:
            key.verify(signature[12:], cosigned(body, at))
            moment = dt.datetime.fromtimestamp(at, dt.UTC)
        except (InvalidSignature, ValueError, OverflowError, OSError) as error:
            raise TamperError("ledger.cosignature", witness=name) from error
        return f"— {name} {b64(signature)}", moment
    raise TamperError("ledger.not_cosigned", witness=name)


def cosigned(body: str, at: int) -> bytes:
    """Return what a witness signs: the checkpoint's body, after the time in seconds."""
    return f"cosignature/v1\ntime {at}\n{body}".encode()


def body_of(text: str) -> str:
    """Return the signed part of a note.

    Raises:
        TamperError: It is no note.
    """
    return _parts(text)[0]


def _parts(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """Return a note's signed part, and the name and bytes of each signature that can be read."""
    body, separator, tail = text.rpartition("\n\n")
    if not separator or not tail.endswith("\n"):
        raise TamperError("ledger.checkpoint_unreadable")
    lines = []
    for line in tail[:-1].split("\n"):
        parts = line.split(" ")
        if len(parts) == 3 and parts[0] == "—":
            try:
                lines.append((parts[1], unb64(parts[2])))
            except ValueError as error:
                raise TamperError("ledger.checkpoint_signature") from error
    return f"{body}\n", lines


def _read(body: str, name: str, text: str) -> Checkpoint:
    lines = body.split("\n")
    if len(lines) < 4 or lines[0] != name or not _SIZE.match(lines[1]):
        raise TamperError("ledger.checkpoint_unreadable")
    try:
        root = unb64(lines[2])
    except ValueError as error:
        raise TamperError("ledger.checkpoint_unreadable") from error
    return Checkpoint(name, int(lines[1]), root, text)


def open_verifier(text: str, kind: bytes = LOG) -> tuple[str, bytes, Ed25519PublicKey]:
    """Return name, id and key of a verifier key.

    Raises:
        InvalidInputError: It is not one of that kind.
    """
    parts = text.strip().split("+", 2)
    try:
        name, key_id, body = parts
        raw = unb64(body)
        key = Ed25519PublicKey.from_public_bytes(raw[1:])
    except ValueError as error:
        raise InvalidInputError("ledger.bad_public_key") from error
    if raw[:1] != kind or _key_id(name, raw).hex() != key_id:
        raise InvalidInputError("ledger.bad_public_key")
    return name, bytes.fromhex(key_id), key


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]


def b64(data: bytes) -> str:
    """Return base64 as notes write it."""
    return base64.b64encode(data).decode("ascii")


def unb64(text: str) -> bytes:
    """Return the bytes that base64 means, in its one right form.

    Raises:
        ValueError: It is not that form.
    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("base64") from error
    if b64(data) != text:
        raise ValueError("base64")
    return data
