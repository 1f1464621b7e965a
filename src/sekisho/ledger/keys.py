"""The ledger's signing key and what was last signed, as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sekisho.errors import ConflictError, InvalidInputError, TamperError
from sekisho.ledger import rotation
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


def family(data: Path) -> list[str]:
    """Return the log's verifier keys, the current one first, then those that it replaced.

    Raises:
        InvalidInputError: There is no key yet.
        TamperError: A note of a replaced key does not hold.
    """
    return rotation.family(folder(data), public_key(data))


def checkpoint(data: Path) -> Checkpoint | None:
    """Return the checkpoint kept, None when nothing has been signed yet.

    Raises:
        TamperError: It is not one that a key of the log signed.
    """
    try:
        text = (folder(data) / CHECKPOINT).read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise TamperError("ledger.checkpoint_unreadable") from error
    return open_any(text, family(data))


def open_any(text: str, verifiers: Sequence[str]) -> Checkpoint:
    """Return the checkpoint in `text` once the signature of one of `verifiers` holds.

    Raises:
        TamperError: None of them signed it; the first one's reason.
    """
    wrong: TamperError | None = None
    for verifier in verifiers:
        try:
            return open_checkpoint(text, verifier)
        except TamperError as error:
            wrong = wrong or error
    assert wrong is not None, "a log has a key"
    raise wrong


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except FileNotFoundError as error:
        raise InvalidInputError("ledger.no_key") from error
    except UnicodeDecodeError as error:
        raise InvalidInputError("ledger.bad_public_key") from error
