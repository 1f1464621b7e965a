"""The letter to whom ordered controls off: still needed? until when? what stands in their place?"""

from __future__ import annotations

import datetime as dt

from sekisho.app.installation import Installation
from sekisho.errors import InvalidInputError
from sekisho.pages.words import say
from sekisho.paper.letter import Grid, Letter, Part, letter_docx, letter_pdf
from sekisho.posture import controls

FORMS = {"docx": letter_docx, "pdf": letter_pdf}
LONGEST = 200
"""Entries of one letter."""
ASKED = ("needed", "until", "instead", "risk", "paper")
ANSWERS = ("company", "name", "phone", "day")


def letter(
    installation: Installation, to: str, *, form: str, today: dt.date, language: str = "ja"
) -> bytes:
    """Return the letter about all that `to` ordered off, as DOCX or PDF.

    Raises:
        InvalidInputError: Nothing is off by their order, or there is no such form.
    """
    off = controls.entries(installation.database, today=today, vendor=to, limit=LONGEST).rows
    if not off or form not in FORMS:
        raise InvalidInputError("app.control.nothing", to=to[:100])

    def word(message: str, **args: object) -> str:
        return say(language, f"app.control.{message}", **args)

    def day(value: dt.date | None) -> str:
        return value.isoformat() if value else word("unwritten")

    def lines(one: controls.Shown) -> str:
        told = one.told
        said = [
            word("row.why", text=told["why"] or word("unwritten")),
            word("row.when", since=day(told["since"]), until=day(told["until"])),
            word("row.instead", text=told["instead"] or word("nothing_instead")),
        ]
        return word("pause").join(said)

    rows = [
        (
            str(place),
            one.target or word("unwritten"),
            say(language, f"posture.control.what.{one.told['what']}"),
            lines(one),
        )
        for place, one in enumerate(off, start=1)
    ]
    head = tuple(word(f"head.{name}") for name in ("number", "on", "what", "known"))
    asked = tuple(word(f"head.{name}") for name in ("number", "needed", "until", "instead"))
    parts = [
        Part(title=word("off"), paragraphs=[word("off.about")], grid=Grid(head=head, rows=rows, widths=(2, 6, 5, 11))),
        Part(title=word("asked"), points=[word(f"asked.{name}") for name in ASKED]),
        Part(title=word("answer"), paragraphs=[word("answer.about")], grid=Grid(head=asked, rows=[(row[0], "", "", "") for row in rows], widths=(2, 8, 4, 10), space=9)),
        Part(title=word("who"), grid=Grid(head=(word("who.what"), word("who.entry")), rows=[(word(f"who.{name}"), "") for name in ANSWERS], widths=(3, 7))),
    ]  # fmt: skip
    return FORMS[form](
        Letter(
            title=word("title"),
            addressee=to,
            sender=installation.institution or "",
            made_at=installation.clock.now(),
            opening=[word("opening"), word("about")],
            parts=parts,
            simulated=installation.simulated,
            language=language,
            zone=installation.config.zone,
        ),
        say=say,
    )
