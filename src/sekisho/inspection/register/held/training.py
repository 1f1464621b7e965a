"""研修: what was taught to whom, and when the next one is (企画管理編 7, 手引書 3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from sekisho.inspection.register.field import NOTE, Field, Kind, Part, Told, lacking


def _gaps(told: Told) -> Iterator[str]:
    yield from lacking(told, no_attended="attended", no_invited="invited")


def _counts(told: Sequence[Told], today: dt.date) -> Sequence[Told]:
    """Return the newest training of each subject that was held."""
    newest: dict[str, Told] = {}
    for one in told:
        held = one.get("held_on")
        if (
            held
            and held <= today.isoformat()
            and held >= newest.get(one["subject"], one)["held_on"]
        ):
            newest[one["subject"]] = one
    return list(newest.values())


TRAINING = Part(
    name="training",
    fields=(
        Field(name="subject", required=True, key=True, listed=True, words="研修名 内容 テーマ 研修内容 題名 名称 演題"),
        Field(name="held_on", kind=Kind.DAY, required=True, key=True, listed=True, words="実施日 開催日 受講日 日付 年月日 日時"),
        Field(name="audience", listed=True, words="対象 対象者 受講対象 対象職種"),
        Field(name="attended", kind=Kind.NUMBER, listed=True, words="参加者数 参加人数 受講者数 受講人数 出席者数 参加"),
        Field(name="invited", kind=Kind.NUMBER, listed=True, words="対象者数 対象人数 在籍者数 定員"),
        Field(name="held_by", words="講師 実施者 担当 主催"),
        Field(name="material", words="資料 教材 資料名"),
        Field(name="next_on", kind=Kind.DAY, due=True, words="次回 次回予定 次回予定日 次回実施日"),
        NOTE,
    ),
    gaps=_gaps,
    counts=_counts,
    dated=("held_on",),
)  # fmt: skip
