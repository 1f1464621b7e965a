"""The recovery key: one half on paper, the other half in the settings."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyrage

from sekisho.app.settings import set_setting, setting
from sekisho.errors import ConflictError, InvalidInputError
from sekisho.storage import Database
from sekisho.terms import Clock, Secret

SETTING = "backup.recipient"
_PREFIX = "AGE-SECRET-KEY-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryKey:
    """A new recovery key, shown once.

    Attributes:
        identity: The half that decrypts; goes on paper and is kept nowhere.
        recipient: The half that encrypts; stays in the settings.
    """

    identity: Secret
    recipient: str

    @property
    def on_paper(self) -> str:
        """Return `identity` in groups of four, as it is printed and typed."""
        text = self.identity.reveal().removeprefix(_PREFIX)
        return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def make_recovery_key(
    database: Database, clock: Clock, *, by: str, replace: bool = False
) -> RecoveryKey:
    """Make the recovery key and keep the half that encrypts.

    Args:
        database: The installation's state.
        clock: Gives the date kept with it.
        by: The account that asks.
        replace: Make another where there is one; earlier backups still need the earlier key.

    Raises:
        ConflictError: There is one already.
    """
    if setting(database, SETTING) is not None and not replace:
        raise ConflictError("backup.key_exists")
    identity = pyrage.x25519.Identity.generate()
    key = RecoveryKey(identity=Secret(str(identity)), recipient=str(identity.to_public()))
    set_setting(database, SETTING, key.recipient, by=by, at=clock.now())
    return key


def recipient(database: Database) -> str:
    """Return the half that encrypts.

    Raises:
        InvalidInputError: No recovery key was made yet.
    """
    kept = setting(database, SETTING)
    if kept is None:
        raise InvalidInputError("backup.no_key")
    return str(kept)


def read_identity(text: str) -> Secret:
    """Return the key as typed from paper: spaces and small letters are no matter.

    Raises:
        InvalidInputError: It is not a recovery key; its own check sum finds a slip.
    """
    typed = re.sub(r"\s+", "", text).upper()
    if not typed.startswith(_PREFIX):
        typed = _PREFIX + typed
    try:
        pyrage.x25519.Identity.from_str(typed)
    except pyrage.IdentityError as error:
        raise InvalidInputError("backup.bad_key") from error
    return Secret(typed)
