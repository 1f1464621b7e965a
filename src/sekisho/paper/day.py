"""The day in short on one page, to be passed on: sentences and how each stands, nobody named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sekisho.paper.press import Say, Words, fit, minute, press

LINE = 240
"""Half-width columns of a sentence at most."""


@dataclass(frozen=True, slots=True)
class DayLine:
    """A sentence, and how it stands as a word: nothing is said by colour."""

    state: str
    text: str


@dataclass(frozen=True, slots=True)
class DayPart:
    """A headed part of the page."""

    title: str
    lines: Sequence[DayLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPage:
    """One day.

    Attributes:
        facts: Of the period, as label and value.
        parts: The first of them may be cut to fit the page; then it says how much is left out.
    """

    title: str
    institution: str
    made_at: dt.datetime
    facts: Sequence[tuple[str, str]]
    parts: Sequence[DayPart]
    notes: Sequence[str] = ()
    simulated: bool = False
    language: str = "ja"
    zone: str = "Asia/Tokyo"


def day_page(page: DayPage, *, say: Say) -> bytes:
    """Return the page as PDF/A; it is one, whatever happened that day."""
    words = Words(say, page.language, "paper.day")
    values = {
        "language": page.language,
        "title": fit(page.title, 120),
        "institution": fit(page.institution, 80),
        "made": words("made", at=minute(page.made_at, page.zone)),
        "tags": [say(page.language, "paper.month.simulated")] if page.simulated else [],
        "facts": [[fit(label, 40), fit(value, LINE)] for label, value in page.facts],
        "parts": [
            {
                "title": fit(part.title, 80),
                "lines": [[fit(line.state, 24), fit(line.text, LINE)] for line in part.lines],
            }
            for part in page.parts
        ],
        "notes": [fit(text, LINE) for text in page.notes],
        "words": {"more": words("more")},
    }
    return press("day.typ", values, made_at=page.made_at)
