"""The letter that asks a maker about an advisory, filled in with the devices that stand here.

What it says is what was kept when it was asked: a copy of later is the same letter. Nothing of
where a device stands, of its network, or of any patient is in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sekisho.app.installation import Installation
from sekisho.app.papers import give_out
from sekisho.errors import InvalidInputError
from sekisho.pages.words import listed, say
from sekisho.paper.letter import Grid, Letter, Part, letter_docx, letter_pdf
from sekisho.posture.match import Inquiry, inquiries

FORMS = {"pdf": letter_pdf, "docx": letter_docx}
ASKED = ("affected", "remedy", "apply", "instead", "use")
ANSWERS = ("affected", "remedy", "when", "apply", "instead", "until", "cost", "name", "day")
_PRINTED = str.maketrans("≤≥", "≦≧")
"""The typefaces of Japanese offices have these two in this form."""
DEVICE = ("number", "name", "model", "serial", "version")


def letter(
    installation: Installation, number: int, *, form: str, by: str, language: str = "ja"
) -> bytes:
    """Return letter `number`; its SHA-256 is in the record before it is given out.

    Args:
        installation: Where it was asked.
        number: Of the letter (`Inquiry.letter`).
        form: ``pdf`` or ``docx``.
        by: The user id of who prints it.
        language: ``ja`` or ``en``.

    Raises:
        InvalidInputError: There is no such form, or no such letter.
        UnavailableError: It could not be recorded; then there is no letter.
    """
    if form not in FORMS:
        raise InvalidInputError("app.ask.no_form")
    asked = inquiries(installation.database, letter=number)
    if not asked:
        raise InvalidInputError("posture.inquiry.none")
    content = FORMS[form](_letter(installation, asked[::-1], language), say=say)
    return give_out(installation, content, object=f"posture/inquiry/{number}/{form}", by=by)


def _letter(installation: Installation, asked: Sequence[Inquiry], language: str) -> Letter:
    first = asked[0]

    def word(message: str, /, **args: object) -> str:
        return say(language, f"app.inquiry.{message}", **args)

    def form(part: str, names: Sequence[str]) -> Part:
        head = (word(f"{part}.what"), word(f"{part}.entry"))
        rows = [(word(f"{part}.{name}"), "") for name in names]
        return Part(title=word(part), grid=Grid(head=head, rows=rows, widths=(3, 7)))

    owner = first.duty == "owner"
    return Letter(
        title=word("title"),
        addressee=first.addressee,
        sender=installation.institution or "",
        made_at=first.at,
        opening=[
            word("opening"),
            *([word("owner", maker=_maker(asked, language))] if owner else []),
            word("due", day=f"{first.due:%Y/%m/%d}"),
        ],
        parts=[
            Part(
                title=word("device"),
                paragraphs=[word("device.about", count=len(asked))],
                grid=Grid(
                    head=tuple(word(f"device.{name}") for name in DEVICE),
                    rows=[_device(one.told) for one in asked],
                    widths=(3, 4, 4, 3, 3),
                ),
            ),
            Part(
                title=word("advisory"),
                grid=Grid(
                    head=(word("advisory.what"), word("advisory.how")),
                    rows=_advisory(asked, language),
                    widths=(3, 10),
                ),
            ),
            Part(title=word("asked"), points=[word(f"asked.{name}") for name in ASKED]),
            form("answer", ANSWERS),
            Part(
                title=say(language, "app.request.contact"),
                grid=Grid(
                    head=tuple(
                        say(language, f"app.request.contact.{name}")
                        for name in ("who", "name", "phone", "mail")
                    ),
                    rows=[
                        (say(language, f"app.request.contact.{whose}"), "", "", "")
                        for whose in ("ours", "yours")
                    ],
                    widths=(3, 3, 3, 4),
                ),
            ),
        ],
        simulated=installation.simulated,
        language=language,
        zone=installation.config.zone,
    )


def _maker(asked: Sequence[Inquiry], language: str) -> str:
    makers = dict.fromkeys(str(one.told["device"].get("maker") or "") for one in asked)
    return listed(language, filter(None, makers)) or say(language, "app.inquiry.maker")


def _device(told: Mapping[str, Any]) -> tuple[str, ...]:
    device = told["device"]
    names = (device.get("name") or device.get("product"), device.get("maker"))
    what = " / ".join(dict.fromkeys(str(one) for one in names if one))
    cells = (device.get("number"), what, device.get("model") or device.get("product"))
    rest = (device.get("serial"), device.get("version"))
    return tuple(str(cell) if cell else "–" for cell in (*cells, *rest))


def _advisory(asked: Sequence[Inquiry], language: str) -> list[tuple[str, str]]:
    """Return what is published, and what each device's line says of it, each sentence once."""
    told = asked[0].told["advisory"]
    verdicts = [one.told["verdict"] for one in asked]

    def word(message: str) -> str:
        return say(language, f"app.inquiry.advisory.{message}")

    ours = dict.fromkeys(
        f"{one['component']}: {say(language, one['message'], **one['args'])}" for one in verdicts
    )
    fixed = dict.fromkeys(str(one["fixed_in"]) for one in verdicts if one["fixed_in"])
    rows = [
        (word("number"), asked[0].number),
        (word("title"), str(told.get("title") or "")),
        (word("cves"), listed(language, told.get("cves") or ())),
        (word("days"), " / ".join(filter(None, (told.get("published"), told.get("revised"))))),
        (word("url"), str(told.get("url") or "")),
        (word("fixed"), listed(language, fixed)),
        (word("ours"), "\n".join(ours)),
    ]
    return [(what, text.translate(_PRINTED) or "–") for what, text in rows]
