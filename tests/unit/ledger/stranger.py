"""A stranger's verifier of `ledger export --with-proof`, written from docs/formats/ledger.md alone.

Run as a script: stranger.py EXPORT VKEY [CHECKPOINT]. Imports nothing of Sekisho.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PROOF = ("canonical", "salt", "tlog_proof")


class WrongError(Exception):
    """What does not hold."""


def ask(holds: bool, what: str) -> None:
    """Stop where something does not hold."""
    if not holds:
        raise WrongError(what)


def sha(*parts: bytes) -> bytes:
    """SHA-256 of joined bytes."""
    return hashlib.sha256(b"".join(parts)).digest()


def opened(text: str, vkey: str) -> tuple[int, bytes]:
    """Size and root of a checkpoint that `vkey` signed (section 5)."""
    name, key_id, body = vkey.strip().split("+", 2)
    raw = base64.b64decode(body)
    ask(sha(name.encode(), b"\n", raw)[:4].hex() == key_id and raw[:1] == b"\x01", "key id")
    signed, _, lines = text.partition("\n\n")
    signed += "\n"
    origin, size, root = signed.split("\n")[:3]
    ask(origin == name, "origin")
    for line in lines.splitlines():
        dash, signer, data = line.split(" ")
        signature = base64.b64decode(data)
        if dash == "—" and signer == name and signature[:4].hex() == key_id:
            try:
                Ed25519PublicKey.from_public_bytes(raw[1:]).verify(signature[4:], signed.encode())
            except InvalidSignature:
                raise WrongError("signature") from None
            return int(size), base64.b64decode(root)
    raise WrongError("no signature of this key")


def root_from(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that an audit path gives (RFC 9162, 2.1.3.2)."""
    ask(index < size, "index")
    first, last = index, size - 1
    for step in path:
        ask(last > 0, "path too long")
        if first & 1 or first == last:
            leaf = sha(b"\x01", step, leaf)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            leaf = sha(b"\x01", leaf, step)
        first, last = first >> 1, last >> 1
    ask(last == 0, "path too short")
    return leaf


def check(line: dict[str, Any], vkey: str) -> str:
    """Check one line (section 8); the checkpoint that it proves against."""
    text: str = line["tlog_proof"]
    head, _, checkpoint = text.partition("\n\n")
    size, root = opened(checkpoint, vkey)
    kind, extra, index, *path = head.split("\n")
    ask(kind == "c2sp.org/tlog-proof@v1", "kind")
    ask(index == f"index {line['index']}", "index")
    held = json.loads(base64.b64decode(extra.removeprefix("extra ")))
    ask(held == {name: line[name] for name in PROOF[:2]}, "extra")
    entry = sha(bytes.fromhex(line["salt"]), line["canonical"].encode())
    steps = [base64.b64decode(step) for step in path]
    ask(root_from(sha(b"\x00", entry), line["index"], size, steps) == root, "root")
    record = json.loads(line["canonical"])
    del record["digest"], record["key"]
    ask({k: v for k, v in line.items() if k not in (*PROOF, "index")} == record, "record")
    return checkpoint


def main(export: Path, vkey: str, kept: str | None = None) -> str:
    """Check an export; what was found."""
    lines = [json.loads(text) for text in export.read_text("utf-8").splitlines()]
    proven = [line for line in lines if line["tlog_proof"] is not None]
    found = {check(line, vkey) for line in proven}
    ask(len(found) <= 1, "several checkpoints")
    if kept is not None:
        ask(found == {kept}, "not the checkpoint that was kept")
    size = opened(found.pop(), vkey)[0] if found else 0
    whole = [line["index"] for line in proven] == list(range(size))
    return f"{len(proven)} of {len(lines)} proven, {'the whole log' if whole else 'a part'}"


if __name__ == "__main__":
    try:
        sys.stdout.write(main(Path(sys.argv[1]), *sys.argv[2:]) + "\n")
    except (WrongError, ValueError, KeyError, TypeError) as error:
        sys.exit(f"wrong: {error}")
