"""バックアップ: several generations and ways, one out of malware's reach, restored for a test (checklist 3-②, システム運用編 11-①)."""

from __future__ import annotations

from collections.abc import Iterator

from sekisho.inspection.register.field import (
    NOTE,
    YES_NO,
    Choices,
    Field,
    Kind,
    Part,
    Told,
    lacking,
)

TESTED = Choices(
    "tested",
    {
        "ok": "成功 問題なし 正常 良 復元できた",
        "partly": "一部 一部成功 一部失敗",
        "failed": "失敗 不可 復元できず 異常",
    },
)


def _gaps(told: Told) -> Iterator[str]:
    if (told.get("generations") or 0) < 2:
        yield "one_generation"
    if told.get("offline") != "yes":
        yield "not_offline"
    yield from lacking(
        told, no_procedure="procedure", not_tested="tested_on", no_tester="tested_by"
    )
    if told.get("tested_on") and told.get("test_result") != "ok":
        yield "test_failed"


BACKUPS = Part(
    name="backups",
    fields=(
        Field(name="system", required=True, key=True, listed=True, words="システム システム名 対象システム 対象 サーバ名"),
        Field(name="data", key=True, words="対象データ データ 対象範囲 バックアップ対象"),
        Field(name="method", kind=Kind.LONG, words="方式 方法 取得方法 バックアップ方式 媒体"),
        Field(name="every", words="頻度 取得頻度 間隔 周期 取得間隔"),
        Field(name="generations", kind=Kind.NUMBER, listed=True, words="世代 世代数 保存世代 保持世代数"),
        Field(name="offline", kind=Kind.CHOICE, choices=YES_NO, listed=True, words="オフライン オフライン保管 オフラインバックアップ 切り離し 書換不可 イミュータブル"),
        Field(name="place", words="保管場所 保存先 保存場所"),
        Field(name="restore_order", kind=Kind.NUMBER, words="復旧順 復旧の順番 優先順位 復旧優先順位"),
        Field(name="procedure", words="復旧手順 復元手順 手順書 復旧手順書"),
        Field(name="tested_on", kind=Kind.DAY, listed=True, words="復元試験日 リストア試験日 復旧テスト日 リストアテスト 復元テスト日"),
        Field(name="tested_by", words="試験者 実施者 復元試験者 テスト実施者"),
        Field(name="test_result", kind=Kind.CHOICE, choices=TESTED, listed=True, words="試験結果 復元結果 結果 テスト結果"),
        Field(name="vendor", words="業者 保守業者 委託先 ベンダー"),
        NOTE,
    ),
    gaps=_gaps,
    dated=("tested_on",),
)  # fmt: skip
