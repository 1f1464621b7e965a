"""Keys that were replaced: which keys are the log's, from the one that is held to the newest.

Written from docs/formats/ledger.md, 15, alone; shares no code with what writes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sekisho.ledger.verify.signed import BadNoteError, Key, decode, opened_note, read_key

FOLDER = "rotated"
MARK = "key/"
"""How the object of a record begins that announces a key."""
_BODY = re.compile(
    r"([^\n]+)\nsekisho-key-rotation-1\n([^\n]+)\n([^\n]+)\n(0|[1-9][0-9]{0,17})\n([^\n]{44})\n"
)


@dataclass(frozen=True, slots=True)
class Rotated:
    """That `new` replaced `old`, when the tree had `size` records."""

    old: Key
    new: Key
    size: int
    root: bytes
    file: str


class BadRotationError(Exception):
    """A note of a replaced key does not hold; the argument is its file below ``ledger/``."""


def read_rotations(folder: Path) -> list[Rotated]:
    """Return every note in ``ledger/rotated``.

    Raises:
        BadRotationError: One is not what both keys signed.
    """
    found = []
    for path in sorted((folder / FOLDER).glob("*")):
        name = str(path.relative_to(folder))
        try:
            body, lines = opened_note(path.read_bytes())
            parts = _BODY.fullmatch(body)
            if parts is None:
                raise BadRotationError(name)
            old, new = read_key(parts[2]), read_key(parts[3])
            for key in (old, new):
                if key.name != parts[1] or not key.signed(body, lines):
                    raise BadRotationError(name)
            root = decode(parts[5], "ledger.verify.rotation_unreadable")
            found.append(Rotated(old, new, int(parts[4]), root, name))
        except (BadNoteError, OSError) as error:
            raise BadRotationError(name) from error
    return found


def line(held: Key, known: Sequence[Rotated]) -> tuple[list[Key], list[Rotated]]:
    """Return the log's keys, from the first to the newest, through the one that is held.

    Returns:
        The keys, and the notes between them.
    """
    before = {each.new.text: each for each in known}
    after = {each.old.text: each for each in known}
    keys, notes = [held], list[Rotated]()
    while (note := before.get(keys[0].text)) and note.old.text not in {key.text for key in keys}:
        keys.insert(0, note.old)
        notes.insert(0, note)
    while (note := after.get(keys[-1].text)) and note.new.text not in {key.text for key in keys}:
        keys.append(note.new)
        notes.append(note)
    return keys, notes


def announced(record: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the old key and the new one that a record announces; None: it is no such record."""
    what, digest = str(record["object"]), str(record["digest"])
    old, _, new = what.removeprefix(MARK).partition(" ")
    if record["source"] != "sekisho" or not what.startswith(MARK) or not new:
        return None
    if digest != hashlib.sha256(what.encode()).hexdigest() or record["key"] != digest[:32]:
        return None
    return old, new
