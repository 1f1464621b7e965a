"""規程: which rules are adopted, in which version, since when (checklist 4-①)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from sekisho.inspection.register.field import (
    CONFIRMED,
    NOTE,
    YES_NO,
    Choices,
    Field,
    Kind,
    Part,
    Told,
    lacking,
)

SORT = Choices(
    "rule",
    {
        "operation": "運用管理規程 運用管理規定 医療情報システム運用管理規程 管理規程",
        "privacy": "個人情報保護規程 個人情報保護 プライバシーポリシー",
        "access": "アクセス権 アカウント 利用者管理 パスワード",
        "media": "媒体 持ち出し 持出し usb 外部媒体",
        "backup": "バックアップ バックアップ手順 復旧手順 復元手順",
        "bcp": "bcp 事業継続計画 業務継続計画 非常時",
        "contacts": "連絡体制 連絡体制図 緊急連絡網",
        "remote": "リモート保守 保守 委託 業者管理",
        "other": "その他",
    },
)


def _gaps(told: Told) -> Iterator[str]:
    yield from lacking(told, not_adopted="adopted_on", no_adopter="adopted_by")
    if told.get("sort") == "operation" and told.get("covers") != "yes":
        yield "not_covering"


def _missing(told: Sequence[Told]) -> Iterator[str]:
    if all(one.get("sort") != "operation" or not one.get("adopted_on") for one in told):
        yield "register.choice.rule.operation"


def _counts(told: Sequence[Told], today: dt.date) -> Sequence[Told]:
    """Return the newest adopted version of each rule, else its newest draft."""
    del today
    newest: dict[str, Told] = {}
    for one in told:
        known = newest.get(one["rule"])
        if known is None or (one.get("adopted_on") or "") >= (known.get("adopted_on") or ""):
            newest[one["rule"]] = one
    return list(newest.values())


RULES = Part(
    name="rules",
    fields=(
        Field(name="rule", required=True, key=True, listed=True, words="規程名 規程 規定名 文書名 名称 規程類 手順書名"),
        Field(name="sort", kind=Kind.CHOICE, choices=SORT, required=True, listed=True, words="種別 区分 分類"),
        Field(name="version", key=True, listed=True, words="版 版数 バージョン 改訂版"),
        Field(name="adopted_on", kind=Kind.DAY, listed=True, words="制定日 施行日 承認日 改訂日 改正日 決裁日 制定年月日"),
        Field(name="adopted_by", words="承認者 決裁者 制定者 承認した会議 承認会議"),
        Field(name="covers", kind=Kind.CHOICE, choices=YES_NO, words="チェックリスト1から3の方法を定めている チェックリスト対応"),
        Field(name="place", words="保管場所 掲示場所 置き場所 所在"),
        Field(name="review_on", kind=Kind.DAY, due=True, words="次回見直し 次回見直し日 見直し予定日"),
        *CONFIRMED,
        NOTE,
    ),
    gaps=_gaps,
    missing=_missing,
    counts=_counts,
    dated=("confirmed_on", "adopted_on"),
)  # fmt: skip
