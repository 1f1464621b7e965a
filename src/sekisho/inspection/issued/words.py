"""What people write into a sheet: はい and its many forms, days in both calendars, item numbers."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from sekisho.care.dates import day
from sekisho.care.written import last_day
from sekisho.inspection.records import Value

_CIRCLED = {chr(0x2460 + n): f"({n + 1})" for n in range(20)}
_WRITTEN = {
    Value.YES: frozenset(
        [
            "はい",
            "〇",
            "○",
            "◯",
            "●",
            "◎",
            "yes",
            "y",
            "ok",
            "有",
            "済",
            "済み",
            "実施",
            "実施済",
            "実施済み",
            "対応済",
            "対応済み",
            "できている",
            "適",
            "可",
            "レ",
            "✓",
            "✔",
            "☑",
            "■",
            "true",
            "1",
        ]
    ),
    Value.NO: frozenset(
        [
            "いいえ",
            "×",
            "✕",
            "✖",
            "✗",
            "x",
            "no",
            "n",
            "無",
            "未",
            "未実施",
            "未対応",
            "できていない",
            "否",
            "不適",
            "不可",
            "false",
            "0",
        ]
    ),
    Value.NOT_APPLICABLE: frozenset(
        [
            "該当なし",
            "対象外",
            "非該当",
            "該当せず",
            "該当しない",
            "n/a",
            "na",
            "不要",
            "斜線",
            "-",
            "－",
            "―",
            "ー",
            "／",
            "/",
        ]
    ),
}
_EMPTY_BOX = "□☐"
_FULL_BOX = "☑■☒✓✔レ"
_CHOICE = re.compile(r"はい[・/／,、|]*(?:[□☐])?いいえ")
_BLANK_DAY = re.compile(
    r"^(?:\((?:令和|r)?[/年月日.]+\)|(?:令和|r|20)?[/年月日.]*|\(\)|[_\uff3f]+|-+)$"
)
_FULL = re.compile(
    r"^[(\[【]?([1-9])[-\u2010-\u2015\u2212ー~.,、_/の]?\((\d{1,2})\)"
    r"|^[(\[【]?([1-9])[-\u2010-\u2015\u2212ー.](\d{1,2})(?![\d/年月回.])(?!-\d)"
)
_PART = re.compile(r"^\((\d{1,2})\)")
_SECTION = re.compile(r"^第?([1-9])[.、,:)章]*(?![\d\-(/年月日回次件台名人.]|$)")


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """Return `text` without spaces, in one width and case; circled numbers become ``(n)``."""
    for letter, said in _CIRCLED.items():
        text = text.replace(letter, said)
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()


def number_in(text: str) -> tuple[str | None, str | None]:
    """Return (whole number as ``2-4``, number inside its section as ``4``) at the beginning of `text`.

    ``2-①``, ``2(1)``, ``２－１``, ``2-(1)`` are whole; ``①``, ``(1)`` wait for their section.
    """
    said = plain(text)
    if found := _FULL.match(said):
        return f"{found[1] or found[3]}-{int(found[2] or found[4])}", None
    if found := _PART.match(said):
        return None, str(int(found[1]))
    return None, None


def section_in(text: str) -> str | None:
    """Return the section that a heading as 「２ 医療情報システムの管理」 begins."""
    said = plain(text)
    if len(said) > 45 or number_in(text) != (None, None):
        return None
    found = _SECTION.match(said)
    return found[1] if found else None


def unnumbered(text: str) -> str:
    """Return `text` in plain form without the number before it."""
    said = plain(text)
    for form in (_FULL, _PART):
        if found := form.match(said):
            return said[found.end() :]
    return said


def is_choice(text: str) -> bool:
    """Whether the printed choice still stands there, nothing chosen: はい・いいえ, □はい □いいえ."""
    said = re.sub(r"\(.*?\)$", "", plain(text))
    bare = re.sub(f"[{_EMPTY_BOX}]", "", said)
    return bool(_CHOICE.fullmatch(bare)) and not any(box in said for box in _FULL_BOX)


def is_blank_day(text: str) -> bool:
    """Whether only the printed frame of a day stands there: 令和　年　月　日, （　/　）, or nothing."""
    return bool(_BLANK_DAY.match(plain(text)))


@lru_cache(maxsize=2048)
def value_in(text: str) -> Value | None:
    """Return what an answer means; None where it cannot be told, or nothing is chosen."""
    said = plain(text)
    if not said or is_choice(text) or said in set(_EMPTY_BOX):
        return None
    boxed = re.findall(f"([{_EMPTY_BOX}{_FULL_BOX}○〇◯])(はい|いいえ|該当なし)", said)
    if boxed:
        full = [word for box, word in boxed if box not in _EMPTY_BOX]
        return _meaning(full[0]) if len(full) == 1 else None
    bare = re.sub(r"[(（].*[)）]$", "", said).strip("。.、,!・「」\"'")
    found = _meaning(bare)
    if found is None and "いいえ" in bare and "はい" not in bare:
        return Value.NO
    if found is None and bare.startswith("はい") and "いいえ" not in bare:
        return Value.YES
    return found


def _meaning(said: str) -> Value | None:
    for value, written in _WRITTEN.items():
        if said in written or said in {plain(one) for one in written}:
            return value
    return None


def option(words: Sequence[str], value: Value) -> str | None:
    """Return the word of a list of choices that means `value`; None where none or several do."""
    found = [word for word in words if value_in(word) is value]
    return found[0] if len(found) == 1 else None


def day_in(text: str, *, near: dt.date, future: bool = False) -> dt.date | None:
    """Return the day that is written; None where none can be read.

    Args:
        text: In 和暦 or 西暦, a serial number, 「11/29」 or 「令和9年3月末」.
        near: The day that tells the year where it was left out.
        future: It is a day to come (目標日): without a year the next such day, else the last.
    """
    said = plain(text).strip("()")
    if not said or is_blank_day(text):
        return None
    try:
        return day(said)
    except ValueError:
        pass
    if found := re.fullmatch(r"(\d{1,2})[/月.\-](\d{1,2})日?", said):
        return _of_year(int(found[1]), int(found[2]), near, future)
    try:
        return last_day(re.sub(r"(?:中|まで|頃)$", "", said))
    except ValueError:
        return None


def _of_year(month: int, number: int, near: dt.date, future: bool) -> dt.date | None:
    for year in (near.year, near.year + 1) if future else (near.year, near.year - 1):
        try:
            found = dt.date(year, month, number)
        except ValueError:
            continue
        if (found >= near) if future else (found <= near):
            return found
    return None


def year_in(text: str) -> int | None:
    """Return the fiscal year that a title names (令和７年度, R7年度, 2025年度), None where it names none."""
    said = plain(text)
    if found := re.search(r"(?:令和|r)(元|\d{1,2})年度", said):
        return 2018 + int(found[1].replace("元", "1"))
    if found := re.search(r"(20\d\d)年度", said):
        return int(found[1])
    return None
