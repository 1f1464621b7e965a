"""The sheet on which somebody is asked about an access: the access, and never why it was seen.

The person sees what they themselves opened. Who is above them, and who keeps an id that is
nobody's own, see neither the patient nor the screen: when, at which terminal, by which id.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from sekisho import care, review
from sekisho.app.installation import Installation
from sekisho.app.papers import give_out
from sekisho.errors import ConflictError, InvalidInputError, RefusedError
from sekisho.ledger.skip import Looked
from sekisho.pages.words import say
from sekisho.paper.letter import Grid, Letter, Part, letter_docx, letter_pdf
from sekisho.storage import analysis

FORMS = {"pdf": letter_pdf, "docx": letter_docx}
SHOWN = 12
"""Accesses on a sheet; of more, the others are counted."""


def sheet(
    installation: Installation,
    ask: review.Ask,
    case: review.Case,
    *,
    form: str,
    by: str,
    language: str = "ja",
) -> bytes:
    """Return the sheet of `ask`; its SHA-256 is in the record before it is given out.

    Args:
        installation: Where the case and its records are.
        ask: The question.
        case: The case it is about.
        form: ``pdf`` or ``docx``.
        by: The user id of who prints it.
        language: ``ja`` or ``en``.

    Raises:
        InvalidInputError: There is no such form.
        ConflictError: The name was taken away from the case.
        RefusedError: Names are not shown, and a sheet would name somebody.
        UnavailableError: It could not be recorded; then there is no sheet.
    """
    if form not in FORMS:
        raise InvalidInputError("app.ask.no_form")
    if case.forgotten_at is not None:
        raise ConflictError("review.forgotten")
    if hidden(installation, review.masking(installation.database), case):
        raise RefusedError("console.masked.no_file")
    content = FORMS[form](_letter(installation, ask, case, language), say=say)
    return give_out(installation, content, object=f"review/ask/{ask.id}/{form}", by=by)


def hidden(installation: Installation, masking: review.Masking, case: review.Case) -> bool:
    """Return whether the case is shown without names now."""
    zone = ZoneInfo(installation.config.zone)
    return masking.hides(
        case.first_at.astimezone(zone).date(), case.last_at.astimezone(zone).date()
    )


def _letter(
    installation: Installation, ask: review.Ask, case: review.Case, language: str
) -> Letter:
    zone = ZoneInfo(installation.config.zone)
    day = case.first_at.astimezone(zone).date()
    person = care.person(installation.database, case.user_id, day)
    place = (person and (person.ward or person.department)) or ""

    def word(message: str, /, **args: object) -> str:
        return say(language, f"app.ask.{message}", **args)

    named = f"{person.name}（{case.user_id}）" if person and person.name else case.user_id
    to = {
        "person": named,
        "head": word("to.head", place=place) if place else "",
        "owner": _keeper(case, place, word),
    }[ask.to]
    own_access = ask.to == "person"
    columns = ("when", "terminal", "act", *(("screen", "patient") if own_access else ()))
    rows, more = _accesses(installation, case, zone, language, whole=own_access)
    about = word("rows", user=named if ask.to == "head" else case.user_id)
    answers = ("work", "other", "unknown") if own_access else ("known", "refer", "unknown")
    due = f"{ask.due:%Y/%m/%d}"
    return Letter(
        title=word(f"title.{ask.to}"),
        addressee=to,
        person=True,
        sender=installation.institution or "",
        made_at=installation.clock.now(),
        opening=[word(f"opening.{ask.to}"), word("neutral"), word("due", day=due)],
        parts=[
            Part(
                title=word("access"),
                paragraphs=[about],
                grid=Grid(
                    head=tuple(word(f"column.{name}") for name in columns),
                    rows=rows,
                    widths=(4, 3, 2, 4, 3)[: len(columns)],
                ),
                points=[word("more", count=more)] if more else [],
            ),
            Part(
                title=word(f"question.{ask.to}"),
                points=[word(f"answer.{ask.to}.{name}") for name in answers],
                grid=Grid(head=(word("reply"),), rows=[("",)], widths=(1,), space=45),
            ),
            Part(
                title=word("sign"),
                grid=Grid(
                    head=(word("sign.day"), word("sign.name"), word("sign.back")),
                    rows=[("", "", word("number", number=ask.id))],
                    widths=(3, 5, 4),
                    space=9,
                ),
            ),
        ],
        simulated=installation.simulated,
        language=language,
        zone=installation.config.zone,
    )


def _keeper(case: review.Case, place: str, word: Callable[..., str]) -> str:
    """Return who keeps an id that is nobody's own: where no list says who, whoever gave the id out."""
    owner = case.owner or place or case.user_id
    return word("to.keeper", id=owner) if owner == case.user_id else word("to.owner", place=owner)


_ACCESSES = """
SELECT occurred_at, terminal, action, object, list_transform(patient_ids, lambda p: p.id)
FROM access WHERE "index" IN (SELECT unnest($indexes)) ORDER BY occurred_at, "index"
"""


def _accesses(
    installation: Installation, case: review.Case, zone: ZoneInfo, language: str, *, whole: bool
) -> tuple[Sequence[tuple[str, ...]], int]:
    """Return the lines of the accesses, and how many more there are."""
    indexes = sorted(index for index, _ in case.records)
    search = installation.reader().search(Looked(indexes=indexes))
    with analysis(memory="400MB") as desk:
        search.register(desk, search.places, live=True)
        found = desk.rows(_ACCESSES, {"indexes": indexes})
    mine = set(case.patient_ids)
    rows: list[tuple[str, ...]] = []
    for at, terminal, action, screen, patients in found[:SHOWN]:
        local = at.replace(tzinfo=dt.UTC).astimezone(zone)
        line: tuple[str, ...] = (
            f"{local:%Y/%m/%d %H:%M}",
            terminal or "–",
            say(language, f"console.action.{action}"),
        )
        if whole:
            shown = [p for p in patients or () if p in mine]
            line = (*line, screen or "–", say(language, "pages.comma").join(shown[:5]) or "–")
        rows.append(line)
    return rows, max(0, len(found) - SHOWN)
