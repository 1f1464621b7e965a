"""情報資産台帳: all information that is handled, classified, and whose it is (4.2版 6.2 C1–C3)."""

from __future__ import annotations

from collections.abc import Iterator

from sekisho.inspection.register.field import (
    CONFIRMED,
    LEVEL,
    NOTE,
    YES_NO,
    Choices,
    Field,
    Kind,
    Part,
    Told,
    lacking,
)

MEDIUM = Choices(
    "medium",
    {
        "server": "サーバ サーバー データベース db 電子",
        "terminal": "端末 パソコン pc クライアント 共有フォルダ",
        "device": "医療機器 機器 モダリティ",
        "media": "usb usbメモリ 外部媒体 可搬媒体 cd dvd テープ 記憶媒体",
        "cloud": "クラウド saas 外部サービス インターネット",
        "paper": "紙 書類 帳票 フィルム",
    },
)


def _gaps(told: Told) -> Iterator[str]:
    yield from lacking(told, no_importance="importance", no_owner="owner", no_access="who_may", no_place="place")  # fmt: skip


INFORMATION = Part(
    name="information",
    fields=(
        Field(name="information", required=True, key=True, listed=True, words="情報名 情報資産 情報資産名 情報の種類 情報 資産名 資産名称 データ名 名称"),
        Field(name="system", key=True, listed=True, words="システム システム名 情報システム 保存システム 利用システム"),
        Field(name="medium", kind=Kind.CHOICE, choices=MEDIUM, listed=True, words="媒体 保存形態 形態 保存媒体 種別"),
        Field(name="owner", listed=True, words="管理者 管理部署 管理責任者 所管部署 所管 責任者 担当部署"),
        Field(name="importance", kind=Kind.CHOICE, choices=LEVEL, listed=True, words="重要度 重要性 機密性 区分 分類 安全管理上の重要度 ランク"),
        Field(name="personal", kind=Kind.CHOICE, choices=YES_NO, words="個人情報 患者情報 個人情報の有無 要配慮個人情報"),
        Field(name="who_may", kind=Kind.LONG, words="利用者 利用者範囲 利用範囲 アクセス権 アクセス権限 閲覧者 参照範囲"),
        Field(name="kept_for", words="保存期間 保管期間 保存年限 保存期限"),
        Field(name="place", words="保管場所 保存場所 設置場所 所在 場所"),
        *CONFIRMED,
        NOTE,
    ),
    gaps=_gaps,
    duty="1-2",
)  # fmt: skip
