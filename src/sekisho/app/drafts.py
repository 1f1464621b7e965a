"""Drafts of the four papers without which names stay covered, as DOCX to be changed and adopted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
    entries = (*FORMS.get(kind, ()), "adopted", "signed")
    facts = _facts(rules(installation))
    return draft_docx(installation, kind, PARTS[kind], entries, language=language, facts=facts)


def draft_docx(
    installation: Installation,
    kind: str,
    parts: Mapping[str, int],
    entries: Sequence[str],
    *,
    language: str,
    facts: Mapping[str, object],
    table: Part | None = None,
) -> bytes:
    """Return a draft whose sentences stand below ``app.draft.<kind>``, as DOCX.

    Args:
        installation: Whose draft.
        kind: Of the paper.
        parts: Part → how many points it has.
        entries: What is filled in by hand at its end.
        language: ``ja`` or ``en``.
        facts: Values that its sentences name.
        table: Comes before what is filled in.
    """

    def word(message: str) -> str:
        return say(language, f"app.draft.{message}", **facts)

    written = [
        Part(
            title=word(f"{kind}.{part}"),
            points=[word(f"{kind}.{part}.{number}") for number in range(1, count + 1)],
        )
        for part, count in parts.items()
    ]
    written += [] if table is None else [table]
    written.append(
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
        parts=written,
        simulated=installation.simulated,
        language=language,
        zone=installation.config.zone,
    )
    return letter_docx(letter, say=say)


def _facts(known: Rules) -> dict[str, object]:
    return {"months": known.months, "reply": known.reply, "closing": known.closing}
