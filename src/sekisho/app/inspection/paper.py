"""The sheet as the papers want it: every line in words, with its proofs and their age."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sekisho import __version__
from sekisho.app.inspection.gather import sheet_of
from sekisho.app.installation import Installation
from sekisho.app.papers import give_out
from sekisho.errors import UnavailableError
from sekisho.ledger import own
from sekisho.pages.words import say
from sekisho.paper.inspection import ProofLine, SheetLine, SheetPage, sheet_page
from sekisho.terms import Action

if TYPE_CHECKING:
    from sekisho.inspection import Item, Line, Seen, Sheet

FORMS = ("pdf", "xlsx")
_MARKS = {"proven": "ok", "contradicted": "bad", "confirm": "old", "not_checked": "missing", "person": "missing"}  # fmt: skip


def paper_of(
    installation: Installation, catalogue: str, form: str, *, by: str, language: str = "ja"
) -> bytes:
    """Return the sheet of a catalogue as ``pdf`` or ``xlsx``, once its SHA-256 is in the record.

    Raises:
        InvalidInputError: There is no such catalogue.
        UnavailableError: It could not be recorded; then it is not given.
    """
    sheet = sheet_of(installation, catalogue)
    begin_record(installation, by)
    content = printed(page_of(installation, sheet, language), form)
    return give_out(installation, content, object=f"inspection/{catalogue}/{form}", by=by)


def begin_record(installation: Installation, by: str) -> None:
    """Make the first record of a new installation: a paper names the record that it stands beside.

    Raises:
        UnavailableError: It could not be recorded.
    """
    if installation.reader().size() == 0:
        act = own(installation.clock, user_id=by, action=Action.READ, object="inspection")
        with installation.recorder() as recorder:
            (index,) = recorder.append([act])
        if index is None:
            raise UnavailableError("app.not_recorded")


def printed(page: SheetPage, form: str) -> bytes:
    """Return a page as ``pdf`` or ``xlsx``."""
    if form == "pdf":
        return sheet_page(page, say=say)
    from sekisho.paper.inspection_book import sheet_workbook  # noqa: PLC0415 (slow to import)

    return sheet_workbook(page, say=say)


def page_of(installation: Installation, sheet: Sheet, language: str) -> SheetPage:
    """Return what stands on the papers of a sheet."""
    from sekisho.inspection import Standing  # noqa: PLC0415 (slow to import)

    reader = installation.reader()
    zone = installation.config.zone
    names = _names(installation, sheet)
    order = (Standing.YES, Standing.NO, Standing.NOT_APPLICABLE, Standing.CONFIRM, Standing.OPEN)
    greener = sum(line.greener for line in sheet.lines)
    return SheetPage(
        title=sheet.catalogue.title[language],
        edition=sheet.catalogue.told(sheet.catalogue.edition, language),
        source=sheet.catalogue.told(sheet.catalogue.source, language),
        institution=installation.institution or say(language, "app.month.no_institution"),
        made_at=sheet.at,
        facts=[
            (say(language, "paper.inspection.day"), f"{sheet.at.astimezone(ZoneInfo(zone)):%Y/%m/%d}"),
            *_kinds(sheet, language),
            (
                say(language, "paper.inspection.greener_count"),
                say(language, "paper.inspection.greener_of", n=greener, yes=sheet.count(Standing.YES)),
            ),
        ],
        apart=[_line(sheet, line, names, language) for line in sheet.apart],
        counts=[(say(language, f"inspection.standing.{one.value}"), sheet.count(one)) for one in order],
        lines=[_line(sheet, line, names, language) for line in sheet.lines],
        checkpoint=reader.checkpoint(),
        fingerprint=reader.fingerprint(),
        ledger_size=reader.size(),
        simulated=installation.simulated,
        language=language,
        zone=zone,
        version=__version__,
    )  # fmt: skip


def _kinds(sheet: Sheet, language: str) -> list[tuple[str, str]]:
    """Return what kind of institution this is, and how many items that sets apart."""
    if not sheet.kinds:
        return []
    said = _kinds_in_words(sheet.kinds, language)
    if sheet.apart:
        said += say(language, "paper.inspection.apart_count", n=len(sheet.apart))
    return [(say(language, "paper.inspection.kinds"), said)]


def _kinds_in_words(kinds: Sequence[str], language: str) -> str:
    return say(language, "pages.dot").join(say(language, f"inspection.kind.{one}") for one in kinds)


def _names(installation: Installation, sheet: Sheet) -> Mapping[str, str]:
    """Return user id → id and name, of those who answered."""
    from sekisho import care  # noqa: PLC0415 (slow to import)

    found = {}
    for line in sheet.every:
        if line.answer is not None and line.answer.by not in found:
            by = line.answer.by
            person = care.person(installation.database, by, line.answer.at.date())
            name = person.name if person is not None else None
            found[by] = f"{name}（{by}）" if name else by
    return found


def _unverified(item: Item, language: str) -> str:
    """Return what nobody read of an item: its text, and the number that stands in brackets."""
    if item.verified:
        return ""
    said = say(language, f"inspection.unverified.{item.evidence}")
    return said + (say(language, "inspection.number_unsure") if item.unsure_number else "")


def _line(sheet: Sheet, line: Line, names: Mapping[str, str], language: str) -> SheetLine:
    answer, item, now = line.answer, line.item, sheet.at
    return SheetLine(
        section=sheet.catalogue.told(item.section, language),
        number=item.number or (f"({item.unsure_number})" if item.unsure_number else ""),
        title=item.title[language],
        text=item.text[language],
        unverified=_unverified(item, language),
        mark=line.standing.value,
        answer=say(language, f"inspection.standing.{line.standing.value}"),
        state=say(language, f"inspection.state.{line.computed.state.value}"),
        checked_on=None if answer is None else answer.checked_on,
        target_on=None if answer is None else answer.target_on,
        by="" if answer is None else names[answer.by],
        reason=(answer.reason or "") if answer is not None else "",
        greener=line.greener,
        proofs=[_proof(one, now, language) for one in line.computed.proofs],
        asked_of=_kinds_in_words(item.kinds, language),
    )


def _proof(one: Seen, now: dt.datetime, language: str) -> ProofLine:
    what = say(language, f"inspection.subject.{one.proof.subject}")
    evidence = one.evidence
    return ProofLine(
        what=what,
        mark=_MARKS[one.state.value],
        state=say(language, f"inspection.state.{one.state.value}"),
        said=say(language, "inspection.never", subject=what)
        if evidence is None
        else say(language, evidence.message, **evidence.args),
        at=None if evidence is None else evidence.checked_at,
        age=None if evidence is None else max((now - evidence.checked_at).days, 0),
        until=one.good_until,
    )
