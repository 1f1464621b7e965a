"""Read a verifier key and a checkpoint (C2SP signed-note, tlog-checkpoint)."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import re
from collections.abc import Sequence
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

    def signed(self, body: str, lines: Sequence[tuple[str, bytes]]) -> bool:
        """Return whether one of a note's lines is this key's; then it must hold.

        Raises:
            BadNoteError: One is, and does not.
        """
        held = False
        for name, raw in lines:
            if name != self.name or raw[:4] != self.short:
                continue
            try:
                self.public.verify(raw[4:], body.encode())
            except InvalidSignature as error:
                raise BadNoteError("ledger.verify.signature_wrong") from error
            held = True
        return held


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
    raw = decode(body, "ledger.verify.key_unreadable")
    expected = hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8]
    if len(raw) != 33 or raw[0] != kind or expected != short:
        raise BadNoteError("ledger.verify.key_unreadable")
    return Key(name, bytes.fromhex(short), Ed25519PublicKey.from_public_bytes(raw[1:]), text)


def read_checkpoint(data: bytes, keys: Sequence[Key], witness: Key | None = None) -> Signed:
    """Return the checkpoint in `data`; the signature by one of `keys`, and by `witness`, must hold."""
    body, lines = opened_note(data)
    found = _BODY.match(body)
    if found is None:
        raise BadNoteError("ledger.verify.checkpoint_unreadable")
    at = None
    for name, raw in lines:
        if witness is not None and (name, raw[:4]) == (witness.name, witness.short):
            at = _cosigned(raw[4:], body, witness)
    held = [key.signed(body, lines) for key in keys]
    if not any(held):
        raise BadNoteError("ledger.verify.other_signer")
    if witness is not None and at is None:
        raise BadNoteError("ledger.verify.cosignature_missing")
    origin, size, root, _ = found.groups()
    if origin != keys[0].name:
        raise BadNoteError("ledger.verify.other_signer")
    return Signed(origin, int(size), decode(root, "ledger.verify.checkpoint_unreadable"), at)


def opened_note(data: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """Return a note's signed part, and name and bytes of each signature; none is checked yet."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadNoteError("ledger.verify.checkpoint_unreadable") from error
    body, blank, tail = text.rpartition("\n\n")
    lines = tail.split("\n")
    if not blank or lines.pop() != "" or not lines:
        raise BadNoteError("ledger.verify.checkpoint_unreadable")
    found = []
    for line in lines:
        parts = _SIGNATURE.match(line)
        if not parts:
            raise BadNoteError("ledger.verify.checkpoint_unreadable")
        found.append((parts[1], decode(parts[2], "ledger.verify.checkpoint_unreadable")))
    return f"{body}\n", found


def _cosigned(raw: bytes, body: str, witness: Key) -> dt.datetime:
    """Return when `witness` cosigned `body` (C2SP tlog-cosignature: time, then signature)."""
    seconds = int.from_bytes(raw[:8], "big")
    try:
        witness.public.verify(raw[8:], f"cosignature/v1\ntime {seconds}\n{body}".encode())
        return dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (InvalidSignature, ValueError, OverflowError, OSError) as error:
        raise BadNoteError("ledger.verify.cosignature_wrong") from error


def decode(text: str, message: str) -> bytes:
    """Return what base64 says, in its one right form; `message` names what it was."""
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise BadNoteError(message) from error
    if base64.b64encode(raw).decode("ascii") != text:
        raise BadNoteError(message)
    return raw
