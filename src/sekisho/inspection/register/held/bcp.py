"""サイバー攻撃を想定したBCP: the plan that is adopted, and the drills (checklist 3-③, 経営管理編 3.4.1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from sekisho.inspection.register.field import NOTE, Choices, Field, Kind, Part, Told, lacking

WHAT = Choices(
    "bcp", {"plan": "計画 bcp 計画書 事業継続計画", "drill": "訓練 演習 机上訓練 実動訓練"}
)


def _gaps(told: Told) -> Iterator[str]:
    if told.get("what") == "plan":
        yield from lacking(told, no_adopter="held_by", no_place="place")
    else:
        yield from lacking(told, no_result="result")


def _missing(told: Sequence[Told]) -> Iterator[str]:
    known = {one.get("what") for one in told}
    for name in WHAT.values:
        if name not in known:
            yield f"register.choice.bcp.{name}"


def _counts(told: Sequence[Told], today: dt.date) -> Sequence[Told]:
    """Return the newest plan and the newest drill that was held."""
    newest: dict[str, Told] = {}
    for one in told:
        held = one.get("held_on")
        if held and held <= today.isoformat() and held >= newest.get(one["what"], one)["held_on"]:
            newest[one["what"]] = one
    return list(newest.values())


BCP = Part(
    name="bcp",
    fields=(
        Field(name="what", kind=Kind.CHOICE, choices=WHAT, required=True, key=True, listed=True, words="種別 区分"),
        Field(name="title", required=True, key=True, listed=True, words="名称 題名 計画名 訓練名 内容"),
        Field(name="held_on", kind=Kind.DAY, required=True, key=True, listed=True, words="実施日 策定日 制定日 施行日 訓練日 日付"),
        Field(name="held_by", listed=True, words="承認者 実施者 決裁者 責任者 主催"),
        Field(name="attended", kind=Kind.NUMBER, words="参加者数 参加人数"),
        Field(name="result", kind=Kind.LONG, words="結果 課題 結果と課題 気づき"),
        Field(name="place", words="保管場所 置き場所 所在"),
        Field(name="next_on", kind=Kind.DAY, due=True, listed=True, words="次回 次回予定 次回予定日 次回見直し"),
        NOTE,
    ),
    gaps=_gaps,
    missing=_missing,
    counts=_counts,
    dated=("held_on",),
    duty="2",
)  # fmt: skip
