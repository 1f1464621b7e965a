"""The yearly letter to a vendor, and the sheet on which it answers: all at once, filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sekisho.app.installation import Installation
from sekisho.app.papers import give_out
from sekisho.errors import InvalidInputError
from sekisho.pages.words import say
from sekisho.paper.form import FormColumn, FormSheet, form_workbook
from sekisho.paper.letter import Grid, Letter, Part, letter_docx, letter_pdf
from sekisho.posture import vendors
from sekisho.posture.vendors import sheet

FORMS = ("docx", "pdf", "xlsx")
SHOWN = 20
"""Devices and lines that the letter itself names; the sheet has all."""
ASKED = ("sheet", "line", "control", "log", "patch", "notify")
_WIDTHS = {"row": 12, "number": 12, "name": 20, "model": 18, "serial": 16, "known": 34, "device": 20, "target": 24, "what": 22, "question": 60, "answer": 60, "note": 30, "instead": 30, "contact": 26}  # fmt: skip
_NARROW = 15


def paper(
    installation: Installation, number: int, *, form: str, by: str, language: str = "ja"
) -> bytes:
    """Return letter `number`, or its answer sheet; its SHA-256 is in the record first.

    Args:
        installation: Where it was asked.
        number: Of the letter.
        form: ``docx`` or ``pdf`` for the letter, ``xlsx`` for the sheet.
        by: The user id of who takes it out.
        language: ``ja`` or ``en``.

    Raises:
        InvalidInputError: There is no such form, or no such letter.
        UnavailableError: It could not be recorded; then there is no paper.
    """
    if form not in FORMS:
        raise InvalidInputError("app.ask.no_form")
    asked = vendors.sent(installation.database, number)
    if form == "xlsx":
        content = _workbook(asked, language)
    else:
        write = letter_pdf if form == "pdf" else letter_docx
        content = write(_letter(installation, asked, language), say=say)
    return give_out(installation, content, object=f"posture/vendor/{number}/{form}", by=by)


def _words(language: str) -> Callable[..., str]:
    return lambda message, **args: say(language, f"app.vendor.{message}", **args)


def _letter(installation: Installation, asked: vendors.Sent, language: str) -> Letter:
    word = _words(language)
    rows = asked.rows
    parts = [
        Part(
            title=word("asked"),
            points=[
                word(f"asked.{name}") for name in ASKED if name != "control" or rows["controls"]
            ],
        )
    ]
    for name, cells in (
        ("devices", [_device(row) for row in rows["devices"]]),
        ("lines", [_line(row) for row in rows["lines"]]),
        ("controls", [_control(row, language) for row in rows["controls"]]),
    ):
        if cells:
            more = len(cells) - SHOWN
            head = tuple(word(f"{name}.{column}") for column in ("one", "two", "three"))
            parts.append(
                Part(
                    title=word(name, count=len(cells)),
                    grid=Grid(head=head, rows=cells[:SHOWN], widths=(3, 5, 5)),
                    points=[word("more", count=more)] if more > 0 else [],
                )
            )
    parts.append(
        Part(
            title=word("back"),
            paragraphs=[word("back.text", mark=asked.mark, day=f"{asked.due:%Y/%m/%d}")],
            grid=Grid(
                head=tuple(
                    say(language, f"app.request.contact.{n}") for n in ("who", "name", "phone", "mail")
                ),
                rows=[(say(language, f"app.request.contact.{n}"), "", "", "") for n in ("ours", "yours")],
                widths=(3, 3, 3, 4),
            ),
        )
    )  # fmt: skip
    return Letter(
        title=word("title", year=asked.at.year),
        addressee=asked.name,
        sender=installation.institution or "",
        made_at=asked.at,
        opening=[word("opening"), word("sheet"), word("due", day=f"{asked.due:%Y/%m/%d}")],
        parts=parts,
        simulated=installation.simulated,
        language=language,
        zone=installation.config.zone,
    )


def _workbook(asked: vendors.Sent, language: str) -> bytes:
    word = _words(language)

    def form(kind: str, rows: Sequence[Mapping[str, str]]) -> FormSheet:
        names = ("row", *sheet.OURS[kind], *sheet.ASKED[kind])
        choices = tuple(word(f"choice.{name}") for name in ("yes", "no"))
        columns = [
            FormColumn(
                title=sheet.heading(language, name),
                width=_WIDTHS.get(name, _NARROW),
                fill=name in sheet.ASKED[kind],
                choices=choices if name in sheet.YES_NO else (),
            )
            for name in names
        ]
        lines = [
            word(f"sheet.{kind}", name=asked.name),
            word("mark", mark=asked.mark),
            word("fill", day=f"{asked.due:%Y/%m/%d}"),
        ]
        cells = [[row.get(name, "") for name in names] for row in rows]
        return FormSheet(title=word(f"tab.{kind}"), lines=lines, columns=columns, rows=cells)

    rows = asked.rows
    company = [{"row": f"Q-{name}", "question": word(f"company.{name}")} for name in sheet.COMPANY]
    sheets = [form("company", company)]
    if rows["devices"]:
        sheets.append(form("device", [_device_row(row, word) for row in rows["devices"]]))
    if rows["lines"]:
        sheets.append(form("line", [_line_row(row, language, word) for row in rows["lines"]]))
    if rows["controls"]:
        sheets.append(
            form("control", [_control_row(row, language, word) for row in rows["controls"]])
        )
    return form_workbook(sheets, title=word("title", year=asked.at.year), made_at=asked.at)


def _joined(*parts: object, by: str = " ") -> str:
    return by.join(str(one) for one in parts if one)


def _device(row: Mapping[str, Any]) -> tuple[str, str, str]:
    what = _joined(row["name"], row["model"] or row["product"])
    return (
        row["number"] or "–",
        what or "–",
        _joined(row["serial"], row["version"], by=" / ") or "–",
    )


def _line(row: Mapping[str, Any]) -> tuple[str, str, str]:
    device = _joined(row["maker"], row["product"], row["model"], row["version"])
    return row["number"] or "–", row["name"], device or "–"


def _control(row: Mapping[str, Any], language: str) -> tuple[str, str, str]:
    what = say(language, f"posture.control.what.{row['what']}")
    return row["target"] or "–", what, row["why"] or "–"


def _device_row(row: Mapping[str, Any], word: Any) -> dict[str, str]:
    known = [
        word(f"known.{name}", value=row[name]) for name in ("version", "eol", "eos") if row[name]
    ]
    told = {name: str(row[name] or "") for name in ("number", "name", "serial")}
    model = row["model"] or row["product"] or ""
    return {"row": f"D-{row['sighting']}", **told, "model": model, "known": "\n".join(known) or "–"}


def _line_row(row: Mapping[str, Any], language: str, word: Any) -> dict[str, str]:
    known = [
        f"{sheet.heading(language, name)}: {say(language, f'console.posture.three.{row[name]}')}"
        for name in ("second_factor", "source_restriction", "always_on")
    ]
    if row["last_patch"]:
        known.append(word("known.last_patch", value=row["last_patch"]))
    device = _joined(row["maker"], row["product"], row["model"], row["version"])
    told = {"number": row["number"] or "", "name": row["name"], "device": device}
    return {"row": f"L-{row['id']}", **told, "known": "\n".join(known)}


def _control_row(row: Mapping[str, Any], language: str, word: Any) -> dict[str, str]:
    known = [word(f"known.{name}", value=row[name]) for name in ("why", "since", "until", "instead") if row[name]]  # fmt: skip
    what = say(language, f"posture.control.what.{row['what']}")
    told = {"target": row["target"] or "", "what": what, "known": "\n".join(known) or "–"}
    return {"row": f"C-{row['id']}", **told}
