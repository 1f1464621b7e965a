"""One row of a list of controls that are off, as values of its table."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Any

from sekisho.posture.ledger.rows import Row, RowError

_WHAT = (
    ("second_factor", r"二要素|多要素|二段階|mfa|2fa|two.?factor"),
    ("source_restriction", r"接続元|source restriction|ip制限"),
    ("scanner", r"ウイルス|ウィルス|マルウェア|検査ソフト|アンチ|リアルタイム|defender|edr|antivirus|malware|scanner"),
    ("firewall", r"ファイアウォール|ファイヤーウォール|ファイアーウォール|firewall|\bfw\b"),
    ("usb", r"usb|媒体|メディア|外部記憶|removable"),
    ("logs", r"ログ|監査|記録|log|audit"),
    ("encryption", r"暗号|bitlocker|encrypt"),
    ("backup", r"バックアップ|backup"),
    ("accounts", r"パスワード|アカウント|ロックアウト|画面ロック|password|account|lock"),
    ("patches", r"パッチ|更新|アップデート|update|patch|wsus"),
)  # fmt: skip
_WHATS = tuple((what, re.compile(pattern, re.IGNORECASE)) for what, pattern in _WHAT)
_ORDERED = (
    ("own", r"自院|当院|院内|自施設|自社|情報システム|own|internal|hospital"),
    ("maker", r"メーカ|製造|maker|manufacturer"),
    ("vendor", r"ベンダ|業者|保守|販売|代理店|委託|vendor|dealer|contractor"),
)  # fmt: skip
_ORDERS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _ORDERED)
_COMPANY = re.compile(
    r"株式会社|有限会社|合同会社|\(株\)|㈱|inc\b|corp|ltd|gmbh|co\.", re.IGNORECASE
)
_ON = re.compile(
    r"解除|再開|復旧|有効|対応済|完了|終了|lifted|resumed|closed|\bon\b", re.IGNORECASE
)


def control(row: Row) -> dict[str, Any]:
    """Return a row as values of the table, with its key, and under ``names`` what it may be of.

    Raises:
        RowError: It says no control, or not on what it is off.
    """
    said = row.word("control")
    if said is None:
        raise RowError("posture.row_no_control")
    words = [row.word(n) for n in ("number", "line_number", "line_name", "name", "product")]
    names = [one for one in (words[0], *row.addresses("host"), *words[1:]) if one]
    about = " ".join(dict.fromkeys([*names, *filter(None, [row.word("place")])]))
    by = row.word("ordered_by") or row.word("maintained_by") or row.word("maker")
    if not about and by is None:
        raise RowError("posture.row_no_target")
    kind = _first(_ORDERS, row.word("ordered_kind"), by)
    if kind is None and by is not None and _COMPANY.search(by):
        kind = "vendor"
    what = _first(_WHATS, said) or "other"
    note = [said, row.word("note")] if what == "other" else [row.word("note")]
    return {
        "key": "#"
        + hashlib.sha256("\x1f".join([what, about or by or ""]).encode()).hexdigest()[:31],
        "names": names,
        "what": what,
        "about": about or by,
        "ordered": kind or "unknown",
        "ordered_by": by,
        "contact": row.word("contact"),
        "why": row.word("why") or row.word("purpose"),
        "since": row.day("since"),
        "until": row.day("until"),
        "instead": row.word("instead"),
        "confirmed_by": row.word("confirmed_by"),
        "confirmed_on": row.day("confirmed_on"),
        "note": " ".join(filter(None, note)) or None,
        "state": "on" if _ON.search(row.word("state") or "") else "off",
    }


def _first(known: tuple[tuple[str, re.Pattern[str]], ...], *said: str | None) -> str | None:
    for one in filter(None, said):
        plain = unicodedata.normalize("NFKC", one)
        for name, pattern in known:
            if pattern.search(plain):
                return name
    return None
