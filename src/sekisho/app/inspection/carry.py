"""Answers of one edition, or of the vendors, carried to a sheet, confirmed by a named person and recorded first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sekisho.app.history import today
from sekisho.app.inspection.editions import shelf_of
from sekisho.app.inspection.gather import sheet_of
from sekisho.app.installation import Installation
from sekisho.errors import InvalidInputError
from sekisho.ledger import own
from sekisho.terms import Action

if TYPE_CHECKING:
    from sekisho.inspection import Catalogue, Heard, Sheet
    from sekisho.inspection.carry import Proposal, Source


@dataclass(frozen=True, slots=True)
class Told:
    """What the vendors' sheet `book` says of one item, vendor by vendor."""

    book: str
    sources: tuple[Source, ...]

    def count(self, value: str) -> int:
        """Return how many vendors' systems answered so; of ``""`` how many did not answer."""
        said = [one.answer.value if one.answer else None for one in self.sources]
        return sum((one or "") == value for one in said)


def proposals_of(installation: Installation, old: str, new: str) -> list[Proposal]:
    """Return what the answers of edition `old` say of the items of edition `new`.

    Raises:
        InvalidInputError: There is no such edition, or both are one.
    """
    from sekisho.inspection.carry import propose  # noqa: PLC0415 (slow to import)

    if old == new:
        raise InvalidInputError("inspection.carry.one", id=old)
    book = shelf_of(installation).catalogue(old)
    heard = _heard(installation, book)
    return propose(installation.database, book, sheet_of(installation, new), heard)


def told_by_vendors(installation: Installation, sheet: Sheet) -> dict[str, list[Told]]:
    """Return item of `sheet` → what the vendors' sheets say of it, where any vendor was asked."""
    from sekisho.inspection.carry import propose  # noqa: PLC0415 (slow to import)

    found: dict[str, list[Told]] = {}
    for book in shelf_of(installation).books.values():
        heard = _heard(installation, book)
        if not heard:
            continue
        for one in propose(installation.database, book, sheet, heard):
            sources = tuple(source for source in one.sources if source.vendor)
            if sources:
                found.setdefault(one.line.item.id, []).append(Told(book=book.id, sources=sources))
    return found


def _heard(installation: Installation, book: Catalogue) -> list[Heard]:
    from sekisho.inspection.register.sheets import heard  # noqa: PLC0415 (slow to import)

    if book.sheet != "vendor":
        return []
    return heard(installation.database, book, today(installation))


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
