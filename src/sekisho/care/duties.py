"""Duty groups and kinds of id, as the words of a staff list propose them."""

from __future__ import annotations

from functools import lru_cache

from sekisho.care.places import plain
from sekisho.terms import UserKind

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("pharmacy", ("薬剤", "薬局", "調剤", "pharmac")),
    ("radiology", ("放射線", "診療放射線", "画像診断", "radiograph", "radiolog")),
    ("laboratory", ("臨床検査", "検査技師", "検査科", "検査部", "検査室", "病理", "輸血", "生理検査", "laborator")),
    ("nutrition", ("栄養", "nutrition", "dietit")),
    ("rehabilitation", ("理学療法", "作業療法", "言語聴覚", "リハビリ", "rehab", "physiotherap")),
    ("endoscopy", ("内視鏡", "endoscop")),
    ("dialysis", ("透析", "臨床工学", "dialysis")),
    ("surgery", ("手術", "麻酔", "中央材料", "operatingroom", "anesthes", "anaesthes")),
    ("coding", ("診療情報管理", "病歴", "診療録管理", "medicalrecords", "healthinformation")),
    ("liaison", ("地域連携", "医療連携", "入退院支援", "患者支援", "医療相談", "ソーシャルワーカー", "社会福祉士", "msw", "socialwork")),
    ("billing", ("医事", "会計", "算定", "請求", "レセプト", "保険請求", "billing", "claims")),
    ("scribe", ("医師事務", "ドクターズクラーク", "医療クラーク", "医療秘書", "メディカルアシスタント", "ドクターアシスタント", "scribe", "medicalsecretar", "doctorsassistant")),
    ("desk", ("受付", "外来クラーク", "総合案内", "reception", "frontdesk")),
    ("emergency", ("救急", "救命", "emergency")),
    ("systems", ("情報システム", "システム管理", "医療情報部", "システム室", "電算", "informationsystem", "itdepartment")),
)  # fmt: skip
"""Whole-hospital duties, by a word in 職種 or 所属; the first that fits stands."""

CALLINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("clerk", ("医師事務", "医師支援", "ドクターズクラーク", "医師クラーク")),
    ("aide", ("看護助手", "看護補助", "nursingassistant", "nurseaide", "nursingaide")),
    ("doctor", ("医師", "医員", "研修医", "歯科医", "医長", "physician", "doctor", "surgeon", "resident")),
    ("nurse", ("看護", "助産", "保健師", "nurse", "midwife")),
    ("clerk", ("事務", "クラーク", "総務", "人事", "経理", "用度", "clerk", "administrat", "office")),
    ("technician", ("技師", "技士", "療法士", "technician", "technolog", "therapist")),
    ("aide", ("助手", "補助", "介護", "aide", "assistant")),
)  # fmt: skip
"""Callings, for comparing like with like where no whole-hospital duty fits.

Who writes for a doctor (医師事務作業補助者) is none, and who helps nurses (看護助手) is none either.
"""

KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("system", ("システムアカウント", "システム用", "システムid", "system", "連携用", "バッチ", "自動処理", "batch", "service", "interface", "連携id")),
    ("vendor", ("業者", "保守", "ベンダ", "委託業者", "メーカー", "vendor", "maintenance", "contractor", "support")),
    ("shared", ("共用", "共有", "共通", "病棟用", "部署用", "当直用", "日直用", "宿直用", "shared", "common", "generic")),
    ("trainee", ("実習", "研修生", "学生", "見学", "臨床実習", "trainee", "student", "intern")),
)  # fmt: skip

_CONFIRMED = {
    "shared": UserKind.SHARED,
    "vendor": UserKind.VENDOR,
    "system": UserKind.SYSTEM,
    "trainee": UserKind.SHARED,
}


@lru_cache(maxsize=4096)
def duty_group(duty: str | None, department: str | None) -> str:
    """Return the duty group that the words propose, ``other`` where none does.

    Doctors and nurses keep their calling even in 放射線科 or 救急科, unless the
    place itself serves the whole hospital (手術, 内視鏡, 透析, 救急, 地域連携).
    """
    calling = _first(CALLINGS, duty)
    whole = _first(GROUPS, duty) or _first(GROUPS, department)
    if calling in {"doctor", "nurse"} and whole not in {
        "surgery", "endoscopy", "dialysis", "emergency", "radiology", "liaison",
    }:  # fmt: skip
        return calling
    return whole or calling or "other"


def calling(duty: str | None) -> str | None:
    """Return the calling that the words of a duty say (``doctor``, ``nurse`` …), None where none does."""
    return _first(CALLINGS, duty)


def proposed_kind(*texts: str | None) -> str | None:
    """Return ``shared``, ``trainee``, ``vendor`` or ``system`` where a word proposes it.

    Only a proposal: 研修医 is a doctor, and a name is never looked at for a
    person who has a duty.
    """
    for kind, words in KINDS:
        for text in texts:
            found = plain(text or "")
            if kind == "system" and "情報システム" in found:
                found = found.replace("情報システム", "")
            if any(word in found for word in words):
                return kind
    return None


def as_user_kind(kind: str | None) -> UserKind | None:
    """Return the kind of id that a proposal stands for; a trainee's id is a shared one."""
    return None if kind is None else _CONFIRMED.get(kind)


def _first(table: tuple[tuple[str, tuple[str, ...]], ...], text: str | None) -> str | None:
    if not text:
        return None
    found = plain(text)
    return next((name for name, words in table if any(word in found for word in words)), None)
