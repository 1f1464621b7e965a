"""Drafts of the rules that an inspection asks for, as DOCX with blanks for the hospital to fill in."""

from __future__ import annotations

from sekisho.app.drafts import draft_docx
from sekisho.app.installation import Installation
from sekisho.errors import InvalidInputError
from sekisho.pages.words import say
from sekisho.paper.letter import Grid, Part

PARTS = {
    "operation": {"scope": 3, "who": 4, "machines": 4, "users": 5, "guard": 7, "records": 3, "ready": 4, "keep": 3},
    "backup": {"what": 3, "how": 5, "restore": 6, "test": 3},
    "bcp": {"assume": 4, "decide": 4, "first": 6, "care": 5, "return": 3, "after": 3},
    "chart": {"rule": 4},
    "media": {"rule": 4, "ledger": 3, "check": 3, "lost": 3, "end": 1},
}  # fmt: skip
"""Kind → part → how many points it has."""
FILLED = ("officer", "deputy", "review", "place", "adopted", "signed")


def draft(installation: Installation, kind: str, *, language: str = "ja") -> bytes:
    """Return one draft; persons and numbers are left for the hospital to write in.

    Raises:
        InvalidInputError: There is no such draft.
    """
    if kind not in PARTS:
        raise InvalidInputError("register.no_draft")
    table = _contacts(language) if kind == "chart" else None
    return draft_docx(
        installation, kind, PARTS[kind], FILLED, language=language, facts={}, table=table
    )


def _contacts(language: str) -> Part:
    """Return the table of contacts: each body that is told, with empty cells."""
    from sekisho.inspection.register.held.contacts import unwritten  # noqa: PLC0415 (slow to import)

    head = tuple(say(language, f"app.draft.table.{n}") for n in ("who", "name", "phone", "seen"))
    rows = [(say(language, f"register.choice.body.{one}"), "", "", "") for one in unwritten([])]
    grid = Grid(head=head, rows=rows, widths=(4, 4, 4, 3))
    return Part(title=say(language, "app.draft.table"), grid=grid)
