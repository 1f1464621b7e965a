"""Letters that somebody answers: as DOCX to be filled in and changed, as PDF to be printed.

What a letter says comes as plain values in sentences of the caller; nothing here is a
sentence. Pages are A4, in a typeface that Word and LibreOffice of a Japanese office have.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from zoneinfo import ZoneInfo

from docx import Document
from docx.document import Document as Book
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.shared import Mm, Pt
from docx.styles.style import ParagraphStyle
from docx.table import Table, _Row

from sekisho.paper.press import Say, clean, fit, press

_FONT = "Yu Gothic"
_WIDTH = 170
"""Millimetres between the margins."""
LONGEST = 4_000
"""Half-width columns of one text on a printed letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table of a letter.

    Attributes:
        head: Titles of the columns.
        rows: Cells; an empty text is left to be filled in.
        widths: Share of each column, in any unit.
        space: Millimetres of height that an empty cell leaves to write in.
    """

    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    widths: tuple[int, ...]
    space: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One headed part: paragraphs, then points, then a table, each where there is one."""

    title: str
    paragraphs: Sequence[str] = ()
    points: Sequence[str] = ()
    grid: Grid | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter.

    Attributes:
        addressee: Who gets it; empty is left to be filled in.
        person: It is a person (様), not an institution (御中).
        sender: The institution.
        made_at: UTC-aware.
        simulated: Simulated data (模擬データ): said above the title.
    """

    title: str
    addressee: str
    sender: str
    made_at: dt.datetime
    parts: Sequence[Part]
    person: bool = False
    simulated: bool = False
    language: str = "ja"
    zone: str = "Asia/Tokyo"
    opening: Sequence[str] = field(default=())


def letter_docx(letter: Letter, *, say: Say) -> bytes:
    """Return `letter` as DOCX."""
    book = Document()
    _paper(book)
    book.add_paragraph(_day(letter, say)).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    book.add_paragraph(_to(letter, say))
    book.add_paragraph(_line(letter.sender)).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    if letter.simulated:
        book.add_paragraph(say(letter.language, "paper.month.simulated"))
    title = book.add_paragraph(_line(letter.title), style="Title")
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text in letter.opening:
        book.add_paragraph(_line(text))
    for number, part in enumerate(letter.parts, start=1):
        _part(book, number, part)
    about = book.core_properties
    about.title, about.author, about.language = _line(letter.title), "Sekisho", letter.language
    about.created = about.modified = letter.made_at.replace(tzinfo=None)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def letter_pdf(letter: Letter, *, say: Say) -> bytes:
    """Return `letter` as PDF/A, as many pages as it takes."""
    language = letter.language
    parts = [
        {
            "title": _shown(part.title),
            "paragraphs": [_shown(text) for text in part.paragraphs],
            "points": [_shown(text) for text in part.points],
            "grid": None
            if part.grid is None
            else {
                "head": [_shown(text) for text in part.grid.head],
                "rows": [[_shown(text) for text in row] for row in part.grid.rows],
                "widths": list(part.grid.widths),
                "space": part.grid.space,
            },
        }
        for part in letter.parts
    ]
    values = {
        "language": language,
        "title": _shown(letter.title),
        "words": {},
        "day": _day(letter, say),
        "to": _to(letter, say),
        "sender": _shown(letter.sender),
        "simulated": say(language, "paper.month.simulated") if letter.simulated else "",
        "opening": [_shown(text) for text in letter.opening],
        "parts": parts,
    }
    return press("letter.typ", values, made_at=letter.made_at)


def _shown(text: str) -> str:
    return fit(_line(text), LONGEST)


ADDRESSED = ("各位", "御中", "様", "殿")
"""A name that bears its title already gets no second one."""


def _to(letter: Letter, say: Say) -> str:
    if letter.addressee.endswith(ADDRESSED):
        return _shown(letter.addressee)
    message = "paper.letter.to_person" if letter.person else "paper.letter.to"
    return say(letter.language, message, name=_shown(letter.addressee) or "_" * 24)


def _day(letter: Letter, say: Say) -> str:
    day = letter.made_at.astimezone(ZoneInfo(letter.zone)).date()
    return say(letter.language, "paper.letter.day", year=day.year, month=day.month, day=day.day)


def _line(text: str) -> str:
    return " ".join(clean(part) for part in text.split("\n"))


def _part(book: Book, number: int, part: Part) -> None:
    book.add_paragraph(f"{number}. {_line(part.title)}", style="Heading 1")
    for text in part.paragraphs:
        book.add_paragraph(_line(text))
    for text in part.points:
        book.add_paragraph(_line(text), style="List Bullet")
    if part.grid is not None:
        _grid(book, part.grid)


def _grid(book: Book, grid: Grid) -> None:
    table = book.add_table(rows=1, cols=len(grid.head), style="Table Grid")
    table.autofit = False
    _fill(table.rows[0], grid.head, bold=True)
    _repeat(table.rows[0])
    for cells in grid.rows:
        row = table.add_row()
        _fill(row, cells)
        if "" in cells:
            row.height = Mm(grid.space + 4)
    _widths(table, grid.widths)
    # Word wants a paragraph after a table; this one takes no room.
    after = book.add_paragraph()
    after.paragraph_format.space_after, after.paragraph_format.line_spacing = Pt(0), Pt(2)


def _fill(row: _Row, cells: Sequence[str], *, bold: bool = False) -> None:
    for cell, text in zip(row.cells, cells, strict=True):
        paragraph = cell.paragraphs[0]
        paragraph.add_run(_line(text)).bold = bold
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
    keep = OxmlElement("w:cantSplit")
    row._tr.get_or_add_trPr().append(keep)  # noqa: SLF001 (python-docx has no word for it)


def _repeat(row: _Row) -> None:
    """Show the row again at the head of each page."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001 (the same)


def _widths(table: Table, widths: tuple[int, ...]) -> None:
    whole = sum(widths)
    for column, share in zip(table.columns, widths, strict=True):
        width = Mm(_WIDTH * share / whole)
        column.width = width
        for cell in column.cells:
            cell.width = width


def _paper(book: Book) -> None:
    section = book.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin = section.bottom_margin = Mm(16)
    for name, size in (("Normal", 10), ("Title", 14), ("Heading 1", 12), ("List Bullet", 10)):
        style = book.styles[name]
        assert isinstance(style, ParagraphStyle)
        style.font.name, style.font.size = _FONT, Pt(size)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for each in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
            fonts.set(qn(each), _FONT)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)
        style.font.color.rgb = None
        style.paragraph_format.space_before = Pt(10 if name == "Heading 1" else 0)
        style.paragraph_format.space_after = Pt(4)
