"""The press: values and a template become a PDF; no value is ever read as markup.

Values travel as one JSON text beside the template, so a hostile string is only a
string. Fonts are those kept here, never the machine's: a page looks the same
everywhere and needs no network.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

import segno

if TYPE_CHECKING:
    import typst

FOLDER = Path(__file__).parent
FONTS = FOLDER / "fonts"
TEMPLATES = FOLDER / "templates"
RUN = 18
"""A run of letters longer than this may be broken anywhere, so that it stays in its column."""


class Say(Protocol):
    """Gives the sentence of a message id (`sekisho.pages.words.say`)."""

    def __call__(self, language: str, message: str, /, **args: object) -> str:
        """Return the sentence in `language` with `args` filled in."""
        ...


class Words:
    """The fixed sentences of one language, below one part of the ids."""

    def __init__(self, say: Say, language: str, part: str) -> None:
        self.say = say
        self.language = language
        self.part = part

    def __call__(self, message: str, /, **args: object) -> str:
        """Return the sentence of ``<part>.<message>``."""
        return self.say(self.language, f"{self.part}.{message}", **args)


@cache
def _fonts() -> typst.Fonts:
    import typst  # noqa: PLC0415 (large, and only a printed page needs it)

    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)]
    )


def press(template: str, values: dict[str, Any], *, made_at: dt.datetime, qr: str = "") -> bytes:
    """Return the PDF/A of `template` with `values` and, if given, a QR of the text `qr`."""
    import typst  # noqa: PLC0415 (large, and only a printed page needs it)

    inputs = {"data": json.dumps(values, ensure_ascii=False), "qr": qr_svg(qr) if qr else ""}
    compiler = typst.Compiler(
        TEMPLATES / template, root=str(TEMPLATES), font_paths=_fonts(), sys_inputs=inputs
    )
    made_at = made_at.astimezone(dt.UTC).replace(microsecond=0)
    try:
        pdf = compiler.compile(format="pdf", pdf_standards=["a-2a"], timestamp=made_at)
    except typst.TypstError:
        # PDF/A refuses a letter that the fonts lack; the page matters more than the standard.
        pdf = compiler.compile(format="pdf", timestamp=made_at)
    assert isinstance(pdf, bytes)
    return pdf


def qr_svg(text: str) -> str:
    """Return a QR code as SVG; the text is kept whole, at medium error correction or less."""
    code = segno.make_qr(text, error="m", boost_error=False)
    out = BytesIO()
    code.save(out, kind="svg", scale=4, border=2, dark="#000", light="#fff", xmldecl=False)
    return out.getvalue().decode()


def clean(text: str) -> str:
    """Return `text` as one line without control, format and private characters."""
    kept = (
        " " if (kind := unicodedata.category(letter)) in {"Zl", "Zp"} or kind[0] == "C" else letter
        for letter in text
    )
    return " ".join("".join(kept).split())


@cache
def _printable(letter: str) -> str:
    """Return the letter, or 〓 where the fonts kept here have none (fonts/VERSIONS.md)."""
    if ord(letter) < 0x250 or letter == "𠮷":
        return letter
    for code in ("cp932", "euc_jis_2004", "euc_jp"):
        try:
            letter.encode(code)
        except UnicodeEncodeError:
            continue
        return letter
    return "〓"


def fit(text: str, width: int) -> str:
    """Return `text` cleaned, printable and cut to `width` half-width columns, with … where it was cut.

    A long run of letters without a space may break anywhere (a zero-width space is
    put in), so that it never runs out of its column.
    """
    text = "".join(map(_printable, clean(text)))
    used, cut = 0, len(text)
    for place, letter in enumerate(text):
        used += columns_of(letter)
        if used > width:
            cut = place
            break
    text = text if cut == len(text) else text[: max(0, cut - 1)] + "…"
    return _LONG.sub(_breakable, text)


def columns_of(text: str) -> int:
    """Return how many half-width columns `text` takes."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in text)


_LONG = re.compile(rf"[^\s\u2e80-\uffef]{{{RUN + 1},}}")


def _breakable(run: re.Match[str]) -> str:
    letters = run.group()
    return "\u200b".join(letters[start : start + RUN] for start in range(0, len(letters), RUN))


def number(value: int) -> str:
    """Return a count with thousands separated."""
    return f"{value:,}"


def share(part: int, whole: int) -> str:
    """Return a percentage that never rounds up to 100 or down to 0."""
    if whole <= 0:
        return "—"
    value = 100 * part / whole
    if part < whole:
        value = min(value, 99.9)
    if part > 0:
        value = max(value, 0.1)
    return f"{value:.1f} %"


def day(value: dt.date, language: str) -> str:
    """Return a date as people write it."""
    if language == "ja":
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {value:%B %Y}"


def minute(value: dt.datetime, zone: str, *, year: bool = True) -> str:
    """Return a local time to the minute."""
    local = value.astimezone(ZoneInfo(zone))
    return f"{local:%Y/%m/%d %H:%M}" if year else f"{local:%m/%d %H:%M}"
