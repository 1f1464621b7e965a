"""Answers of one edition carried to the next, confirmed by a named person and recorded first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sekisho.app.history import today
from sekisho.app.inspection.editions import shelf_of
from sekisho.app.inspection.gather import sheet_of
from sekisho.app.installation import Installation
from sekisho.errors import InvalidInputError
from sekisho.ledger import own
from sekisho.terms import Action

if TYPE_CHECKING:
    from sekisho.inspection.carry import Proposal


def proposals_of(installation: Installation, old: str, new: str) -> list[Proposal]:
    """Return what the answers of edition `old` say of the items of edition `new`.

    Raises:
        InvalidInputError: There is no such edition, or both are one.
    """
    from sekisho.inspection.carry import propose  # noqa: PLC0415 (slow to import)

    if old == new:
        raise InvalidInputError("inspection.carry.one", id=old)
    book = shelf_of(installation).catalogue(old)
    return propose(installation.database, book, sheet_of(installation, new))


def confirm_carry(
    installation: Installation, new: str, proposal: Proposal, *, by: str, reason: str = ""
) -> int:
    """Keep one proposal as the answer of `by`, after it is recorded; return its turn.

    Raises:
        InvalidInputError: It cannot be confirmed as it is; the message says what is missing.
        ConflictError: Somebody answered the item since.
    """
    from sekisho.inspection.carry import confirm  # noqa: PLC0415 (slow to import)

    said = "" if proposal.value is None else proposal.value.value
    _record(installation, f"inspection/{proposal.line.item.id}/carried", by, said)
    return confirm(
        installation.database,
        shelf_of(installation).catalogue(new),
        proposal,
        by=by,
        at=installation.clock.now(),
        today=today(installation),
        reason=reason,
    )


def undo_carry(
    installation: Installation, old: str, new: str, *, by: str, items: Sequence[str] = ()
) -> list[str]:
    """Take back what was carried from `old` and not answered anew since; return the items."""
    from sekisho.inspection.carry import undo  # noqa: PLC0415 (slow to import)

    _record(installation, f"inspection/{new}/carried", by, "withdraw")
    return undo(
        installation.database,
        shelf_of(installation).catalogue(old),
        sheet_of(installation, new),
        by=by,
        at=installation.clock.now(),
        items=items,
    )


def _record(installation: Installation, what: str, by: str, reason: str) -> None:
    entry = own(
        installation.clock, user_id=by, action=Action.SECURITY, object=what, reason=reason or None
    )
    with installation.recorder() as recorder:
        recorder.append([entry])
