"""The answer to "who looked at this patient": as many A4 pages as it takes.

Which columns there are is the caller's: what must not stand on a patient's copy is not
handed in, so that nothing here can let it out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sekisho.paper.press import Say, Words, fit, minute, number, press

CELL = 400
"""Half-width letters of a cell at most; the data file has everything."""
LINE = 1200
"""The same of a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A table: titles, shares of the width, rows; `empty` stands where there is no row."""

    head: Sequence[str]
    widths: Sequence[float]
    rows: Sequence[Sequence[str]]
    empty: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPage:
    """One numbered copy.

    Attributes:
        number: As it is printed on every page.
        facts: What was asked, as label and value.
        lead: Sentences before the list.
        looks: The list.
        terms: Words of the list and what they mean.
        sources: Where the records came from, and what their logs cannot show.
        notes: Sentences after it.
        addressed: Leave a line for the name of who gets it, and one for who hands it over.
        wide: Pages lie on their side.
        checkpoint: The signed checkpoint's text; its QR is printed.
        fingerprint: The short readable form of its root.
    """

    title: str
    number: str
    institution: str
    made_at: dt.datetime
    facts: Sequence[tuple[str, str]]
    lead: Sequence[str]
    looks: Listed
    sources: Listed
    terms: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()
    addressed: bool = False
    wide: bool = False
    checkpoint: str
    fingerprint: str
    ledger_size: int
    simulated: bool = False
    language: str = "ja"
    zone: str = "Asia/Tokyo"
    version: str = ""


def answer_page(page: AnswerPage, *, say: Say) -> bytes:
    """Return the copy as PDF/A; each page bears its number and how many there are."""
    return press("answer.typ", _values(page, say), made_at=page.made_at, qr=page.checkpoint)


def _values(page: AnswerPage, say: Say) -> dict[str, Any]:
    words = Words(say, page.language, "paper.answer")
    fixed = ("to", "looks", "terms", "sources", "fingerprint", "verify", "qr_alt", "handed", "day", "person")  # fmt: skip
    return {
        "language": page.language,
        "title": fit(page.title, 120),
        "number": words("number", number=page.number),
        "institution": fit(page.institution, 80),
        "made": words("made", at=minute(page.made_at, page.zone)),
        "tags": [say(page.language, "paper.month.simulated")] if page.simulated else [],
        "facts": [[fit(label, 40), fit(value, LINE)] for label, value in page.facts],
        "lead": [fit(text, LINE) for text in page.lead],
        "looks": _table(page.looks, CELL),
        "terms": [[fit(term, 60), fit(text, LINE)] for term, text in page.terms],
        "sources": _table(page.sources, LINE),
        "notes": [fit(text, LINE) for text in page.notes],
        "addressed": page.addressed,
        "wide": page.wide,
        "fingerprint": fit(page.fingerprint, 90),
        "ledger": words("ledger", size=number(page.ledger_size)),
        "foot": words("foot", institution=fit(page.institution, 60), version=fit(page.version, 20)),
        "words": {name: words(name) for name in fixed},
    }


def _table(table: Listed, width: int) -> dict[str, Any]:
    return {
        "head": [fit(title, 60) for title in table.head],
        "widths": list(table.widths),
        "rows": [[fit(cell, width) for cell in row] for row in table.rows],
        "empty": fit(table.empty, LINE),
    }
