"""The sheet of an inspection on paper and as a workbook: each answer with its proof or why there is none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sekisho.paper.press import Say, Words, day, fit, minute, number, press

LINE = 1200
"""Half-width letters of a sentence at most; the workbook has everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofLine:
    """One proof of an item.

    Attributes:
        what: What was checked.
        mark: ``ok``, ``bad``, ``old`` or ``missing``; its sign stands before the line.
        state: The same in words.
        said: The result as a sentence, or why nothing was checked.
        at: When it was checked, UTC-aware; None where it never was.
        age: Whole days since then.
        until: Until when it is good.
    """

    what: str
    mark: str
    state: str
    said: str
    at: dt.datetime | None = None
    age: int | None = None
    until: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLine:
    """One item.

    Attributes:
        number: As the edition prints it; empty where it is not established.
        unverified: What is said of a text that was not read; empty for a verified one.
        mark: ``yes``, ``no``, ``not_applicable``, ``confirm`` or ``open``.
        answer: The same in words.
        state: What the evidence says, in words.
        greener: A yes that the evidence does not prove: its reason, name and day stand with it.
        asked_of: Kinds of institution that are asked it, in words; empty for every kind.
    """

    section: str
    number: str
    title: str
    text: str
    unverified: str
    mark: str
    answer: str
    state: str
    checked_on: dt.date | None
    target_on: dt.date | None
    by: str
    reason: str
    greener: bool
    proofs: Sequence[ProofLine]
    asked_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPage:
    """A whole sheet.

    Attributes:
        facts: Label and value of what stands above the list.
        counts: Words and number of each kind of answer.
        apart: What is asked of other kinds of institution alone; it stands at the end.
        checkpoint: The signed checkpoint's text; its QR is printed.
        fingerprint: The short readable form of its root.
    """

    title: str
    edition: str
    source: str
    institution: str
    made_at: dt.datetime
    facts: Sequence[tuple[str, str]]
    counts: Sequence[tuple[str, int]]
    lines: Sequence[SheetLine]
    checkpoint: str
    fingerprint: str
    ledger_size: int
    apart: Sequence[SheetLine] = ()
    simulated: bool = False
    language: str = "ja"
    zone: str = "Asia/Tokyo"
    version: str = ""


def sheet_page(page: SheetPage, *, say: Say) -> bytes:
    """Return the sheet as PDF/A, A4 on its side, as many pages as it takes."""
    return press("inspection.typ", _values(page, say), made_at=page.made_at, qr=page.checkpoint)


def _values(page: SheetPage, say: Say) -> dict[str, Any]:
    words = Words(say, page.language, "paper.inspection")
    fixed: tuple[str, ...] = (
        "fingerprint",
        "verify",
        "qr_alt",
        "greener",
        "none",
        "target",
        "by",
        "signed",
    )
    if page.apart:
        fixed = (*fixed, "apart", "apart_text")
    columns = ("number", "item", "answer", "days", "reason", "proof")
    return {
        "language": page.language,
        "title": fit(page.title, 160),
        "edition": fit(page.edition, 60),
        "institution": fit(page.institution, 80),
        "made": words("made", at=minute(page.made_at, page.zone)),
        "tags": [say(page.language, "paper.month.simulated")] if page.simulated else [],
        "approvals": [words(f"approval.{who}") for who in ("director", "officer", "maker")],
        "facts": [[fit(label, 40), fit(value, LINE)] for label, value in page.facts],
        "counts": [[fit(name, 30), number(count)] for name, count in page.counts],
        "sections": _sections(page, words),
        "apart": [_apart(line, words) for line in page.apart],
        "columns": [words(f"column.{name}") for name in columns],
        "source": words("source", source=fit(page.source, LINE)),
        "fingerprint_text": fit(page.fingerprint, 90),
        "ledger": words("ledger", size=number(page.ledger_size)),
        "foot": words("foot", institution=fit(page.institution, 60), version=fit(page.version, 20)),
        "words": {name: words(name) for name in fixed},
    }


def _sections(page: SheetPage, words: Words) -> list[dict[str, Any]]:
    sections: list[dict[str, Any]] = []
    for line in page.lines:
        if not sections or sections[-1]["name"] != fit(line.section, 120):
            sections.append({"name": fit(line.section, 120), "lines": []})
        sections[-1]["lines"].append(_line(line, page, words))
    return sections


def _apart(line: SheetLine, words: Words) -> dict[str, str]:
    return {
        "number": fit(line.number, 12) or "–",
        "title": fit(line.title, 120),
        "asked_of": words("asked_of", kinds=fit(line.asked_of, 120)),
        "answer": fit(line.answer, 20),
    }


def _line(line: SheetLine, page: SheetPage, words: Words) -> dict[str, Any]:
    return {
        "number": fit(line.number, 12) or "–",
        "title": fit(line.title, 120),
        "text": fit(line.text, LINE),
        "unverified": fit(line.unverified, 120),
        "mark": line.mark,
        "answer": fit(line.answer, 20),
        "state": fit(line.state, 40),
        "checked": day(line.checked_on, page.language) if line.checked_on else "",
        "target": day(line.target_on, page.language) if line.target_on else "",
        "by": fit(line.by, 60),
        "reason": fit(line.reason, LINE),
        "greener": line.greener,
        "proofs": [_proof(one, page, words) for one in line.proofs],
    }


def _proof(one: ProofLine, page: SheetPage, words: Words) -> dict[str, str]:
    when = ""
    if one.at is not None:
        when = words("checked", at=minute(one.at, page.zone), age=age(one.age, words))
        if one.until is not None:
            when += words("until", at=minute(one.until, page.zone)[:10])
    return {
        "mark": one.mark,
        "what": fit(one.what, 80),
        "state": fit(one.state, 40),
        "said": fit(one.said, 400),
        "when": when,
    }


def age(days: int | None, words: Words) -> str:
    """Return how old a proof is, in words."""
    if not days:
        return words("today")
    return words("day_ago") if days == 1 else words("days_ago", n=number(days))
