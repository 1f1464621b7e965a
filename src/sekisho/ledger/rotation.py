"""A new signing key: announced by a record and by a note that the old key and the new one sign.

Order: the new key is kept aside; its announcement is recorded and signed with the old key;
the note is written; then the new key takes the old one's place and signs. A crash in between
is ended at the next start. docs/formats/ledger.md, 15.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from sekisho.errors import InvalidInputError, TamperError
from sekisho.ledger.note import Signer, b64, generate, open_note, open_verifier, unb64
from sekisho.ledger.own import SOURCE
from sekisho.ledger.record import time_text
from sekisho.storage import fsync_folder, write_durably
from sekisho.terms import Clock, Secret

FOLDER = "rotated"
"""Below ``ledger/``: one note for each key that was replaced, named by its id."""
NEXT = "key.next"
MARK = "key/"
"""How the ``object`` of a record begins that announces a key."""
_KIND = "sekisho-key-rotation-1"


@dataclass(frozen=True, slots=True)
class Rotation:
    """That the log's key `old` was replaced by `new`, when the tree had `size` records."""

    old: str
    new: str
    size: int
    root: bytes


def prepare(folder: Path, origin: str) -> Signer:
    """Return the next key, made and kept aside once."""
    path = folder / NEXT
    if not path.exists():
        secret, _ = generate(origin)
        write_durably(path, (secret.reveal() + "\n").encode())
    return Signer(Secret(path.read_text("utf-8")))


def prepared(folder: Path) -> Signer | None:
    """Return the next key that is kept aside; None where no rotation is under way."""
    try:
        return Signer(Secret((folder / NEXT).read_text("utf-8")))
    except FileNotFoundError:
        return None


def announcement(
    old: str, new: str, clock: Clock, *, by: str | None = None, second: str | None = None
) -> dict[str, Any]:
    """Return the record (as `record.plain` makes it) that announces `new` in place of `old`.

    The same two keys give the same key again: it is recorded once.
    """
    what = f"{MARK}{old} {new}"
    digest = hashlib.sha256(what.encode()).hexdigest()
    return {
        "action": "security",
        "class": None,
        "digest": digest,
        "duty": None,
        "ended_at": None,
        "key": digest[:32],
        "marks": [],
        "object": what,
        "occurred_at": time_text(clock.now()),
        "of": None,
        "origin": {"connection": SOURCE, "message": 1},
        "outcome": "success",
        "patient_ids": [],
        "reason": orjson.dumps({"by": by, "with": second}).decode(),
        "recorded_at": None,
        "session": None,
        "source": SOURCE,
        "terminal": None,
        "time_precision": "millisecond",
        "user_id": by,
        "user_kind": "person",
    }


def write_note(folder: Path, old: Signer, new: Signer, size: int, root: bytes) -> None:
    """Write the note by which `old` hands over to `new`, signed by both."""
    body = f"{old.origin}\n{_KIND}\n{old.verifier}\n{new.verifier}\n{size}\n{b64(root)}\n"
    lines = "".join(f"{each.line(body.encode())}\n" for each in (old, new))
    place = folder / FOLDER
    if not place.exists():
        place.mkdir(mode=0o700)
        fsync_folder(folder)
    write_durably(place / _key_id(old.verifier), f"{body}\n{lines}".encode(), mode=0o644)


def adopt(folder: Path) -> bool:
    """Let the next key take the old one's place, where the old one has signed that it may.

    Returns:
        Whether it did. Called again after a crash it ends what was begun.
    """
    new = prepared(folder)
    if new is None:
        return False
    if new.verifier not in {one.new for one in rotations(folder)}:
        return False
    secret = (folder / NEXT).read_bytes()
    write_durably(folder / "key.pub", (new.verifier + "\n").encode(), mode=0o644)
    write_durably(folder / "key", secret)
    drop(folder)
    return True


def drop(folder: Path) -> None:
    """Remove the key that is kept aside."""
    (folder / NEXT).unlink(missing_ok=True)
    fsync_folder(folder)


def rotations(folder: Path) -> Iterator[Rotation]:
    """Give every replaced key, in no order.

    Raises:
        TamperError: A note is not what both keys signed.
    """
    for path in sorted((folder / FOLDER).glob("[0-9a-f]*")):
        text = path.read_bytes().decode("utf-8", "replace")
        yield read_note(text)


def read_note(text: str) -> Rotation:
    """Return what a note says, once both keys' signatures hold.

    Raises:
        TamperError: They do not, or it is no such note.
    """
    try:
        origin, kind, old, new, size, root = text.split("\n")[:6]
        if kind != _KIND or any(open_verifier(key)[0] != origin for key in (old, new)):
            raise TamperError("ledger.rotation_unreadable")
        for key in (old, new):
            open_note(text, key)
        return Rotation(old, new, int(size), unb64(root))
    except (ValueError, InvalidInputError) as error:
        raise TamperError("ledger.rotation_unreadable") from error


def family(folder: Path, current: str) -> list[str]:
    """Return the log's verifier keys: `current`, then those before it, then those after it.

    Raises:
        TamperError: A note is not what both keys signed.
    """
    known = list(rotations(folder))
    found = [current]
    before = {one.new: one.old for one in known}
    after = {one.old: one.new for one in known}
    for step in (before, after):
        at = current
        while (at := step.get(at, "")) and at not in found:
            found.append(at)
    return found


def texts(folder: Path, current: str) -> list[str]:
    """Return the notes that lead to `current`, the oldest first, for who holds an older key."""
    notes = {}
    for path in (folder / FOLDER).glob("[0-9a-f]*"):
        text = path.read_bytes().decode("utf-8", "replace")
        notes[read_note(text).new] = text
    found: list[str] = []
    while current in notes and len(found) < len(notes):
        text = notes[current]
        found.insert(0, text)
        current = read_note(text).old
    return found


def _key_id(verifier: str) -> str:
    return open_verifier(verifier)[1].hex()
