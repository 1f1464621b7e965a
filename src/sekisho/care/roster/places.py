"""Which ward a roster is of: words of its title, its labels, the sheet, the file."""

from __future__ import annotations

import re
import unicodedata

from sekisho.care.places import place_key

_WARD = re.compile(
    r"""(?:第?[\d一二三四五六七八九十]{1,2}\s*階?\s*[東西南北中](?:病棟)?(?:[A-Za-z]|\d階)?
      | [東西南北中]?\s*第?\s*[\d一二三四五六七八九十]{1,2}\s*階?\s*病棟
      | [\d]{1,2}\s*[A-Z](?![A-Za-z])(?:\s*病棟)?
      | [東西南北中新本別A-Z]{1,2}\s*[\d一二三四五六七八九]{1,2}\s*階?(?:\s*病棟|(?![\d月年日./]))
      | (?:N|G|S|H|C|M|K|P)?(?:ICU|CU)(?![A-Za-z]) | SCU | HCU | PICU
      | (?:ER|OPE?室|OP|LDR)(?![A-Za-z])
      | [ぁ-んァ-ヶ一-龠々ー]{1,10}?(?:病棟|外来|センター|手術室|透析室|内視鏡室|救急室|分娩室|検査室|処置室|薬剤部|放射線部|検査部|検査科|リハビリテーション科|医事課|栄養科|看護部|救急部|診療部|医局|内科|外科|小児科|産婦人科|産科|婦人科|眼科|耳鼻科|皮膚科|泌尿器科|麻酔科|放射線科|精神科|救急科|[一-龠ァ-ヶ]科)
      | 手術室 | 透析室 | 内視鏡室 | 救急外来 | 救急センター | 救命センター | 外来 | 手術部)""",
    re.VERBOSE,
)
_NOISE = re.compile(
    r"""(?:20\d\d|(?:令和|平成|(?<![a-z])[rh]\.?)\s*(?:元|\d{1,2}))\s*(?:年度?)?|\d{1,2}\s*月\s*(?:\d{1,2}\s*日)?(?:分|度)?|\d{6,8}|
    勤務(?:予定|計画|実績|割(?:振|当)?|変更|時間)*(?:表|計画|予定|実績)?|(?:月間|月別|週間)|予定表?|実績表?|シフト(?:表|管理)?|シフト|ローテーション表?|
    (?:日)?当(?:宿)?直(?:予定|勤務|割当)*表|待機(?:予定)?表|オンコール表?|看護(?:師|職員|要員|補助者|助手)|スタッフ|職員|医師|(?:部署|病棟|所属|単位|病棟名|部署名|所属名)\s*[:=]|
    原案|案|確定版?|最終版?|改訂?版?|修正版?|変更後|様式\d*|別紙\d*|sheet\s*\d*|[rv]ev?\d+|ver\.?\s*\d*|copy|コピー|\(\d+\)|の写し|roster|shifts?|schedule|xlsx?|csv""",
    re.VERBOSE | re.IGNORECASE,
)  # fmt: skip
_LABEL = re.compile(r"^(?:病棟|病棟名|部署|部署名|所属|所属名|単位|勤務場所|ward|department|unit|section)\s*[:=]?\s*(.*)$", re.IGNORECASE)  # fmt: skip


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def labelled(text: str) -> str | None:
    """Return what follows 「病棟：」; "" where the label stands alone, None where there is none."""
    found = _LABEL.match(_plain(text))
    return found[1].strip() if found else None


def ward_in(text: str) -> str | None:
    """Return the ward or department that a text names, as written; None where it names none."""
    text = _plain(text)
    without = _NOISE.sub(" ", text)
    for each in (without, text):
        found = _WARD.search(each)
        if found and place_key(found[0]):
            return re.sub(r"\s+", "", found[0])
    return None


def is_unit(rest: str) -> bool:
    """Return whether what is left of a name (`rest_of`) ends as a place of work does."""
    return rest.endswith(("室", "課", "部", "科", "係", "局", "センター", "ステーション"))


def rest_of(text: str) -> str | None:
    """Return what is left of a sheet's or a file's name without month, 勤務表 and the like."""
    rest = re.sub(r"[\s_\-()（）【】\[\]・.,~〜]+", " ", _NOISE.sub(" ", _plain(text))).strip()
    rest = (
        re.sub(r"\b\d+\b", "", rest).strip() if not re.search(r"\d[A-Za-z東西南北]", rest) else rest
    )
    return (
        rest.replace(" ", "") if 0 < len(rest) <= 20 and re.search(r"[ぁ-ヿ一-龠]", rest) else None
    )
