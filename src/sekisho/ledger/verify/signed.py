"""Read a verifier key and a checkpoint (C2SP signed-note, tlog-checkpoint)."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_VKEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)\Z")
_SIGNATURE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/=]+)\Z")
_BODY = re.compile(r"([^\n]+)\n(0|[1-9][0-9]{0,17})\n([A-Za-z0-9+/=]{44})\n((?:[^\n]+\n)*)\Z")


class BadNoteError(Exception):
    """Not a key or not a checkpoint signed by it; the argument is the message id."""


@dataclass(frozen=True, slots=True)
class Key:
    """A verifier key: its name, its short id, and the key itself."""

    name: str
    short: bytes
    public: Ed25519PublicKey
    text: str


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint whose signature holds.

    Attributes:
        at: When a witness cosigned it, where one was asked for.
    """

    origin: str
    size: int
    root: bytes
    at: dt.datetime | None = None


def read_key(text: str, kind: int = 1) -> Key:
    """Return the verifier key in `text`: kind 1 is a log's, kind 4 a witness's."""
    found = _VKEY.match(text)
    if not found:
        raise BadNoteError("ledger.verify.key_unreadable")
    name, short, body = found.groups()
    raw = _decode(body, "ledger.verify.key_unreadable")
    expected = hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8]
    if len(raw) != 33 or raw[0] != kind or expected != short:
        raise BadNoteError("ledger.verify.key_unreadable")
    return Key(name, bytes.fromhex(short), Ed25519PublicKey.from_public_bytes(raw[1:]), text)


def read_checkpoint(data: bytes, key: Key, witness: Key | None = None) -> Signed:
    """Return the checkpoint in `data`; the signature by `key`, and by `witness`, must hold."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadNoteError("ledger.verify.checkpoint_unreadable") from error
    body, blank, tail = text.rpartition("\n\n")
    body += "\n"
    found = _BODY.match(body)
    lines = tail.split("\n")
    if not blank or not found or lines.pop() != "" or not lines:
        raise BadNoteError("ledger.verify.checkpoint_unreadable")
    held, at = False, None
    for line in lines:
        parts = _SIGNATURE.match(line)
        if not parts:
            raise BadNoteError("ledger.verify.checkpoint_unreadable")
        raw = _decode(parts[2], "ledger.verify.checkpoint_unreadable")
        if witness is not None and (parts[1], raw[:4]) == (witness.name, witness.short):
            at = _cosigned(raw[4:], body, witness)
        if parts[1] != key.name or raw[:4] != key.short:
            continue
        try:
            key.public.verify(raw[4:], body.encode())
        except InvalidSignature as error:
            raise BadNoteError("ledger.verify.signature_wrong") from error
        held = True
    if not held:
        raise BadNoteError("ledger.verify.other_signer")
    if witness is not None and at is None:
        raise BadNoteError("ledger.verify.cosignature_missing")
    origin, size, root, _ = found.groups()
    if origin != key.name:
        raise BadNoteError("ledger.verify.other_signer")
    return Signed(origin, int(size), _decode(root, "ledger.verify.checkpoint_unreadable"), at)


def _cosigned(raw: bytes, body: str, witness: Key) -> dt.datetime:
    """Return when `witness` cosigned `body` (C2SP tlog-cosignature: time, then signature)."""
    seconds = int.from_bytes(raw[:8], "big")
    try:
        witness.public.verify(raw[8:], f"cosignature/v1\ntime {seconds}\n{body}".encode())
        return dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (InvalidSignature, ValueError, OverflowError, OSError) as error:
        raise BadNoteError("ledger.verify.cosignature_wrong") from error


def _decode(text: str, message: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise BadNoteError(message) from error
    if base64.b64encode(raw).decode("ascii") != text:
        raise BadNoteError(message)
    return raw
