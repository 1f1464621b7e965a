"""What the cells beside a grid are: heads of columns, marks of plan and actual, names, totals."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from sekisho.care.dates import Cell
from sekisho.care.headers import field_of, squeeze
from sekisho.care.roster.letters import plain_letter, proposal

_PLAN = {"予定", "計画", "予", "p", "plan", "planned", "当初", "計"}
_ACTUAL = {"実績", "実施", "実", "a", "actual", "変更", "変更後", "確定", "結果", "勤務実績"}
_WORDS = {
    "name": "氏名 名前 スタッフ スタッフ名 看護師名 看護師氏名 担当 担当者 担当者名 医師名 職員 職員名 勤務者 勤務者名 氏名職員番号 staff name",
    "user_id": "id コード 個人番号",
    "calling": "職位 役職 職級 ラダー 資格 職種 役割 区分 経験 経験年数 職名",
    "place": "病棟 病棟名 部署 部署名 所属 所属名 配属 勤務場所 ward department unit",
    "team": "チーム グループ 班 team group",
    "mark": "予実 予定実績 予定実績区分 計画実績 種別",
    "number": "no 番号 項番 通番 連番 行",
}
HEADS = {word: name for name, words in _WORDS.items() for word in words.split()}
TOTAL = re.compile(
    r"^(?:.*(?:合計|総計|小計|人数|計|回数|員数|総数|配置数|時間数)|(?:合計|総計|小計|計|総|日勤|夜勤|準夜|深夜|早出|遅出|早番|遅番|明け|入り|当直|休み|公休|有休|出勤|必要|リーダー|受持).{0,4}|凡例.*|備考.*|行事.*|予定行事.*|total.*|sum|曜日?|日付|印|承認.*)$"
)


NOTE = re.compile(
    r"[※*【\[(<]?(?:凡例|記号|備考|注意?|注記|説明|連絡|行事|メモ|勤務記号|シフト記号)"
)
"""How a row begins that is no one's."""
LETTER_SAID = re.compile(r"\S{1,4}\s*[:=…]\s*\S")
"""「日：日勤」: an entry of a legend."""


def head_of(cell: Cell) -> str | None:
    """Return what a head names: ``name``, ``user_id``, ``calling``, ``place`` …; None of other cells."""
    if not isinstance(cell, str):
        return None
    word = squeeze(cell)
    if word in HEADS:
        return HEADS[word]
    return {
        "user_id": "user_id", "name": "name", "surname": "name", "given": "given",
        "duty": "calling", "ward": "place", "department": "place", "specialty": "place",
        "kana": "kana", "ignore": "number",
    }.get(field_of(cell) or "")  # fmt: skip


def mark_word(cell: str) -> str | None:
    """Return ``plan`` or ``actual`` where a cell says only that."""
    word = squeeze(cell)
    return "plan" if word in _PLAN else "actual" if word in _ACTUAL else None


def plain_name(cell: Cell) -> str:
    """Return the text of a name or an id, on one line."""
    if cell is None or isinstance(cell, bool | dt.date | dt.time | dt.timedelta):
        return ""
    return re.sub(r"\s+", " ", plain_text_of(cell)).strip()


def plain_text_of(cell: str | float) -> str:
    """Return a cell's text in one width, its letters as they are."""
    return unicodedata.normalize("NFKC", str(cell))


def shown(cell: Cell) -> str:
    """Return the text of a turn; times of day as Excel shows them."""
    if isinstance(cell, dt.datetime):
        return ""
    if isinstance(cell, dt.time):
        return cell.isoformat("minutes")
    if isinstance(cell, bool) or cell is None or isinstance(cell, dt.date | dt.timedelta):
        return ""
    return re.sub(r"[ \t　]+", " ", plain_text_of(cell)).strip()


def looks_named(text: str) -> bool:
    """Return whether a text may be somebody's name: no letter of a turn, no head, no mark."""
    return (
        2 <= len(text) <= 30
        and re.search(r"[^\W\d_]", text) is not None
        and proposal(plain_letter(text)) is None
        and mark_word(text) is None
        and head_of(text) is None
    )
