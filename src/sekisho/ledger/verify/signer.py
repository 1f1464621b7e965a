"""Who signs the log: its keys, from the first to the newest, and the newest checkpoint."""

from __future__ import annotations

from pathlib import Path

from sekisho.errors import InvalidInputError
from sekisho.ledger.verify.judge import Found
from sekisho.ledger.verify.rotated import BadRotationError, line, read_rotations
from sekisho.ledger.verify.signed import BadNoteError, Key, Signed, read_checkpoint, read_key
from sekisho.ledger.verify.verdict import StopError, Wrong


class Signer:
    """The log's keys.

    Attributes:
        keys: From the first to the newest, through the one that is held.
        unfinished: The change to the newest key was interrupted.
    """

    def __init__(self, folder: Path, held: str | None) -> None:
        """Read them.

        Args:
            folder: ``ledger/``.
            held: The key on paper, the first or any later one; without it the one beside
                the log is believed.

        Raises:
            InvalidInputError: `held` is no key.
            StopError: What lies beside the log is no key, or not one that follows from `held`.
        """
        self._folder = folder
        self.unfinished = False
        try:
            given = None if held is None else read_key(held.strip())
        except BadNoteError as error:
            raise InvalidInputError(str(error)) from error
        kept = _kept(folder, given)
        known = given or kept
        if known is None:
            raise StopError(_wrong("ledger.verify.key_missing"))
        try:
            self.keys, self._notes = line(known, read_rotations(folder))
        except BadRotationError as error:
            raise StopError(_wrong("ledger.verify.rotation_unreadable", str(error))) from error
        if kept is not None and kept.text not in {key.text for key in self.keys[-2:]}:
            raise StopError(_wrong("ledger.verify.key_replaced"))
        self._kept_newest = kept is None or kept.text == self.keys[-1].text

    def checkpoint(self) -> Signed:
        """Return the newest checkpoint; the newest key's signature must hold.

        Where the change of keys was interrupted just there, it is the one before's.
        """
        name = "ledger/checkpoint"
        try:
            data = (self._folder / "checkpoint").read_bytes()
        except OSError as error:
            wrong = Wrong(what="checkpoint", message="ledger.verify.checkpoint_missing", file=name)
            raise StopError(wrong) from error
        try:
            signed = self._read(data)
        except BadNoteError as error:
            raise StopError(Wrong(what="checkpoint", message=str(error), file=name)) from error
        if not self._kept_newest and not self.unfinished:
            raise StopError(_wrong("ledger.verify.key_replaced"))
        return signed

    def _read(self, data: bytes) -> Signed:
        try:
            return read_checkpoint(data, self.keys[-1:])
        except BadNoteError:
            if not self._notes:
                raise
            signed = read_checkpoint(data, self.keys[-2:-1])
            if (signed.size, signed.root) != (self._notes[-1].size, self._notes[-1].root):
                raise
            self.unfinished = True
            return signed

    def rotations(self, signed: Signed, found: Found) -> Wrong | None:
        """Return the first change of keys that the records do not bear out."""
        for note in self._notes:
            index = found.announced.get((note.old.text, note.new.text), note.size)
            if index >= note.size or note.size > signed.size or found.root(note.size) != note.root:
                return _wrong("ledger.verify.rotation_differs", note.file)
        return None


def _kept(folder: Path, given: Key | None) -> Key | None:
    """Return the key that lies beside the log; None where there is none."""
    try:
        text = (folder / "key.pub").read_bytes().decode("utf-8")
        return read_key(text.removesuffix("\n") if text.endswith("\n") else "")
    except OSError:
        return None
    except (UnicodeDecodeError, BadNoteError) as error:
        message = "key_unreadable" if given is None else "key_replaced"
        raise StopError(_wrong(f"ledger.verify.{message}")) from error


def _wrong(message: str, file: str = "key.pub") -> Wrong:
    return Wrong(what="key", message=message, file=f"ledger/{file}", args={"file": file})
