"""The letter with which a vendor is asked for its sheet, the reminder, and the sheet to fill in."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

from sekisho.app.history import today
from sekisho.app.inspection.editions import shelf_of
from sekisho.app.installation import Installation
from sekisho.app.papers import give_out
from sekisho.errors import InvalidInputError
from sekisho.pages.words import say
from sekisho.paper.form import FormColumn, FormSheet, form_workbook
from sekisho.paper.letter import Grid, Letter, Part, letter_docx, letter_pdf
from sekisho.paper.sheet import list_workbook

if TYPE_CHECKING:
    from sekisho.inspection import Catalogue
    from sekisho.inspection.register import Line

FORMS = {
    "letter": ("docx", "pdf"),
    "reminder": ("docx", "pdf"),
    "sheet": ("xlsx",),
    "answers": ("xlsx",),
}
_COLUMNS = {"number": 8.0, "item": 62.0, "answer": 12.0, "checked": 14.0, "target": 14.0, "note": 30.0}  # fmt: skip
_FILL = ("answer", "checked", "target", "note")


def paper(
    installation: Installation, number: int, what: str, form: str, *, by: str, language: str = "ja"
) -> bytes:
    """Return a letter, a reminder, the sheet, or its answers; its SHA-256 is in the record first.

    Args:
        installation: Where it was asked.
        number: Of the line.
        what: ``letter``, ``reminder``, ``sheet`` or ``answers``.
        form: ``docx`` or ``pdf``; of the last two ``xlsx``.
        by: The user id of who takes it out.
        language: ``ja`` or ``en``.

    Raises:
        InvalidInputError: There is no such form or line, or the sheet of that edition is not known.
        UnavailableError: It could not be recorded; then there is no paper.
    """
    from sekisho.inspection import register  # noqa: PLC0415 (slow to import)
    from sekisho.inspection.register import sheets  # noqa: PLC0415 (same)

    one = register.line(installation.database, number, today=today(installation))
    if one is None or one.part != sheets.PART:
        raise InvalidInputError("register.no_line")
    if form not in FORMS.get(what, ()):
        raise InvalidInputError("app.ask.no_form")
    if what == "sheet":
        content = _workbook(installation, one, language)
    elif what == "answers":
        content = answers_workbook(installation, one, language)
    else:
        write = letter_pdf if form == "pdf" else letter_docx
        content = write(_letter(installation, one, what, language), say=say)
    matter = f"register/{sheets.PART}/{number}/{what}/{form}"
    return give_out(installation, content, object=matter, by=by)


def book_of(installation: Installation, one: Line) -> Catalogue | None:
    """Return the catalogue that a sheet was asked by, None where it is not at hand any more."""
    return shelf_of(installation).books.get(str(one.told.get("edition")))


def _words(language: str) -> Callable[..., str]:
    return lambda message, **args: say(language, f"app.sheet.{message}", **args)


def _letter(installation: Installation, one: Line, what: str, language: str) -> Letter:
    from sekisho.inspection.register.sheets import mark_of  # noqa: PLC0415 (slow to import)

    word, told = _words(language), one.told
    day = str(told.get("answer_by") or "").replace("-", "/")
    asked = str(told.get("asked_on") or "").replace("-", "/")
    facts = {"system": told["system"], "day": day, "asked": asked, "mark": mark_of(one)}
    back = Grid(
        head=tuple(
            say(language, f"app.request.contact.{n}") for n in ("who", "name", "phone", "mail")
        ),
        rows=[(say(language, f"app.request.contact.{n}"), "", "", "") for n in ("ours", "yours")],
        widths=(3, 3, 3, 4),
    )
    parts = [
        Part(title=word("asked"), points=[word(f"asked.{n}", **facts) for n in range(1, 6)]),
        Part(title=word("back"), paragraphs=[word("back.text", **facts)], grid=back),
    ]
    return Letter(
        title=word(f"{what}.title"),
        addressee=told["vendor"],
        sender=installation.institution or "",
        made_at=installation.clock.now(),
        opening=[word(f"{what}.opening", **facts), word("law")],
        parts=parts,
        simulated=installation.simulated,
        language=language,
        zone=installation.config.zone,
    )


def answers_workbook(installation: Installation, one: Line, language: str) -> bytes:
    """Return what a vendor answered, item by item, as XLSX: the vendor's word, as it was read."""
    from sekisho.inspection.register.sheets import answers  # noqa: PLC0415 (slow to import)

    book = book_of(installation, one)

    def word(value: str | None) -> str:
        return say(
            language, f"register.sheet.value.{value}" if value else "register.sheet.unanswered"
        )

    columns = [
        (say(language, f"app.sheet.column.{name}"), width)
        for name, width in _COLUMNS.items()
        if name != "note"
    ]
    columns.append((say(language, "register.sheet.stood"), _COLUMNS["note"]))
    rows = [
        (
            each.item.number,
            f"{each.item.title[language]}: {each.item.text[language]}",
            word(each.value),
            each.checked_on,
            each.target_on,
            each.stood,
        )
        for each in (answers(one, book) if book else ())
    ]
    out = io.BytesIO()
    title = f"{one.told['vendor']} {one.told['system']}"
    list_workbook(out, title, columns, rows, made_at=installation.clock.now())
    return out.getvalue()


def _workbook(installation: Installation, one: Line, language: str) -> bytes:
    from sekisho.inspection.records import Value  # noqa: PLC0415 (slow to import)
    from sekisho.inspection.register.sheets import answers, mark_of  # noqa: PLC0415 (same)

    word, told = _words(language), one.told
    book = book_of(installation, one)
    if book is None:
        raise InvalidInputError("register.sheet.no_catalogue")
    choices = tuple(say("ja", f"register.sheet.value.{value.value}") for value in Value)
    columns = [
        # The headings are those of the issued sheet: by them it is read back, in any language.
        FormColumn(
            title=say("ja", f"app.sheet.column.{name}"),
            width=width,
            fill=name in _FILL,
            choices=choices if name == "answer" else (),
        )
        for name, width in _COLUMNS.items()
    ]
    rows = [
        [each.item.number, f"{each.item.title['ja']}：{each.item.text['ja']}", "", "", "", ""]
        for each in answers(one, book)
    ]
    day = str(told.get("answer_by") or "").replace("-", "/")
    lines = [
        say("ja", "app.sheet.book.title"),
        say("ja", "app.sheet.book.for", vendor=told["vendor"], system=told["system"]),
        say("ja", "app.sheet.book.mark", mark=mark_of(one)),
        say("ja", "app.sheet.book.fill", day=day),
        say("ja", "app.sheet.book.own"),
    ]
    sheet = FormSheet(
        title=say("ja", "app.sheet.book.tab"), lines=lines, columns=columns, rows=rows
    )
    title = word("letter.title")
    return form_workbook([sheet], title=title, made_at=installation.clock.now())
