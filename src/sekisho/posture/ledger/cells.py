"""Cells to values: days, yes or no, kinds of machines."""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata

from sekisho.care.dates import Cell, day, moment
from sekisho.posture.records import AssetKind

_MONTH = re.compile(r"(?:(\d{4})|(令和|平成|R|H)\s*(元|\d{1,2}))\s*[年./-]\s*(\d{1,2})\s*月?(?:末日?)?", re.IGNORECASE)  # fmt: skip
_YEAR = re.compile(r"(?:(\d{4})|(令和|平成|R|H)\s*(元|\d{1,2}))\s*年(?:度末?)?末?", re.IGNORECASE)
_ERA = {"令和": 2018, "平成": 1988, "R": 2018, "H": 1988}
_NOTHING = re.compile(r"(?:[-−ー―–—/.*]+|なし|無し?|未定|不明|未確認|n/?a|none|tbd|unknown|null|)", re.IGNORECASE)  # fmt: skip
_YES = frozenset(["有", "あり", "有り", "○", "〇", "◯", "済", "済み", "はい", "実施", "導入済", "導入済み", "設定済", "設定済み", "対応", "対応済", "制限あり", "可", "可能", "常時", "常時接続", "する", "有効", "オン", "yes", "y", "true", "1", "ok", "on", "enabled", "enforced", "required", "always"])  # fmt: skip
_NO = frozenset(["無", "なし", "無し", "×", "✕", "✗", "x", "未", "未実施", "いいえ", "未導入", "未設定", "未対応", "制限なし", "不可", "不可能", "都度", "都度接続", "随時", "オンデマンド", "しない", "無効", "オフ", "no", "n", "false", "0", "ng", "off", "disabled", "never", "ondemand"])  # fmt: skip
_ASK = frozenset(["要確認", "要相談", "要連絡", "確認", "要問合せ", "要問い合わせ", "△", "条件付", "条件付き", "条件付き可", "要承認", "ask", "asked", "conditional"])  # fmt: skip
_LEASED = frozenset(["リース", "レンタル", "賃貸", "貸出", "借用", "lease", "leased", "rental"])
_OWNED = frozenset(
    ["購入", "買取", "自己所有", "所有", "備品", "寄贈", "owned", "purchase", "purchased"]
)

_SORTS: tuple[tuple[AssetKind, str], ...] = (
    (AssetKind.MEDICAL_DEVICE, r"医療機器|me機器|^me$|モダリティ|放射線機器|検査機器|検査装置|生体情報|人工呼吸|輸液|シリンジポンプ|透析|除細動|心電計|超音波|内視鏡|造影|麻酔|分娩監視|保育器|血液ガス|分析装置|ペースメーカ|ベッドサイドモニタ|患者モニタ|セントラルモニタ|送信機|medical|ventilator|infusion|defibrillator|patient ?monitor|modality|ultrasound"),
    (AssetKind.NETWORK, r"ネットワーク機器|通信機器|スイッチ|ルータ|ファイアウォール|ファイヤーウォール|utm|vpn|無線ap|アクセスポイント|無線lan|ハブ|ロードバランサ|メディアコンバータ|コントローラ(?:ー)?(?:無線)|network|switch|router|firewall|access ?point|fortigate|\bl[23]sw\b"),
    (AssetKind.SERVER, r"サーバ|server|\bnas\b|仮想化基盤|ストレージ|esxi|hypervisor|\bdb\b"),
    (AssetKind.TERMINAL, r"端末|パソコン|ノートpc|デスクトップ|\bpc\b|^pc|pc$|クライアント|タブレット|ワークステーション|シンクライアント|terminal|client|laptop|notebook|desktop|workstation|tablet|smartphone|スマートフォン|windows ?(?:7|8|10|11|xp|vista)|mac ?os|ipados|android|chrome ?os"),
    (AssetKind.SOFTWARE, r"ソフトウェア|ソフトウエア|software|アプリケーション"),
    (AssetKind.OTHER, r"プリンタ|複合機|カメラ|その他|電話|printer|camera|ups|無停電|other|サイネージ"),
)  # fmt: skip
_SORTED = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _SORTS)
_LINES = (
    ("vpn", r"vpn|ipsec|ssl-?vpn"),
    ("maintenance", r"保守|リモート|メンテ|remote|maintenance|support"),
    ("partner", r"連携|委託|取引|業者|地域|紹介|検査センター|給食|薬局|partner|外部機関|オンライン資格|レセプト"),
    ("internet", r"インターネット|internet|プロバイダ"),
)  # fmt: skip
_LINED = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _LINES)


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


def at(cell: Cell, zone: dt.tzinfo) -> dt.datetime | None:
    """Return the moment in `cell`, local to `zone`, as UTC; None where none can be read."""
    try:
        that, time = moment(cell)
    except ValueError:
        return None
    return dt.datetime.combine(that, time or dt.time(), zone).astimezone(dt.UTC)


def _year(found: re.Match[str]) -> int:
    if found[1]:
        return int(found[1])
    return _ERA[found[2].upper()] + (1 if found[3] == "元" else int(found[3]))


def yes_no(cell: Cell) -> str:
    """Return ``yes``, ``no`` or ``unknown`` (nothing there, or nothing that says either)."""
    found = _bare(cell)
    if found in _YES or re.match(r"(?:あり|有|yes|可)[\s(:、]", found):
        return "yes"
    if found in _NO or re.match(r"(?:なし|無|no|不可)[\s(:、]", found):
        return "no"
    return "unknown"


def may(cell: Cell) -> str | None:
    """Return ``yes``, ``no`` or ``ask``; None where nothing says it."""
    found = _bare(cell)
    if found in _ASK or "確認" in found or "条件" in found:
        return "ask"
    said = yes_no(cell)
    return None if said == "unknown" else said


def leased(cell: Cell) -> str | None:
    """Return whether it is leased: ``yes`` or ``no``; None where nothing says it."""
    found = _bare(cell)
    if any(one in found for one in _LEASED):
        return "yes"
    if any(one in found for one in _OWNED):
        return "no"
    said = yes_no(cell)
    return None if said == "unknown" else said


def state(cell: Cell) -> str:
    """Return ``in_use``, ``stored`` or ``retired``."""
    found = _bare(cell)
    if re.search(r"廃棄|除却|撤去|返却|廃止|retired|disposed|scrapped", found):
        return "retired"
    if re.search(r"保管|予備|休止|未使用|在庫|停止中|spare|stored|stock|unused", found):
        return "stored"
    return "in_use"


def kind_of(*told: str | None) -> AssetKind:
    """Return the kind that the first of `told` names in which one can be read."""
    for one in told:
        if one:
            plain = unicodedata.normalize("NFKC", one).lower()
            for kind, pattern in _SORTED:
                if pattern.search(plain):
                    return kind
    return AssetKind.UNKNOWN


def line_kind(*told: str | None) -> str:
    """Return the kind of a connection that the first of `told` names; ``other`` where none does."""
    for one in told:
        if one:
            plain = unicodedata.normalize("NFKC", one).lower()
            for kind, pattern in _LINED:
                if pattern.search(plain):
                    return kind
    return "other"


def _bare(cell: Cell) -> str:
    found = text(cell) or ""
    return unicodedata.normalize("NFKC", found).strip(" 。.").lower()
