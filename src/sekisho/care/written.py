"""What a person writes into a cell: words, a day or only its month, yes or no."""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata

from sekisho.care.dates import Cell, day

_MONTH = re.compile(r"(?:(\d{4})|(令和|平成|R|H)\s*(元|\d{1,2}))\s*[年./-]\s*(\d{1,2})\s*月?(?:末日?)?", re.IGNORECASE)  # fmt: skip
_YEAR = re.compile(r"(?:(\d{4})|(令和|平成|R|H)\s*(元|\d{1,2}))\s*年(?:度末?)?末?", re.IGNORECASE)
_ERA = {"令和": 2018, "平成": 1988, "R": 2018, "H": 1988}
_NOTHING = re.compile(r"(?:[-−ー―–—/.*]+|なし|無し?|未定|不明|未確認|n/?a|none|tbd|unknown|null|)", re.IGNORECASE)  # fmt: skip
_YES = frozenset(["有", "あり", "有り", "○", "〇", "◯", "済", "済み", "はい", "実施", "導入済", "導入済み", "設定済", "設定済み", "対応", "対応済", "制限あり", "可", "可能", "常時", "常時接続", "する", "有効", "オン", "yes", "y", "true", "1", "ok", "on", "enabled", "enforced", "required", "always"])  # fmt: skip
_NO = frozenset(["無", "なし", "無し", "×", "✕", "✗", "x", "未", "未実施", "いいえ", "未導入", "未設定", "未対応", "制限なし", "不可", "不可能", "都度", "都度接続", "随時", "オンデマンド", "しない", "無効", "オフ", "no", "n", "false", "0", "ng", "off", "disabled", "never", "ondemand"])  # fmt: skip


def text(cell: Cell) -> str | None:
    """Return a cell as text; None where it is empty or only says that there is nothing."""
    if cell is None or isinstance(cell, bool):
        return None if cell is None else ("yes" if cell else "no")
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ") if cell.time() != dt.time() else cell.date().isoformat()
    found = str(cell).replace("\u3000", " ").strip()
    found = "".join(mark if mark.isprintable() or mark == "\n" else " " for mark in found)
    return found or None


def word(cell: Cell) -> str | None:
    """Return a cell as text; None for a dash, なし, N/A too."""
    found = text(cell)
    if found is None or _NOTHING.fullmatch(unicodedata.normalize("NFKC", found)):
        return None
    return found


def last_day(cell: Cell) -> dt.date | None:
    """Return the day in `cell`; of a month or a year alone its last day; None: it says none.

    Raises:
        ValueError: There is something, and it is no day.
    """
    if isinstance(cell, str):
        written = unicodedata.normalize("NFKC", cell).strip()
        if _NOTHING.fullmatch(written):
            return None
        found = _MONTH.fullmatch(written)
        if found:
            year, month = _year(found), int(found[4])
            return dt.date(year, month, calendar.monthrange(year, month)[1])
        found = _YEAR.fullmatch(written)
        if found:
            year = _year(found)
            return dt.date(year + 1, 3, 31) if "年度" in written else dt.date(year, 12, 31)
    if cell is None:
        return None
    that = day(cell)
    return None if that.year >= 2999 else that


def yes_no(cell: Cell) -> str:
    """Return ``yes``, ``no`` or ``unknown`` (nothing there, or nothing that says either)."""
    found = bare(cell)
    if found in _YES or re.match(r"(?:あり|有|yes|可)[\s(:、]", found):
        return "yes"
    if found in _NO or re.match(r"(?:なし|無|no|不可)[\s(:、]", found):
        return "no"
    return "unknown"


def bare(cell: Cell) -> str:
    """Return a cell's text as words are compared: narrow letters, small, no full stop."""
    found = text(cell) or ""
    return unicodedata.normalize("NFKC", found).strip(" 。.").lower()


def _year(found: re.Match[str]) -> int:
    if found[1]:
        return int(found[1])
    return _ERA[found[2].upper()] + (1 if found[3] == "元" else int(found[3]))
