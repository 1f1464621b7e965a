"""A paper that leaves Sekisho: what was given to whom is in the record before it is given."""

from __future__ import annotations

import hashlib

from sekisho.app.installation import Installation
from sekisho.errors import UnavailableError
from sekisho.ledger import own
from sekisho.terms import Action


def give_out(installation: Installation, content: bytes, *, object: str, by: str) -> bytes:  # noqa: A002 (the record's own word)
    """Return `content` once its SHA-256 is in the record.

    Args:
        installation: Whose record.
        content: The paper, whole.
        object: What it is, as the record names it.
        by: The user id of who takes it out.

    Raises:
        UnavailableError: It could not be recorded; then it is not given.
    """
    act = own(
        installation.clock,
        user_id=by,
        action=Action.PRINT,
        object=object,
        reason=f"sha256:{hashlib.sha256(content).hexdigest()}",
    )
    with installation.recorder() as recorder:
        (index,) = recorder.append([act])
    if index is None:
        raise UnavailableError("app.not_recorded")
    return content
