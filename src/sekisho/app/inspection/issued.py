"""The issued workbook filled from the sheet, and read back; both stand in the record."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sekisho.app.inspection.editions import shelf_of
from sekisho.app.inspection.gather import sheet_of
from sekisho.app.installation import Installation
from sekisho.app.settings import set_setting, setting
from sekisho.errors import InvalidInputError, TamperError, UnavailableError
from sekisho.ledger import own
from sekisho.storage import write_durably
from sekisho.terms import Action

if TYPE_CHECKING:
    from sekisho.inspection import Catalogue, Shelf
    from sekisho.inspection.issued import Filled, How, Proposal, Unplaced

SETTING = "inspection.issued"
MOST = 32 << 20
"""Bytes of a workbook as it is handed in."""


def fill_issued(
    installation: Installation,
    content: bytes,
    name: str,
    how: How,
    *,
    by: str,
    catalogue: str | None = None,
) -> Filled:
    """Return what comes of filling an issued workbook with the answers of this institution.

    Args:
        installation: Whose answers.
        content: The workbook as issued.
        name: What the file is called.
        how: What may be overwritten, and where.
        by: Who fills it; they stand in the record with what they replace.
        catalogue: Of which sheet; else that whose edition the workbook names.

    Raises:
        InvalidInputError: The workbook cannot be filled; the message says why.
        UnavailableError: It could not be recorded; then it is not given.
    """
    chosen, found = look_issued(installation, content, name, how, catalogue=catalogue)
    if found.content is not None:
        replaced = [f"{m.where}={m.stood}" for m in found.marks if m.state == "replaced"]
        said = " ".join([f"sha256:{hashlib.sha256(found.content).hexdigest()}", *replaced])
        _record(installation, Action.EXPORT, f"inspection/{chosen}/issued", by, said[:1000])
        _keep(installation, found.content, name, by)
    return found


def last_issued(installation: Installation) -> tuple[str, str, bytes] | None:
    """Return name, day and content of the workbook that was filled last; None where there is none.

    Raises:
        TamperError: It is gone, or is not the one that was filled.
    """
    kept = setting(installation.database, SETTING)
    if kept is None:
        return None
    try:
        content = (installation.data / "paper" / f"{kept['digest']}.xlsx").read_bytes()
    except FileNotFoundError as error:
        raise TamperError("folder.issued.gone", file=kept["name"]) from error
    if hashlib.sha256(content).hexdigest() != kept["digest"]:
        raise TamperError("folder.issued.gone", file=kept["name"])
    return str(kept["name"]), str(kept["day"]), content


def _keep(installation: Installation, content: bytes, name: str, by: str) -> None:
    """Keep a filled workbook: the folder for the day takes the last one with it."""
    digest = hashlib.sha256(content).hexdigest()
    write_durably(installation.data / "paper" / f"{digest}.xlsx", content)
    told = {"digest": digest, "name": name, "day": today_of(installation).isoformat()}
    set_setting(installation.database, SETTING, told, by=by, at=installation.clock.now())


def look_issued(
    installation: Installation, content: bytes, name: str, how: How, *, catalogue: str | None = None
) -> tuple[str, Filled]:
    """Return which catalogue a workbook asks, and what would come of filling it; nothing is given out.

    Raises:
        InvalidInputError: The workbook cannot be filled; the message says why.
    """
    from sekisho.inspection.issued import fill  # noqa: PLC0415 (slow to import)

    shelf = shelf_of(installation)
    chosen = catalogue or chosen_catalogue(content, name, shelf).id
    sheet = sheet_of(installation, chosen)
    return chosen, fill(content, name, sheet, how, today=today_of(installation))


def read_issued(
    installation: Installation,
    content: bytes,
    name: str,
    *,
    by: str,
    catalogue: str | None = None,
    only: str | None = None,
) -> tuple[Catalogue, list[Proposal], Sequence[Unplaced]]:
    """Return what a workbook filled by hand proposes; nothing is answered by it.

    Raises:
        InvalidInputError: The workbook cannot be read; the message says why.
        UnavailableError: It could not be recorded; then it is not given.
    """
    from sekisho.inspection.issued import propose  # noqa: PLC0415 (same)

    shelf = shelf_of(installation)
    chosen = shelf.catalogue(catalogue) if catalogue else chosen_catalogue(content, name, shelf)
    proposals, found = propose(content, name, chosen, today=today_of(installation), only=only)
    digest = hashlib.sha256(content).hexdigest()
    _record(installation, Action.READ, f"inspection/{chosen.id}/issued", by, f"sha256:{digest}")
    return chosen, proposals, found.unplaced


def chosen_catalogue(content: bytes, name: str, shelf: Shelf) -> Catalogue:
    """Return the catalogue whose items most of a workbook's lines ask, of the edition it names.

    Raises:
        InvalidInputError: It is no workbook, or too large.
    """
    from sekisho.inspection.issued import find_places, year_of  # noqa: PLC0415 (slow to import)
    from sekisho.inspection.issued.book import open_book  # noqa: PLC0415 (same)

    if len(content) > MOST:
        raise InvalidInputError("inspection.fill.too_large", file=name)
    book = open_book(content, name)
    sheets = [one for one in shelf.books.values() if one.sheet is not None]

    def fits(one: Catalogue) -> tuple[bool, int, bool, int]:
        found = find_places(book, one)
        year = year_of(one) or 0
        return year in found.years, len(found.places), one.sheet == "hospital", year

    return max(sheets, key=fits)


def today_of(installation: Installation) -> dt.date:
    """Return the institution's day."""
    return installation.clock.now().astimezone(ZoneInfo(installation.config.zone)).date()


def _record(installation: Installation, action: Action, name: str, by: str, reason: str) -> None:
    act = own(installation.clock, user_id=by, action=action, object=name, reason=reason)
    with installation.recorder() as recorder:
        (index,) = recorder.append([act])
    if index is None:
        raise UnavailableError("app.not_recorded")
