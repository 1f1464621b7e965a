"""連絡体制図: who calls whom, inside and outside, confirmed by whom and when (checklist 3-①)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sekisho.inspection.register.field import (
    CONFIRMED,
    NOTE,
    Choices,
    Field,
    Kind,
    Part,
    Told,
)

BODY = Choices(
    "body",
    {
        "it": "情報システム担当 情報システム部門 システム担当 医療情報部 システム管理者",
        "safety_officer": "安全管理責任者 医療情報システム安全管理責任者",
        "director": "院長 病院長 管理者 理事長",
        "ward": "部門 病棟 診療科 看護部 外来",
        "vendor": "業者 ベンダー ベンダ システム業者 保守業者 事業者",
        "mhlw": "厚生労働省 厚労省 医政局",
        "prefecture": "都道府県 県庁 県 都 府 道 医務課 衛生主管部局",
        "health_centre": "保健所",
        "police": "警察 警察署 県警 警察本部 サイバー犯罪相談窓口",
        "ppc": "個人情報保護委員会",
        "ipa": "ipa 情報処理推進機構",
        "jpcert": "jpcert jpcertcc",
        "ceptoar": "セプター 医療セプター 日本医師会",
        "other": "その他",
    },
)
INSIDE = ("it", "safety_officer", "director", "ward")
REQUIRED = ("safety_officer", "vendor", "mhlw", "prefecture", "police")
"""Without these the chart is not whole; the checklist names vendor, ministry and police."""
NAMED = ("director", *REQUIRED, "health_centre", "it", "ppc", "ipa", "jpcert", "ceptoar")
"""Bodies that stand on the chart as empty lines until the hospital writes them in."""


def unwritten(told: Sequence[Told]) -> list[str]:
    """Return the bodies that no line names, in the order of the chart."""
    known = {one.get("body") for one in told}
    return [name for name in BODY.values if name in NAMED and name not in known]


def _gaps(told: Told) -> Iterator[str]:
    if not told.get("phone") and not told.get("mail"):
        yield "no_way"


def _missing(told: Sequence[Told]) -> Iterator[str]:
    known = {one.get("body") for one in told}
    for name in REQUIRED:
        if name not in known:
            yield f"register.choice.body.{name}"


CONTACTS = Part(
    name="contacts",
    fields=(
        Field(name="body", kind=Kind.CHOICE, choices=BODY, required=True, listed=True, words="区分 連絡先区分 種別 分類 機関"),
        Field(name="party", required=True, key=True, listed=True, words="連絡先 名称 組織名 機関名 会社名 氏名 連絡先名"),
        Field(name="system", key=True, words="対象システム システム システム名 担当システム"),
        Field(name="desk", key=True, listed=True, words="窓口 担当部署 部署 担当者 役割"),
        Field(name="phone", listed=True, words="電話 電話番号 tel 連絡先電話番号 緊急連絡先"),
        Field(name="mail", words="メール メールアドレス email eメール"),
        Field(name="hours", words="受付時間 対応時間 時間帯 夜間休日"),
        Field(name="call_order", kind=Kind.NUMBER, words="連絡順 順番 連絡順位 優先順位"),
        *CONFIRMED,
        NOTE,
    ),
    gaps=_gaps,
    missing=_missing,
    lasts=183,
    duty="2",
)  # fmt: skip
