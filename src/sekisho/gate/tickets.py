"""Small signed notes that a browser carries for the gate: it can read them, not change them."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hmac
from pathlib import Path
from typing import Any

import orjson

from sekisho.storage import write_durably

KEY = 32


def gate_key(data: Path) -> bytes:
    """Return the key of this installation's gate, made at first use (0600)."""
    import secrets  # noqa: PLC0415 (only where it is made)

    folder = data / "gate"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / "key"
    if not path.exists():
        write_durably(path, secrets.token_bytes(KEY))
    return path.read_bytes()


def sign(key: bytes, purpose: str, value: dict[str, Any], until: dt.datetime) -> str:
    """Return `value` as a note for `purpose` that is good until `until`."""
    body = base64.urlsafe_b64encode(orjson.dumps({**value, "until": until.timestamp()}))
    return f"{body.decode()}.{_mac(key, purpose, body)}"


def read(key: bytes, purpose: str, note: str, now: dt.datetime) -> dict[str, Any] | None:
    """Return what a note says, None where it is not ours, changed or too old."""
    body, _, mac = note.partition(".")
    if not hmac.compare_digest(mac.encode(), _mac(key, purpose, body.encode()).encode()):
        return None
    try:
        value: dict[str, Any] = orjson.loads(base64.urlsafe_b64decode(body))
    except (binascii.Error, ValueError):
        return None
    return value if value.pop("until", 0) > now.timestamp() else None


def _mac(key: bytes, purpose: str, body: bytes) -> str:
    mac = hmac.digest(key, f"sekisho {purpose}\n".encode() + body, "sha256")
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")
