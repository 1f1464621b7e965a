"""Cells to values: days, yes or no, kinds of machines."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from sekisho.care.dates import Cell, moment
from sekisho.care.written import bare, last_day, text, word, yes_no
from sekisho.posture.records import AssetKind

__all__ = [
    "at",
    "kind_of",
    "last_day",
    "leased",
    "line_kind",
    "may",
    "state",
    "text",
    "word",
    "yes_no",
]

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


def at(cell: Cell, zone: dt.tzinfo) -> dt.datetime | None:
    """Return the moment in `cell`, local to `zone`, as UTC; None where none can be read."""
    try:
        that, time = moment(cell)
    except ValueError:
        return None
    return dt.datetime.combine(that, time or dt.time(), zone).astimezone(dt.UTC)


def may(cell: Cell) -> str | None:
    """Return ``yes``, ``no`` or ``ask``; None where nothing says it."""
    found = bare(cell)
    if found in _ASK or "確認" in found or "条件" in found:
        return "ask"
    said = yes_no(cell)
    return None if said == "unknown" else said


def leased(cell: Cell) -> str | None:
    """Return whether it is leased: ``yes`` or ``no``; None where nothing says it."""
    found = bare(cell)
    if any(one in found for one in _LEASED):
        return "yes"
    if any(one in found for one in _OWNED):
        return "no"
    said = yes_no(cell)
    return None if said == "unknown" else said


def state(cell: Cell) -> str:
    """Return ``in_use``, ``stored`` or ``retired``."""
    found = bare(cell)
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
