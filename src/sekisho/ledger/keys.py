"""The ledger's signing key and what was last signed, as files."""

from __future__ import annotations

from pathlib import Path

from sekisho.errors import ConflictError, InvalidInputError, TamperError
from sekisho.ledger.note import Checkpoint, Signer, generate, open_checkpoint
from sekisho.storage import write_durably
from sekisho.terms import Secret

CHECKPOINT = "checkpoint"


def folder(data: Path) -> Path:
    """Return the ledger's folder in a data directory."""
    return data / "ledger"


def create_key(data: Path, origin: str) -> str:
    """Make the ledger's key once and return its public text, to be printed on paper.

    Raises:
        ConflictError: There is a key already; a second would cut the log in two.
        InvalidInputError: `origin` is not a name for a key.
    """
    place = folder(data)
    if (place / "key").exists():
        raise ConflictError("ledger.key_exists")
    secret, public = generate(origin)
    place.mkdir(mode=0o700, exist_ok=True)
    write_durably(place / "key.pub", (public + "\n").encode(), mode=0o644)
    write_durably(place / "key", (secret.reveal() + "\n").encode())
    return public


def public_key(data: Path) -> str:
    """Return the public key's text (C2SP note verifier key).

    Raises:
        InvalidInputError: There is no key yet.
    """
    return _read(folder(data) / "key.pub")


def signer(data: Path) -> Signer:
    """Return what signs checkpoints.

    Raises:
        TamperError: The two key files do not belong together.
    """
    found = Signer(Secret(_read(folder(data) / "key")))
    if found.verifier != public_key(data):
        raise TamperError("ledger.keys_differ")
    return found


def checkpoint(data: Path, verifier: str) -> Checkpoint | None:
    """Return the checkpoint kept, None when nothing has been signed yet.

    Raises:
        TamperError: It is not one that `verifier` signed.
    """
    try:
        text = (folder(data) / CHECKPOINT).read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise TamperError("ledger.checkpoint_unreadable") from error
    return open_checkpoint(text, verifier)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except FileNotFoundError as error:
        raise InvalidInputError("ledger.no_key") from error
    except UnicodeDecodeError as error:
        raise InvalidInputError("ledger.bad_public_key") from error
