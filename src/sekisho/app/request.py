"""The letter to the vendor of a source: what its log lacks, and an export every night.

What is asked for is the same of every vendor; what is said of their log is counted from
what arrived (`sekisho.collect.unseen`), so that nobody has to look it up.
"""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from sekisho.app.installation import Installation
from sekisho.collect import unseen
from sekisho.collect.tables import FILE
from sekisho.collect.unseen import Line, Sheet
from sekisho.errors import InvalidInputError
from sekisho.pages.words import listed, say
from sekisho.paper.letter import Grid, Letter, Part, letter_docx
from sekisho.terms import Result

COLUMNS = (
    "at", "ended", "user", "kind", "patient", "action", "screen", "outcome", "terminal",
    "session", "reason", "number",
)  # fmt: skip
FORM = ("file", "encoding", "time", "zeros", "limit", "whole", "names")
NIGHT = ("folder", "day", "rename", "again", "failed")
ASKED = ("list", "clock", "keep", "cost")
ANSWERS = ("possible", "from", "cost", "condition", "company", "name", "day")
SHOWN = 8
Word = Callable[[str], str]


def request(installation: Installation, source: str, *, language: str = "ja") -> bytes:
    """Return the letter to the vendor of `source`, as DOCX.

    Args:
        installation: Where its records are.
        source: Name of the source.
        language: ``ja`` or ``en``.

    Raises:
        InvalidInputError: Nothing has arrived from such a source.
    """
    found = unseen.sheets(
        installation.database,
        installation.reader(),
        installation.clock,
        zone=installation.config.zone,
        source=source,
    )
    if not found:
        raise InvalidInputError("app.request.no_source", source=source[:100])
    (sheet,) = found
    facts = {"source": source}

    def word(message: str) -> str:
        return say(language, f"app.request.{message}", **facts)

    letter = Letter(
        title=word("title"),
        addressee="",
        sender=installation.institution or "",
        made_at=installation.clock.now(),
        opening=[word("opening"), word("about")],
        parts=[
            _arrived(installation, sheet, word, language),
            _missing(sheet, word, language),
            _table("columns", COLUMNS, word, (3, 7)),
            Part(title=word("form"), points=[word(f"form.{name}") for name in FORM]),
            Part(title=word("night"), points=[word(f"night.{name}") for name in NIGHT]),
            Part(title=word("tell"), points=[word(f"tell.{name}") for name in ASKED]),
            Part(
                title=word("answer"),
                grid=Grid(
                    head=(word("answer.what"), word("answer.entry")),
                    rows=[(word(f"answer.{name}"), "") for name in ANSWERS],
                    widths=(3, 7),
                ),
            ),
            Part(
                title=word("contact"),
                grid=Grid(
                    head=tuple(
                        word(f"contact.{name}") for name in ("who", "name", "phone", "mail")
                    ),
                    rows=[(word("contact.ours"), "", "", ""), (word("contact.yours"), "", "", "")],
                    widths=(3, 3, 3, 4),
                ),
            ),
        ],
        simulated=installation.simulated,
        language=language,
        zone=installation.config.zone,
    )
    return letter_docx(letter, say=say)


def _table(part: str, names: tuple[str, ...], word: Word, widths: tuple[int, int]) -> Part:
    return Part(
        title=word(part),
        grid=Grid(
            head=(word(f"{part}.what"), word(f"{part}.how")),
            rows=[(word(f"{part}.{name}"), word(f"{part}.{name}.how")) for name in names],
            widths=widths,
        ),
    )


def _arrived(installation: Installation, sheet: Sheet, word: Word, language: str) -> Part:
    """Return what of this system's log has arrived: the vendor finds it again by it."""
    zone = ZoneInfo(installation.config.zone)
    period = (
        f"{sheet.first.astimezone(zone):%Y/%m/%d} – {sheet.last.astimezone(zone):%Y/%m/%d}"
        if sheet.first and sheet.last
        else word("arrived.none")
    )
    days = [f"{day:%Y/%m/%d}" for day in sheet.missing[:SHOWN]]
    if len(sheet.missing) > SHOWN:
        more = len(sheet.missing) - SHOWN
        days.append(say(language, "app.request.arrived.more", count=more))
    rows = [
        (word("arrived.period"), period),
        (word("arrived.records"), f"{sheet.records:,}"),
        (word("arrived.columns"), listed(language, _header(installation, sheet.source)) or "–"),
        (word("arrived.missing"), listed(language, days) or word("arrived.nothing")),
        (word("arrived.cut"), f"{sheet.cut:,}" if sheet.cut else word("arrived.nothing")),
        (
            word("arrived.waiting"),
            f"{sheet.waiting:,}" if sheet.waiting else word("arrived.nothing"),
        ),
    ]
    return Part(
        title=word("arrived"),
        grid=Grid(head=(word("arrived.what"), word("arrived.how")), rows=rows, widths=(3, 7)),
    )


def _header(installation: Installation, source: str) -> list[str]:
    """Return the columns of the file of `source` that came last, as it names them."""
    query = (
        sa.select(FILE.c.header)
        .where(FILE.c.source == source, FILE.c.error.is_(None))
        .order_by(FILE.c.id.desc())
        .limit(1)
    )
    with installation.database.read() as c:
        header = c.scalar(query)
    return [str(cell) for cell in header or ()]


def _seen(line: Line, language: str) -> str:
    if line.matter.found is None:
        return say(language, "app.request.missing.ask")
    return line.note if line.by else say(language, line.said[0], **line.said[1])


def _missing(sheet: Sheet, word: Word, language: str) -> Part:
    """Return the acts that are not recorded, or not known to be, each with room for an answer."""
    rows = [
        (
            line.matter.title[language],
            line.matter.asked[language],
            _seen(line, language),
            "",
        )
        for line in sheet.lines
        if line.result is not Result.YES
    ]
    head = tuple(word(f"missing.{name}") for name in ("what", "asked", "seen", "entry"))
    return Part(
        title=word("missing"),
        paragraphs=[word("missing.about" if rows else "missing.none")],
        grid=Grid(head=head, rows=rows, widths=(2, 4, 4, 3)) if rows else None,
    )
