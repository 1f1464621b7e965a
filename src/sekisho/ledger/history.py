"""Checkpoints of earlier days: ``ledger/history/<day>.<why>``, each a signed note as it stood.

Of each day the last that was signed, and the last that each witness cosigned; and every one
that was given to people on paper or with proofs. Nothing personal stands in them. Days are
the institution's own, and are our word alone: only a witness or a time stamp proves when.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sekisho.errors import TamperError
from sekisho.ledger import keys
from sekisho.ledger.cosigned import with_cosignatures
from sekisho.ledger.note import WITNESS, Checkpoint, body_of, open_cosignature, open_verifier
from sekisho.storage import write_durably

FOLDER = "history"
SIGNED = "signed"
GIVEN = "given"
SEEN = "seen"
DAILY = dt.timedelta(days=400)
"""For how long each day's are kept; of older ones the last of each month. Given ones stay."""

_NAME = re.compile(r"(\d{4}-\d\d-\d\d)\.(signed|given-\d{1,18}|seen-[0-9a-f]{8})")


@dataclass(frozen=True, slots=True)
class Kept:
    """One checkpoint of the history.

    Attributes:
        name: Of its file.
        day: On which it stood.
        why: ``signed``: that day's last; ``seen``: the last that a witness cosigned that day;
            ``given``: on paper or with proofs.
        checkpoint: None where what is kept is not signed by the log.
    """

    name: str
    day: dt.date
    why: str
    checkpoint: Checkpoint | None

    def seen_by(self, witnesses: Sequence[str]) -> list[tuple[str, dt.datetime]]:
        """Return which of `witnesses` (verifier keys) cosigned it: name and time, UTC."""
        found = []
        for key in witnesses if self.checkpoint else ():
            assert self.checkpoint is not None, "asked for just before"
            try:
                _, at = open_cosignature(self.checkpoint.text, key)
            except TamperError:
                continue
            found.append((key.split("+")[0], at))
        return found


def keep_signed(data: Path, day: dt.date) -> None:
    """Keep the checkpoint that stands now as that day's last, and let go of what is too old.

    Raises:
        TamperError: It is not signed by the log.
        UnavailableError: By `storage.faults` of the caller; the disk cannot be written.
    """
    now = keys.checkpoint(data)
    if now is not None and not _is_known(data, now):
        _write(data, f"{day}.{SIGNED}", with_cosignatures(data, now).text)
    thin(data, day)


def keep_given(data: Path, day: dt.date, text: str) -> None:
    """Keep the checkpoint in `text`, which is about to be given to people."""
    _write(data, f"{day}.{GIVEN}-{int(text.splitlines()[1])}", text)


def keep_seen(data: Path, day: dt.date, witness: str, checkpoint: Checkpoint) -> None:
    """Keep the checkpoint that `witness` (verifier key) cosigned, as that day's last."""
    _, key_id, _ = open_verifier(witness, WITNESS)
    _write(data, f"{day}.{SEEN}-{key_id.hex()}", checkpoint.text)


def history(data: Path) -> list[Kept]:
    """Return what is kept, the newest day first, of a day the largest.

    Raises:
        InvalidInputError: There is no key yet.
        TamperError: A note of a replaced key does not hold.
    """
    family = keys.family(data)
    return sorted(
        (_read(path, family) for path in _files(data)),
        key=lambda one: (one.day, one.checkpoint.size if one.checkpoint else 0, one.name),
        reverse=True,
    )


def kept_as(data: Path, name: str) -> Path | None:
    """Return the file of that name, or of that day (its last); None where there is none."""
    for wanted in (name, f"{name}.{SIGNED}"):
        path = keys.folder(data) / FOLDER / wanted
        if _NAME.fullmatch(wanted) and path.is_file():
            return path
    return None


def thin(data: Path, today: dt.date) -> int:
    """Let go of what is older than `DAILY` and not the last of its month; return how many."""
    last: dict[tuple[str, str], Path] = {}
    gone = 0
    for path in sorted(_files(data)):
        day, _, why = path.name.partition(".")
        if why.startswith(GIVEN) or today - dt.date.fromisoformat(day) <= DAILY:
            continue
        before = last.get((day[:7], why))
        if before is not None:
            before.unlink(missing_ok=True)
            gone += 1
        last[day[:7], why] = path
    return gone


def _is_known(data: Path, now: Checkpoint) -> bool:
    """Whether the newest of any day is just this one: then nothing was signed since."""
    signed = [path for path in _files(data) if path.name.endswith(f".{SIGNED}")]
    body = body_of(now.text)
    return bool(signed) and max(signed).read_text("utf-8", "replace").startswith(f"{body}\n")


def _files(data: Path) -> list[Path]:
    folder = keys.folder(data) / FOLDER
    return [path for path in folder.glob("[0-9]*") if _NAME.fullmatch(path.name)]


def _read(path: Path, family: Sequence[str]) -> Kept:
    day, _, why = path.name.partition(".")
    try:
        checkpoint = keys.open_any(path.read_bytes().decode("utf-8"), family)
    except (TamperError, UnicodeDecodeError, FileNotFoundError):
        checkpoint = None
    return Kept(path.name, dt.date.fromisoformat(day), why.partition("-")[0], checkpoint)


def _write(data: Path, name: str, text: str) -> None:
    folder = keys.folder(data) / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    write_durably(folder / name, text.encode())
