"""The month's page as a PDF: one A4 sheet, whatever the month was like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sekisho.paper.month import CaseLine, Counted, LevelLine, MonthPage, mask
from sekisho.paper.press import Say, Words, clean, day, fit, minute, number, press, share

MOST_CASES = 20
MOST_LEVELS = 4
MOST_LINES = 5


def month_page(page: MonthPage, *, say: Say) -> bytes:
    """Return the page as a PDF/A of exactly one A4 sheet.

    What does not fit is counted on the sheet and stands in the workbook. Texts too
    long for their place are cut with …; no text is read as markup.

    Args:
        page: What to print. Ids are left out when it says masked.
        say: Gives the fixed sentences.
    """
    return press("month.typ", _values(page, say), made_at=page.made_at, qr=page.checkpoint)


def _values(page: MonthPage, say: Say) -> dict[str, Any]:
    words = Words(say, page.language, "paper.month")
    page = mask(page, words("person"), words("patient"))
    period = words("period", start=day(page.start, page.language), end=day(page.end, page.language))
    return {
        "language": page.language,
        "title": f"{fit(page.institution, 60)} {words('title')} {period}",
        "institution": fit(page.institution, 60),
        "period": period,
        "made": words("made", at=minute(page.made_at, page.zone)),
        "tags": [words(tag) for tag in ("trial", "simulated") if getattr(page, tag)],
        "approvals": [fit(name, 16) for name in (page.approvals or _usual(words))[:5]],
        "summary": _summary(page, words),
        "figures": _figures(page, words),
        "bar": _bar(page, words),
        "levels": [_level(one, page, words) for one in page.levels[:MOST_LEVELS]],
        "explanations": _counted(page.by_explanation, page.accesses, words, 84),
        "reasons": _counted(page.not_judgeable_by, page.accesses, words, 84),
        "total_cases": max(page.raised, len(page.cases)),
        "cases": [_case(one, page, words) for one in page.cases[:MOST_CASES]],
        "case_note": _case_note(page, words),
        "fingerprint": fit(page.fingerprint, 84),
        "ledger": words("ledger", size=number(page.ledger_size)),
        "verified": _verified(page, words),
        "sources": _sources(page, words),
        "unseen": words(
            "unseen", what=fit(_list(page.unseen, words), 210) if page.unseen else words("none")
        ),
        "sheets": _sheets(page, words),
        "signed": _signed(page, words),
        "maker": words("maker", version=fit(page.version, 20), run=fit(page.run_id, 40)),
        "words": _fixed(words, cut=page.trial and len(page.cases) < page.raised),
    }


def _usual(words: Words) -> list[str]:
    return [words(f"approval.{who}") for who in ("director", "officer", "reviewer", "maker")]


def _fixed(words: Words, *, cut: bool) -> dict[str, Any]:
    fixed: dict[str, Any] = {
        name: words(name)
        for name in (
            "title", "approval", "levels", "explanations", "not_judgeable", "cases", "no_cases",
            "none", "fingerprint", "verify", "neutral", "qr_alt", "remarks",
        )
    }  # fmt: skip
    # A trial puts its first cases before people and no more, in the workbook either.
    fixed["rest"] = words("rest_trial" if cut else "rest", n="{n}")
    fixed["level_columns"] = [
        words(f"level.{name}") for name in ("name", "all", "first", "can", "cannot")
    ]
    fixed["case_columns"] = [words(f"case.{name}") for name in CASE_COLUMNS]
    return fixed


CASE_COLUMNS = ("rank", "matter", "person", "patient", "when", "records", "state")


def _summary(page: MonthPage, words: Words) -> str:
    return words(
        "summary",
        accesses=number(page.accesses),
        explained=number(page.explained),
        share=share(page.explained, page.accesses),
        raised=number(page.raised),
        unexplained=number(page.quiet),
        not_judgeable=number(page.not_judgeable),
        level=fit(page.level, 8),
    )


def _figures(page: MonthPage, words: Words) -> list[dict[str, str]]:
    whole = page.accesses
    cases = words("figure.records", n=number(page.raised_accesses))
    if page.reading_minutes is not None:
        cases = words(
            "figure.reading", n=number(page.raised_accesses), minutes=page.reading_minutes
        )
    first = share(page.first_explained, page.first_accesses)
    rows = (
        ("accesses", page.accesses, words("figure.all")),
        ("explained", page.explained, share(page.explained, whole)),
        ("first", page.first_accesses, words("figure.first_share", share=first)),
        ("unexplained", page.quiet, share(page.quiet, whole)),
        ("raised", page.raised, cases),
        ("unjudged", page.not_judgeable, share(page.not_judgeable, whole)),
    )
    return [
        {
            "label": words(f"figure.{name}"),
            "value": number(value),
            "unit": words("figure.cases" if name == "raised" else "figure.times"),
            "below": below,
        }
        for name, value, below in rows
    ]


def _bar(page: MonthPage, words: Words) -> list[dict[str, Any]]:
    whole = max(page.accesses, 1)
    return [
        {"kind": kind, "part": max(0.0, value / whole), "label": words(f"bar.{kind}")}
        for kind, value in (
            ("explained", page.explained),
            ("unexplained", page.quiet),
            ("raised", page.raised_accesses),
            ("not_judgeable", page.not_judgeable),
        )
    ]


def _level(one: LevelLine, page: MonthPage, words: Words) -> dict[str, Any]:
    def bar(part: int | None, whole: int) -> dict[str, Any]:
        if part is None:
            return {"part": None, "text": words("level.not_checked")}
        return {"part": min(1.0, part / max(whole, 1)), "text": share(part, whole)}

    first = one.first_explained
    if first is None and one.explained is not None and one.name == page.level:
        first = page.first_explained
    return {
        "name": fit(one.name, 8),
        "all": bar(one.explained, page.accesses),
        "first": bar(first, page.first_accesses),
        "can": fit(one.can, 110),
        "cannot": fit(one.cannot, 110),
    }


def _counted(rows: Sequence[Counted], whole: int, words: Words, width: int) -> list[dict[str, str]]:
    ordered = sorted(rows, key=lambda row: (-row.count, row.text))
    if len(ordered) > MOST_LINES:
        rest = ordered[MOST_LINES - 1 :]
        ordered = ordered[: MOST_LINES - 1]
        ordered.append(
            Counted(words("others", n=len(rest)), sum(row.count for row in rest)),
        )
    return [
        {"text": fit(row.text, width), "count": number(row.count), "share": share(row.count, whole)}
        for row in ordered
    ]


def _case(one: CaseLine, page: MonthPage, words: Words) -> dict[str, str]:
    first = minute(one.first_at, page.zone, year=False)
    last = minute(one.last_at, page.zone, year=False)
    if first[:5] == last[:5]:
        when = first if first == last else f"{first}–{last[6:]}"
    else:
        when = f"{first[:5]}–{last[:5]}"
    patients = fit(one.patients[0], 24) if one.patients else "—"
    if len(one.patients) > 1:
        patients = words("case.more_patients", first=patients, n=len(one.patients) - 1)
    return {
        "rank": str(one.rank),
        "title": fit(one.title, 60),
        "why": fit(one.why, 130),
        "user": fit(one.user, 24),
        "patients": patients,
        "when": when,
        "records": number(one.records),
        "state": fit(one.state, 24),
    }


def _case_note(page: MonthPage, words: Words) -> str:
    parts = []
    if page.masked:
        parts.append(masked_note(page, words))
    if page.answers:
        text = words("comma").join(
            words("answer", text=fit(one.text, 30), n=number(one.count)) for one in page.answers[:6]
        )
        parts.append(words("answers", answers=text))
    if page.decisions:
        counts = Counter(one.text for one in page.decisions)
        text = words("comma").join(
            words("answer", text=fit(text, 40), n=number(n)) for text, n in counts.items()
        )
        parts.append(words("decisions", decisions=text))
    if page.quality:
        parts.append(fit(page.quality, 300))
    return "　".join(parts)


def masked_note(page: MonthPage, words: Words) -> str:
    """Return the sentence that says that ids are masked, and what is missing."""
    if not page.masked_why:
        return words("masked")
    return words("masked_until", why=fit(page.masked_why, 150))


def _verified(page: MonthPage, words: Words) -> str:
    if page.verified is None or page.verified_at is None:
        return words("verified.not_checked")
    at = minute(page.verified_at, page.zone)
    return words("verified.intact" if page.verified else "verified.wrong", at=at)


def _list(texts: Sequence[str], words: Words) -> str:
    return words("comma").join(clean(text) for text in texts)


def _sources(page: MonthPage, words: Words) -> str:
    texts = []
    for one in page.sources:
        text = words("source", name=fit(one.name, 44), rows=number(one.rows))
        if one.first_at and one.last_at:
            first = minute(one.first_at, page.zone, year=False)[:5]
            last = minute(one.last_at, page.zone, year=False)[:5]
            text = words("source.period", source=text, first=first, last=last)
        texts.append(text)
    return words("sources", what=fit(_list(texts, words), 210) if texts else words("none"))


def _sheets(page: MonthPage, words: Words) -> str:
    texts = [one.sheet for one in page.sources if one.sheet]
    return words("sheets", what=fit(_list(texts, words), 210)) if texts else ""


def _signed(page: MonthPage, words: Words) -> str:
    texts = [
        words(
            "signature",
            role=fit(one.role, 24),
            name="" if page.masked else fit(one.name, 24),
            at=minute(one.at, page.zone),
        )
        for one in page.signatures[:4]
    ]
    return words("signed", who=words("comma").join(texts)) if texts else ""
