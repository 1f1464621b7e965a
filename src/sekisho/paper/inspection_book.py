"""The sheet of an inspection as a workbook: answers, and every proof behind them."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from sekisho.paper.inspection import SheetLine, SheetPage, age
from sekisho.paper.press import Say, Words, minute
from sekisho.paper.workbook import FONT, Value, fit_row, lines_in, put

_LINE = Side(style="thin", color="FF808080")
_HEAD = PatternFill("solid", fgColor="FFD9D9D9")
_DAY = "yyyy/mm/dd"
_WIDTHS = (8, 46, 11, 12, 12, 18, 34, 14, 60)
_PROOF_WIDTHS = (8, 26, 24, 14, 60, 18, 12, 14)


def sheet_workbook(page: SheetPage, *, say: Say) -> bytes:
    """Return the sheet as XLSX: one row an item, and on a second sheet one row a proof.

    What is asked of other kinds of institution alone is on a third.

    Days are days; no text of the data becomes a formula.
    """
    words = Words(say, page.language, "paper.inspection")
    book = Workbook()
    first = book.active
    assert isinstance(first, Worksheet)
    _items(first, page, words)
    _proofs(book.create_sheet(), page, words)
    if page.apart:
        _apart(book.create_sheet(), page, words)
    book.properties.title = f"{page.institution} {page.title}"
    book.properties.creator = "Sekisho"
    book.properties.created = book.properties.modified = page.made_at.replace(tzinfo=None)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _items(sheet: Worksheet, page: SheetPage, words: Words) -> None:
    sheet.title = words("book.items")
    said = [f"{name} {count}" for name, count in page.counts]
    above = [
        *(f"{label}：{value}" if page.language == "ja" else f"{label}: {value}" for label, value in page.facts),
        words("comma").join(said),
        words("source", source=page.source),
    ]  # fmt: skip
    columns = ("number", "item", "answer", "checked", "target", "by", "reason", "state", "proof")
    rows = [
        (
            line.number or "–",
            "\n".join(part for part in (line.title, line.text, line.unverified) if part),
            line.answer,
            line.checked_on,
            line.target_on,
            line.by,
            "\n".join(part for part in (words("greener") if line.greener else "", line.reason) if part),
            line.state,
            "\n".join(_told(line)),
        )
        for line in page.lines
    ]  # fmt: skip
    _table(sheet, page, words, above, [words(f"column.{name}") for name in columns], _WIDTHS, rows)


def _told(line: SheetLine) -> list[str]:
    return [f"{one.what}（{one.state}）{one.said}" for one in line.proofs]


def _proofs(sheet: Worksheet, page: SheetPage, words: Words) -> None:
    sheet.title = words("book.proofs")
    columns = ("number", "item", "what", "state", "said", "at", "age", "until")
    rows = [
        (
            line.number or "–",
            line.title,
            one.what,
            one.state,
            one.said,
            minute(one.at, page.zone) if one.at else "",
            age(one.age, words) if one.at else "",
            minute(one.until, page.zone)[:10] if one.until else "",
        )
        for line in page.lines
        for one in line.proofs
    ]
    heads = [words(f"column.{name}") for name in columns]
    _table(sheet, page, words, [], heads, _PROOF_WIDTHS, rows)


def _apart(sheet: Worksheet, page: SheetPage, words: Words) -> None:
    sheet.title = words("book.apart")
    rows = [
        (
            line.number or "–",
            "\n".join(part for part in (line.title, line.text, line.unverified) if part),
            line.asked_of,
            line.answer,
            line.checked_on,
            line.reason,
        )
        for line in page.apart
    ]
    columns = ("number", "item", "asked_of", "answer", "checked", "reason")
    heads = [words(f"column.{name}") for name in columns]
    _table(
        sheet,
        page,
        words,
        [words("apart"), words("apart_text")],
        heads,
        (8, 60, 30, 12, 12, 40),
        rows,
    )


def _table(
    sheet: Worksheet,
    page: SheetPage,
    words: Words,
    above: list[str],
    heads: list[str],
    widths: tuple[float, ...],
    rows: Sequence[tuple[object, ...]],
) -> None:
    tag = f"【{words.say(page.language, 'paper.month.simulated')}】 " if page.simulated else ""
    made = words("made", at=minute(page.made_at, page.zone))
    lines = [page.institution, f"{tag}{page.title} {page.edition}", made, *above]
    for at, text in enumerate(lines, start=1):
        put(sheet, at, 1, text)
        sheet.merge_cells(start_row=at, end_row=at, start_column=1, end_column=len(widths))
        sheet.cell(at, 1).font = Font(name=FONT, bold=at == 2, size=14 if at == 2 else 11)
        fit_row(sheet, at, lines_in(text, sum(widths)) * (1.4 if at == 2 else 1))
    head = len(lines) + 1
    border = Border(bottom=_LINE, top=_LINE, left=_LINE, right=_LINE)
    for place, (title, width) in enumerate(zip(heads, widths, strict=True), start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
        put(sheet, head, place, title)
        cell = sheet.cell(head, place)
        cell.font, cell.fill, cell.border = Font(name=FONT, bold=True), _HEAD, border
    for at, values in enumerate(rows, start=head + 1):
        for place, value in enumerate(values, start=1):
            _put(sheet, at, place, value)
            sheet.cell(at, place).border = border
        texts = zip(values, widths, strict=True)
        fit_row(sheet, at, max(lines_in(v if isinstance(v, str) else None, w) for v, w in texts))
    sheet.freeze_panes = f"A{head + 1}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", "9"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{head}:{head}"
    foot = sheet.oddFooter
    assert foot is not None
    assert foot.left is not None
    assert foot.right is not None
    foot.left.text, foot.right.text = "Sekisho", "&P / &N"


def _put(sheet: Worksheet, row: int, column: int, value: object) -> None:
    told: Value
    if value is None or isinstance(value, str | int):
        told = value
        put(sheet, row, column, told)
        return
    put(sheet, row, column, None)
    cell = sheet.cell(row, column)
    cell.value = value  # type: ignore[assignment]
    cell.number_format = _DAY
