"""Drafts of the four papers without which names stay covered, as DOCX to be changed and adopted."""

from __future__ import annotations

from sekisho.app.closing import Rules, rules
from sekisho.app.installation import Installation
from sekisho.errors import InvalidInputError
from sekisho.pages.words import say
from sekisho.paper.letter import Grid, Letter, Part, letter_docx
from sekisho.review.masking import KINDS

PARTS = {
    "rule": {"purpose": 2, "scope": 3, "who": 5, "how": 7, "names": 5, "limits": 4},
    "responsible": {"named": 3, "work": 5},
    "notice": {"what": 4, "how": 5, "asked": 5, "contact": 2},
    "watchers": {"whom": 3, "how": 5, "report": 3},
}
"""Kind → part → how many points it has."""
FORMS = {"responsible": ("name", "post", "from", "paper"), "watchers": ("name", "post", "from")}
"""Kinds with a table that is filled in by hand."""


def draft(installation: Installation, kind: str, *, language: str = "ja") -> bytes:
    """Return the draft of one proof, as DOCX.

    Raises:
        InvalidInputError: There is no such proof.
    """
    if kind not in KINDS:
        raise InvalidInputError("review.unknown_proof")
    facts = _facts(rules(installation))

    def word(message: str) -> str:
        return say(language, f"app.draft.{message}", **facts)

    parts = [
        Part(
            title=word(f"{kind}.{part}"),
            points=[word(f"{kind}.{part}.{number}") for number in range(1, count + 1)],
        )
        for part, count in PARTS[kind].items()
    ]
    entries = (*FORMS.get(kind, ()), "adopted", "signed")
    parts.append(
        Part(
            title=word("fill"),
            grid=Grid(
                head=(word("fill.what"), word("fill.entry")),
                rows=[(word(f"fill.{name}"), "") for name in entries],
                widths=(3, 7),
            ),
        )
    )
    letter = Letter(
        title=word(f"{kind}.title"),
        addressee=word(f"{kind}.to"),
        person=True,
        sender=installation.institution or "",
        made_at=installation.clock.now(),
        opening=[word("draft"), word(f"{kind}.opening")],
        parts=parts,
        simulated=installation.simulated,
        language=language,
        zone=installation.config.zone,
    )
    return letter_docx(letter, say=say)


def _facts(known: Rules) -> dict[str, object]:
    return {"months": known.months, "reply": known.reply, "closing": known.closing}
