"""The month as a workbook: the page's figures, and all cases the page has no room for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from io import BytesIO
from math import ceil
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from sekisho.paper.month import MonthPage, mask
from sekisho.paper.page import masked_note
from sekisho.paper.press import Say, Words, clean, columns_of, day

LONGEST = 32_000
"""A cell holds 32,767 characters."""

FONT = "Calibri"
"""What the other cells have; a bold one without a name would be set in another."""
LINE = 17.0
"""Height of one line of Japanese text of 11 points, in points: more than of Latin text."""
MARGIN = 4.0
TALLEST = 400.0
"""A row is at most 409 points high."""

_LINE = Side(style="hair", color="FF808080")
_HEAD = PatternFill("solid", fgColor="FFD9D9D9")

Value = str | int | float | dt.datetime | None
Column = tuple[str, float, str]
"""Title, width in characters, number format."""


def month_workbook(page: MonthPage, *, say: Say) -> bytes:
    """Return the month as XLSX: the page, the cases, what was not judgeable, the coverage.

    Numbers are numbers and times are times (local, said in the sheet). No text of the
    data becomes a formula. Ids are left out when the page says masked.

    Args:
        page: What to write; every case, not only those that fit the page.
        say: Gives the fixed sentences.
    """
    word = Words(say, page.language, "paper")
    page = mask(page, word("month.person"), word("month.patient"))
    book = Workbook()
    first = book.active
    assert isinstance(first, Worksheet)
    _month(first, page, word)
    _cases(book.create_sheet(), page, word)
    _decisions(book.create_sheet(), page, word)
    _reasons(book.create_sheet(), page, word)
    _coverage(book.create_sheet(), page, word)
    for sheet in book.worksheets:
        _print_setup(sheet, page, word)
    book.properties.title = _text(f"{page.institution} {word('month.title')}")
    book.properties.creator = "Sekisho"
    book.properties.created = book.properties.modified = page.made_at.replace(tzinfo=None)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _text(value: str) -> str:
    """Return `value` as a cell may hold it: its lines cleaned, and cut."""
    lines = "\n".join(clean(line) for line in value.strip().split("\n"))
    return ILLEGAL_CHARACTERS_RE.sub("", lines)[:LONGEST]


def put(sheet: Worksheet, row: int, column: int, value: Value, form: str = "") -> None:
    """Write `value` into a cell; no text becomes a formula."""
    cell = sheet.cell(row, column)
    if isinstance(value, str):
        cell.value = _text(value)
        cell.data_type = "s"
        cell.quotePrefix = cell.value[:1] in {"=", "+", "-", "@"}
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        return
    cell.value = value
    cell.alignment = Alignment(vertical="top")
    if form:
        cell.number_format = form


def _table(
    sheet: Worksheet, at: int, columns: Sequence[Column], rows: Iterable[Sequence[Value]]
) -> int:
    for number, (title, width, _) in enumerate(columns, start=1):
        put(sheet, at, number, title)
        cell = sheet.cell(at, number)
        cell.font = Font(name=FONT, bold=True)
        cell.fill = _HEAD
        cell.border = Border(bottom=_LINE)
        letter = get_column_letter(number)
        known = sheet.column_dimensions[letter].width if letter in sheet.column_dimensions else 0
        sheet.column_dimensions[letter].width = max(width, known)
    # Bold letters are a seventh wider.
    fit_row(sheet, at, max(lines_in(title, width * 7 / 8) for title, width, _ in columns))
    for row in rows:
        at += 1
        for number, (value, (_, _, form)) in enumerate(zip(row, columns, strict=True), start=1):
            put(sheet, at, number, value, form)
            sheet.cell(at, number).border = Border(bottom=_LINE)
        lines = (
            lines_in(value, sheet.column_dimensions[get_column_letter(number)].width)
            for number, value in enumerate(row, start=1)
        )
        fit_row(sheet, at, max(lines))
    return at


def fit_row(sheet: Worksheet, row: int, lines: float = 1) -> None:
    """Make `row` as high as `lines` lines of text."""
    sheet.row_dimensions[row].height = min(LINE * lines + MARGIN, TALLEST)


def lines_in(value: Value, width: float) -> int:
    """Return how many lines `value` takes in a column of `width` half-width letters."""
    if not isinstance(value, str):
        return 1
    # A tenth more: a line ends before a word, or before a letter that may not begin one.
    return sum(ceil(columns_of(line) * 1.1 / width) or 1 for line in value.split("\n"))


def _title(sheet: Worksheet, page: MonthPage, word: Words, title: str) -> int:
    """Write the head that every sheet has; return the next free row."""
    sheet.title = title
    tags = [word(f"month.{tag}") for tag in ("trial", "simulated") if getattr(page, tag)]
    said = " ".join(
        [
            word("book.head", title=word("month.title"), sheet=title),
            *(word("book.tag", tag=tag) for tag in tags),
        ]
    )
    period = word(
        "month.period", start=day(page.start, page.language), end=day(page.end, page.language)
    )
    for row, text in enumerate((page.institution, said, period), start=1):
        put(sheet, row, 1, text)
        sheet.cell(row, 1).alignment = Alignment(wrap_text=False)
        fit_row(sheet, row)
    fit_row(sheet, 2, 1.4)
    sheet.cell(2, 1).font = Font(name=FONT, bold=True, size=14)
    return 5


def _share(part: int | None, whole: int) -> float | None:
    return None if part is None or whole <= 0 else part / whole


def _month(sheet: Worksheet, page: MonthPage, word: Words) -> None:
    at = _title(sheet, page, word, word("book.month"))
    whole = page.accesses
    columns = [(word("book.matter"), 34, ""), (word("book.value"), 40, "#,##0"),
               (word("book.share"), 12, "0.0%")]  # fmt: skip
    rows: list[tuple[Value, Value, Value]] = [
        (word("month.figure.accesses"), page.accesses, None),
        (word("month.figure.explained"), page.explained, _share(page.explained, whole)),
        (word("month.figure.first"), page.first_accesses, None),
        (
            word("book.first_explained"),
            page.first_explained,
            _share(page.first_explained, page.first_accesses),
        ),
        (word("month.figure.unexplained"), page.quiet, _share(page.quiet, whole)),
        (word("month.figure.raised"), page.raised, None),
        (word("month.figure.unjudged"), page.not_judgeable, _share(page.not_judgeable, whole)),
        (word("month.level.name"), page.level, None),
    ]
    rows += [(word("month.answers", answers=one.text), one.count, None) for one in page.answers]
    rows += [
        (word("month.fingerprint"), page.fingerprint, None),
        *([(word("book.quality"), page.quality, None)] if page.quality else []),
        (word("month.ledger", size=f"{page.ledger_size:,}"), page.ledger_size, None),
        (word("book.checkpoint"), page.checkpoint, None),
        (word("book.unseen"), word("month.comma").join(page.unseen) or word("month.none"), None),
    ]
    at = _table(sheet, at, columns, rows) + 1
    for row in range(6, at):
        sheet.cell(row, 2).alignment = Alignment(horizontal="left", wrap_text=True, vertical="top")
    put(sheet, at, 1, word("month.neutral"))
    sheet.cell(at, 1).alignment = Alignment(wrap_text=False)
    fit_row(sheet, at)
    at += 2
    sources = [(word("book.source"), 34, ""), (word("book.count"), 40, "#,##0"),
               (word("book.first"), 18, "yyyy/mm/dd hh:mm"),
               (word("book.last"), 18, "yyyy/mm/dd hh:mm"), (word("book.sheet"), 60, "")]  # fmt: skip
    _table(
        sheet,
        at,
        sources,
        [
            (one.name, one.rows, _local(one.first_at, page), _local(one.last_at, page), one.sheet)
            for one in page.sources
        ],
    )


def _local(at: dt.datetime | None, page: MonthPage) -> dt.datetime | None:
    return at.astimezone(ZoneInfo(page.zone)).replace(tzinfo=None) if at else None


def _cases(sheet: Worksheet, page: MonthPage, word: Words) -> None:
    at = _title(sheet, page, word, word("book.cases"))
    when = "yyyy/mm/dd hh:mm"
    columns = [
        (word("month.case.rank"), 8, "0"),
        (word("month.case.matter"), 30, ""),
        (word("month.case.why"), 46, ""),
        (word("month.case.person"), 14, ""),
        (word("month.case.patient"), 24, ""),
        (word("month.case.first"), 17, when),
        (word("month.case.last"), 17, when),
        (word("month.case.records"), 11, "#,##0"),
        (word("month.case.state"), 16, ""),
        (word("month.case.rule"), 18, ""),
        (word("month.case.score"), 8, "0.00"),
    ]
    if page.masked:
        put(sheet, at - 1, 1, masked_note(page, Words(word.say, page.language, "paper.month")))
        sheet.cell(at - 1, 1).alignment = Alignment(wrap_text=False)
        fit_row(sheet, at - 1)
    comma = word("month.comma")
    last = _table(
        sheet,
        at,
        columns,
        [
            (
                one.rank,
                one.title,
                one.why,
                one.user,
                comma.join(one.patients),
                _local(one.first_at, page),
                _local(one.last_at, page),
                one.records,
                one.state,
                one.rule,
                one.score,
            )
            for one in page.cases
        ],
    )
    sheet.auto_filter.ref = f"A{at}:{get_column_letter(len(columns))}{last}"
    sheet.freeze_panes = f"A{at + 1}"
    sheet.print_title_rows = f"{at}:{at}"


def _decisions(sheet: Worksheet, page: MonthPage, word: Words) -> None:
    """Write what committees decided; who entered it stands there unless names are masked."""
    at = _title(sheet, page, word, word("book.decisions"))
    columns = [
        (word("month.case.rank"), 8, "0"),
        (word("book.decision"), 40, ""),
        (word("book.decided"), 14, "yyyy/mm/dd"),
        (word("book.entered"), 16, ""),
        (word("book.confirmed"), 16, ""),
    ]
    rows = [
        (
            one.rank,
            one.text,
            dt.datetime.combine(one.date, dt.time()),
            "" if page.masked else one.entered_by,
            "" if page.masked else one.confirmed_by,
        )
        for one in page.decisions
    ]
    _table(sheet, at, columns, rows)


def _reasons(sheet: Worksheet, page: MonthPage, word: Words) -> None:
    at = _title(sheet, page, word, word("book.not_judgeable"))
    columns = [(word("book.reason"), 60, ""), (word("book.count"), 12, "#,##0"),
               (word("book.share"), 10, "0.0%")]  # fmt: skip
    rows = [(r.text, r.count, _share(r.count, page.accesses)) for r in page.not_judgeable_by]
    _table(sheet, at, columns, rows)


def _coverage(sheet: Worksheet, page: MonthPage, word: Words) -> None:
    at = _title(sheet, page, word, word("book.coverage"))
    columns = [
        (word("month.level.name"), 44, ""),
        (word("month.figure.explained"), 14, "#,##0"),
        (word("book.share"), 10, "0.0%"),
        (word("book.first_explained"), 18, "#,##0"),
        (word("book.share"), 10, "0.0%"),
        (word("month.level.can"), 44, ""),
        (word("month.level.cannot"), 44, ""),
    ]
    not_checked = word("month.level.not_checked")
    last = _table(
        sheet,
        at,
        columns,
        [
            (
                one.name,
                not_checked if one.explained is None else one.explained,
                _share(one.explained, page.accesses),
                not_checked if one.first_explained is None else one.first_explained,
                _share(one.first_explained, page.first_accesses),
                one.can,
                one.cannot,
            )
            for one in page.levels
        ],
    )
    rows = [(r.text, r.count, _share(r.count, page.accesses)) for r in page.by_explanation]
    columns = [(word("book.explanation"), 44, ""), (word("book.count"), 14, "#,##0"),
               (word("book.share"), 10, "0.0%")]  # fmt: skip
    last = _table(sheet, last + 2, columns, rows)
    if page.removed:
        columns = [(word("book.removed"), 44, ""), (word("book.count"), 14, "#,##0"),
                   (word("book.share"), 10, "0.0%")]  # fmt: skip
        rows = [(r.text, r.count, _share(r.count, page.accesses)) for r in page.removed]
        _table(sheet, last + 2, columns, rows)


def _print_setup(sheet: Worksheet, page: MonthPage, word: Words) -> None:
    sheet.page_setup.paperSize = "9"
    sheet.page_setup.orientation = "landscape" if sheet.max_column > 4 else "portrait"
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    foot = sheet.oddFooter
    assert foot is not None
    assert foot.left is not None
    assert foot.right is not None
    foot.left.text = word("book.time", zone=page.zone)
    foot.right.text = "&P / &N"
